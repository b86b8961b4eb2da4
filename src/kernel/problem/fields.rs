//! The entries of `errors` in a refusal, in one table: their codes, the refusals that contain them, and
//! their figures.
//!
//! The document is generated from this table, and every response in a test is compared with the
//! document: an entry without a row, or a figure that its row does not name, fails there. A refusal
//! without a row may have an entry with its own code and no figures.

use ParamKind::{Date, Flag, Id, Integer, Number, Text};

use super::Code;

/// JSON type of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// A whole number: an amount in minor units, a count.
    Integer,
    /// A number with decimals: a quantity.
    Number,
    /// A text.
    Text,
    /// A UUID.
    Id,
    /// A day.
    Date,
    /// Yes or no.
    Flag,
}

/// A figure of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Name of the member.
    pub name: &'static str,
    /// Type of the figure.
    pub kind: ParamKind,
    /// True when it is always present.
    pub is_always: bool,
}

/// The code of an entry, with its figures.
#[derive(Debug, Clone, Copy)]
pub struct FieldCode {
    /// Code to branch on.
    pub code: &'static str,
    /// The refusals that contain it.
    pub of: &'static [Code],
    /// Its figures.
    pub params: &'static [Param],
}

const fn always(name: &'static str, kind: ParamKind) -> Param {
    Param {
        name,
        kind,
        is_always: true,
    }
}

const fn sometimes(name: &'static str, kind: ParamKind) -> Param {
    Param {
        name,
        kind,
        is_always: false,
    }
}

const fn row(code: &'static str, of: &'static [Code], params: &'static [Param]) -> FieldCode {
    FieldCode { code, of, params }
}

const BODY: &[Code] = &[Code::InvalidBody];
const RULES: &[Code] = &[Code::ValidationFailed];
const QUERY: &[Code] = &[Code::InvalidQuery];
const COLUMNS: &[Code] = &[Code::ImportColumnsMissing];
const RANGE: &[Param] = &[sometimes("min", Number), sometimes("max", Number)];
const LENGTH: &[Param] = &[
    sometimes("min", Integer),
    sometimes("max", Integer),
    sometimes("equal", Integer),
];

