//! Each format of spreadsheet by its parser.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Display,
    io::Cursor,
};

use calamine::{
    Data, DataRef, Ods, Reader, Sheet as Named, SheetType, SheetVisible, Xls, XlsError, Xlsb, Xlsx,
};
use kernel::{FieldError, Problem};

use super::{
    Book, BookFormat, COMPOUND, CellValue, Sheet, ZIP,
    collect::{Budget, Collector, MAX_SHEETS},
    form::{Form, duration_text, error_text, moment_text},
    guard,
    hints::Hints,
    marks::{CellForms, SheetMarks, ods, xls, xlsb, xlsx},
};
use crate::read::sniff::unreadable;

type Bytes<'a> = Cursor<&'a [u8]>;

/// What an error is shown as where the book says only that it is one.
const ERROR: &str = "#ERROR";

/// Parses a file by what it is, whatever it is called.
pub fn open(bytes: &[u8]) -> Result<Book, Problem> {
    let book = if ZIP.iter().any(|magic| bytes.starts_with(magic)) {
        open_archive(bytes)?
    } else if bytes.starts_with(COMPOUND) && has_name(bytes, "EncryptedPackage") {
        return Err(encrypted());
    } else {
        open_xls(bytes)?
    };
    if book.sheets.is_empty() {
        let problem = unreadable("The spreadsheet is empty.".to_owned());
        return Err(problem.at(FieldError::new(
            "/file",
            "import.empty",
            "A table is expected.",
        )));
    }
    Ok(book)
}

fn open_archive(bytes: &[u8]) -> Result<Book, Problem> {
    let (mut archive, hints) = guard::check(bytes)?;
    let has = |name: &str| hints.contains_key(name);
    if has("content.xml") {
        let marks = ods::read(&mut archive)?;
        drop(archive);
        return open_ods(bytes, marks);
    }
    if has("xl/workbook.bin") {
        let marks = xlsb::read(&mut archive);
        drop(archive);
        return open_xlsb(bytes, marks);
    }
    if !hints
        .keys()
        .any(|name| name.starts_with("xl/") || name.ends_with("workbook.xml"))
    {
        return Err(unreadable(
            "The file is a zip archive, but no spreadsheet.".to_owned(),
        ));
    }
    let mut all_marks = BTreeMap::new();
    for (sheet, member) in xlsx::sheet_members(&mut archive) {
        if hints.get(&member).is_some_and(Hints::has_words) {
            all_marks.insert(sheet, xlsx::read(&mut archive, &member));
        }
    }
    drop(archive);
    open_xlsx(bytes, all_marks)
}

fn open_xlsx(bytes: &[u8], mut all_marks: BTreeMap<String, SheetMarks>) -> Result<Book, Problem> {
    let mut book: Xlsx<Bytes<'_>> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let is_1904 = book.has_1904_epoch();
    let sheets = each_sheet(book.sheets_metadata().to_vec(), |named, budget| {
        let marks = all_marks.remove(&named.name).unwrap_or_default();
        let unkept = marks.unkept.clone();
        let mut reader = book
            .worksheet_cells_reader(&named.name)
            .map_err(|error| broken(&error))?;
        let forms: Vec<Form> = reader
            .styles()
            .iter()
            .map(|style| {
                let format = style.number_format.as_ref();
                format.map_or(Form::Plain, |format| {
                    Form::of(&format.format_code, format.format_id)
                })
            })
            .collect();
        let mut sheet = Collector::new(&named.name, is_hidden(named), marks, budget);
        while let Some((cell, style)) = reader
            .next_cell_with_style_id()
            .map_err(|error| broken(&error))?
        {
            let (row, column) = cell.get_position();
            let form = forms.get(style).unwrap_or(&Form::Plain);
            if let Some((value, text)) = shown(cell.get_value(), form, is_1904) {
                sheet.push(row, column, value, text)?;
            } else if unkept.contains(&(row, column)) {
                sheet.push(row, column, CellValue::Unkept, String::new())?;
            }
        }
        sheet.finish()
    })?;
    Ok(Book {
        format: BookFormat::Xlsx,
        is_1904,
        sheets,
    })
}

