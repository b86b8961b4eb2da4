//! A file of products: new ones, changed ones, and their stock.
//!
//! A row is about the product that carries its SKU, or else one of its barcodes. An empty cell
//! leaves what is. Barcodes are added to those that the product has; a category is a path of names
//! (`Boissons > Sucrées`), and what is missing of it is made at the commit.

use std::collections::{HashMap, HashSet};

use kernel::{
    Code, Quantity, gtin,
    ids::CategoryId,
    import::{ImportKind, Preview, ProductValues, RowCounts, RowState, StagedRow},
    read::{CategoryFacts, ProductFacts},
    text::{self, fold},
};
use serde_json::{Map, Value, json};

use super::{
    Frame, Known,
    headers::Field,
    issue::{CellReader, Issues, count},
    known_codes::KnownCodes,
    stock::{Places, check_stock_cells, check_whole, minor, object, stock_delta},
    table::Cells,
};

/// Longest SKU and barcode.
const MAX_CODE: usize = 64;
/// Longest name.
const MAX_NAME: usize = 200;
/// Longest unit word.
const MAX_UNIT: usize = 20;
/// Longest path of a category.
const MAX_PATH: usize = 500;
/// Longest name of a category.
const MAX_CATEGORY: usize = 100;
/// Most names in the path of a category.
const MAX_DEPTH: usize = 8;
/// Most barcodes of a product.
const MAX_BARCODES: usize = 20;
/// What a new product is sold by when the file does not say.
const DEFAULT_UNIT: &str = "piece";

/// One row.
#[derive(Debug)]
pub struct Row {
    line: i64,
    /// What it says.
    pub values: ProductValues,
    issues: Issues,
    state: RowState,
    changes: Map<String, Value>,
}

impl Row {
    /// Reads a record.
    pub(super) fn read(cells: &Cells<'_>, frame: Frame) -> Self {
        let mut reader = CellReader::new(cells, frame);
        let values = ProductValues {
            sku: reader.sku(MAX_CODE),
            name: reader.name(Field::Name, MAX_NAME),
            barcodes: barcodes(&mut reader),
            category: category(&mut reader),
            unit: reader.code(Field::Unit, MAX_UNIT),
            price_minor: reader.amount(Field::Price),
            cost_minor: reader.amount(Field::Cost),
            tax_rate_bp: reader.percentage(Field::TaxRate),
            reorder_level: reader.stock(Field::ReorderLevel),
            stock_set: reader.stock(Field::StockSet),
            stock_add: reader.stock(Field::StockAdd),
            ..ProductValues::default()
        };
        if cells.get(Field::Sku).is_none() && cells.get(Field::Barcode).is_none() {
            reader.issues.error(
                "sku",
                "",
                "import.missing",
                "A SKU or a barcode is expected.",
            );
        }
        check_stock_cells(cells, &mut reader.issues, false);
        Self {
            line: cells.line,
            values,
            issues: reader.issues,
            state: RowState::Error,
            changes: Map::new(),
        }
    }

    fn keys(&self) -> impl Iterator<Item = (Field, &str)> {
        let sku = self.values.sku.iter().map(|sku| (Field::Sku, sku.as_str()));
        let codes = self.values.barcodes.iter();
        sku.chain(codes.map(|code| (Field::Barcode, code.as_str())))
    }
}

fn barcodes(reader: &mut CellReader<'_>) -> Vec<String> {
    let Some(text) = reader.text(Field::Barcode) else {
        return Vec::new();
    };
    let mut codes: Vec<String> = Vec::new();
    let (mut keys, mut is_lost) = (HashSet::new(), false);
    for code in cell_codes(text) {
        match gtin::written(code) {
            Ok(code) if keys.insert(gtin::barcode_key(&code)) => codes.push(code),
            Ok(_) => {}
            Err(_) => is_lost = true,
        }
    }
    let is_wrong = |code: &String| {
        code.chars().count() > MAX_CODE
            || !code
                .chars()
                .all(|c| kernel::text::has_visible(c.encode_utf8(&mut [0; 4])))
    };
    if is_lost || codes.len() > MAX_BARCODES || codes.iter().any(is_wrong) {
        reader.issues.error(
            Field::Barcode.as_str(),
            text,
            "import.not_a_barcode",
            "Barcodes of at most 64 characters are expected, at most 20 of them. A spreadsheet turns long ones into 5.4E+12: format the column as text.",
        );
        return Vec::new();
    }
    codes
}

