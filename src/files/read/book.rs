//! A spreadsheet as rows of texts, each with what it was in the book: a number, a date, an error.
//!
//! ```text
//! bytes -> guard (limits of the archive) -> open (calamine) -> collect (limits of rows and cells) = Book
//! Book  -> wire -> the process that asked -> records, beside those of `csv`
//! ```
//!
//! Parsers of spreadsheets have open reports of aborts and of endless memory on crafted files, and an
//! abort cannot be caught. [`Book::open`] therefore runs in a process of its own, which the shell
//! starts and limits; what it has read crosses over as [`Book::encode`] and [`Book::decode`].

mod collect;
mod form;
mod guard;
mod hints;
mod marks;
mod open;
mod wire;

use super::csv::{MAX_COLUMNS, MAX_ROWS};

pub(super) use form::serial_text;

/// Most rows of a book: a header and a few titles on every sheet.
const MAX_BOOK_ROWS: usize = MAX_ROWS + 64 * 1024;

/// The first bytes of a zip archive, empty or not.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// The first bytes of a compound file, in which old workbooks and encrypted ones lie.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// The first records of workbooks from before there were compound files.
const BARE: [&[u8]; 4] = [
    b"\x09\x08\x10\x00",
    b"\x09\x08\x08\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x02\x06\x00",
];

/// True for bytes that are read as a spreadsheet and not as text, whatever the name of the file.
#[must_use]
pub fn is_book(bytes: &[u8]) -> bool {
    let starts = |magic: &&[u8]| bytes.starts_with(magic);
    ZIP.iter().any(starts) || bytes.starts_with(COMPOUND) || BARE.iter().any(starts)
}

/// Parses spreadsheets. A parser may abort or take any memory on a crafted file: read the files
/// of others in a process of its own.
pub trait BookReader: std::fmt::Debug + Send + Sync {
    /// Parses the bytes of a file. Takes seconds: call it off the request threads.
    ///
    /// # Errors
    /// `import.unreadable` for a file that cannot be parsed within its limits.
    fn read(&self, bytes: &[u8]) -> Result<Book, kernel::Problem>;
}

/// What kind of spreadsheet a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookFormat {
    /// Excel since 2007.
    Xlsx,
    /// The binary form of the same.
    Xlsb,
    /// Excel before 2007.
    Xls,
    /// `OpenDocument`.
    Ods,
}

impl BookFormat {
    const ALL: [Self; 4] = [Self::Xlsx, Self::Xlsb, Self::Xls, Self::Ods];

    /// The word of the preview.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Ods => "ods",
        }
    }
}

/// What a cell is in its book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CellValue {
    /// A text; so is every cell of a CSV file.
    #[default]
    Text,
    /// A number, written with a decimal point, perhaps with a percent sign or a currency.
    Number,
    /// A date, a time or both, in the form of ISO 8601.
    Date,
    /// `TRUE` or `FALSE`.
    Logical,
    /// `#N/A`, `#DIV/0!` and their like.
    Error,
    /// A formula whose value the book does not keep.
    Unkept,
}

impl CellValue {
    const ALL: [Self; 6] = [
        Self::Text,
        Self::Number,
        Self::Date,
        Self::Logical,
        Self::Error,
        Self::Unkept,
    ];
}

/// What is known of a cell beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CellKind {
    /// What it is.
    pub value: CellValue,
    /// True where it is empty itself, and shows the value of a merged cell that begins above it.
    pub is_merged: bool,
}

impl CellKind {
    const fn of(value: CellValue) -> Self {
        Self {
            value,
            is_merged: false,
        }
    }
}

/// A spreadsheet that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// What kind of file it was.
    pub format: BookFormat,
    /// True when its days are counted from 1904.
    pub is_1904: bool,
    /// Its sheets that hold something, in their order.
    pub sheets: Vec<Sheet>,
}

/// A sheet of a book. Its cells lie one after the other, row by row from the first column on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// True when the book does not show it.
    pub is_hidden: bool,
    /// Number of each row that is not empty, from 1.
    numbers: Vec<u32>,
    /// Cells of each of these rows, and [`HIDDEN_ROW`].
    widths: Vec<u16>,
    /// Bytes of each cell.
    lengths: Vec<u16>,
    /// [`CellKind`] of each cell.
    kinds: Vec<u8>,
    text: String,
}

/// Is set in the width of a row that the book does not show.
const HIDDEN_ROW: u16 = 0x8000;
/// Is set in the kind of a cell that shows the value of a merged one.
const MERGED: u8 = 0x80;

impl Book {
    /// Parses a file of any of the formats. Takes seconds for a large one, and as much memory as its
    /// process is allowed: call it in a process of its own.
    ///
    /// # Errors
    /// `import.unreadable`.
    pub fn open(bytes: &[u8]) -> Result<Self, kernel::Problem> {
        open::open(bytes)
    }
}

impl Sheet {
    /// Rows that are not empty.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.numbers.len()
    }

    /// True when nothing stands in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Its rows from the first one on.
    #[must_use]
    pub fn records(&self) -> SheetRecords<'_> {
        SheetRecords {
            sheet: self,
            row: 0,
            cell: 0,
            byte: 0,
            record: csv::StringRecord::new(),
            kinds: Vec::new(),
        }
    }
}

/// The rows of a sheet, one after the other in the same memory.
#[derive(Debug)]
pub struct SheetRecords<'a> {
    sheet: &'a Sheet,
    row: usize,
    cell: usize,
    byte: usize,
    record: csv::StringRecord,
    kinds: Vec<CellKind>,
}

/// A row of a sheet.
#[derive(Debug, Clone, Copy)]
pub struct SheetRow<'a> {
    /// Its number, from 1.
    pub number: i64,
    /// The texts of its cells.
    pub cells: &'a csv::StringRecord,
    /// What each of them is.
    pub kinds: &'a [CellKind],
    /// True when the book does not show the row.
    pub is_hidden: bool,
}

impl SheetRecords<'_> {
    /// The next row; `None` behind the last one.
    pub fn read_next(&mut self) -> Option<SheetRow<'_>> {
        let number = i64::from(*self.sheet.numbers.get(self.row)?);
        let width = *self.sheet.widths.get(self.row)?;
        self.row += 1;
        self.record.clear();
        self.kinds.clear();
        for _ in 0..(width & !HIDDEN_ROW) {
            let length = usize::from(*self.sheet.lengths.get(self.cell)?);
            let kind = *self.sheet.kinds.get(self.cell)?;
            self.cell += 1;
            let end = self.byte.checked_add(length)?;
            self.record.push_field(self.sheet.text.get(self.byte..end)?);
            self.byte = end;
            self.kinds.push(CellKind {
                value: CellValue::ALL
                    .get(usize::from(kind & !MERGED))
                    .copied()
                    .unwrap_or_default(),
                is_merged: kind & MERGED != 0,
            });
        }
        Some(SheetRow {
            number,
            cells: &self.record,
            kinds: &self.kinds,
            is_hidden: width & HIDDEN_ROW != 0,
        })
    }
}

/// `C` for the third column.
#[must_use]
pub fn column_letters(position: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = position.saturating_add(1);
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// `Sheet1!C7`; the name of a sheet that is more than a word stands in apostrophes, as in formulas.
#[must_use]
pub fn address(sheet: &str, row: i64, column: usize) -> String {
    let letters = column_letters(column);
    if sheet.chars().all(|c| c.is_alphanumeric() || c == '_') {
        format!("{sheet}!{letters}{row}")
    } else {
        format!("'{}'!{letters}{row}", sheet.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests;
