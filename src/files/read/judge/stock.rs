//! A file of stock: counts, or additions, by product and location.
//!
//! `stock_set` is a count at the moment at which the file was sent. The preview shows its difference
//! from the level at that time; how much the commit moves follows from the books of that moment, so
//! that goods sold in between stay sold.

use std::collections::HashMap;

use kernel::{
    Quantity,
    ids::{LocationId, ProductId},
    text,
};
use serde_json::{Map, Value, json};

use super::{
    jumps,
    known_codes::{KnownCodes, barcode_taken},
    minor, object,
};
use crate::read::{
    fields::Field,
    issues::{Issues, count},
    known::{Known, KnownLevel, KnownProduct},
    rows::{self, StockRow},
    staged::{ImportKind, Preview, RowCounts, RowState},
};

/// The stock by product and location, and the locations by their folded names.
pub(super) struct Places {
    by_name: HashMap<String, LocationId>,
    default: Option<LocationId>,
    levels: HashMap<(ProductId, LocationId), Quantity>,
}

impl Places {
    pub(super) fn new(known: &Known) -> Self {
        let level = |level: &KnownLevel| ((level.product_id, level.location_id), level.on_hand);
        Self {
            by_name: known
                .places
                .iter()
                .map(|place| (text::fold(&place.name), place.id))
                .collect(),
            default: known
                .places
                .iter()
                .find(|place| place.is_default)
                .map(|place| place.id),
            levels: known.levels.iter().map(level).collect(),
        }
    }

    /// The stock at a location, or at the default one.
    pub(super) fn on_hand(&self, product: ProductId, location: Option<LocationId>) -> Quantity {
        location
            .or(self.default)
            .and_then(|location| self.levels.get(&(product, location)))
            .copied()
            .unwrap_or_default()
    }
}

/// Quantities of a product that is sold by the piece are whole.
pub(super) fn check_whole(
    unit: &str,
    quantity: Option<Quantity>,
    field: Field,
    issues: &mut Issues,
) {
    if let Some(quantity) = quantity
        && !quantity.fits(unit)
    {
        issues.error(
            field.as_str(),
            &quantity.to_string(),
            "quantity.not_whole",
            "This product comes in whole units.",
        );
    }
}

/// Judges the rows of a file of stock.
pub fn judge(mut rows: Vec<StockRow>, mapping: Map<String, Value>, known: &Known) -> Preview {
    let places = Places::new(known);
    find_targets(&mut rows, known, &places);
    let by_id: HashMap<ProductId, &KnownProduct> = known
        .products
        .iter()
        .map(|product| (product.id, product))
        .collect();
    let mut counts = RowCounts::default();
    let (mut value, mut units, mut big_changes) = (0i128, Quantity::ZERO, 0_i64);
    for row in &mut rows {
        if let Some(product) = row.values.product_id.and_then(|id| by_id.get(&id)) {
            for (field, quantity) in [
                (Field::StockSet, row.values.stock_set),
                (Field::StockAdd, row.values.stock_add),
            ] {
                check_whole(&product.unit, quantity, field, &mut row.issues);
            }
            if !row.issues.has_errors() {
                let delta = settle(row, product, &places);
                big_changes += i64::from(jumps_of(row, product, &places));
                units = units.checked_add(delta).unwrap_or(units);
                value += i128::from(delta.milli()) * i128::from(product.cost_minor);
            }
        }
        count(&mut counts, row.state, &row.issues);
    }
    let effects = json!({
        "products": counts.changed,
        "units": units,
        "stock_value_minor": minor(value),
        "big_changes": big_changes,
    });
    Preview {
        kind: ImportKind::Stock,
        mapping,
        rows: rows::stage(rows),
        counts,
        effects: object(effects),
        issues: Vec::new(),
    }
}

