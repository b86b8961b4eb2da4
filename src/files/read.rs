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
mod headers;
mod issues;
mod judge;
pub mod known;
pub mod layout;
mod left_out;
mod legacy;
mod mapping;
mod moments;
mod notation;
mod numbers;
mod per_field;
mod presets;
mod record;
mod records;
mod rows;
mod sniff;
pub mod staged;
mod synonyms;
mod table;
mod ways;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use chrono_tz::Tz;
use kernel::{Code, Currency, FieldError, Problem, Timestamp};
use serde_json::{Map, Value};

use self::{
    fields::Field,
    known::{Known, Named},
    layout::FileLayout,
    notation::{Evidence, Notation},
    rows::{ProductRow, SaleRows, StockRow},
    staged::{ImportKind, Preview, RowIssue, Severity, StagedRow},
    table::{Addresses, Table},
};

pub use self::{
    book::{Book, BookReader, is_book},
    csv::{MAX_BYTES, MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS},
    headers::TaxBasis,
    mapping::{DateOrder, DecimalSign, Mapping, StockMeaning},
    sniff::unreadable,
};

/// What the amounts and dates of a file mean.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The shop's currency.
    pub currency: Currency,
    /// The shop's time zone.
    pub time_zone: Tz,
    /// Whether the shop's prices include the tax.
    pub prices: TaxBasis,
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

/// A file, as far as its columns allow to read it.
#[derive(Debug)]
pub struct FileRead {
    /// Its headers in their order, as they are compared: files of one shape are read alike.
    pub shape: String,
    /// The mapping by which it was read: the one that was sent, or the one that is remembered for its
    /// shape.
    pub mapping: Mapping,
    /// Its columns, and what is not clear about them.
    pub layout: FileLayout,
    /// Its rows.
    pub reading: Clarity,
}

/// Whether the columns of a file say what they hold.
#[derive(Debug)]
pub enum Clarity {
    /// They do.
    Clear(Reading),
    /// They do not: somebody has to answer the questions of the layout.
    Unclear {
        /// How the file was read so far.
        mapping: Map<String, Value>,
        /// The file as if its stock column were a count, where nothing else is asked: what each
        /// answer would do can be seen by it.
        trial: Option<Reading>,
    },
}

/// Reads a file. Takes seconds for a large one: call it off the request threads.
///
/// `remembered` gives the mapping that was used last for a file of these headers ([`FileRead::shape`]);
/// it is asked where nothing is said by `mapping`.
///
/// # Errors
/// `request.body_too_large`, `import.unreadable`, `money.currency_mismatch`, and
/// `import.columns_missing` where the mapping names what is not there.
pub fn read_file(
    kind: ImportKind,
    source: Source<'_>,
    mapping: &Mapping,
    remembered: &dyn Fn(&str) -> Option<Mapping>,
    frame: Frame,
) -> Result<FileRead, Problem> {
    check_currency(mapping, frame.currency)?;
    let mut mapping = Cow::Borrowed(mapping);
    let mut table = Table::open(kind, source, &mapping, frame.prices)?;
    let shape = table.shape();
    let mut issues = Vec::new();
    if *mapping == Mapping::default()
        && let Some(known) = remembered(&shape)
        && table.map(kind, &known).is_ok()
    {
        issues.push(is_remembered());
        mapping = Cow::Owned(known);
    }
    let (mut evidence, mut filled) = (Evidence::default(), BTreeSet::new());
    let left_out = table.read(|cells| {
        evidence.note(cells);
        filled.extend(cells.unnamed());
    })?;
    let notation = evidence.decide(&mapping, table.separator(), table.columns().habits());
    issues.extend(table.issues(&filled));
    issues.extend(left_out.issues());
    issues.extend(notation.issues());
    let mut layout = table.layout(kind)?;
    let missing = table.missing(kind);
    let plain = layout.header_of(Field::PlainStock);
    let has_names = table.columns().has(Field::Name);
    layout.ask(kind, &missing, plain.as_deref(), has_names);
    let described = describe(&table, notation);
    let read = |table: &Table<'_>| -> Result<Reading, Problem> {
        Ok(Reading {
            frame,
            mapping: described.clone(),
            issues,
            addresses: table.addresses(),
            rows: Rows::read(kind, table, frame, notation)?,
        })
    };
    let reading = if layout.questions.is_empty() {
        Clarity::Clear(read(&table)?)
    } else {
        table.count_plain_stock();
        let trial = missing.is_empty().then(|| read(&table)).transpose()?;
        Clarity::Unclear {
            mapping: described.clone(),
            trial,
        }
    };
    Ok(FileRead {
        shape,
        mapping: mapping.into_owned(),
        layout,
        reading,
    })
}

/// A warning about a file that is read as another one of its headers was.
fn is_remembered() -> RowIssue {
    RowIssue {
        severity: Severity::Warning,
        column: String::new(),
        value: String::new(),
        code: "import.mapping_remembered".to_owned(),
        detail: "The columns are read as those of the last file with these headers. A mapping says otherwise.".to_owned(),
        cell: None,
    }
}

/// Refuses a correction of a field that a file of this kind does not have.
///
/// # Errors
/// `import.columns_missing` with each such field.
pub fn check_correction(
    kind: ImportKind,
    values: &BTreeMap<String, String>,
) -> Result<(), Problem> {
    let fields = synonyms::fields_of(kind);
    let unknown = values.keys().filter(|name| !fields.contains(name));
    let errors: Vec<FieldError> = unknown
        .map(|name| {
            FieldError::new(
                format!("/values/{name}"),
                "import.unknown_field",
                format!("A file of {} has no such field.", kind.as_str()),
            )
        })
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    let detail = "The correction names fields that are not there.";
    let mut problem = Problem::new(Code::ImportColumnsMissing, detail);
    problem.errors = errors;
    Err(problem)
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
            Rows::Products(rows) => judge::products(rows, self.mapping, known, self.frame.currency),
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