/// The barcodes of a cell. A comma parts them, unless the cell is one number with decimals.
fn cell_codes(text: &str) -> impl Iterator<Item = &str> {
    let is_one = gtin::has_lost_digits(text) || gtin::written(text).is_ok_and(|code| code != text);
    let separators: &'static [char] = if is_one {
        &[]
    } else {
        &[',', ';', '|', ' ', '\n', '\r', '/']
    };
    text.split(separators).filter(|code| !code.is_empty())
}

fn category(reader: &mut CellReader<'_>) -> Vec<String> {
    let Some(path) = reader.short_text(Field::Category, MAX_PATH) else {
        return Vec::new();
    };
    let names: Vec<String> = path.split('>').map(|name| name.trim().to_owned()).collect();
    let is_wrong =
        |name: &String| name.chars().count() > MAX_CATEGORY || !kernel::text::has_visible(name);
    if names.len() > MAX_DEPTH || names.iter().any(is_wrong) {
        reader.issues.error(
            Field::Category.as_str(),
            &path,
            "import.not_a_category",
            "A category such as Boissons or Boissons > Sucrées is expected, at most 8 names deep.",
        );
        return Vec::new();
    }
    names
}

/// The categories by their folded paths.
struct Categories {
    by_path: HashMap<Vec<String>, CategoryId>,
    paths: HashMap<CategoryId, Vec<String>>,
}

impl Categories {
    fn new(facts: &[CategoryFacts]) -> Self {
        let by_id: HashMap<CategoryId, &CategoryFacts> = facts
            .iter()
            .map(|category| (category.id, category))
            .collect();
        let mut categories = Self {
            by_path: HashMap::new(),
            paths: HashMap::new(),
        };
        for category in facts {
            let mut path = vec![category.name.clone()];
            let mut above = category.parent_id;
            // A tree has no cycles; a bound keeps this true for a tree that was damaged.
            while let Some(parent) = above.and_then(|id| by_id.get(&id))
                && path.len() < 64
            {
                path.push(parent.name.clone());
                above = parent.parent_id;
            }
            path.reverse();
            let folded = path.iter().map(|name| fold(name)).collect();
            categories.by_path.insert(folded, category.id);
            categories.paths.insert(category.id, path);
        }
        categories
    }

    fn find(&self, path: &[String]) -> Option<CategoryId> {
        let folded: Vec<String> = path.iter().map(|name| fold(name)).collect();
        self.by_path.get(&folded).copied()
    }
}

/// What the rows are held against.
struct Shop<'a> {
    by_sku: KnownCodes<'a>,
    by_barcode: KnownCodes<'a>,
    categories: Categories,
    places: Places,
}

/// Holds the rows against the shop.
pub fn judge(mut rows: Vec<Row>, mapping: Map<String, Value>, known: &Known) -> Preview {
    let shop = Shop {
        by_sku: KnownCodes::skus(&known.products),
        by_barcode: KnownCodes::barcodes(&known.products),
        categories: Categories::new(&known.categories),
        places: Places::new(known),
    };
    mark_duplicates(&mut rows);
    let mut counts = RowCounts::default();
    let mut value = 0i128;
    let mut new_categories = std::collections::BTreeSet::new();
    let mut targets: HashMap<kernel::ids::ProductId, i64> = HashMap::new();
    for row in &mut rows {
        let cost = settle(row, &shop, &mut targets);
        if row.state != RowState::Error {
            let delta = row.values.stock_delta.unwrap_or_default();
            value += i128::from(delta.milli()) * i128::from(cost);
            let path = &row.values.category;
            if !path.is_empty() && shop.categories.find(path).is_none() {
                new_categories.insert(path.iter().map(|name| fold(name)).collect::<Vec<_>>());
            }
        }
        count(&mut counts, row.state, &row.issues);
    }
    let effects = json!({
        "products_new": counts.new,
        "products_changed": counts.changed,
        "categories_new": new_categories.len(),
        "stock_value_minor": minor(value),
    });
    let rows = rows.into_iter().map(|row| StagedRow {
        row: row.line,
        state: row.state,
        values: serde_json::to_value(&row.values).unwrap_or_default(),
        changes: row.changes,
        issues: row.issues.render(),
    });
    Preview {
        kind: ImportKind::Products,
        mapping,
        rows: Box::new(rows),
        counts,
        effects: object(effects),
        issues: Vec::new(),
    }
}

