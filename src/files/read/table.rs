//! A file as a table: the header row among its first records, the columns, and the rows below.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Code, FieldError, Problem};
use serde_json::{Map, Value};

use super::{
    Source,
    book::{Book, CellKind, CellValue, Sheet, address},
    columns::Columns,
    csv::{CsvText, MAX_ROWS},
    fields::Field,
    header::{Header, find_header},
    issues::MAX_SHOWN,
    mapping::Mapping,
    records::{Origin, Record, Records},
    sniff::unreadable,
    staged::{ImportKind, RowIssue, Severity},
};
use crate::write::table::original;

/// Sheets that are not read and are named.
const MAX_NAMED_SHEETS: usize = 20;

/// Why a cell of a spreadsheet has no value that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It shows an error.
    Error,
    /// Its formula has no kept value.
    Unkept,
    /// It is merged with the one above, whose value can count once only.
    Merged,
}

impl Fault {
    /// The code of a row issue.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Error => "import.cell_error",
            Self::Unkept => "import.formula_without_value",
            Self::Merged => "import.merged_cell",
        }
    }

    /// What was expected.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Error => "The cell shows an error of its formula. A value is expected.",
            Self::Unkept => {
                "The file does not keep the value of this formula. Let a spreadsheet program compute and store it, and send it again."
            }
            Self::Merged => {
                "The cell is merged with the one above it. A value of its own is expected."
            }
        }
    }
}

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
    /// True for a row that its spreadsheet does not show.
    pub is_hidden: bool,
    /// True when the days of its spreadsheet are counted from 1904.
    pub is_1904: bool,
    kinds: &'a [CellKind],
    columns: &'a Columns,
}

impl Cells<'_> {
    /// The trimmed text of a field; `None` when it is empty, has no column, or has a fault. `="00123"`
    /// and `'00123`, by which a spreadsheet is kept from reading a code as a number, are `00123`. An
    /// apostrophe by which a name is kept from being read as a formula is taken off.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        let position = self.columns.position(field)?;
        if self.fault(field, position).is_some() {
            return None;
        }
        let text = self.record.get(position)?.trim();
        let text = text
            .strip_prefix("=\"")
            .and_then(|rest| rest.strip_suffix('"'))
            .map_or(text, str::trim);
        let text = match text.strip_prefix('\'') {
            Some(rest) if !field.is_prose() => rest.trim_start(),
            _ => original(text),
        };
        (!text.is_empty()).then_some(text)
    }

    /// The text of a field as it stands there.
    #[must_use]
    pub fn raw(&self, field: Field) -> &str {
        let position = self.columns.position(field);
        position
            .and_then(|position| self.record.get(position))
            .unwrap_or_default()
    }

    /// What the cell of a field is in its spreadsheet. Cells of text files are texts.
    #[must_use]
    pub fn kind(&self, field: Field) -> CellKind {
        let position = self.columns.position(field);
        position
            .and_then(|position| self.kinds.get(position))
            .copied()
            .unwrap_or_default()
    }

    /// The fields whose cells have no value that could be read.
    pub fn faults(&self) -> impl Iterator<Item = (Field, Fault)> {
        let positions = self.columns.positions();
        positions.filter_map(|(field, position)| Some((field, self.fault(field, position)?)))
    }

    fn fault(&self, field: Field, position: usize) -> Option<Fault> {
        let kind = self.kinds.get(position)?;
        match kind.value {
            CellValue::Error => Some(Fault::Error),
            CellValue::Unkept => Some(Fault::Unkept),
            _ if kind.is_merged && field.counts_once() => Some(Fault::Merged),
            _ => None,
        }
    }

    fn is_text(&self, field: Field) -> bool {
        self.kind(field).value == CellValue::Text
    }

    /// The texts of the dates.
    pub fn dates(&self) -> impl Iterator<Item = &str> {
        let fields = Field::DATES.iter().filter(|field| self.is_text(**field));
        fields.filter_map(|field| self.get(*field))
    }

    /// The texts of the numbers.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        let fields = Field::NUMBERS.iter().filter(|field| self.is_text(**field));
        fields.filter_map(|field| self.get(*field))
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
    origin: Origin<'a>,
    header: Header,
    columns: Columns,
}

