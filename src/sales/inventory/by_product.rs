//! The movements of a product, on both databases.
//!
//! `PostgreSQL` has an index for them. On `SQLite` such an index would be written at another place by
//! every line of a sale; there a table of its own is filled afterwards, thousands of movements at a
//! time and in its order, and whoever asks looks through the few that are not in it yet as well.

use std::time::Duration;

use store::{Dialect, Tx, WriteDb};

use crate::error::{SalesError, SalesResult};

/// Movements that are brought into the index in one transaction: the more of them, the more lie side
/// by side, and the longer a sale waits for the writer.
const CHUNK: i64 = 24_000;
/// Between two of them, for the tills.
const PAUSE: Duration = Duration::from_millis(100);

/// The movements that are not in the index yet.
const REST: &str =
    "movement.position > (SELECT up_to FROM stock_movement_index_state WHERE id = 1)";

/// A product and a place, as expressions, and the condition on `movement` that its movements meet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The product's id.
    pub product: &'a str,
    /// What else must be true of `movement`.
    pub condition: &'a str,
}

/// An expression: the sum of what the movements of a product changed.
pub(super) fn sum_of_deltas(dialect: Dialect, asked: Asked<'_>) -> String {
    let sum = dialect.sum("movement.delta_milli");
    let Asked { product, condition } = asked;
    match dialect {
        Dialect::Postgres => format!(
            "(SELECT {sum} FROM stock_movements AS movement WHERE movement.product_id = {product} AND {condition})"
        ),
        Dialect::Sqlite => format!(
            "((SELECT {sum} FROM stock_movement_index AS entry
               CROSS JOIN stock_movements AS movement ON movement.position = entry.position
               WHERE entry.product_id = {product} AND {condition})
              + (SELECT {sum} FROM stock_movements AS movement WHERE {REST} AND movement.product_id = {product} AND {condition}))"
        ),
    }
}

/// An expression: the place in the ledger of the movement with this id.
pub(super) fn place_of(id: &str) -> String {
    format!("(SELECT position FROM stock_movements WHERE id = {id})")
}

/// A query for `columns` of the newest movements of a product, at most `limit`. `before` is the id
/// of the movement below which they lie.
pub(super) fn newest(
    dialect: Dialect,
    columns: &str,
    asked: Asked<'_>,
    before: Option<&str>,
    limit: i64,
) -> String {
    let Asked { product, condition } = asked;
    let below = |position: &str| {
        before.map_or_else(String::new, |before| {
            format!("AND {position} < {}", place_of(before))
        })
    };
    match dialect {
        Dialect::Postgres => format!(
            "SELECT {columns} FROM stock_movements AS movement
             WHERE movement.product_id = {product} {below} AND {condition} ORDER BY movement.position DESC LIMIT {limit}",
            below = below("movement.position"),
        ),
        Dialect::Sqlite => format!(
            "SELECT {columns} FROM (
                 SELECT * FROM (SELECT movement.* FROM stock_movement_index AS entry
                     CROSS JOIN stock_movements AS movement ON movement.position = entry.position
                     WHERE entry.product_id = {product} {indexed} AND {condition} ORDER BY entry.position DESC LIMIT {limit})
                 UNION ALL
                 SELECT * FROM (SELECT movement.* FROM stock_movements AS movement
                     WHERE {REST} AND movement.product_id = {product} {rest} AND {condition} ORDER BY movement.position DESC LIMIT {limit})
             ) AS movement ORDER BY position DESC LIMIT {limit}",
            indexed = below("entry.position"),
            rest = below("movement.position"),
        ),
    }
}

/// Brings what was moved before it was called into the index; nothing on `PostgreSQL`. Safe to run any
/// number of times. Answers how many movements it brought in. It comes to an end while goods keep
/// moving: the more wait for the next turn, the less each of them costs.
pub async fn catch_up(write: &WriteDb) -> SalesResult<i64> {
    let mut entered = 0;
    if write.dialect() == Dialect::Postgres {
        return Ok(entered);
    }
    let (mut from, goal) = waiting(write).await?;
    while from < goal {
        let (movements, to) = enter(write, goal).await?;
        entered += movements;
        from = to;
        if from < goal {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(entered)
}

store::selection! {
    Waiting in state (
        up_to: i64,
        last: i64 = "(SELECT COALESCE(MAX(position), 0) FROM stock_movements)",
    )
}

/// The last movement that is in the index, and the last of all.
async fn waiting(write: &WriteDb) -> SalesResult<(i64, i64)> {
    let columns = Waiting::SELECT;
    let sql = format!("SELECT {columns} FROM stock_movement_index_state AS state WHERE id = 1");
    let waiting = write.primary().select_one::<Waiting>(&sql, []).await?;
    Ok(waiting.unwrap_or_default())
}

/// Answers how many were brought in, and the last that is in now.
async fn enter(write: &WriteDb, goal: i64) -> SalesResult<(i64, i64)> {
    write
        .transaction(async |tx: &Tx| {
            let sql = "SELECT up_to FROM stock_movement_index_state WHERE id = 1";
            let Some(from) = tx.value::<i64>(sql, []).await? else {
                return Ok((0, goal));
            };
            let to = goal.min(from + CHUNK);
            if to <= from {
                // Another instance was quicker.
                return Ok((0, goal));
            }
            // In the order of the index: the movements of one product are written side by side.
            let entered = tx
                .execute(
                    "INSERT INTO stock_movement_index (product_id, position)
                     SELECT product_id, position FROM stock_movements WHERE position > $1 AND position <= $2
                     ORDER BY product_id, position",
                    [from.into(), to.into()],
                )
                .await?;
            tx.execute(
                "UPDATE stock_movement_index_state SET up_to = $1 WHERE id = 1",
                [to.into()],
            )
            .await?;
            Ok::<_, SalesError>((i64::try_from(entered).unwrap_or(i64::MAX), to))
        })
        .await
}
