//! The audit log of sales at other prices than the catalogue's.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Amount, Permission, Timestamp, ids::ProductId};
use serde_json::json;
use store::{ColumnKind, Tx, json_rows, to_json};

use super::model::{NewSale, Sale};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::SalesResult,
    inventory::products::ProductCard,
};

/// A till that was offline may sell at a price that changed less than this ago.
const PRICE_GRACE_SECONDS: i64 = 24 * 3600;
/// Lines in an entry of the log. The rest are counted.
const MAX_LINES: usize = 20;

store::selection! {
    Priced(product_id: ProductId, price: Amount)
}

/// Which of these prices were the catalogue's at that time, or within the day before.
pub(super) async fn in_force(
    tx: &Tx,
    prices: &[(ProductId, Amount)],
    at: Timestamp,
) -> SalesResult<BTreeSet<(ProductId, Amount)>> {
    if prices.is_empty() {
        return Ok(BTreeSet::new());
    }
    let columns = [("product_id", ColumnKind::Uuid), ("price", ColumnKind::Int)];
    let source = json_rows(tx.dialect(), 1, &columns);
    let sql = format!(
        "SELECT wanted.product_id, wanted.price FROM {source} AS wanted WHERE EXISTS (
             SELECT 1 FROM price_changes AS old
             WHERE old.product_id = wanted.product_id AND old.price_minor = wanted.price AND old.changed_at_us <= $2
               AND NOT EXISTS (SELECT 1 FROM price_changes AS newer
                   WHERE newer.product_id = wanted.product_id AND newer.changed_at_us > old.changed_at_us
                     AND newer.changed_at_us <= $3))"
    );
    let replaced_before = at.plus_seconds(-PRICE_GRACE_SECONDS);
    let values = [
        to_json(prices).into(),
        at.micros().into(),
        replaced_before.micros().into(),
    ];
    let found = tx.select::<Priced>(&sql, values).await?;
    Ok(found.into_iter().collect())
}

/// Writes the audit log of a sale with chosen prices. Users without that permission always sell at the
/// catalogue's prices.
pub(super) async fn record(
    tx: &Tx,
    actor: &Actor,
    order: &NewSale,
    sale: &Sale,
    cards: &BTreeMap<ProductId, ProductCard>,
) -> SalesResult<()> {
    if !actor.may(Permission::ChangePrices) {
        return Ok(());
    }
    let chosen = order.lines.iter().zip(&sale.lines);
    let chosen: Vec<_> = chosen
        .filter_map(|(line, sold)| {
            let catalogue = cards.get(&line.product_id)?.price_minor;
            let price = line.unit_price_minor.filter(|price| *price != catalogue)?;
            Some((price, catalogue, sold))
        })
        .collect();
    let prices: Vec<_> = chosen
        .iter()
        .map(|(price, _, sold)| (sold.product_id, *price))
        .collect();
    let usual = in_force(tx, &prices, sale.occurred_at).await?;
    let changed: Vec<_> = chosen
        .iter()
        .filter(|(price, _, sold)| !usual.contains(&(sold.product_id, *price)))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let named = changed
        .iter()
        .take(MAX_LINES)
        .map(|(price, catalogue, sold)| {
            json!({
                "product_id": sold.product_id,
                "product_name": sold.product_name,
                "quantity": sold.quantity,
                "unit_price_minor": price,
                "catalogue_price_minor": catalogue,
            })
        });
    let entry = Entry::of(Deed::SaleChangePrice, sale.id).after(json!({
        "number": sale.number,
        "total_minor": sale.total_minor,
        "cashier_id": sale.cashier_id,
        "changed_lines": changed.len(),
        "lines": named.collect::<Vec<_>>(),
    }));
    audit::record(tx, actor, sale.recorded_at, entry).await
}
