//! Rows of a file that are no rows of its kind: pictures, parents of variants, cancelled sales.

use std::collections::BTreeMap;

use kernel::text;

use super::{
    fields::Field,
    staged::{RowIssue, Severity},
};

/// Words by which systems say of a sale that it was cancelled.
const CANCELLED: &[&str] = &[
    "cancelled",
    "canceled",
    "annule",
    "annulee",
    "void",
    "voided",
    "true",
    "yes",
    "oui",
];

/// Why a row is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It has a picture of a product that another row describes.
    Picture,
    /// It stands for its variants, which have rows of their own.
    Parent,
    /// The sale was cancelled.
    Cancelled,
    /// It is the header row once more.
    Header,
}

/// The rows that were left out: how many for each reason, and the first one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftOut(BTreeMap<Reason, (usize, i64)>);

impl LeftOut {
    /// Notes a row.
    pub fn note(&mut self, reason: Reason, line: i64) {
        self.0.entry(reason).or_insert((0, line)).0 += 1;
    }

    /// A warning for each reason.
    pub fn issues(&self) -> impl Iterator<Item = RowIssue> {
        self.0.iter().map(|(reason, (rows, line))| {
            let what = match reason {
                Reason::Picture => "only a picture of a product",
                Reason::Parent => "a product whose variants have rows of their own",
                Reason::Cancelled => "a sale that was cancelled",
                Reason::Header => "the header row once more",
            };
            RowIssue {
                severity: Severity::Warning,
                column: String::new(),
                value: rows.to_string(),
                code: "import.rows_left_out".to_owned(),
                detail: format!(
                    "{rows} rows are left out, the first in line {line}: each is {what}."
                ),
                cell: None,
            }
        })
    }
}

/// Why a row is left out, by its texts; `None` for a row that counts.
pub fn reason<'a>(has_handles: bool, own: impl Fn(Field) -> Option<&'a str>) -> Option<Reason> {
    let says = |field: Field, words: &[&str]| {
        let text = own(field).map(text::fold);
        text.is_some_and(|text| text.split(',').any(|word| words.contains(&word.trim())))
    };
    if says(
        Field::RowType,
        &["variable", "grouped", "variable-subscription"],
    ) {
        return Some(Reason::Parent);
    }
    let is_dated =
        own(Field::Cancelled).is_some_and(|text| text.contains(|c: char| c.is_ascii_digit()));
    if is_dated || says(Field::Cancelled, CANCELLED) {
        return Some(Reason::Cancelled);
    }
    let fields = [Field::Sku, Field::Price, Field::Barcode, Field::Name];
    let is_bare = has_handles && fields.into_iter().all(|field| own(field).is_none());
    is_bare.then_some(Reason::Picture)
}
