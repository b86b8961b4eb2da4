//! The rows of a file of sales history: lines of invoices, and what came back.
//!
//! - A negative quantity, or an invoice number that begins with `C` and a digit, is a return.
//! - A line is worth price times quantity less its discount ([`super::discount`]).
//! - Rows that are the same in every cell are imported, each with a warning: a shop that sells the same
//!   thing twice on one receipt writes exactly that.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{BuildHasher as _, RandomState},
};

use kernel::{
    Quantity, Timestamp,
    product::{MAX_CODE, MAX_NAME},
    text,
};

use super::{
    codes::code_of,
    discount::{self, Worth},
};
use crate::read::{
    Frame,
    cells::CellReader,
    fields::Field,
    issues::Issues,
    known::{Named, each_once},
    notation::Notation,
    presets::is_no_option,
    record::Cells,
    staged::{ReturnedLine, RowState, SaleValues},
};

/// Longest invoice number and longest name of a customer, in characters.
const MAX_TEXT: usize = 64;

/// Texts that occur in many rows, kept once and known by a number. Zero is no text.
#[derive(Debug, Default)]
pub struct Words {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Words {
    /// The number of a text, which is new or known.
    pub fn number(&mut self, text: Option<String>) -> u32 {
        let Some(text) = text else { return 0 };
        if let Some(number) = self.numbers.get(text.as_str()) {
            return *number;
        }
        let text: Box<str> = text.into();
        self.texts.push(text.clone());
        // A file has at most 500,000 rows with a few texts each.
        let number = u32::try_from(self.texts.len()).unwrap_or(0);
        self.numbers.insert(text, number);
        number
    }

    /// The number of a text that occurs; `None` for one that does not.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// The text of a number.
    #[must_use]
    pub fn text(&self, number: u32) -> Option<&str> {
        let position = usize::try_from(number).ok()?.checked_sub(1)?;
        self.texts.get(position).map(AsRef::as_ref)
    }
}

/// A row of a file of sales. Its texts are numbers of [`Words`]; what could not be read is `None`.
#[derive(Debug)]
pub struct SaleRow {
    /// Its line in the file.
    pub line: i64,
    /// Number of the invoice or receipt.
    pub invoice: u32,
    /// Code of the product.
    pub sku: u32,
    /// Name of the product.
    pub name: u32,
    /// The customer.
    pub customer: u32,
    /// How much was sold; negative for a return.
    pub quantity: Option<Quantity>,
    /// When.
    pub at: Option<Timestamp>,
    /// Price of a unit, minor units.
    pub price: Option<i64>,
    /// Price times quantity, and the discount.
    pub worth: Option<Worth>,
    /// For a return: the line that comes back; the judgement finds it.
    pub returns: Option<ReturnedLine>,
    /// Its errors and warnings.
    pub issues: Issues,
}

/// Every row of a file of sales.
#[derive(Debug, Default)]
pub struct SaleRows {
    /// The texts of the rows.
    pub words: Words,
    /// The rows, in the order of the file.
    pub rows: Vec<SaleRow>,
    /// True where every code is one of a product: in the export of a system that is known, and where
    /// codes are made of names.
    pub trusts_codes: bool,
    /// Fingerprint of a record -> the first line that has it.
    seen: HashMap<u64, i64>,
    hashing: RandomState,
}

impl SaleRows {
    /// Reads a record.
    pub fn read(&mut self, cells: &Cells<'_>, frame: Frame, notation: Notation) {
        let mut reader = CellReader::new(cells, frame, notation);
        self.trusts_codes = reader.is_of_system() || cells.makes_codes;
        for field in [Field::Invoice, Field::Sku, Field::Quantity, Field::Date] {
            if field != Field::Sku || !cells.makes_codes {
                reader.require(field);
            }
        }
        if cells.get(Field::Gross).is_none() {
            reader.require(Field::Price);
        }
        let invoice = reader.short_text(Field::Invoice, MAX_TEXT);
        let is_cancellation = invoice.as_deref().is_some_and(is_cancellation);
        let is_refund = is_cancellation || cells.get(Field::RowType).is_some_and(is_refund);
        let quantity = read_quantity(&mut reader, is_refund);
        let gross = read_gross(&mut reader, quantity);
        let price = match gross {
            Some((price, _)) => Some(price),
            None => read_price(&mut reader),
        };
        let at = reader.moment(Field::Date);
        let name = reader
            .joined_name(Field::Name)
            .map(|name| name.chars().take(MAX_NAME).collect());
        let option = cells
            .get(Field::FirstOption)
            .filter(|value| !is_no_option(value));
        let name = match (name, option) {
            (Some(name), Some(option)) => Some(
                format!("{name} - {option}")
                    .chars()
                    .take(MAX_NAME)
                    .collect(),
            ),
            (name, _) => name,
        };
        let sku = reader.sku(MAX_CODE).or_else(|| {
            let name: Option<&String> = name.as_ref();
            name.filter(|_| cells.makes_codes && cells.get(Field::Sku).is_none())
                .and_then(|name| code_of(name))
        });
        let customer = reader.short_text(Field::Customer, MAX_TEXT);
        self.warn_of_repetition(cells, &mut reader);
        let gross = gross.map(|(_, gross)| gross);
        let worth = discount::read(&mut reader, frame.currency, price, gross, quantity);
        self.rows.push(SaleRow {
            line: cells.line,
            invoice: self.words.number(invoice),
            sku: self.words.number(sku),
            name: self.words.number(name),
            customer: self.words.number(customer),
            quantity,
            at,
            price,
            worth,
            returns: None,
            issues: reader.issues,
        });
    }

