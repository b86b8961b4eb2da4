//! What a row changes of a product that the shop has.

use kernel::gtin;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Shop;
use crate::read::{known::KnownProduct, staged::ProductValues};

/// `field -> {old, new}` of what a row changes, apart from the stock.
pub(super) fn differences(
    values: &ProductValues,
    product: &KnownProduct,
    shop: &Shop<'_>,
) -> Map<String, Value> {
    let mut changes = Changes(Map::new());
    changes.compare("name", &product.name, values.name.as_ref());
    changes.compare("unit", &product.unit, values.unit.as_ref());
    changes.compare(
        "price_minor",
        &product.price_minor,
        values.price_minor.as_ref(),
    );
    changes.compare(
        "cost_minor",
        &product.cost_minor,
        values.cost_minor.as_ref(),
    );
    changes.compare(
        "tax_rate_bp",
        &product.tax_rate_bp,
        values.tax_rate_bp.as_ref(),
    );
    changes.compare(
        "reorder_level",
        &product.reorder_level,
        values.reorder_level.as_ref(),
    );
    let mut barcodes = product.barcodes.clone();
    for code in &values.barcodes {
        let key = gtin::barcode_key(code);
        if !barcodes.iter().any(|known| gtin::barcode_key(known) == key) {
            barcodes.push(code.clone());
        }
    }
    changes.compare("barcodes", &product.barcodes, Some(&barcodes));
    if !values.category.is_empty() {
        let old = product.category_id;
        let is_same = old.is_some() && shop.categories.find(&values.category) == old;
        if !is_same {
            let path = old.and_then(|id| shop.categories.paths.get(&id));
            changes.add("category", path, &values.category);
        }
    }
    changes.0
}

/// What a row changes.
struct Changes(Map<String, Value>);

impl Changes {
    /// Adds a field, unless the row does not name it or says what it is already.
    fn compare<T: Serialize + PartialEq>(&mut self, field: &str, old: &T, new: Option<&T>) {
        if let Some(new) = new.filter(|new| *new != old) {
            self.add(field, old, new);
        }
    }

    fn add(&mut self, field: &str, old: impl Serialize, new: impl Serialize) {
        self.0
            .insert(field.to_owned(), json!({"old": old, "new": new}));
    }
}
