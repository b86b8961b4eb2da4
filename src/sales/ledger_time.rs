//! When movements happened, by their place in the ledger and by their time. A time that was declared
//! wrong (`crate::clock`) is at the latest that of the correction.

use kernel::Timestamp;
use store::ReadDb;

use crate::error::SalesResult;

/// How far the order of recording may differ from the clock: transactions that run side by side, and
/// clients whose clock is a little ahead.
const DISORDER_SECONDS: i64 = 3600;

/// A position in the ledger: every movement that was recorded at an instant or later, and every one
/// that happened then or later, is there or behind it.
pub(crate) async fn first_since(read: &ReadDb, instant: Timestamp) -> SalesResult<i64> {
    if is_corrected(read).await? {
        return Ok(0);
    }
    position_at(read, instant.plus_seconds(-DISORDER_SECONDS)).await
}

/// A position in the ledger: every movement that was recorded before an instant is there or before it.
pub(crate) async fn last_until(read: &ReadDb, instant: Timestamp) -> SalesResult<i64> {
    if is_corrected(read).await? {
        return Ok(i64::MAX);
    }
    position_at(read, instant.plus_seconds(DISORDER_SECONDS)).await
}

/// Under a wrong clock the order of recording says nothing about times.
async fn is_corrected(read: &ReadDb) -> SalesResult<bool> {
    let sql = "SELECT COUNT(*) FROM clock_corrections";
    let corrections = read.value::<i64>(sql, []).await?;
    Ok(corrections.unwrap_or(0) > 0)
}

/// The position of the first movement that was recorded at an instant or later. Movements are recorded
/// in the order of time, so it is found by halving, without an index of times.
async fn position_at(read: &ReadDb, instant: Timestamp) -> SalesResult<i64> {
    // The movement in the middle; SQLite takes a recursive table directly after FROM only.
    let middle = "COALESCE((
            SELECT movement.recorded_at_us FROM stock_movements AS movement
            WHERE movement.position >= (halves.low + halves.high) / 2 ORDER BY movement.position LIMIT 1
        ), 9223372036854775807)";
    let sql = format!(
        "WITH RECURSIVE halves (low, high) AS (
            SELECT CAST(0 AS BIGINT), (SELECT COALESCE(MAX(position), 0) FROM stock_movements) + 1
            UNION ALL
            SELECT CASE WHEN {middle} < $1 THEN (halves.low + halves.high) / 2 ELSE halves.low END,
                   CASE WHEN {middle} < $1 THEN halves.high ELSE (halves.low + halves.high) / 2 END
            FROM halves WHERE halves.high - halves.low > 1
        )
        SELECT high FROM halves WHERE high - low <= 1 LIMIT 1"
    );
    let position = read.value::<i64>(&sql, [instant.micros().into()]).await?;
    Ok(position.unwrap_or(0))
}

/// SQL condition on `movement`: it happened after an instant (an expression). A wrongly dated
/// movement happened at the latest when the clock was corrected.
pub(crate) fn happened_after(instant: &str) -> String {
    format!(
        "movement.occurred_at_us > {instant} AND NOT EXISTS (
            SELECT 1 FROM clock_corrections AS correction
            WHERE movement.position <= correction.last_position AND movement.recorded_at_us > correction.corrected_at_us
              AND correction.corrected_at_us <= {instant})"
    )
}
