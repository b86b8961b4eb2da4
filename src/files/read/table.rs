//! A file as a table: the header row among its first records, the columns, and the rows below.

use std::collections::BTreeSet;

use kernel::{Code, FieldError, Problem};
use serde_json::{Map, Value};

use super::{
    columns::{Columns, Mapping},
    csv::{CsvText, MAX_ROWS, Record},
    fields::Field,
    notation::Notation,
    sniff::unreadable,
    staged::{ImportKind, RowIssue},
};

/// Records among which the header row is looked for: titles and blank lines may precede it.
const HEADER_PROBE: usize = 20;

/// One record, by field.
#[derive(Debug)]
pub struct Cells<'a> {
    /// Line of the file on which it begins, from 1.
    pub line: i64,
    /// Every cell.
    pub record: &'a csv::StringRecord,
    /// The last line of the file that is inside it, when it looks as if a quotation mark that was left
    /// open has drawn whole rows into a cell.
    pub swallowed_to: Option<i64>,
    columns: &'a Columns,
}

impl Cells<'_> {
    /// The trimmed text of a field; `None` when it is empty or has no column. `="00123"`, by which a
    /// spreadsheet is kept from reading a code as a number, is `00123`.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        let text = self.record.get(self.columns.position(field)?)?.trim();
        let text = text
            .strip_prefix("=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .map_or(text, str::trim);
        (!text.is_empty()).then_some(text)
    }

    /// The texts of the dates.
    pub fn dates(&self) -> impl Iterator<Item = &str> {
        Field::DATES.iter().filter_map(|field| self.get(*field))
    }

    /// The texts of the numbers.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        Field::NUMBERS.iter().filter_map(|field| self.get(*field))
    }

    /// The columns without a header that have a text in this record.
    pub fn unnamed(&self) -> impl Iterator<Item = usize> {
        let is_filled = |position: &usize| {
            let cell = self.record.get(*position);
            cell.is_some_and(|cell| !cell.trim().is_empty())
        };
        self.columns.unnamed().filter(is_filled)
    }

    /// True when there is a text to the right of the last header.
    #[must_use]
    pub fn has_excess(&self) -> bool {
        self.record
            .iter()
            .skip(self.columns.width())
            .any(|cell| !cell.trim().is_empty())
    }
}

/// A file as a table. Its rows can be read as often as needed.
#[derive(Debug)]
pub struct Table<'a> {
    text: CsvText<'a>,
    header: Header,
    columns: Columns,
}

impl<'a> Table<'a> {
    /// Opens a file: checks its limits, and finds its header row and its columns.
    ///
    /// # Errors
    /// `request.body_too_large`, `import.unreadable`, `import.columns_missing`.
    pub fn open(kind: ImportKind, bytes: &'a [u8], mapping: &Mapping) -> Result<Self, Problem> {
        let text = CsvText::open(bytes)?;
        let header = find_header(kind, &text, mapping)?;
        let mut columns = Columns::recognise(kind, header.cells.iter().map(String::as_str));
        columns.apply(kind, mapping, &header.cells)?;
        columns.check(kind, &header.cells)?;
        Ok(Self {
            text,
            header,
            columns,
        })
    }

    /// The character between cells.
    #[must_use]
    pub const fn separator(&self) -> u8 {
        self.text.separator()
    }

    /// How the file was read, for the preview.
    #[must_use]
    pub fn describe(&self, notation: Notation) -> Map<String, Value> {
        let described = [
            ("encoding", Value::from(self.text.encoding())),
            ("separator", char::from(self.separator()).to_string().into()),
            ("header_row", self.header.line.into()),
            ("date_order", notation.date_order_word().into()),
            ("decimal_sign", notation.decimal_sign_word().into()),
            ("columns", self.columns.describe(&self.header.cells).into()),
        ];
        described
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Warnings about columns that are not read. `filled` are the columns without a header that have
    /// a text somewhere.
    #[must_use]
    pub fn issues(&self, filled: &BTreeSet<usize>) -> Vec<RowIssue> {
        self.columns.ignored(&self.header.cells, filled)
    }

    /// Calls `each` with every row below the header row that is not blank.
    ///
    /// # Errors
    /// `import.unreadable`.
    pub fn read(&self, mut each: impl FnMut(&Cells<'_>)) -> Result<(), Problem> {
        let mut records = self.text.records();
        let (mut position, mut rows) = (0, 0);
        while let Some(record) = records.read_next()? {
            position += 1;
            if position - 1 <= self.header.position || record.is_blank() {
                continue;
            }
            rows += 1;
            if rows > MAX_ROWS {
                return Err(unreadable(format!(
                    "A file may have at most {MAX_ROWS} rows. Split it."
                )));
            }
            each(&self.cells(record));
        }
        if rows == 0 {
            return Err(unreadable(
                "The file has a header row and nothing behind it.".to_owned(),
            ));
        }
        Ok(())
    }

    fn cells<'r>(&'r self, record: Record<'r>) -> Cells<'r> {
        Cells {
            line: record.line,
            record: record.cells,
            swallowed_to: record.swallowed_to(self.columns.width()),
            columns: &self.columns,
        }
    }
}

/// The header row.
#[derive(Debug)]
struct Header {
    /// Its position among the records, from 0.
    position: usize,
    /// Its line in the file, from 1.
    line: i64,
    cells: Vec<String>,
}

/// The record in which most headers are recognised, among the first ones.
fn find_header(kind: ImportKind, text: &CsvText<'_>, mapping: &Mapping) -> Result<Header, Problem> {
    let mut records = text.records();
    let mut best: Option<(usize, Header)> = None;
    for position in 0..HEADER_PROBE {
        let Some(record) = records.read_next()? else {
            break;
        };
        let cells: Vec<String> = record
            .cells
            .iter()
            .map(|cell| cell.trim().to_owned())
            .collect();
        let mut columns = Columns::recognise(kind, cells.iter().map(String::as_str));
        let mapped = if columns.apply(kind, mapping, &cells).is_ok() {
            mapping.columns.len()
        } else {
            0
        };
        let score = columns.len() + mapped;
        let is_better = match &best {
            None => cells.iter().any(|cell| !cell.is_empty()),
            Some((most, ..)) => score > *most,
        };
        if is_better {
            let header = Header {
                position,
                line: record.line,
                cells,
            };
            best = Some((score, header));
        }
    }
    best.map(|(_, header)| header).ok_or_else(|| {
        let problem = Problem::new(Code::ImportUnreadable, "The file is empty.");
        problem.at(FieldError::new(
            "/file",
            "import.empty",
            "A table is expected.",
        ))
    })
}

#[cfg(test)]
mod tests;
