//! A file of stock: what lies where, or what comes there.
//!
//! `stock_set` is a count at the moment at which the file was sent. The difference to the level of
//! the preview is what is shown; what the commit moves follows from the books of that moment, so
//! that goods sold in between stay sold.

use std::collections::HashMap;

use kernel::{
    Quantity,
    ids::{LocationId, ProductId},
    import::{ImportKind, Preview, RowCounts, RowState, StagedRow, StockValues},
    read::{LevelFacts, ProductFacts},
    text,
};
use serde_json::{Map, Value, json};

use super::{
    Frame, Known,
    headers::Field,
    issue::{CellReader, Issues, count},
    known_codes::KnownCodes,
    products::barcode_taken,
    table::Cells,
};

/// Longest code and longest name of a location.
const MAX_TEXT: usize = 200;

/// One row.
#[derive(Debug)]
pub struct Row {
    line: i64,
    /// What it says.
    pub values: StockValues,
    issues: Issues,
    state: RowState,
    changes: Map<String, Value>,
}

impl Row {
    /// Reads a record.
    pub(super) fn read(cells: &Cells<'_>, frame: Frame) -> Self {
        let mut reader = CellReader::new(cells, frame);
        let values = StockValues {
            sku: reader.sku(MAX_TEXT),
            barcode: reader.barcode(MAX_TEXT),
            location: reader.short_text(Field::Location, MAX_TEXT),
            stock_set: reader.stock(Field::StockSet),
            stock_add: reader.stock(Field::StockAdd),
            ..StockValues::default()
        };
        if cells.get(Field::Sku).is_none() && cells.get(Field::Barcode).is_none() {
            reader.issues.error(
                "sku",
                "",
                "import.missing",
                "A SKU or a barcode is expected.",
            );
        }
        check_stock_cells(cells, &mut reader.issues, true);
        Self {
            line: cells.line,
            values,
            issues: reader.issues,
            state: RowState::Error,
            changes: Map::new(),
        }
    }
}

/// A row says what lies there or what comes there, not both.
pub(super) fn check_stock_cells(cells: &Cells<'_>, issues: &mut Issues, is_needed: bool) {
    match (cells.get(Field::StockSet), cells.get(Field::StockAdd)) {
        (Some(_), Some(added)) => issues.error(
            "stock_add",
            added,
            "import.set_and_add",
            "Either stock_set or stock_add is expected, not both.",
        ),
        (None, None) if is_needed => issues.error(
            "stock_set",
            "",
            "import.missing",
            "A quantity is expected in stock_set or stock_add.",
        ),
        _ => {}
    }
}

/// What lies where, and the locations by their folded names.
pub(super) struct Places {
    by_name: HashMap<String, LocationId>,
    default: Option<LocationId>,
    levels: HashMap<(ProductId, LocationId), Quantity>,
}

impl Places {
    pub(super) fn new(known: &Known) -> Self {
        let level = |facts: &LevelFacts| ((facts.product_id, facts.location_id), facts.on_hand);
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

    /// What lies at the default location, or at a named one.
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

/// Holds the rows against the shop.
pub fn judge(mut rows: Vec<Row>, mapping: Map<String, Value>, known: &Known) -> Preview {
    let by_sku = KnownCodes::skus(&known.products);
    let by_barcode = KnownCodes::barcodes(&known.products);
    let places = Places::new(known);
    let mut seen: HashMap<(ProductId, Option<LocationId>), usize> = HashMap::new();
    for position in 0..rows.len() {
        let Some(row) = rows.get_mut(position) else {
            continue;
        };
        find_product(row, &by_sku, &by_barcode);
        find_place(row, &places);
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
    let mut counts = RowCounts::default();
    let (mut value, mut units) = (0i128, Quantity::ZERO);
    let by_id: HashMap<ProductId, &ProductFacts> = known
        .products
        .iter()
        .map(|facts| (facts.id, facts))
        .collect();
    for row in &mut rows {
        if let Some(facts) = row.values.product_id.and_then(|id| by_id.get(&id)) {
            check_whole(
                &facts.unit,
                row.values.stock_set,
                Field::StockSet,
                &mut row.issues,
            );
            check_whole(
                &facts.unit,
                row.values.stock_add,
                Field::StockAdd,
                &mut row.issues,
            );
            if !row.issues.has_errors() {
                let delta = settle(row, facts, &places);
                units = units.checked_add(delta).unwrap_or(units);
                value += i128::from(delta.milli()) * i128::from(facts.cost_minor);
            }
        }
        count(&mut counts, row.state, &row.issues);
    }
    let effects = json!({
        "products": counts.changed,
        "units": units,
        "stock_value_minor": minor(value),
    });
    preview(ImportKind::Stock, mapping, counts, effects, rows)
}

/// Thousandths times minor units, as minor units.
pub(super) fn minor(thousandths: i128) -> i64 {
    i64::try_from(kernel::money::div_half_up(thousandths, 1000)).unwrap_or(i64::MAX)
}

fn find_product(row: &mut Row, by_sku: &KnownCodes<'_>, by_barcode: &KnownCodes<'_>) {
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
        (Some(Some(facts)), _) | (None, Some(Some(facts))) => Ok(facts),
        (None, None) => return,
    };
    match found {
        Ok(facts) if facts.is_archived => row.issues.error(
            "sku",
            &facts.sku,
            "import.archived",
            "The product is archived.",
        ),
        Ok(facts) => row.values.product_id = Some(facts.id),
        Err((column, value)) => row.issues.error(
            column,
            value.unwrap_or_default(),
            "import.unknown_product",
            "A product of the shop is expected.",
        ),
    }
}

fn find_place(row: &mut Row, places: &Places) {
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

fn mark_duplicate(row: Option<&mut Row>, other: i64) {
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

/// Says what a good row changes, and by how much.
fn settle(row: &mut Row, facts: &ProductFacts, places: &Places) -> Quantity {
    let there = places.on_hand(facts.id, row.values.location_id);
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

/// By how much the stock moves.
pub(super) fn stock_delta(
    set: Option<Quantity>,
    add: Option<Quantity>,
    there: Quantity,
) -> Option<Quantity> {
    set.map_or(add, |set| set.checked_sub(there))
}

fn preview(
    kind: ImportKind,
    mapping: Map<String, Value>,
    counts: RowCounts,
    effects: Value,
    rows: Vec<Row>,
) -> Preview {
    let rows = rows.into_iter().map(|row| StagedRow {
        row: row.line,
        state: row.state,
        values: serde_json::to_value(&row.values).unwrap_or_default(),
        changes: row.changes,
        issues: row.issues.render(),
    });
    Preview {
        kind,
        mapping,
        rows: Box::new(rows),
        counts,
        effects: object(effects),
        issues: Vec::new(),
    }
}

/// The members of a JSON object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