/// Where the fields of a spreadsheet are.
#[derive(Debug, Clone)]
pub struct Addresses {
    sheet: String,
    columns: BTreeMap<&'static str, usize>,
}

impl Addresses {
    /// The address of a field in a row.
    #[must_use]
    pub fn of(&self, row: i64, field: &str) -> Option<String> {
        let column = self.columns.get(field)?;
        Some(address(&self.sheet, row, *column))
    }
}

impl<'a> Table<'a> {
    /// Opens a file: checks its limits, and finds its sheet, its header row and its columns.
    ///
    /// # Errors
    /// `request.body_too_large`, `import.unreadable`, `import.columns_missing`.
    pub fn open(kind: ImportKind, source: Source<'a>, mapping: &Mapping) -> Result<Self, Problem> {
        let (origin, header) = match source {
            Source::Text(bytes) => {
                let origin = Origin::Text(CsvText::open(bytes)?);
                let header = find_header(kind, origin.records(), mapping)?;
                (origin, header)
            }
            Source::Book(book) => find_sheet(kind, book, mapping)?,
        };
        let header = header.ok_or_else(empty)?;
        let mut columns = Columns::recognise(kind, header.cells.iter().map(String::as_str));
        columns.apply(kind, mapping, &header.cells)?;
        columns.check(kind, &header.cells)?;
        Ok(Self {
            origin,
            header,
            columns,
        })
    }

    /// The character between cells, in a text file.
    #[must_use]
    pub const fn separator(&self) -> Option<u8> {
        match &self.origin {
            Origin::Text(text) => Some(text.separator()),
            Origin::Sheet(..) => None,
        }
    }

    /// How the file was read, for the preview.
    #[must_use]
    pub fn describe(&self) -> Map<String, Value> {
        let mut described = Map::new();
        let mut add = |name: &str, value: Value| described.insert(name.to_owned(), value);
        match &self.origin {
            Origin::Text(text) => {
                add("format", "csv".into());
                add("encoding", text.encoding().into());
                let separator = char::from(text.separator()).to_string();
                add("separator", separator.into());
            }
            Origin::Sheet(book, sheet) => {
                add("format", book.format.as_str().into());
                add("sheet", sheet.name.as_str().into());
            }
        }
        add("header_row", self.header.line.into());
        add("columns", self.columns.describe(&self.header.cells).into());
        described
    }

    /// Where its fields are; `None` for a text file, whose lines say enough.
    #[must_use]
    pub fn addresses(&self) -> Option<Addresses> {
        let Origin::Sheet(_, sheet) = &self.origin else {
            return None;
        };
        let columns = self.columns.positions();
        Some(Addresses {
            sheet: sheet.name.clone(),
            columns: columns.map(|(field, at)| (field.as_str(), at)).collect(),
        })
    }

    /// Warnings about columns, sheets and rows that are not read. `filled` are the columns without a
    /// header that have a text somewhere.
    #[must_use]
    pub fn issues(&self, filled: &BTreeSet<usize>) -> Vec<RowIssue> {
        let mut issues = self.columns.ignored(&self.header.cells, filled);
        issues.extend(self.header.issue());
        if let Origin::Text(text) = &self.origin
            && text.is_guess()
        {
            issues.push(guessed_encoding(text.encoding()));
        }
        if let Origin::Sheet(book, read) = &self.origin {
            let others = book
                .sheets
                .iter()
                .filter(|sheet| !std::ptr::eq(*sheet, *read));
            issues.extend(others.take(MAX_NAMED_SHEETS).map(unread_sheet));
        }
        issues
    }