fn open_xlsb(bytes: &[u8], mut all_marks: BTreeMap<String, SheetMarks>) -> Result<Book, Problem> {
    let mut book: Xlsb<Bytes<'_>> =
        Xlsb::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let is_1904 = book.has_1904_epoch();
    let sheets = each_sheet(book.sheets_metadata().to_vec(), |named, budget| {
        let mut marks = all_marks.remove(&named.name).unwrap_or_default();
        let forms = std::mem::take(&mut marks.forms);
        let mut errors: Vec<(u32, u32)> = marks.errors.drain().collect();
        errors.sort_unstable_by_key(|place| std::cmp::Reverse(*place));
        let mut reader = book
            .worksheet_cells_reader(&named.name)
            .map_err(|error| broken(&error))?;
        let mut sheet = Collector::new(&named.name, is_hidden(named), marks, budget);
        while let Some(cell) = reader.next_cell().map_err(|error| broken(&error))? {
            let at @ (row, column) = cell.get_position();
            // What a formula came to, as an error, is no cell for the parser.
            while let Some(error) = errors.pop_if(|error| *error < at) {
                sheet.push(error.0, error.1, CellValue::Error, ERROR.to_owned())?;
            }
            if let Some((value, text)) = shown(cell.get_value(), forms.of(row, column), is_1904) {
                sheet.push(row, column, value, text)?;
            }
        }
        for error in errors.into_iter().rev() {
            sheet.push(error.0, error.1, CellValue::Error, ERROR.to_owned())?;
        }
        sheet.finish()
    })?;
    Ok(Book {
        format: BookFormat::Xlsb,
        is_1904,
        sheets,
    })
}

fn open_xls(bytes: &[u8]) -> Result<Book, Problem> {
    let mut book: Xls<Bytes<'_>> = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => encrypted(),
        other => broken(&other),
    })?;
    let is_1904 = book.has_1904_epoch();
    let metadata = book.sheets_metadata().to_vec();
    let mut all_marks = xls::read(bytes);
    let mut by_name: BTreeMap<String, SheetMarks> = metadata
        .iter()
        .enumerate()
        .filter_map(|(place, named)| Some((named.name.clone(), all_marks.remove(&place)?)))
        .collect();
    let sheets = each_sheet(metadata, |named, budget| {
        let range = book
            .worksheet_range(&named.name)
            .map_err(|error| broken(&error))?;
        let mut marks = by_name.remove(&named.name).unwrap_or_default();
        let own = OwnMarks::of(&mut marks);
        let sheet = Collector::new(&named.name, is_hidden(named), marks, budget);
        collect_range(sheet, &range, is_1904, &own, |_, _| false)
    })?;
    Ok(Book {
        format: BookFormat::Xls,
        is_1904,
        sheets,
    })
}

fn open_ods(bytes: &[u8], mut all_marks: BTreeMap<String, SheetMarks>) -> Result<Book, Problem> {
    let mut book: Ods<Bytes<'_>> = Ods::new(Cursor::new(bytes)).map_err(|error| match error {
        calamine::OdsError::Password => encrypted(),
        other => broken(&other),
    })?;
    let sheets = each_sheet(book.sheets_metadata().to_vec(), |named, budget| {
        let range = book
            .worksheet_range(&named.name)
            .map_err(|error| broken(&error))?;
        let formulas = book
            .worksheet_formula(&named.name)
            .map_err(|error| broken(&error))?;
        let mut marks = all_marks.remove(&named.name).unwrap_or_default();
        let own = OwnMarks::of(&mut marks);
        let sheet = Collector::new(&named.name, is_hidden(named), marks, budget);
        collect_range(sheet, &range, false, &own, |row, column| {
            formulas
                .get_value((row, column))
                .is_some_and(|formula| !formula.is_empty())
        })
    })?;
    Ok(Book {
        format: BookFormat::Ods,
        is_1904: false,
        sheets,
    })
}