/// Two rows with the same SKU or barcode: nobody knows which is right, so neither is taken.
fn mark_duplicates(rows: &mut [Row]) {
    let mut seen: HashMap<(Field, String), usize> = HashMap::new();
    let mut found: Vec<(usize, Field, String, i64)> = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        for (field, code) in row.keys() {
            let key = match field {
                Field::Sku => text::code_key(code),
                _ => gtin::barcode_key(code),
            };
            match seen.get(&(field, key.clone())) {
                Some(first) => {
                    let other = rows.get(*first).map_or(0, |row| row.line);
                    found.push((position, field, code.to_owned(), other));
                    found.push((*first, field, code.to_owned(), row.line));
                }
                None => {
                    seen.insert((field, key), position);
                }
            }
        }
    }
    // Of many rows with one key, the first names one of the others only.
    let mut named = std::collections::HashSet::new();
    for (position, field, key, other) in found {
        if let Some(row) = rows.get_mut(position)
            && named.insert((position, field, key.clone()))
        {
            row.issues.error(
                field.as_str(),
                &key,
                "import.duplicate_key",
                format!(
                    "Line {other} has the same {}.",
                    field.as_str().replace('_', " ")
                ),
            );
        }
    }
}

/// Says what a row would do; answers the cost of a unit.
fn settle(
    row: &mut Row,
    shop: &Shop<'_>,
    targets: &mut HashMap<kernel::ids::ProductId, i64>,
) -> i64 {
    let facts = find(row, shop);
    if let Some(facts) = facts {
        if let Some(other) = targets.insert(facts.id, row.line) {
            row.issues.error(
                "sku",
                &facts.sku,
                "import.duplicate_key",
                format!("Line {other} is about the same product."),
            );
        }
        if facts.is_archived {
            row.issues.error(
                "sku",
                &facts.sku,
                "import.archived",
                "The product is archived.",
            );
        }
        if let Some(unit) = row.values.unit.as_ref()
            && facts.is_moved
            && *unit != facts.unit
        {
            row.issues.error(
                "unit",
                unit,
                Code::UnitInUse.as_str(),
                format!(
                    "The product was moved or sold by {}. Archive it and make a new one.",
                    facts.unit
                ),
            );
        }
    } else {
        for (field, is_there) in [
            (Field::Name, row.values.name.is_some()),
            (Field::Price, row.values.price_minor.is_some()),
        ] {
            // A cell that could not be read has its issue already.
            if !is_there && !row.issues.has_column(field.as_str()) {
                row.issues.error(
                    field.as_str(),
                    "",
                    "import.missing",
                    format!("A new product needs a {}.", field.as_str()),
                );
            }
        }
    }
    let unit = row
        .values
        .unit
        .clone()
        .or_else(|| facts.map(|facts| facts.unit.clone()))
        .unwrap_or_else(|| DEFAULT_UNIT.to_owned());
    for (field, quantity) in [
        (Field::StockSet, row.values.stock_set),
        (Field::StockAdd, row.values.stock_add),
    ] {
        check_whole(&unit, quantity, field, &mut row.issues);
    }
    if row.issues.has_errors() {
        return 0;
    }
    let there = facts.map_or(Quantity::ZERO, |facts| shop.places.on_hand(facts.id, None));
    let delta = stock_delta(row.values.stock_set, row.values.stock_add, there);
    row.values.stock_delta = delta.filter(|delta| !delta.is_zero());
    let Some(facts) = facts else {
        if row.values.sku.is_none() {
            row.values.sku = row.values.barcodes.first().cloned();
        }
        row.values.unit = Some(unit);
        row.state = RowState::New;
        return row.values.cost_minor.unwrap_or(0);
    };
    row.values.product_id = Some(facts.id);
    row.values.sku = Some(facts.sku.clone());
    row.changes = differences(&row.values, facts, shop);
    if facts.is_in_conflict && !row.changes.is_empty() {
        row.issues.error(
            "sku",
            &facts.sku,
            "import.code_conflict",
            "An older product has the SKU or a barcode of this one in another writing. Give it codes of its own first.",
        );
        row.changes.clear();
        row.values.stock_delta = None;
        return 0;
    }
    if let Some(delta) = row.values.stock_delta {
        let after = there.checked_add(delta).unwrap_or(there);
        let change = json!({"old": there, "new": after});
        row.changes.insert("on_hand".to_owned(), change);
    }
    row.state = if row.changes.is_empty() {
        RowState::Unchanged
    } else {
        RowState::Changed
    };
    row.values.cost_minor.unwrap_or(facts.cost_minor)
}