/// Finds the product and the location of each row. Two rows about the same stock are both errors.
fn find_targets(rows: &mut [StockRow], known: &Known, places: &Places) {
    let by_sku = KnownCodes::skus(&known.products);
    let by_barcode = KnownCodes::barcodes(&known.products);
    let mut seen: HashMap<(ProductId, Option<LocationId>), usize> = HashMap::new();
    for position in 0..rows.len() {
        let Some(row) = rows.get_mut(position) else {
            continue;
        };
        find_product(row, &by_sku, &by_barcode);
        find_place(row, places);
        let Some(product_id) = row.values.product_id else {
            continue;
        };
        let key = (product_id, row.values.location_id.or(places.default));
        let line = row.line;
        if let Some(first) = seen.get(&key).copied() {
            let other = rows.get(first).map_or(0, |row| row.line);
            mark_duplicate(rows.get_mut(position), other);
            mark_duplicate(rows.get_mut(first), line);
        } else {
            seen.insert(key, position);
        }
    }
}

fn find_product(row: &mut StockRow, by_sku: &KnownCodes<'_>, by_barcode: &KnownCodes<'_>) {
    let sku = row.values.sku.as_deref();
    let barcode = row.values.barcode.as_deref();
    let named = sku.map(|sku| by_sku.find(sku));
    let scanned = barcode.map(|code| by_barcode.find(code));
    let found = match (named, scanned) {
        (Some(None), _) => Err(("sku", sku)),
        (None, Some(None)) => Err(("barcode", barcode)),
        (Some(Some(named)), Some(Some(scanned))) if named.id != scanned.id => {
            row.issues.error(
                "barcode",
                barcode.unwrap_or_default(),
                "import.barcode_taken",
                barcode_taken(scanned),
            );
            return;
        }
        (Some(Some(product)), _) | (None, Some(Some(product))) => Ok(product),
        (None, None) => return,
    };
    match found {
        Ok(product) if product.is_archived => row.issues.error(
            "sku",
            &product.sku,
            "import.archived",
            "The product is archived.",
        ),
        Ok(product) => row.values.product_id = Some(product.id),
        Err((column, value)) => row.issues.error(
            column,
            value.unwrap_or_default(),
            "import.unknown_product",
            "A product of the shop is expected.",
        ),
    }
}

fn find_place(row: &mut StockRow, places: &Places) {
    let Some(name) = &row.values.location else {
        return;
    };
    match places.by_name.get(&text::fold(name)) {
        Some(id) => row.values.location_id = Some(*id),
        None => row.issues.error(
            "location",
            name,
            "import.unknown_location",
            "The name of a location of the shop is expected.",
        ),
    }
}

fn mark_duplicate(row: Option<&mut StockRow>, other: i64) {
    if let Some(row) = row {
        let value = row
            .values
            .sku
            .clone()
            .or_else(|| row.values.barcode.clone())
            .unwrap_or_default();
        row.issues.error(
            "sku",
            &value,
            "import.duplicate_key",
            format!("Line {other} is about the same product."),
        );
    }
}

/// Decides what a good row changes. Returns by how much the stock would move.
fn settle(row: &mut StockRow, product: &KnownProduct, places: &Places) -> Quantity {
    let there = places.on_hand(product.id, row.values.location_id);
    let delta = stock_delta(row.values.stock_set, row.values.stock_add, there).unwrap_or_default();
    if delta.is_zero() {
        row.state = RowState::Unchanged;
        return delta;
    }
    row.state = RowState::Changed;
    row.values.stock_delta = Some(delta);
    let after = there.checked_add(delta).unwrap_or(there);
    row.changes
        .insert("on_hand".to_owned(), json!({"old": there, "new": after}));
    delta
}

/// Warns of a stock that changes by too much; says whether it does.
fn jumps_of(row: &mut StockRow, product: &KnownProduct, places: &Places) -> bool {
    let there = places.on_hand(product.id, row.values.location_id);
    let after = row
        .values
        .stock_delta
        .and_then(|delta| there.checked_add(delta));
    let column = if row.values.stock_set.is_some() {
        "stock_set"
    } else {
        "stock_add"
    };
    after.is_some_and(|after| jumps::of_stock(column, there, after, &mut row.issues))
}

/// By how much the stock moves.
pub(super) fn stock_delta(
    set: Option<Quantity>,
    add: Option<Quantity>,
    there: Quantity,
) -> Option<Quantity> {
    set.map_or(add, |set| set.checked_sub(there))
}
