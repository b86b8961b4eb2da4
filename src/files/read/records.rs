//! The records of a file, one after the other in the same memory: those of a text, or of a sheet.

use kernel::Problem;

use super::{
    book::{Book, CellKind, CellValue, Sheet, SheetRecords},
    csv::{self as text, CsvText},
};

/// Where the records of a table come from.
#[derive(Debug)]
pub enum Origin<'a> {
    /// A text file.
    Text(CsvText<'a>),
    /// A sheet of a spreadsheet.
    Sheet(&'a Book, &'a Sheet),
}

/// The records of a table, one after the other in the same memory.
pub enum Records<'a> {
    /// Of a text file.
    Text(text::Records<'a>),
    /// Of a sheet.
    Sheet(SheetRecords<'a>),
}

/// One record of a table.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Line of the file or row of the sheet, from 1.
    pub line: i64,
    /// Every cell.
    pub cells: &'a csv::StringRecord,
    /// What they are in a spreadsheet; empty for a text file.
    pub kinds: &'a [CellKind],
    /// True for a row that its spreadsheet does not show.
    pub is_hidden: bool,
    /// Where it is in a text file.
    pub text: Option<text::Record<'a>>,
}

impl Record<'_> {
    /// True when every cell is blank.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let is_empty = |cell: &str| cell.trim().is_empty();
        self.cells.iter().all(is_empty)
            && self
                .kinds
                .iter()
                .all(|kind| kind.value != CellValue::Unkept)
    }
}

impl Records<'_> {
    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// `import.unreadable`.
    pub fn read_next(&mut self) -> Result<Option<Record<'_>>, Problem> {
        Ok(match self {
            Self::Text(records) => records.read_next()?.map(|record| Record {
                line: record.line,
                cells: record.cells,
                kinds: &[],
                is_hidden: false,
                text: Some(record),
            }),
            Self::Sheet(records) => records.read_next().map(|row| Record {
                line: row.number,
                cells: row.cells,
                kinds: row.kinds,
                is_hidden: row.is_hidden,
                text: None,
            }),
        })
    }
}

impl Origin<'_> {
    /// Its records from the first one on.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        match self {
            Self::Text(text) => Records::Text(text.records()),
            Self::Sheet(_, sheet) => Records::Sheet(sheet.records()),
        }
    }
}