/// The product that a row is about.
fn find<'a>(row: &mut Row, shop: &Shop<'a>) -> Option<&'a ProductFacts> {
    let named = row
        .values
        .sku
        .as_deref()
        .and_then(|sku| shop.by_sku.find(sku));
    let mut found = named;
    let mut foreign: Vec<(String, &ProductFacts)> = Vec::new();
    for code in &row.values.barcodes {
        let Some(owner) = shop.by_barcode.find(code) else {
            continue;
        };
        match found {
            // Without a SKU of its own, the row is about the product that its barcode names.
            None if row.values.sku.is_none() => found = Some(owner),
            Some(facts) if facts.id == owner.id => {}
            _ => foreign.push((code.clone(), owner)),
        }
    }
    // A new product without a SKU is known by its first barcode, and may have lost that since.
    if found.is_none() && foreign.is_empty() && row.values.sku.is_none() {
        let first = row.values.barcodes.first();
        found = first.and_then(|code| shop.by_sku.find(code));
    }
    for (code, owner) in foreign {
        row.issues.error(
            "barcode",
            &code,
            "import.barcode_taken",
            barcode_taken(owner),
        );
    }
    found
}

/// Names the product that has a barcode.
pub(super) fn barcode_taken(owner: &ProductFacts) -> String {
    let archived = if owner.is_archived { "archived " } else { "" };
    format!(
        "This barcode belongs to the {archived}product {} (SKU {}).",
        owner.name, owner.sku
    )
}

fn differences(
    values: &ProductValues,
    facts: &ProductFacts,
    shop: &Shop<'_>,
) -> Map<String, Value> {
    let mut changes = Map::new();
    let mut compare = |field: &str, old: Value, new: Option<Value>| {
        if let Some(new) = new
            && new != old
        {
            changes.insert(field.to_owned(), json!({"old": old, "new": new}));
        }
    };
    compare(
        "name",
        json!(facts.name),
        values.name.as_ref().map(|name| json!(name)),
    );
    compare(
        "unit",
        json!(facts.unit),
        values.unit.as_ref().map(|unit| json!(unit)),
    );
    compare(
        "price_minor",
        json!(facts.price_minor),
        values.price_minor.map(|minor| json!(minor)),
    );
    compare(
        "cost_minor",
        json!(facts.cost_minor),
        values.cost_minor.map(|minor| json!(minor)),
    );
    compare(
        "tax_rate_bp",
        json!(facts.tax_rate_bp),
        values.tax_rate_bp.map(|rate| json!(rate)),
    );
    compare(
        "reorder_level",
        json!(facts.reorder_level),
        values.reorder_level.map(|level| json!(level)),
    );
    let mut barcodes = facts.barcodes.clone();
    for code in &values.barcodes {
        let key = gtin::barcode_key(code);
        if !barcodes.iter().any(|known| gtin::barcode_key(known) == key) {
            barcodes.push(code.clone());
        }
    }
    compare("barcodes", json!(facts.barcodes), Some(json!(barcodes)));
    if !values.category.is_empty() {
        let old = facts.category_id;
        let is_same = old.is_some() && shop.categories.find(&values.category) == old;
        if !is_same {
            let path = old.and_then(|id| shop.categories.paths.get(&id));
            changes.insert(
                "category".to_owned(),
                json!({"old": path, "new": values.category}),
            );
        }
    }
    changes
}