/// Every code of an entry.
#[rustfmt::skip]
pub const FIELD_CODES: &[FieldCode] = &[
    // The shape of a body.
    row("field.unknown", BODY, &[]),
    row("field.missing", BODY, &[]),
    row("field.duplicate", BODY, &[]),
    row("field.wrong_type", BODY, &[]),
    row("field.unknown_value", &[Code::InvalidBody, Code::ValidationFailed], &[]),
    row("field.invalid", &[Code::InvalidBody, Code::ValidationFailed], &[]),
    row("field.out_of_range", &[Code::InvalidBody, Code::ValidationFailed, Code::InvalidQuery], RANGE),
    row("quantity.too_precise", BODY, &[]),
    row("import.part", BODY, &[]),
    // The rules of fields.
    row("field.required", RULES, &[]),
    row("field.length", RULES, LENGTH),
    row("field.blank", RULES, &[]),
    row("field.email", RULES, &[]),
    row("text.nul_character", RULES, &[sometimes("character", Text)]),
    row("text.control_character", RULES, &[sometimes("character", Text)]),
    row("text.invisible_character", RULES, &[always("character", Text)]),
    row("text.hidden_character", RULES, &[]),
    row("quantity.not_positive", RULES, &[]),
    row("quantity.negative", RULES, &[]),
    row("quantity.zero", RULES, &[]),
    row("barcode.duplicate", RULES, &[]),
    row("barcode.digits_lost", RULES, &[]),
    row("discount.exceeds_line", RULES, &[]),
    row("discount.exceeds_cart", RULES, &[]),
    row("category.too_deep", RULES, &[always("max", Integer)]),
    row("transfer.same_location", RULES, &[]),
    row("sale.id_repeated", RULES, &[]),
    row("favourite.repeated", RULES, &[]),
    row("count.duplicate_product", RULES, &[]),
    row("product.duplicate", RULES, &[]),
    row("price.one_way", RULES, &[]),
    row("clock.now_is_right", RULES, &[]),
    // Parameters and headers.
    row("query.invalid", QUERY, &[sometimes("max_days", Integer)]),
    row("query.period", QUERY, &[]),
    row("query.out_of_range", QUERY, RANGE),
    row("query.cursor", &[Code::InvalidCursor], &[]),
    row("query.excluded", QUERY, &[]),
    row("position.unreadable", &[Code::InvalidPosition], &[]),
    row("position.foreign", &[Code::InvalidPosition], &[]),
    row("position.ahead", &[Code::InvalidPosition], &[]),
    row("position.expired", &[Code::PositionExpired], &[]),
    row("header.invalid", &[Code::InvalidHeader], &[]),
    // Files.
    row("import.column_missing", COLUMNS, &[]),
    row("import.stock_not_clear", COLUMNS, &[]),
    row("import.unknown_field", COLUMNS, &[]),
    row("import.unknown_header", COLUMNS, &[]),
    row("import.unknown_sheet", COLUMNS, &[]),
    row("import.unreadable", &[Code::ImportUnreadable], &[]),
    row("import.empty", &[Code::ImportUnreadable], &[]),
    row("import.has_errors", &[Code::ImportHasErrors], &[always("rows", Integer)]),
    row("import.has_warnings", &[Code::ImportHasWarnings], &[always("rows", Integer)]),
    row("import.has_big_changes", &[Code::ImportHasBigChanges], &[always("rows", Integer)]),
    // Products.
    row("product.sku_taken", &[Code::SkuTaken, Code::ImportStale], &[
        sometimes("sku", Text), sometimes("product_id", Id), sometimes("name", Text), sometimes("archived", Flag),
    ]),
    row("product.barcode_taken", &[Code::BarcodeTaken, Code::ImportStale], &[
        sometimes("barcode", Text), sometimes("product_id", Id), sometimes("sku", Text), sometimes("name", Text),
        sometimes("archived", Flag),
    ]),
    row("product.archived", &[Code::ProductArchived], &[sometimes("product_id", Id)]),
    row("product.below_cost", &[Code::PriceBelowCost], &[
        always("price_minor", Integer), always("unit_margin_minor", Integer),
    ]),
    row("request.precondition_failed", &[Code::PreconditionFailed], &[sometimes("version", Integer)]),
    row("category.in_use", &[Code::CategoryInUse], &[always("products", Integer), always("categories", Integer)]),
    row("location.not_empty", &[Code::LocationNotEmpty], &[always("products", Integer)]),
    row("product.unit_in_use", &[Code::UnitInUse], &[always("unit", Text)]),
    row("request.unknown_reference", &[Code::UnknownReference], &[sometimes("product_id", Id)]),
    row("quantity.not_whole", &[Code::FractionalQuantity, Code::ValidationFailed], &[sometimes("product_id", Id)]),
    // Stock.
    row("stock.insufficient", &[Code::InsufficientStock], &[
        always("product_id", Id), always("requested", Number), always("available", Number),
    ]),
    row("stock.count_contradicted", &[Code::CountContradicted], &[
        always("counted", Number), always("expected", Number), always("available", Number),
    ]),
    // Sales, money, rates.
    row("sale.too_late", &[Code::SaleTooLate], &[always("hours", Integer)]),
    row("refund.exceeds_sold", &[Code::RefundExceedsSold], &[sometimes("available", Number)]),
    row("money.finer_than_shown", &[Code::FinerThanShown], &[always("step_minor", Integer)]),
    row("payment.insufficient", &[Code::PaymentInsufficient], &[
        always("paid_minor", Integer), always("due_minor", Integer),
    ]),
    row("payment.change_exceeds_cash", &[Code::ChangeExceedsCash], &[always("cash_minor", Integer)]),
    row("payment.unbalanced", &[Code::PaymentUnbalanced], &[
        always("paid_minor", Integer), always("due_minor", Integer), sometimes("change_minor", Integer),
    ]),
    row("payment.cash_step", &[Code::CashStep], &[always("step_minor", Integer)]),
    row("payment.rate_missing", &[Code::RateMissing], &[always("currency", Text)]),
    row("rate.unusual", &[Code::RateUnusual], &[
        always("before_rate_micros", Integer), always("before_rate_side", Text),
    ]),
    row("figure.out_of_range", &[Code::FigureOutOfRange], &[
        always("from", Date), always("to", Date), always("max", Integer),
    ]),
];

/// The entries of a refusal; empty without a row.
pub fn entries_of(code: Code) -> impl Iterator<Item = &'static FieldCode> {
    FIELD_CODES
        .iter()
        .filter(move |entry| entry.of.contains(&code))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_code_of_an_entry_has_one_row_and_a_refusal() {
        let words: HashSet<_> = FIELD_CODES.iter().map(|entry| entry.code).collect();
        assert_eq!(words.len(), FIELD_CODES.len());
        for entry in FIELD_CODES {
            assert!(!entry.of.is_empty(), "{}", entry.code);
            assert_eq!(entry.code.split('.').count(), 2, "{}", entry.code);
            for param in entry.params {
                let is_taken = ["pointer", "code", "detail"].contains(&param.name);
                assert!(!is_taken, "{}: {}", entry.code, param.name);
            }
        }
    }

    #[test]
    fn an_entry_with_the_code_of_a_refusal_belongs_to_it() {
        for code in Code::ALL {
            let own = FIELD_CODES.iter().find(|entry| entry.code == code.as_str());
            assert!(own.is_none_or(|entry| entry.of.contains(code)));
        }
    }
}
