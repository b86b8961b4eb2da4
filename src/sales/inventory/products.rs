//! Product data for moving and selling, read for a whole set at once.

use std::collections::BTreeMap;

use kernel::{Amount, Code, FieldError, Problem, Quantity, ids::ProductId};
use store::{ColumnKind, Dialect, Tx, json_rows, selection, to_json};

use crate::error::SalesResult;

/// A product as the till needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCard {
    /// The name, frozen on sale lines.
    pub name: String,
    /// The unit.
    pub unit: String,
    /// The catalogue price, minor units.
    pub price_minor: Amount,
    /// Purchase cost, minor units.
    pub cost_minor: Amount,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
    /// Whether it is no longer sold.
    pub is_archived: bool,
}

selection! {
    Id in product (id: ProductId)

    Card of ProductCard in product {
        name, unit, price_minor, cost_minor, tax_rate_bp, is_archived = archived,
    }
}

/// A product in a line of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedProduct {
    /// The product.
    pub id: ProductId,
    /// The quantity.
    pub quantity: Quantity,
}

/// Whether archived products may be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archived {
    /// Allowed: their last units can be counted or adjusted away.
    Allowed,
    /// Refused: nothing new comes in or is sold.
    Refused,
}

/// Reads the cards of a set of products. Unknown ones are left out.
pub async fn load_cards(
    tx: &Tx,
    ids: impl IntoIterator<Item = ProductId>,
) -> SalesResult<BTreeMap<ProductId, ProductCard>> {
    let mut wanted: Vec<ProductId> = ids.into_iter().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let rows: Vec<_> = wanted.iter().map(|id| (id,)).collect();
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT {}, {} FROM {source} AS wanted JOIN products AS product ON product.id = wanted.id",
        Id::SELECT,
        Card::SELECT
    );
    let cards = tx.select::<(Id, Card)>(&sql, [to_json(&rows).into()]);
    Ok(cards.await?.into_iter().collect())
}

/// Locks products against changes until the end of the transaction. Levels are locked after products.
/// `SQLite` has one writer.
pub async fn lock_products(tx: &Tx, ids: impl IntoIterator<Item = ProductId>) -> SalesResult<()> {
    lock_rows(tx, ids, "FOR NO KEY UPDATE").await
}

/// Keeps the units of products unchanged until the end of the transaction, which moves some of them.
/// A change of a unit waits, and then finds it in use. Writers that move goods do not wait for each
/// other.
pub async fn hold_units(tx: &Tx, ids: impl IntoIterator<Item = ProductId>) -> SalesResult<()> {
    lock_rows(tx, ids, "FOR KEY SHARE").await
}

async fn lock_rows(
    tx: &Tx,
    ids: impl IntoIterator<Item = ProductId>,
    strength: &str,
) -> SalesResult<()> {
    if tx.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let rows: Vec<_> = ids.into_iter().map(|id| (id,)).collect();
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT 1 FROM products WHERE id IN (SELECT id FROM {source} AS wanted) ORDER BY id {strength}"
    );
    tx.values::<i32>(&sql, [to_json(&rows).into()]).await?;
    Ok(())
}

/// Checks the lines of a request against the catalogue and returns all errors at once.
///
/// # Errors
/// `request.unknown_reference`, `product.archived` or `quantity.not_whole`, with a pointer for each
/// line. The first kind of error that occurs is the code of the problem.
pub fn check_lines(
    lines: impl IntoIterator<Item = NamedProduct>,
    cards: &BTreeMap<ProductId, ProductCard>,
    archived: Archived,
) -> Result<(), Problem> {
    let mut found: Option<Problem> = None;
    for (position, line) in lines.into_iter().enumerate() {
        let (code, field, detail) = match cards.get(&line.id) {
            None => (
                Code::UnknownReference,
                "product_id",
                "there is no such product",
            ),
            Some(card) if card.is_archived && archived == Archived::Refused => (
                Code::ProductArchived,
                "product_id",
                "the product is archived",
            ),
            Some(card) if !line.quantity.fits(&card.unit) => (
                Code::FractionalQuantity,
                "quantity",
                "this product is sold in whole units",
            ),
            Some(_) => continue,
        };
        let error = FieldError::new(format!("/lines/{position}/{field}"), code.as_str(), detail)
            .with("product_id", line.id.to_string());
        found = Some(found.unwrap_or_else(|| Problem::of(code)).at(error));
    }
    found.map_or(Ok(()), Err)
}
