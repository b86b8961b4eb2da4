//! The log of prices: a row for the first price and cost of a product and for each change of them.
//!
//! Whoever changes a price or a cost writes it here in the same transaction. The rows are only added.

use kernel::{
    Timestamp,
    ids::{ProductId, UserId},
};
use store::{ColumnKind, Tx, insert_from_json, to_json};
use uuid::Uuid;

use crate::error::SalesResult;

/// Rows of one statement.
const CHUNK: usize = 5_000;

/// What a product costs from now on, minor units a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPrice {
    /// Which product.
    pub product_id: ProductId,
    /// What a customer pays.
    pub price_minor: i64,
    /// What the shop pays.
    pub cost_minor: i64,
}

/// Records what products cost from an instant on.
pub async fn record_prices(
    tx: &Tx,
    prices: impl IntoIterator<Item = NewPrice>,
    actor: Option<UserId>,
    at: Timestamp,
) -> SalesResult<()> {
    let rows: Vec<_> = prices
        .into_iter()
        .map(|new| {
            (
                Uuid::now_v7(),
                new.product_id,
                new.price_minor,
                new.cost_minor,
                actor,
                at.micros(),
            )
        })
        .collect();
    let columns = &[
        ("id", ColumnKind::Uuid),
        ("product_id", ColumnKind::Uuid),
        ("price_minor", ColumnKind::Int),
        ("cost_minor", ColumnKind::Int),
        ("actor_id", ColumnKind::Uuid),
        ("changed_at_us", ColumnKind::Int),
    ];
    let sql = insert_from_json(tx.dialect(), "price_changes", columns, 1);
    for chunk in rows.chunks(CHUNK) {
        tx.execute(&sql, [to_json(chunk).into()]).await?;
    }
    Ok(())
}
