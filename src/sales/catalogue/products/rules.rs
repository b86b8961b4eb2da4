//! Rules for every product, from the API, an import or the demo shop.

use std::{collections::HashSet, ops::RangeInclusive};

use kernel::{
    FieldError, Timestamp, gtin,
    ids::ProductId,
    product::{MAX_BARCODES, MAX_CODE, MAX_NAME, MAX_UNIT},
    text::{Lines, find_control, has_visible},
};

use super::{
    MAX_LEAD_TIME_DAYS, MAX_TAX_RATE_BP, NewProduct, OrderingRule, ProductFields,
    SERVICE_LEVELS_BP, StoredProduct,
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

/// A product after a change; the same product if nothing differs.
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

/// Codes as they are stored. Unreadable ones stay as they are, and [`faults`] reports them.
fn written(codes: &[String]) -> Vec<String> {
    let kept = |code: &String| gtin::written(code).unwrap_or_else(|_| code.trim().to_owned());
    codes.iter().map(kept).collect()
}

/// Every rule that a product breaks. `at` is its pointer in the request (`""`, or `/12`).
pub(super) fn faults(product: &StoredProduct, at: &str) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut check = |field: &str, fault: &dyn Fn(String) -> Option<FieldError>| {
        faults.extend(fault(format!("{at}/{field}")));
    };
    check("sku", &|at| code_fault(at, &product.sku, MAX_CODE));
    check("name", &|at| name_fault(at, &product.name));
    check("unit", &|at| code_fault(at, &product.unit, MAX_UNIT));
    check("tax_rate_bp", &|at| {
        outside(at, product.tax_rate_bp, &(0..=MAX_TAX_RATE_BP))
    });
    check("reorder_level", &|at| {
        (product.reorder_level.milli() < 0)
            .then(|| FieldError::new(at, "quantity.negative", "must not be negative"))
    });
    let ordering = product.ordering;
    let lead_times = 1..=MAX_LEAD_TIME_DAYS;
    check("lead_time_days", &|at| {
        ordering
            .lead_time_days
            .and_then(|days| outside(at, days, &lead_times))
    });
    check("service_level_bp", &|at| {
        ordering
            .service_level_bp
            .and_then(|level| outside(at, level, &SERVICE_LEVELS_BP))
    });
    check("barcodes", &|at| {
        (product.barcodes.len() > MAX_BARCODES).then(|| FieldError::length(at, 0, MAX_BARCODES))
    });
    let mut seen = HashSet::new();
    for (index, barcode) in product.barcodes.iter().enumerate() {
        let field = format!("barcodes/{index}");
        check(&field, &|at| code_fault(at, barcode, MAX_CODE));
        check(&field, &|at| {
            let lost = gtin::written(barcode).err()?;
            Some(FieldError::new(at, "barcode.digits_lost", lost.to_string()))
        });
        if !seen.insert(gtin::barcode_key(barcode)) {
            check(&field, &|at| {
                let detail = "stands twice on this product";
                Some(FieldError::new(at, "barcode.duplicate", detail))
            });
        }
    }
    faults
}

/// A code must be visible and have no hidden characters: codes that look the same must be the same.
fn code_fault(pointer: String, code: &str, max: usize) -> Option<FieldError> {
    let length = code.chars().count();
    if length == 0 || length > max {
        return Some(FieldError::length(pointer, 1, max));
    }
    // A character that shows nothing on its own is hidden; a blank inside is not.
    let is_hidden = |c: char| c != ' ' && !has_visible(c.encode_utf8(&mut [0; 4]));
    let detail = "may have visible characters and blanks only";
    code.chars()
        .any(is_hidden)
        .then(|| FieldError::new(pointer, "text.hidden_character", detail))
}

fn name_fault(pointer: String, name: &str) -> Option<FieldError> {
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME {
        return Some(FieldError::length(pointer, 1, MAX_NAME));
    }
    if find_control(name, Lines::One).is_some() {
        let detail = "must be one line without control characters";
        return Some(FieldError::new(pointer, "text.control_character", detail));
    }
    (!has_visible(name)).then(|| FieldError::new(pointer, "field.blank", "must not be blank"))
}

fn outside(pointer: String, value: i64, range: &RangeInclusive<i64>) -> Option<FieldError> {
    (!range.contains(&value))
        .then(|| FieldError::out_of_range(pointer, *range.start(), *range.end()))
}