    /// Warns of a row that is the same as an earlier one in every cell.
    fn warn_of_repetition(&mut self, cells: &Cells<'_>, reader: &mut CellReader<'_>) {
        let record: Vec<&str> = cells.record.iter().collect();
        let fingerprint = self.hashing.hash_one(record);
        if let Some(first) = self.seen.get(&fingerprint) {
            reader.issues.warning(
                "",
                "",
                "import.duplicate_line",
                format!(
                    "Line {first} is the same in every cell. It will be imported all the same."
                ),
            );
        } else {
            self.seen.insert(fingerprint, cells.line);
        }
    }

    fn distinct(&self, word: impl Fn(&SaleRow) -> u32) -> BTreeSet<&str> {
        let numbers: BTreeSet<u32> = self.rows.iter().map(word).collect();
        numbers
            .into_iter()
            .filter_map(|number| self.words.text(number))
            .collect()
    }

    /// What the file names.
    pub fn named(&self) -> Named {
        let returned = self.distinct(|row| if row.is_return() { row.sku } else { 0 });
        Named {
            skus: each_once(self.distinct(|row| row.sku)),
            barcodes: Vec::new(),
            invoices: each_once(self.distinct(|row| row.invoice)),
            returned: returned.into_iter().map(text::code_key).collect(),
        }
    }
}

impl SaleRow {
    /// True when something comes back.
    pub fn is_return(&self) -> bool {
        self.quantity.is_some_and(|quantity| quantity.milli() < 0)
    }

    /// What a commit would do with it.
    pub fn state(&self) -> RowState {
        if self.issues.has_errors() {
            RowState::Error
        } else {
            RowState::New
        }
    }

    /// What it says.
    pub fn values(&self, words: &Words) -> SaleValues {
        let text = |number| words.text(number).map(str::to_owned);
        SaleValues {
            invoice: text(self.invoice),
            sku: text(self.sku),
            name: text(self.name),
            quantity: self.quantity,
            occurred_at: self.at,
            unit_price_minor: self.price,
            discount_minor: self
                .worth
                .map(|worth| worth.discount)
                .filter(|discount| *discount != 0),
            customer: text(self.customer),
            returns: self.returns,
        }
    }
}

/// The quantity; negative in a cancelled invoice.
fn read_quantity(reader: &mut CellReader<'_>, is_cancellation: bool) -> Option<Quantity> {
    let quantity = reader.quantity(Field::Quantity)?;
    if quantity.is_zero() {
        reader.issues.error(
            "quantity",
            "0",
            "import.quantity_zero",
            "A quantity other than zero is expected.",
        );
        return None;
    }
    Some(if is_cancellation && quantity.is_positive() {
        -quantity
    } else {
        quantity
    })
}

/// The price of a unit and what the line comes to, where a file has the latter only. A price that is no
/// whole number is rounded up, and the discount takes what that adds.
fn read_gross(reader: &mut CellReader<'_>, quantity: Option<Quantity>) -> Option<(i64, i64)> {
    if reader.text(Field::Price).is_some() {
        return None;
    }
    let gross = i128::from(reader.money(Field::Gross)?.abs());
    let milli = i128::from(quantity?.milli().abs());
    let price = (gross * 1000 + milli - 1).checked_div(milli)?;
    Some((i64::try_from(price).ok()?, i64::try_from(gross).ok()?)).filter(|(price, _)| *price > 0)
}

/// True for the word by which a system says that something came back.
fn is_refund(word: &str) -> bool {
    ["refund", "refunded", "remboursement", "return", "retour"].contains(&text::fold(word).as_str())
}

/// The price of a unit, which is not zero.
fn read_price(reader: &mut CellReader<'_>) -> Option<i64> {
    let price = reader.amount(Field::Price)?;
    if price == 0 {
        let text = reader.text(Field::Price).unwrap_or_default();
        reader.issues.error(
            "price",
            text,
            "import.price_zero",
            "A price above zero is expected.",
        );
        return None;
    }
    Some(price)
}

/// `C536379` cancels; `CASH-1` does not.
fn is_cancellation(invoice: &str) -> bool {
    let mut characters = invoice.chars();
    matches!(characters.next(), Some('C' | 'c'))
        && characters.next().is_some_and(|c| c.is_ascii_digit())
}