fn each_sheet(
    names: Vec<Named>,
    mut read: impl FnMut(&Named, &mut Budget) -> Result<Option<Sheet>, Problem>,
) -> Result<Vec<Sheet>, Problem> {
    if names.len() > MAX_SHEETS {
        return Err(unreadable(format!(
            "A spreadsheet may have at most {MAX_SHEETS} sheets."
        )));
    }
    let mut budget = Budget::default();
    let mut sheets = Vec::new();
    for named in names
        .iter()
        .filter(|named| named.typ == SheetType::WorkSheet)
    {
        sheets.extend(read(named, &mut budget)?);
    }
    Ok(sheets)
}

/// What is known of the cells of a sheet beside their values.
struct OwnMarks {
    forms: CellForms,
    errors: HashSet<(u32, u32)>,
}

impl OwnMarks {
    fn of(marks: &mut SheetMarks) -> Self {
        Self {
            forms: std::mem::take(&mut marks.forms),
            errors: std::mem::take(&mut marks.errors),
        }
    }
}

/// `is_formula` says of an empty cell whether a formula stands in it.
fn collect_range(
    mut sheet: Collector<'_>,
    range: &calamine::Range<Data>,
    is_1904: bool,
    own: &OwnMarks,
    is_formula: impl Fn(u32, u32) -> bool,
) -> Result<Option<Sheet>, Problem> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, cells) in (first_row..).zip(range.rows()) {
        for (column, cell) in (first_column..).zip(cells) {
            let form = own.forms.of(row, column);
            if let Some((value, text)) = shown(&borrowed(cell), form, is_1904) {
                let is_error = own.errors.contains(&(row, column));
                let value = if is_error { CellValue::Error } else { value };
                sheet.push(row, column, value, text)?;
            } else if is_formula(row, column) {
                sheet.push(row, column, CellValue::Unkept, String::new())?;
            }
        }
    }
    sheet.finish()
}

fn borrowed(cell: &Data) -> DataRef<'_> {
    match cell {
        Data::Int(value) => DataRef::Int(*value),
        Data::Float(value) => DataRef::Float(*value),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(at) => DataRef::DateTime(*at),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// What a cell shows; `None` for an empty one.
fn shown(cell: &DataRef<'_>, form: &Form, is_1904: bool) -> Option<(CellValue, String)> {
    Some(match cell {
        DataRef::Empty => return None,
        #[expect(
            clippy::cast_precision_loss,
            reason = "integers of a sheet are floats in it"
        )]
        DataRef::Int(value) => (CellValue::Number, form.write(*value as f64)),
        DataRef::Float(value) if !value.is_finite() => (CellValue::Error, "#NUM!".to_owned()),
        DataRef::Float(value) => (CellValue::Number, form.write(*value)),
        DataRef::String(text) => (CellValue::Text, text.clone()),
        DataRef::SharedString(text) => (CellValue::Text, (*text).to_owned()),
        DataRef::Bool(value) => {
            let word = if *value { "TRUE" } else { "FALSE" };
            (CellValue::Logical, word.to_owned())
        }
        DataRef::DateTime(at) => moment_text(*at, is_1904),
        DataRef::DateTimeIso(text) => (CellValue::Date, text.clone()),
        DataRef::DurationIso(text) => (CellValue::Date, duration_text(text)),
        DataRef::Error(error) => (CellValue::Error, error_text(error)),
    })
}

fn is_hidden(sheet: &Named) -> bool {
    sheet.visible != SheetVisible::Visible
}

/// True when a compound file has an entry of this name, which its directory writes in UTF-16.
fn has_name(bytes: &[u8], name: &str) -> bool {
    let wanted: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn encrypted() -> Problem {
    unreadable("The spreadsheet has a password. Save it without one.".to_owned())
}

fn broken(error: &impl Display) -> Problem {
    let reason: String = error.to_string().chars().take(200).collect();
    unreadable(format!("The spreadsheet is damaged, or none: {reason}."))
}
