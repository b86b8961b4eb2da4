//! The marks of an `OpenDocument` sheet. Cells say themselves that they are percentages or amounts;
//! only the zeros in front of a number are a matter of their style.

use std::{
    collections::{BTreeMap, HashMap},
    io::BufReader,
};

use kernel::Problem;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{MAX_FORMS, MAX_MARKS, SheetMarks, attribute, each_event};
use crate::read::{
    book::{MAX_BOOK_ROWS, MAX_COLUMNS, form::Form, guard::Archive},
    sniff::unreadable,
};

/// Most columns whose style is noted.
const MAX_STYLED: u32 = 1024;

/// Reads the marks of every sheet, by name.
///
/// # Errors
/// `import.unreadable` for a sheet beyond the limits: a few bytes repeat a row or a cell millions of
/// times, and the parser would write them all out before it counts them.
pub fn read(archive: &mut Archive<'_>) -> Result<BTreeMap<String, SheetMarks>, Problem> {
    let mut content = Content::default();
    let Ok(file) = archive.by_name("content.xml") else {
        return Ok(content.sheets);
    };
    let mut reader = Reader::from_reader(BufReader::new(file));
    reader.config_mut().check_end_names = false;
    each_event(&mut reader, |event| match event {
        Event::Start(element) => content.enter(element),
        Event::Empty(element) => {
            content.enter(element);
            content.leave(element.local_name().as_ref());
        }
        Event::End(element) => content.leave(element.local_name().as_ref()),
        _ => {}
    });
    if content.is_too_large {
        return Err(unreadable(
            "The spreadsheet has more rows or columns with something in them than a file may have. Split it.".to_owned(),
        ));
    }
    Ok(content.sheets)
}

/// What was read so far, and where the reader is.
#[derive(Debug, Default)]
struct Content {
    sheets: BTreeMap<String, SheetMarks>,
    /// Digits of each number style that asks for zeros in front.
    digits: HashMap<String, usize>,
    number_style: Option<String>,
    /// Digits of each cell style.
    styles: HashMap<String, usize>,
    sheet: Option<(String, SheetMarks)>,
    /// Digits of the columns that have a style.
    columns: HashMap<u32, usize>,
    column: u32,
    row: u32,
    /// How often the row stands there.
    rows: u32,
    /// Cells that were marked, in all sheets.
    marked: usize,
    /// Rows with something in them, in all sheets.
    filled: usize,
    is_filled: bool,
    is_too_large: bool,
}

impl Content {
    fn enter(&mut self, element: &BytesStart<'_>) {
        match element.local_name().as_ref() {
            "number-style" => self.number_style = attribute(element, "name"),
            "number" => {
                let digits = attribute(element, "min-integer-digits");
                let digits = digits.and_then(|text| text.parse::<usize>().ok());
                if let (Some(style), Some(digits @ 2..=32)) = (&self.number_style, digits)
                    && self.digits.len() < MAX_FORMS
                {
                    self.digits.insert(style.clone(), digits);
                }
            }
            "style" => {
                let data = attribute(element, "data-style-name");
                let digits = data.and_then(|data| self.digits.get(&data).copied());
                if let (Some(name), Some(digits)) = (attribute(element, "name"), digits)
                    && self.styles.len() < MAX_FORMS
                {
                    self.styles.insert(name, digits);
                }
            }
            "table" => {
                self.end_sheet();
                let name = attribute(element, "name").unwrap_or_default();
                self.sheet = Some((name, SheetMarks::default()));
            }
            "table-column" => self.enter_column(element),
            "table-row" => self.enter_row(element),
            "table-cell" | "covered-table-cell" => self.enter_cell(element),
            _ => {}
        }
    }

    fn leave(&mut self, name: &str) {
        match name {
            "number-style" => self.number_style = None,
            "table" => self.end_sheet(),
            "table-row" => {
                self.row = self.row.saturating_add(self.rows);
                if std::mem::take(&mut self.is_filled) {
                    let rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
                    self.filled = self.filled.saturating_add(rows);
                    self.is_too_large |= self.filled > MAX_BOOK_ROWS;
                }
            }
            _ => {}
        }
    }

