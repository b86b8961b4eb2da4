//! Closed sets of words that the program keeps as text. The document lists them.

use platform::cache::CacheKind;
use sales::inventory::verify;
use serde_json::Value;
use utoipa::openapi::{Components, RefOr, Schema, schema::Object};

/// The rules for rows and files of an import.
const ISSUES: &[&str] = &[
    "date.ambiguous",
    "date.order_assumed",
    "date.order_mixed",
    "decimal.sign_assumed",
    "decimal.sign_mixed",
    "discount.differs",
    "encoding.assumed",
    "import.already_imported",
    "import.ambiguous_number",
    "import.archived",
    "import.archived_row",
    "import.barcode_taken",
    "import.big_change",
    "import.cell_error",
    "import.code_conflict",
    "import.column_ignored",
    "import.control_character",
    "import.cost_zero",
    "import.date_out_of_range",
    "import.discount_too_large",
    "import.duplicate_key",
    "import.duplicate_line",
    "import.formula_without_value",
    "import.hidden_row",
    "import.invoice_dates_differ",
    "import.made_code_taken",
    "import.mapping_remembered",
    "import.merged_cell",
    "import.missing",
    "import.negative",
    "import.negative_stock",
    "import.not_a_barcode",
    "import.not_a_category",
    "import.not_a_date",
    "import.not_a_number",
    "import.not_a_percentage",
    "import.not_a_product",
    "import.out_of_range",
    "import.price_zero",
    "import.quantity_zero",
    "import.return_without_sale",
    "import.rows_above_header",
    "import.rows_left_out",
    "import.same_file",
    "import.set_and_add",
    "import.several_categories",
    "import.sheet_ignored",
    "import.spoilt_code",
    "import.swallowed_lines",
    "import.too_long",
    "import.too_many_cells",
    "import.too_precise",
    "import.unknown_location",
    "import.unknown_product",
    "money.currency_mismatch",
    "money.finer_than_shown",
    "price.below_cost",
    "price.tax_basis",
    "price.tax_rate_unknown",
    "product.unit_in_use",
    "quantity.not_whole",
    "tax_rate.fraction_assumed",
    "text.hidden_character",
    "total.differs",
];
const LOCALES: &[&str] = &["fr-CD", "fr", "fr-FR", "en", "en-US"];
const DOCUMENT_KINDS: &[&str] = &["receipt", "adjustment", "count", "transfer"];

pub(super) fn complete(components: &mut Components) {
    let caches: Vec<&str> = CacheKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let mut list = |schema: &str, property: &str, words: &[&str]| {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(schema) {
            set(object, property, words);
        }
    };
    list("RowIssue", "code", ISSUES);
    list("PostedDocument", "kind", DOCUMENT_KINDS);
    list("PostedStock", "kind", DOCUMENT_KINDS);
    list("Difference", "kind", &verify::difference_kinds());
    list("Notice", "kind", &["clock.corrected"]);
    list("KindReport", "kind", &caches);
    list("RedisReport", "breaker", &["closed", "half_open", "open"]);
    list("TokenPair", "token_type", &["Bearer"]);
    list("UpdateSettings", "locale", LOCALES);
}

/// Keeps the field's description.
fn set(object: &mut Object, property: &str, words: &[&str]) {
    if let Some(RefOr::T(Schema::Object(known))) = object.properties.get_mut(property) {
        known.enum_values = Some(words.iter().map(|word| Value::from(*word)).collect());
    }
}
