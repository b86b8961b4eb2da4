//! The price history: an entry for the first price and cost of a product and for each change.
//!
//! A feature that changes a price or a cost writes it here in the same transaction. Entries are only
//! added.

use kernel::{
    Amount, Timestamp,
    ids::{ProductId, UserId},
};
use store::{ColumnKind, Columns, Dialect, Prepared, Record, Tx};
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

/// An entry of the price history.
struct PriceRow {
    id: Uuid,
    new: NewPrice,
    actor: Option<UserId>,
    at: Timestamp,
}

impl Record for PriceRow {
    const TABLE: &'static str = "price_changes";

    fn put<C: Columns>(&self, row: &mut C) {
        row.column("id", ColumnKind::Uuid, self.id);
        row.column("product_id", ColumnKind::Uuid, self.new.product_id);
        row.column("price_minor", ColumnKind::Int, self.new.price_minor);
        row.column("cost_minor", ColumnKind::Int, self.new.cost_minor);
        row.column("actor_id", ColumnKind::Uuid, self.actor);
        row.column("changed_at_us", ColumnKind::Int, self.at.micros());
    }
}

fn rows_of(
    prices: impl IntoIterator<Item = NewPrice>,
    actor: Option<UserId>,
    at: Timestamp,
) -> Vec<PriceRow> {
    let row = |new| PriceRow {
        id: Uuid::now_v7(),
        new,
        actor,
        at,
    };
    prices.into_iter().map(row).collect()
}

/// Prices and costs from an instant on, to be recorded in one statement.
pub fn prepare_prices(
    dialect: Dialect,
    prices: impl IntoIterator<Item = NewPrice>,
    actor: Option<UserId>,
    at: Timestamp,
) -> Prepared {
    Prepared::of(dialect, &[&rows_of(prices, actor, at)])
}

/// Records prices and costs from an instant on.
pub async fn record_prices(
    tx: &Tx,
    prices: impl IntoIterator<Item = NewPrice>,
    actor: Option<UserId>,
    at: Timestamp,
) -> SalesResult<()> {
    let mut rows = rows_of(prices, actor, at).into_iter();
    loop {
        let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        tx.insert(&[&chunk]).await?;
    }
}