    fn end_sheet(&mut self) {
        self.sheets.extend(self.sheet.take());
        self.columns.clear();
        (self.row, self.column) = (0, 0);
    }

    fn enter_column(&mut self, element: &BytesStart<'_>) {
        let from = self.column;
        self.column = from.saturating_add(count(element, "number-columns-repeated"));
        let style = attribute(element, "default-cell-style-name");
        if let Some(digits) = style.and_then(|style| self.styles.get(&style).copied()) {
            let to = self.column.min(MAX_STYLED);
            self.columns
                .extend((from..to).map(|column| (column, digits)));
        }
    }

    fn enter_row(&mut self, element: &BytesStart<'_>) {
        self.rows = count(element, "number-rows-repeated");
        self.column = 0;
        let is_shown = attribute(element, "visibility")
            .is_none_or(|word| word != "collapse" && word != "filter");
        if let (false, Some((_, marks))) = (is_shown, &mut self.sheet) {
            let room = MAX_MARKS.saturating_sub(marks.hidden_rows.len());
            let to = self.row.saturating_add(self.rows);
            marks.hidden_rows.extend((self.row..to).take(room));
        }
    }

    fn enter_cell(&mut self, element: &BytesStart<'_>) {
        let from = self.column;
        let columns = count(element, "number-columns-repeated");
        self.column = from.saturating_add(columns);
        let Some((_, marks)) = &mut self.sheet else {
            return;
        };
        let kind = attribute(element, "value-type");
        let Some(kind) = kind.as_deref() else { return };
        self.is_filled = true;
        let last = usize::try_from(self.column).unwrap_or(usize::MAX);
        self.is_too_large |= last > MAX_COLUMNS;
        if self.is_too_large {
            return;
        }
        let spanned = count(element, "number-rows-spanned");
        if spanned > 1 && marks.merged.len() < MAX_MARKS {
            let last = self.row.saturating_add(spanned - 1);
            marks.merged.push((self.row, from, last));
        }
        let style = attribute(element, "style-name");
        let digits = match style {
            Some(style) => self.styles.get(&style),
            None => self.columns.get(&from),
        };
        let form = match kind {
            "percentage" => Form::Percent,
            "currency" => attribute(element, "currency").map_or(Form::Plain, Form::Currency),
            "float" => digits.map_or(Form::Plain, |digits| Form::Digits(*digits)),
            _ => Form::Plain,
        };
        let is_error = is_error(element);
        if form == Form::Plain && !is_error {
            return;
        }
        let form = marks.forms.number_of(form);
        let to = self.row.saturating_add(self.rows);
        let cells = (self.row..to).flat_map(|row| (from..from + columns).map(move |at| (row, at)));
        for (row, column) in cells.take(MAX_MARKS.saturating_sub(self.marked)) {
            self.marked += 1;
            if let Some(form) = form {
                marks.forms.note(row, column, form);
            }
            if is_error && marks.errors.len() < MAX_MARKS {
                marks.errors.insert((row, column));
            }
        }
    }
}

/// `LibreOffice` marks an error in an attribute of its own, beside an empty text.
fn is_error(element: &BytesStart<'_>) -> bool {
    let mut attributes = element.attributes();
    let mut attributes = attributes.with_checks(false).filter_map(Result::ok);
    attributes.any(|attribute| {
        attribute.key.as_ref() == "calcext:value-type" && attribute.value.as_ref() == "error"
    })
}

/// How often something is repeated, or how far it reaches; 1 where it is not said.
fn count(element: &BytesStart<'_>, name: &str) -> u32 {
    let text = attribute(element, name);
    let count = text.and_then(|text| text.parse::<u32>().ok()).unwrap_or(1);
    count.clamp(1, 1_048_576)
}
