//! A file as a table: the header row among its first records, the columns, and the rows below.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Code, FieldError, Problem};
use serde_json::{Map, Value};

use super::{
    Source,
    book::{Book, Sheet, address},
    columns::{CodeRule, Columns},
    csv::{CsvText, MAX_ROWS},
    fields::Field,
    header::{Header, find_header},
    headers::{TaxBasis, letters},
    issues::MAX_SHOWN,
    layout::{FileLayout, LayoutColumn, LayoutSheet},
    left_out::{LeftOut, Reason, reason},
    mapping::{Mapping, StockMeaning},
    presets::Habit,
    record::{Cells, Group, Manner},
    records::{Origin, Records},
    sniff::unreadable,
    staged::{ImportKind, RowIssue, Severity},
    synonyms::fields_of,
};

/// Sheets that are named, read or not.
const MAX_NAMED_SHEETS: usize = 20;
/// Rows of which the samples of a layout come.
const SAMPLED_ROWS: usize = 200;
/// Different texts of a column that are shown.
const SAMPLES: usize = 3;
/// Longest text of a sample, in characters.
const MAX_SAMPLE: usize = 40;

/// A file as a table. Its rows can be read as often as needed.
#[derive(Debug)]
pub struct Table<'a> {
    origin: Origin<'a>,
    header: Header,
    columns: Columns,
    makes_codes: bool,
    corrections: BTreeMap<i64, BTreeMap<String, String>>,
    kind: ImportKind,
    /// What the shop's own prices are.
    prices: TaxBasis,
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
    pub fn open(
        kind: ImportKind,
        source: Source<'a>,
        mapping: &Mapping,
        prices: TaxBasis,
    ) -> Result<Self, Problem> {
        let (origin, header) = match source {
            Source::Text(bytes) => {
                let origin = Origin::Text(CsvText::open(bytes)?);
                let header = find_header(kind, origin.records(), mapping, prices)?;
                (origin, header)
            }
            Source::Book(book) => find_sheet(kind, book, mapping, prices)?,
        };
        let header = header.ok_or_else(empty)?;
        let columns = recognise(kind, mapping, &header, prices)?;
        Ok(Self {
            origin,
            header,
            columns,
            makes_codes: mapping.generate_skus,
            corrections: mapping.corrections.clone(),
            kind,
            prices,
        })
    }

    /// The same file by another mapping, with the same header row.
    ///
    /// # Errors
    /// `import.columns_missing` for a mapping that does not fit.
    pub fn map(&mut self, kind: ImportKind, mapping: &Mapping) -> Result<(), Problem> {
        self.columns = recognise(kind, mapping, &self.header, self.prices)?;
        self.makes_codes = mapping.generate_skus;
        Ok(())
    }

    /// Its columns.
    #[must_use]
    pub const fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Lets a stock column that does not say what it means be a count, to see what that would do.
    pub fn count_plain_stock(&mut self) {
        self.columns.settle_stock(StockMeaning::Set);
    }

    /// Its headers in their order, as they are compared: files of one shape are read alike.
    #[must_use]
    pub fn shape(&self) -> String {
        let folded: Vec<String> = self.header.cells.iter().map(|cell| letters(cell)).collect();
        folded.join("\n")
    }

    /// The fields of which it needs a column and has none.
    #[must_use]
    pub fn missing(&self, kind: ImportKind) -> Vec<&'static [Field]> {
        let codes = if self.makes_codes {
            CodeRule::Generated
        } else {
            CodeRule::Needed
        };
        self.columns.missing(kind, codes)
    }

    /// What its columns are called, what stands in their first rows, and as what each is read.
    ///
    /// # Errors
    /// `import.unreadable`.
    pub fn layout(&self, kind: ImportKind) -> Result<FileLayout, Problem> {
        let width = self.columns.width();
        let mut samples: Vec<Vec<String>> = vec![Vec::new(); width];
        let mut records = self.origin.records();
        let mut position = 0;
        while let Some(record) = records.read_next()? {
            position += 1;
            if position > self.header.skip + SAMPLED_ROWS {
                break;
            }
            if position <= self.header.skip || self.header.is_repeated(record.cells) {
                continue;
            }
            for (cell, seen) in record.cells.iter().zip(&mut samples) {
                let cell: String = cell.trim().chars().take(MAX_SAMPLE).collect();
                if seen.len() < SAMPLES && !cell.is_empty() && !seen.contains(&cell) {
                    seen.push(cell);
                }
            }
        }
        let held: BTreeMap<usize, Field> = self
            .columns
            .positions()
            .map(|(field, at)| (at, field))
            .collect();
        let headers = self.header.cells.iter().zip(samples).enumerate();
        let columns = headers.map(|(position, (header, samples))| LayoutColumn {
            number: position + 1,
            header: header.chars().take(MAX_SHOWN).collect(),
            field: held.get(&position).map(|field| field.as_str().to_owned()),
            samples,
        });
        Ok(FileLayout {
            columns: columns.collect(),
            fields: fields_of(kind),
            sheets: self.sheets(),
            questions: Vec::new(),
        })
    }

    fn sheets(&self) -> Vec<LayoutSheet> {
        let Origin::Sheet(book, read) = &self.origin else {
            return Vec::new();
        };
        let sheets = book.sheets.iter().take(MAX_NAMED_SHEETS);
        let described = sheets.map(|sheet| LayoutSheet {
            name: sheet.name.chars().take(MAX_SHOWN).collect(),
            rows: sheet.len(),
            is_hidden: sheet.is_hidden,
            is_read: std::ptr::eq(sheet, *read),
        });
        described.collect()
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
        if let Some(preset) = self.columns.preset() {
            add("preset", preset.name.into());
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
        issues.extend(self.converted());
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

    /// A warning where the prices are not what the shop's are.
    fn converted(&self) -> Option<RowIssue> {
        let basis = self.columns.basis(Field::Price)?;
        let position = self.columns.position(Field::Price)?;
        let header = self.header.cells.get(position).map_or("", String::as_str);
        let (they, ours) = match (basis, self.prices) {
            (TaxBasis::WithoutTax, TaxBasis::WithTax) => ("do not include the tax", "do"),
            (TaxBasis::WithTax, TaxBasis::WithoutTax) => ("include the tax", "do not"),
            _ => return None,
        };
        let what = match self.kind {
            ImportKind::Sales => "They are recorded as they are written.",
            _ => "Each is converted by the tax rate of its product.",
        };
        Some(RowIssue {
            severity: Severity::Warning,
            column: Field::Price.as_str().to_owned(),
            value: header.chars().take(MAX_SHOWN).collect(),
            code: "price.tax_basis".to_owned(),
            detail: format!("The prices of the file {they}, those of the shop {ours}. {what}"),
            cell: None,
        })
    }

    /// Calls `each` with every row below the header row that is not blank, is not the header once
    /// more, as in lists that repeat it on every page, and is a row of its kind. Returns what was left
    /// out.
    ///
    /// # Errors
    /// `import.unreadable`.
    pub fn read(&self, mut each: impl FnMut(&Cells<'_>)) -> Result<LeftOut, Problem> {
        let mut records = self.origin.records();
        let (mut position, mut rows) = (0, 0);
        let mut left_out = LeftOut::default();
        let mut group = Group::default();
        let manner = Manner {
            is_1904: matches!(&self.origin, Origin::Sheet(book, _) if book.is_1904),
            makes_codes: self.makes_codes,
            corrections: &self.corrections,
        };
        while let Some(record) = records.read_next()? {
            position += 1;
            if position <= self.header.skip || record.is_blank() {
                continue;
            }
            if self.header.is_repeated(record.cells) {
                left_out.note(Reason::Header, record.line);
                continue;
            }
            rows += 1;
            if rows > MAX_ROWS {
                return Err(unreadable(format!(
                    "A file may have at most {MAX_ROWS} rows. Split it."
                )));
            }
            group.enter(&self.columns, record.cells);
            let cells = Cells::new(record, &self.columns, &group, manner);
            let has_handles = cells.habits().has(Habit::Handles);
            match reason(has_handles, |field| cells.own(field)) {
                Some(reason) => left_out.note(reason, cells.line),
                None => each(&cells),
            }
        }
        if rows == 0 {
            return Err(unreadable(
                "The file has a header row and nothing behind it.".to_owned(),
            ));
        }
        Ok(left_out)
    }
}

/// The columns of a header row, by their headers and by a mapping.
fn recognise(
    kind: ImportKind,
    mapping: &Mapping,
    header: &Header,
    prices: TaxBasis,
) -> Result<Columns, Problem> {
    let mut columns = Columns::recognise(kind, header.cells.iter().map(String::as_str), prices);
    columns.apply(kind, mapping, &header.cells)?;
    Ok(columns)
}

/// The sheet that the mapping names, or else the visible one in which most headers are recognised.
fn find_sheet<'a>(
    kind: ImportKind,
    book: &'a Book,
    mapping: &Mapping,
    prices: TaxBasis,
) -> Result<(Origin<'a>, Option<Header>), Problem> {
    let is_wanted = |sheet: &&Sheet| match &mapping.sheet {
        Some(name) => sheet.name.trim().eq_ignore_ascii_case(name.trim()),
        None => !sheet.is_hidden || book.sheets.iter().all(|sheet| sheet.is_hidden),
    };
    let mut best: Option<(&Sheet, Header)> = None;
    let mut last_refusal = None;
    for sheet in book.sheets.iter().filter(is_wanted) {
        match find_header(kind, Records::Sheet(sheet.records()), mapping, prices) {
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