    /// Calls `each` with every row below the header row that is not blank and is not the header once
    /// more, as in lists that repeat it on every page.
    ///
    /// # Errors
    /// `import.unreadable`.
    pub fn read(&self, mut each: impl FnMut(&Cells<'_>)) -> Result<(), Problem> {
        let mut records = self.origin.records();
        let (mut position, mut rows) = (0, 0);
        while let Some(record) = records.read_next()? {
            position += 1;
            if position - 1 <= self.header.position
                || record.is_blank()
                || self.header.is_repeated(record.cells)
            {
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
        let width = self.columns.width();
        Cells {
            line: record.line,
            record: record.cells,
            swallowed_to: record.text.and_then(|text| text.swallowed_to(width)),
            is_hidden: record.is_hidden,
            is_1904: matches!(&self.origin, Origin::Sheet(book, _) if book.is_1904),
            kinds: record.kinds,
            columns: &self.columns,
        }
    }
}

/// The sheet that the mapping names, or else the visible one in which most headers are recognised.
fn find_sheet<'a>(
    kind: ImportKind,
    book: &'a Book,
    mapping: &Mapping,
) -> Result<(Origin<'a>, Option<Header>), Problem> {
    let is_wanted = |sheet: &&Sheet| match &mapping.sheet {
        Some(name) => sheet.name.trim().eq_ignore_ascii_case(name.trim()),
        None => !sheet.is_hidden || book.sheets.iter().all(|sheet| sheet.is_hidden),
    };
    let mut best: Option<(&Sheet, Header)> = None;
    let mut last_refusal = None;
    for sheet in book.sheets.iter().filter(is_wanted) {
        match find_header(kind, Records::Sheet(sheet.records()), mapping) {
            Ok(Some(header))
                if best
                    .as_ref()
                    .is_none_or(|(_, before)| header.score > before.score) =>
            {
                best = Some((sheet, header));
            }
            Ok(_) => {}
            Err(refusal) => last_refusal = Some(refusal),
        }
    }
    if let Some((sheet, header)) = best {
        return Ok((Origin::Sheet(book, sheet), Some(header)));
    }
    let names: Vec<&str> = book
        .sheets
        .iter()
        .take(MAX_NAMED_SHEETS)
        .map(|sheet| sheet.name.as_str())
        .collect();
    Err(last_refusal.unwrap_or_else(|| {
        let problem = Problem::new(
            Code::ImportColumnsMissing,
            format!(
                "The spreadsheet has no such sheet. It has these: {}.",
                names.join(", ")
            ),
        );
        problem.at(FieldError::new(
            "/mapping/sheet",
            "import.unknown_sheet",
            "The name of a sheet is expected.",
        ))
    }))
}

fn guessed_encoding(encoding: &str) -> RowIssue {
    RowIssue {
        severity: Severity::Warning,
        column: String::new(),
        value: encoding.to_owned(),
        code: "encoding.assumed".to_owned(),
        detail: format!(
            "The file does not say how its letters are encoded. By what they spell it is {encoding}: look at the accents of the names."
        ),
        cell: None,
    }
}

fn unread_sheet(sheet: &Sheet) -> RowIssue {
    let name: String = sheet.name.chars().take(MAX_SHOWN).collect();
    let hidden = if sheet.is_hidden { "hidden " } else { "" };
    RowIssue {
        severity: Severity::Warning,
        column: String::new(),
        detail: format!(
            "The {hidden}sheet \"{name}\" with {} rows is not read. A mapping with sheet names the one to read.",
            sheet.len()
        ),
        value: name,
        code: "import.sheet_ignored".to_owned(),
        cell: None,
    }
}

fn empty() -> Problem {
    let problem = Problem::new(Code::ImportUnreadable, "The file is empty.");
    problem.at(FieldError::new(
        "/file",
        "import.empty",
        "A table is expected.",
    ))
}

#[cfg(test)]
mod tests;
