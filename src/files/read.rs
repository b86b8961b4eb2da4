//! Reading a file of products, stock or sales history, and judging it by what the shop knows.
//!
//! ```text
//! bytes -> sniff (encoding, separator) -> csv (limits, records) -> table (header row, columns)
//! bytes -> book (in a process of its own) -> sheets (records)    -> the same table
//!       -> notation (order of dates, decimal sign: decided by all rows together)
//!       -> rows, one module for each kind (numbers, dates, every issue of a row)   = Reading
//! facts of the shop  -> judge (new, changed, unchanged or error; effects)          = Preview
//! ```
//!
//! `sales` calls it twice: [`read_file`] with the bytes, and [`Reading::judge`] with what the shop knows
//! of [`Reading::named`]. A spreadsheet is a second source of records beside `csv`: what is behind
//! `table` knows of each cell only whether it was a text, a number, a date or none of them.

pub mod book;
mod cells;
mod columns;
mod csv;
mod currency;
mod fields;
mod header;
mod issues;
mod judge;
pub mod known;
mod legacy;
pub mod mapping;
mod moments;
mod notation;
mod numbers;
mod records;
mod rows;
mod sniff;
pub mod staged;
mod table;
mod ways;

use std::collections::BTreeSet;

use chrono_tz::Tz;
use kernel::{Code, Currency, Problem, Timestamp};
use serde_json::{Map, Value};

use self::{
    known::{Known, Named},
    notation::{Evidence, Notation},
    rows::{ProductRow, SaleRows, StockRow},
    staged::{ImportKind, Preview, RowIssue, StagedRow},
    table::{Addresses, Table},
};

pub use self::{
    book::{Book, BookReader, is_book},
    csv::{MAX_BYTES, MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS},
    mapping::{DateOrder, DecimalSign, Mapping},
    sniff::unreadable,
};

/// What the amounts and dates of a file mean.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The shop's currency.
    pub currency: Currency,
    /// The shop's time zone.
    pub time_zone: Tz,
    /// When the file was sent: nothing in it can be later.
    pub now: Timestamp,
}

/// A file, ready to be read.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The bytes of a text file.
    Text(&'a [u8]),
    /// A spreadsheet that was parsed.
    Book(&'a Book),
}

/// A file that was read: typed rows, with everything that is wrong in the file itself.
#[derive(Debug)]
pub struct Reading {
    frame: Frame,
    mapping: Map<String, Value>,
    issues: Vec<RowIssue>,
    addresses: Option<Addresses>,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Products(Vec<ProductRow>),
    Stock(Vec<StockRow>),
    Sales(SaleRows),
}

/// Reads a file. Takes seconds for a large one: call it off the request threads.
///
/// # Errors
/// `request.body_too_large`, `import.unreadable`, `import.columns_missing`,
/// `money.currency_mismatch`.
pub fn read_file(
    kind: ImportKind,
    source: Source<'_>,
    mapping: &Mapping,
    frame: Frame,
) -> Result<Reading, Problem> {
    check_currency(mapping, frame.currency)?;
    let table = Table::open(kind, source, mapping)?;
    let (mut evidence, mut filled) = (Evidence::default(), BTreeSet::new());
    table.read(|cells| {
        evidence.note(cells);
        filled.extend(cells.unnamed());
    })?;
    let notation = evidence.decide(mapping, table.separator());
    let mut issues = table.issues(&filled);
    issues.extend(notation.issues());
    Ok(Reading {
        frame,
        mapping: describe(&table, notation),
        issues,
        addresses: table.addresses(),
        rows: Rows::read(kind, &table, frame, notation)?,
    })
}

/// How a file was read, for the preview.
fn describe(table: &Table<'_>, notation: Notation) -> Map<String, Value> {
    let mut described = table.describe();
    let mut add = |name: &str, word: Option<&str>| described.insert(name.to_owned(), word.into());
    add("date_order", notation.date_order_word());
    add("decimal_sign", notation.decimal_sign_word());
    described
}

impl Rows {
    fn read(
        kind: ImportKind,
        table: &Table<'_>,
        frame: Frame,
        notation: Notation,
    ) -> Result<Self, Problem> {
        Ok(match kind {
            ImportKind::Products => {
                let mut rows = Vec::new();
                table.read(|cells| rows.push(ProductRow::read(cells, frame, notation)))?;
                Self::Products(rows)
            }
            ImportKind::Stock => {
                let mut rows = Vec::new();
                table.read(|cells| rows.push(StockRow::read(cells, frame, notation)))?;
                Self::Stock(rows)
            }
            ImportKind::Sales => {
                let mut rows = SaleRows::default();
                table.read(|cells| rows.read(cells, frame, notation))?;
                Self::Sales(rows)
            }
        })
    }
}

/// Says of each issue of a row in which cell of the spreadsheet it is.
fn locate(mut row: StagedRow, addresses: &Addresses) -> StagedRow {
    for issue in &mut row.issues {
        issue.cell = addresses.of(row.row, &issue.column);
    }
    row
}

fn check_currency(mapping: &Mapping, base: Currency) -> Result<(), Problem> {
    match &mapping.currency {
        Some(code) if code != base.code() => Err(Problem::new(
            Code::CurrencyMismatch,
            format!("The shop keeps its books in {base}; amounts in another currency cannot be imported."),
        )
        .at_pointer("/mapping/currency")),
        _ => Ok(()),
    }
}

impl Reading {
    /// What the file names, so that the shop can be asked about it.
    #[must_use]
    pub fn named(&self) -> Named {
        match &self.rows {
            Rows::Products(rows) => rows::name_products(rows),
            Rows::Stock(rows) => rows::name_stock(rows),
            Rows::Sales(rows) => rows.named(),
        }
    }

    /// Compares the file with what the shop knows. Takes seconds for a large file: call it off the
    /// request threads.
    #[must_use]
    pub fn judge(self, known: &Known) -> Preview {
        let preview = match self.rows {
            Rows::Products(rows) => judge::products(rows, self.mapping, known),
            Rows::Stock(rows) => judge::stock(rows, self.mapping, known),
            Rows::Sales(rows) => judge::sales(rows, self.mapping, known, self.frame),
        };
        let rows = match self.addresses {
            None => preview.rows,
            Some(addresses) => Box::new(preview.rows.map(move |row| locate(row, &addresses))),
        };
        Preview {
            issues: self.issues,
            rows,
            ..preview
        }
    }
}

#[cfg(test)]
mod tests;
