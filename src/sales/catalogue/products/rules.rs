//! What every product keeps, whoever writes it: the API, an import, the demo shop.

use std::{collections::HashSet, ops::RangeInclusive};

use kernel::{
    FieldError, Timestamp, gtin,
    ids::ProductId,
    money::MAX_MINOR,
    text::{Lines, find_control, has_visible},
};

use super::{
    MAX_BARCODES, MAX_CODE, MAX_LEAD_TIME_DAYS, MAX_NAME, MAX_TAX_RATE_BP, MAX_UNIT, NewProduct,
    OrderingRule, ProductFields, SERVICE_LEVELS_BP, StoredProduct,
};

/// A new product as it will be stored.
pub(super) fn draft(new: &NewProduct, id: ProductId, at: Timestamp) -> StoredProduct {
    StoredProduct {
        id,
        sku: new.sku.trim().to_owned(),
        name: new.name.clone(),
        barcodes: written(&new.barcodes),
        category_id: new.category_id,
        unit: new.unit.trim().to_owned(),
        price_minor: new.price_minor,
        cost_minor: new.cost_minor,
        tax_rate_bp: new.tax_rate_bp,
        reorder_level: new.reorder_level,
        ordering: new.ordering,
        archived: false,
        sku_conflict: 0,
        version: 1,
        created_at: at,
        updated_at: at,
    }
}

/// A product with a change made to it; the same product when nothing differs.
pub(super) fn changed(
    before: &StoredProduct,
    fields: &ProductFields,
    at: Timestamp,
) -> StoredProduct {
    let text = |new: &Option<String>, old: &String| {
        new.as_ref()
            .map_or_else(|| old.clone(), |text| text.trim().to_owned())
    };
    let mut after = StoredProduct {
        sku: text(&fields.sku, &before.sku),
        name: fields.name.clone().unwrap_or_else(|| before.name.clone()),
        barcodes: fields
            .barcodes
            .as_deref()
            .map_or_else(|| before.barcodes.clone(), written),
        category_id: fields.category_id.unwrap_or(before.category_id),
        unit: text(&fields.unit, &before.unit),
        price_minor: fields.price_minor.unwrap_or(before.price_minor),
        cost_minor: fields.cost_minor.unwrap_or(before.cost_minor),
        tax_rate_bp: fields.tax_rate_bp.unwrap_or(before.tax_rate_bp),
        reorder_level: fields.reorder_level.unwrap_or(before.reorder_level),
        ordering: OrderingRule {
            lead_time_days: fields
                .lead_time_days
                .unwrap_or(before.ordering.lead_time_days),
            service_level_bp: fields
                .service_level_bp
                .unwrap_or(before.ordering.service_level_bp),
        },
        archived: fields.archived.unwrap_or(before.archived),
        ..before.clone()
    };
    if after != *before {
        after.version = before.version.saturating_add(1);
        after.updated_at = at;
    }
    after
}

/// Codes as they are kept. One that cannot be read stays as it is, for [`faults`] to name.
fn written(codes: &[String]) -> Vec<String> {
    let kept = |code: &String| gtin::written(code).unwrap_or_else(|_| code.trim().to_owned());
    codes.iter().map(kept).collect()
}

/// Every rule that a product breaks. `at` is where it stands in the request (`""`, or `/12`).
pub(super) fn faults(product: &StoredProduct, at: &str) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut check = |field: &str, fault: Option<(&'static str, String)>| {
        if let Some((code, detail)) = fault {
            faults.push(FieldError::new(format!("{at}/{field}"), code, detail));
        }
    };
    check("sku", code_fault(&product.sku, MAX_CODE));
    check("name", name_fault(&product.name));
    check("unit", code_fault(&product.unit, MAX_UNIT));
    check("price_minor", range_fault(product.price_minor, MAX_MINOR));
    check("cost_minor", range_fault(product.cost_minor, MAX_MINOR));
    check(
        "tax_rate_bp",
        range_fault(product.tax_rate_bp, MAX_TAX_RATE_BP),
    );
    check(
        "reorder_level",
        (product.reorder_level.milli() < 0)
            .then(|| ("quantity.negative", "must not be negative".to_owned())),
    );
    let ordering = product.ordering;
    let lead_times = 1..=MAX_LEAD_TIME_DAYS;
    check(
        "lead_time_days",
        ordering
            .lead_time_days
            .and_then(|days| outside(days, &lead_times)),
    );
    check(
        "service_level_bp",
        ordering
            .service_level_bp
            .and_then(|level| outside(level, &SERVICE_LEVELS_BP)),
    );
    check(
        "barcodes",
        (product.barcodes.len() > MAX_BARCODES).then(|| {
            (
                "field.length",
                format!("may have at most {MAX_BARCODES} items"),
            )
        }),
    );
    let mut seen = HashSet::new();
    for (index, barcode) in product.barcodes.iter().enumerate() {
        let field = format!("barcodes/{index}");
        check(&field, code_fault(barcode, MAX_CODE));
        if let Err(lost) = gtin::written(barcode) {
            check(&field, Some(("barcode.digits_lost", lost.to_string())));
        }
        if !seen.insert(gtin::barcode_key(barcode)) {
            check(
                &field,
                Some((
                    "barcode.duplicate",
                    "stands twice on this product".to_owned(),
                )),
            );
        }
    }
    faults
}

/// A code has something to show and nothing hidden: two that look alike are alike.
fn code_fault(code: &str, max: usize) -> Option<(&'static str, String)> {
    let length = code.chars().count();
    if length == 0 || length > max {
        return Some(("field.length", format!("must have 1 to {max} characters")));
    }
    // A character on its own that shows nothing is a hidden one; a blank inside is not.
    let is_hidden = |c: char| c != ' ' && !has_visible(c.encode_utf8(&mut [0; 4]));
    code.chars().any(is_hidden).then(|| {
        (
            "text.hidden_character",
            "may have visible characters and blanks only".to_owned(),
        )
    })
}

fn name_fault(name: &str) -> Option<(&'static str, String)> {
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME {
        return Some((
            "field.length",
            format!("must have 1 to {MAX_NAME} characters"),
        ));
    }
    if find_control(name, Lines::One).is_some() {
        return Some((
            "text.control_character",
            "must be one line without control characters".to_owned(),
        ));
    }
    (!has_visible(name)).then(|| ("field.blank", "must not be blank".to_owned()))
}

fn range_fault(value: i64, max: i64) -> Option<(&'static str, String)> {
    outside(value, &(0..=max))
}

fn outside(value: i64, range: &RangeInclusive<i64>) -> Option<(&'static str, String)> {
    let (min, max) = (range.start(), range.end());
    (!range.contains(&value)).then(|| {
        (
            "field.out_of_range",
            format!("must be between {min} and {max}"),
        )
    })
}
