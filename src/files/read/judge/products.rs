//! A file of products: new ones, changed ones, and their stock.
//!
//! A row is about the product that has its SKU, or else one of its barcodes. An empty cell changes
//! nothing. Barcodes are added to those that the product has; a category is a path of names
//! (`Boissons > Sucrées`), and the commit creates what is missing of it.

mod changes;

use std::collections::{BTreeSet, HashMap, HashSet};

use kernel::{
    Code, Currency, Quantity, gtin,
    ids::{CategoryId, ProductId},
    money,
    product::PIECE,
    text::{self, fold},
};
use serde_json::{Map, Value, json};

use super::{
    jumps,
    known_codes::{KnownCodes, barcode_taken},
    minor, object,
    stock::{Places, check_whole, stock_delta},
};
use crate::read::{
    fields::Field,
    headers::TaxBasis,
    issues::count,
    known::{Known, KnownCategory, KnownProduct},
    rows::{self, ProductRow},
    staged::{ImportKind, Preview, ProductValues, RowCounts, RowState},
};

/// The categories by their folded paths.
struct Categories {
    by_path: HashMap<Vec<String>, CategoryId>,
    paths: HashMap<CategoryId, Vec<String>>,
}

impl Categories {
    fn new(known: &[KnownCategory]) -> Self {
        let by_id: HashMap<CategoryId, &KnownCategory> = known
            .iter()
            .map(|category| (category.id, category))
            .collect();
        let mut categories = Self {
            by_path: HashMap::new(),
            paths: HashMap::new(),
        };
        for category in known {
            let mut path = vec![category.name.clone()];
            let mut above = category.parent_id;
            // A tree has no cycles; with a bound, a damaged one does no harm either.
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

/// What the rows are compared with.
struct Shop<'a> {
    by_sku: KnownCodes<'a>,
    by_barcode: KnownCodes<'a>,
    categories: Categories,
    places: Places,
    /// The smallest unit that the currency shows, minor units.
    step: i64,
}

/// Judges the rows of a file of products.
pub fn judge(
    mut rows: Vec<ProductRow>,
    mapping: Map<String, Value>,
    known: &Known,
    currency: Currency,
) -> Preview {
    let shop = Shop {
        by_sku: KnownCodes::skus(&known.products),
        by_barcode: KnownCodes::barcodes(&known.products),
        categories: Categories::new(&known.categories),
        places: Places::new(known),
        step: currency.shown_step_minor(),
    };
    mark_duplicates(&mut rows);
    let mut counts = RowCounts::default();
    let mut value = 0i128;
    let mut new_categories = BTreeSet::new();
    let mut targets: HashMap<ProductId, i64> = HashMap::new();
    let mut jumps = 0_i64;
    for row in &mut rows {
        let cost = settle(row, &shop, &mut targets);
        jumps += i64::from(jumps_of(row));
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
        "big_changes": jumps,
    });
    Preview {
        kind: ImportKind::Products,
        mapping,
        rows: rows::stage(rows),
        counts,
        effects: object(effects),
        issues: Vec::new(),
    }
}

/// Warns of what a good row changes by too much, and of a price below the cost; says whether something
/// of it jumps.
fn jumps_of(row: &mut ProductRow) -> bool {
    if matches!(row.state, RowState::Error | RowState::Unchanged) || row.issues.has_errors() {
        return false;
    }
    let old = |field: &str| row.changes.get(field)?.get("old");
    let amount = |field: &str| old(field).and_then(Value::as_i64);
    let quantity = |side: &str| {
        let value = row.changes.get("on_hand")?.get(side)?.clone();
        serde_json::from_value::<Quantity>(value).ok()
    };
    let (old_price, old_cost) = (amount("price_minor"), amount("cost_minor"));
    let stock = quantity("old").zip(quantity("new"));
    let values = &row.values;
    let (price, cost) = (values.price_minor, values.cost_minor);
    let is_new = row.state == RowState::New;
    let mut jumps = false;
    if let Some(old) = old_price {
        jumps |= jumps::of_amount("price", old, price, &mut row.issues);
    }
    if let Some(old) = old_cost {
        jumps |= jumps::of_amount("cost", old, cost, &mut row.issues);
    }
    if let Some((old, new)) = stock {
        let column = if values.stock_set.is_some() {
            "stock_set"
        } else {
            "stock_add"
        };
        jumps |= jumps::of_stock(column, old, new, &mut row.issues);
    }
    // With tax or without it: a price that is below its cost even with tax loses money.
    if (is_new || old_price.is_some() || old_cost.is_some())
        && let (Some(price), Some(cost)) = (price, cost)
        && price < cost
    {
        row.issues.warning(
            "price",
            "",
            "price.below_cost",
            "It is less than the cost of the row.",
        );
    }
    jumps
}

/// Two rows with the same SKU or barcode: nobody knows which is right, so neither is taken.
fn mark_duplicates(rows: &mut [ProductRow]) {
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
    let mut named = HashSet::new();
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

/// Decides what a row would do. Returns the cost of a unit, which its stock is worth.
fn settle(row: &mut ProductRow, shop: &Shop<'_>, targets: &mut HashMap<ProductId, i64>) -> i64 {
    let product = find(row, shop);
    convert(row, product, shop.step);
    if row.values.archived {
        return leave_out(row, product);
    }
    match product {
        Some(product) => check_change(row, product, targets),
        None => check_new(row),
    }
    let unit = row
        .values
        .unit
        .clone()
        .or_else(|| product.map(|product| product.unit.clone()))
        .unwrap_or_else(|| PIECE.to_owned());
    for (field, quantity) in [
        (Field::StockSet, row.values.stock_set),
        (Field::StockAdd, row.values.stock_add),
    ] {
        check_whole(&unit, quantity, field, &mut row.issues);
    }
    if row.issues.has_errors() {
        return 0;
    }
    let there = product.map_or(Quantity::ZERO, |product| {
        shop.places.on_hand(product.id, None)
    });
    let delta = stock_delta(row.values.stock_set, row.values.stock_add, there);
    row.values.stock_delta = delta.filter(|delta| !delta.is_zero());
    if let Some(product) = product {
        return settle_change(row, product, shop, there);
    }
    if row.values.sku.is_none() {
        row.values.sku = row.values.barcodes.first().cloned();
    }
    row.values.unit = Some(unit);
    row.state = RowState::New;
    row.values.cost_minor.unwrap_or(0)
}

/// Makes the price of a file that has it with tax, or without, what the shop's own prices are; the cost
/// is without tax always.
fn convert(row: &mut ProductRow, product: Option<&KnownProduct>, step: i64) {
    let rate = row
        .values
        .tax_rate_bp
        .or_else(|| product.map(|product| product.tax_rate_bp));
    if let (Some(basis), Some(price)) = (row.values.price_basis, row.values.price_minor) {
        let Some(rate) = rate else {
            row.issues.warning(
                Field::Price.as_str(),
                "",
                "price.tax_rate_unknown",
                "The file says no tax rate of this product: its price is taken as it is.",
            );
            return;
        };
        let converted = match basis {
            TaxBasis::WithTax => Some(price - money::tax_within(price, rate)),
            TaxBasis::WithoutTax => money::tax_on_top(price, rate, step)
                .ok()
                .and_then(|tax| price.checked_add(tax))
                .map(|price| money::round_to_step(price, step)),
        };
        row.values.price_written_minor = Some(price);
        row.values.price_minor = converted;
    }
    if let (true, Some(cost), Some(rate)) = (row.values.cost_has_tax, row.values.cost_minor, rate) {
        row.values.cost_minor = Some(cost - money::tax_within(cost, rate));
    }
}

/// Leaves a product out that is sold no longer where the file comes from.
fn leave_out(row: &mut ProductRow, product: Option<&KnownProduct>) -> i64 {
    row.issues.warning(
        "",
        "",
        "import.archived_row",
        "The file says that this product is sold no longer: it is left out.",
    );
    row.values = ProductValues {
        product_id: product.map(|product| product.id),
        sku: row.values.sku.take(),
        name: row.values.name.take(),
        archived: true,
        ..ProductValues::default()
    };
    row.state = if row.issues.has_errors() {
        RowState::Error
    } else {
        RowState::Unchanged
    };
    0
}

/// Checks a row about a product of the shop.
fn check_change(
    row: &mut ProductRow,
    product: &KnownProduct,
    targets: &mut HashMap<ProductId, i64>,
) {
    if let Some(other) = targets.insert(product.id, row.line) {
        row.issues.error(
            "sku",
            &product.sku,
            "import.duplicate_key",
            format!("Line {other} is about the same product."),
        );
    }
    if row.values.sku_generated
        && let Some(name) = &row.values.name
        && fold(name) != fold(&product.name)
    {
        row.issues.error(
            "sku",
            &product.sku,
            "import.made_code_taken",
            format!(
                "The code made of this name belongs to another product, {}. Give the row a code of its own.",
                product.name
            ),
        );
    }
    if product.is_archived {
        row.issues.error(
            "sku",
            &product.sku,
            "import.archived",
            "The product is archived.",
        );
    }
    if let Some(unit) = row.values.unit.as_ref()
        && product.is_moved
        && *unit != product.unit
    {
        row.issues.error(
            "unit",
            unit,
            Code::UnitInUse.as_str(),
            format!(
                "The product was moved or sold by {}. Archive it and make a new one.",
                product.unit
            ),
        );
    }
}

/// Checks a row about a product that the shop does not have.
fn check_new(row: &mut ProductRow) {
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

/// Notes what a good row changes of its product. Returns the cost of a unit.
fn settle_change(
    row: &mut ProductRow,
    product: &KnownProduct,
    shop: &Shop<'_>,
    there: Quantity,
) -> i64 {
    row.values.product_id = Some(product.id);
    row.values.sku = Some(product.sku.clone());
    row.values.sku_generated = false;
    if row.values.cost_minor == Some(0) && product.cost_minor != 0 {
        row.values.cost_minor = None;
        row.issues.warning(
            "cost",
            "0",
            "import.cost_zero",
            "A cost of nothing is read as one that is not known: the product keeps its own.",
        );
    }
    row.changes = changes::differences(&row.values, product, shop);
    if product.is_in_conflict && !row.changes.is_empty() {
        row.issues.error(
            "sku",
            &product.sku,
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
    row.values.cost_minor.unwrap_or(product.cost_minor)
}

/// The product that a row is about.
fn find<'a>(row: &mut ProductRow, shop: &Shop<'a>) -> Option<&'a KnownProduct> {
    let named = row
        .values
        .sku
        .as_deref()
        .and_then(|sku| shop.by_sku.find(sku));
    let mut found = named;
    let mut foreign: Vec<(String, &KnownProduct)> = Vec::new();
    for code in &row.values.barcodes {
        let Some(owner) = shop.by_barcode.find(code) else {
            continue;
        };
        match found {
            // Without a SKU of its own, the row is about the product that its barcode names.
            None if row.values.sku.is_none() => found = Some(owner),
            Some(product) if product.id == owner.id => {}
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
