//! The price history: an entry for the first price and cost of a product and for each change.
//!
//! A feature that changes a price or a cost writes it here in the same transaction. Entries are only
//! added.

use kernel::{
    Amount, Timestamp,
    ids::{ProductId, UserId},
};
use store::{ColumnKind, Tx, insert_from_json, to_json};
use uuid::Uuid;

use crate::error::SalesResult;

/// Rows of one statement.
const CHUNK: usize = 5_000;

/// The price and cost of a product from now on, minor units for a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPrice {
    /// The product.
    pub product_id: ProductId,
    /// The selling price.
    pub price_minor: Amount,
    /// The purchase cost.
    pub cost_minor: Amount,
}

/// Records prices and costs from an instant on.
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
