//! What happened in the shop and is rare, in the database. A row is written in the transaction that
//! makes it happen, as the last statement before the commit, so that the numbers are in the order of
//! the commits. Streams of events read them.

use kernel::{Timestamp, happenings::HappeningKind};

use crate::{ReadDb, StoreError, Tx, WriteDb, selection};

/// The counter of the rows.
pub const COUNTER: &str = "happening";
/// Rows are kept a day longer than a stream can be resumed.
const KEEP_SECONDS: i64 = 2 * 24 * 3600;

selection! {
    /// A row.
    pub struct Happening in happening {
        /// Its number. A higher one was committed later.
        pub seq: i64,
        /// What it is.
        pub kind: HappeningKind,
        /// What it is about; see [`HappeningKind`].
        pub subject: String,
        /// When it was recorded.
        pub recorded_at: Timestamp = recorded_at_us,
    }
}

crate::stored_words!(HappeningKind);

/// Notes what the caller's transaction makes happen. The row is written at the commit, not before:
/// taking its number makes the next writer wait.
pub fn record(tx: &Tx, at: Timestamp, kind: HappeningKind, subject: impl Into<String>) {
    tx.note_happening(at, kind, subject.into());
}

/// The rows after a number and up to another one, in order, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn between(
    read: &ReadDb,
    after: i64,
    up_to: i64,
    limit: u32,
) -> Result<Vec<Happening>, StoreError> {
    let columns = Happening::SELECT;
    let sql = format!(
        "SELECT {columns} FROM happenings AS happening WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3"
    );
    let values = [after.into(), up_to.into(), i64::from(limit).into()];
    read.select::<Happening>(&sql, values).await
}

/// When a row was recorded; `None` for one that is not kept any more, or never was.
///
/// # Errors
/// [`StoreError`].
pub async fn recorded_at(read: &ReadDb, seq: i64) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT recorded_at_us FROM happenings WHERE seq = $1";
    read.value(sql, [seq.into()]).await
}

/// Deletes rows that no stream can go back to, and returns how many.
///
/// # Errors
/// [`StoreError`].
pub async fn forget_old(db: &WriteDb, now: Timestamp) -> Result<u64, StoreError> {
    let before = now.plus_seconds(-KEEP_SECONDS).micros();
    db.transaction(async |tx: &Tx| {
        let sql = "DELETE FROM happenings WHERE recorded_at_us < $1";
        tx.execute(sql, [before.into()]).await
    })
    .await
}
