//! The movements of a product or of a user, on both databases.
//!
//! `PostgreSQL` has an index for them. On `SQLite`, every line of a sale would write such an index in
//! another place. So there is a table that is filled later, thousands of movements at a time in its
//! order, and queries also scan the few movements that are not in it yet.

use std::time::Duration;

use store::{Dialect, Tx, WriteDb};

use crate::error::{SalesError, SalesResult};

/// Movements that are added to the index in one transaction. More of them are stored together, but
/// sales wait longer for the writer.
const CHUNK: i64 = 24_000;
/// Pause between two transactions, for the tills.
const PAUSE: Duration = Duration::from_millis(100);

/// The movements that are not in the index yet.
const REST: &str =
    "movement.position > (SELECT up_to FROM stock_movement_index_state WHERE id = 1)";

/// What the movements are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IndexedBy {
    /// Their product.
    Product,
    /// The user who caused them.
    Actor,
}

impl IndexedBy {
    const fn column(self) -> &'static str {
        match self {
            Self::Product => "product_id",
            Self::Actor => "actor_id",
        }
    }

    /// The table of entries on `SQLite`.
    const fn table(self) -> &'static str {
        match self {
            Self::Product => "stock_movement_index",
            Self::Actor => "stock_movement_actors",
        }
    }
}

/// A product as an SQL expression, and a condition on `movement`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The product's id.
    pub product: &'a str,
    /// A further condition on `movement`.
    pub condition: &'a str,
}

/// SQL expression: the sum of the changes by a product's movements.
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

/// SQL expression: the position in the ledger of the movement with this id.
pub(super) fn place_of(id: &str) -> String {
    format!("(SELECT position FROM stock_movements WHERE id = {id})")
}

/// A query for `columns` of the newest movements of a product or user, at most `limit`. `id` is the
/// SQL expression of the product or user. `within` are conditions on the position, each with the name
/// of the column in braces.
pub(super) fn newest(
    dialect: Dialect,
    columns: &str,
    (by, id): (IndexedBy, &str),
    condition: &str,
    within: &str,
    limit: i64,
) -> String {
    let (column, table) = (by.column(), by.table());
    let placed = |position: &str| within.replace("{}", position);
    match dialect {
        Dialect::Postgres => format!(
            "SELECT {columns} FROM stock_movements AS movement
             WHERE movement.{column} = {id} AND {within} AND {condition} ORDER BY movement.position DESC LIMIT {limit}",
            within = placed("movement.position"),
        ),
        Dialect::Sqlite => format!(
            "SELECT {columns} FROM (
                 SELECT * FROM (SELECT movement.* FROM {table} AS entry
                     CROSS JOIN stock_movements AS movement ON movement.position = entry.position
                     WHERE entry.{column} = {id} AND {indexed} AND {condition} ORDER BY entry.position DESC LIMIT {limit})
                 UNION ALL
                 SELECT * FROM (SELECT movement.* FROM stock_movements AS movement
                     WHERE {REST} AND movement.{column} = {id} AND {rest} AND {condition} ORDER BY movement.position DESC LIMIT {limit})
             ) AS movement ORDER BY position DESC LIMIT {limit}",
            indexed = placed("entry.position"),
            rest = placed("movement.position"),
        ),
    }
}

/// Adds the movements so far to the indexes, and returns how many it added; does nothing on
/// `PostgreSQL`. It may run at any time. It ends although goods keep moving: the more movements wait
/// for the next turn, the cheaper each is.
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

/// The last movement in the index, and the last of all.
async fn waiting(write: &WriteDb) -> SalesResult<(i64, i64)> {
    let columns = Waiting::SELECT;
    let sql = format!("SELECT {columns} FROM stock_movement_index_state AS state WHERE id = 1");
    let waiting = write.primary().select_one::<Waiting>(&sql, []).await?;
    Ok(waiting.unwrap_or_default())
}

/// Returns how many movements were added, and the last one in the index.
async fn enter(write: &WriteDb, goal: i64) -> SalesResult<(i64, i64)> {
    write
        .transaction(async |tx: &Tx| {
            let sql = "SELECT up_to FROM stock_movement_index_state WHERE id = 1";
            let Some(from) = tx.value::<i64>(sql, []).await? else {
                return Ok((0, goal));
            };
            let to = goal.min(from + CHUNK);
            if to <= from {
                // Another instance was faster.
                return Ok((0, goal));
            }
            // In the order of the index: the movements of a product are stored together.
            let entered = tx
                .execute(
                    "INSERT INTO stock_movement_index (product_id, position)
                     SELECT product_id, position FROM stock_movements WHERE position > $1 AND position <= $2
                     ORDER BY product_id, position",
                    [from.into(), to.into()],
                )
                .await?;
            let actors = "INSERT INTO stock_movement_actors (actor_id, position)
                SELECT actor_id, position FROM stock_movements WHERE position > $1 AND position <= $2 AND actor_id IS NOT NULL
                ORDER BY actor_id, position";
            tx.execute(actors, [from.into(), to.into()]).await?;
            tx.execute(
                "UPDATE stock_movement_index_state SET up_to = $1 WHERE id = 1",
                [to.into()],
            )
            .await?;
            Ok::<_, SalesError>((i64::try_from(entered).unwrap_or(i64::MAX), to))
        })
        .await
}
