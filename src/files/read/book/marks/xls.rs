//! The marks of an XLS workbook: records of two bytes of kind, two of length, and their data.

use std::{
    collections::{BTreeMap, HashMap},
    io::{Cursor, Read as _},
};

use super::{CellForms, MAX_FORMS, MAX_MARKS, SheetMarks};
use crate::read::book::form::Form;

/// Most bytes of the stream in which the sheets lie.
const MAX_STREAM: u64 = 128 * 1024 * 1024;

/// Reads the marks of every sheet, by its place among them, from 0.
#[must_use]
pub fn read(bytes: &[u8]) -> BTreeMap<usize, SheetMarks> {
    let stream = workbook_stream(bytes).unwrap_or_else(|| bytes.to_vec());
    let globals = Globals::read(&stream);
    let forms: Vec<Form> = globals
        .cells
        .iter()
        .map(|format| globals.form(*format))
        .collect();
    let sheets = globals.sheets.iter().enumerate();
    let marked = sheets.filter_map(|(place, offset)| {
        let sheet = stream.get(*offset..)?;
        Some((place, read_sheet(sheet, CellForms::new(forms.clone()))))
    });
    marked.collect()
}

/// The stream of the workbook in its compound file.
fn workbook_stream(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).ok()?;
    let name = ["/Workbook", "/Book"]
        .into_iter()
        .find(|name| file.exists(name))?;
    let stream = file.open_stream(name).ok()?;
    let mut found = Vec::new();
    stream.take(MAX_STREAM).read_to_end(&mut found).ok()?;
    Some(found)
}

/// A record: its kind and its data.
type Record<'a> = (u16, &'a [u8]);

fn records(mut rest: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let (kind, length) = (word(rest, 0)?, usize::from(word(rest, 2)?));
        let data = rest.get(4..4 + length)?;
        rest = rest.get(4 + length..)?;
        Some((kind, data))
    })
}

fn word(data: &[u8], at: usize) -> Option<u16> {
    let bytes = data.get(at..at + 2)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

/// What stands before the sheets.
#[derive(Debug, Default)]
struct Globals {
    /// Where each sheet begins in the stream.
    sheets: Vec<usize>,
    formats: HashMap<u16, String>,
    /// The format of each style of cells.
    cells: Vec<u16>,
}

impl Globals {
    fn read(stream: &[u8]) -> Self {
        let mut globals = Self::default();
        let mut is_old = false;
        for (kind, data) in records(stream) {
            match kind {
                // The version: texts have eight bits for each letter before the eighth.
                0x0809 => is_old = word(data, 0).is_some_and(|version| version < 0x0600),
                0x0085 => {
                    let offset = data.get(..4).and_then(|bytes| bytes.try_into().ok());
                    let offset = offset.map_or(0, u32::from_le_bytes);
                    globals
                        .sheets
                        .push(usize::try_from(offset).unwrap_or(usize::MAX));
                }
                0x041e => {
                    if let (Some(number), Some(code)) = (word(data, 0), format_code(data, is_old)) {
                        globals.formats.insert(number, code);
                    }
                }
                0x00e0 if globals.cells.len() < MAX_FORMS => {
                    globals.cells.push(word(data, 2).unwrap_or_default());
                }
                0x000a => break,
                _ => {}
            }
        }
        globals
    }

    fn form(&self, number: u16) -> Form {
        match (self.formats.get(&number), number) {
            (Some(code), _) => Form::of(code, Some(u32::from(number))),
            (None, 9 | 10) => Form::Percent,
            (None, _) => Form::Plain,
        }
    }
}

/// The code of a number format.
fn format_code(data: &[u8], is_old: bool) -> Option<String> {
    if is_old {
        let length = usize::from(*data.get(2)?);
        return Some(
            data.get(3..3 + length)?
                .iter()
                .map(|byte| char::from(*byte))
                .collect(),
        );
    }
    let length = usize::from(word(data, 2)?);
    let is_wide = data.get(4)? & 1 == 1;
    if !is_wide {
        return Some(
            data.get(5..5 + length)?
                .iter()
                .map(|byte| char::from(*byte))
                .collect(),
        );
    }
    let units = data.get(5..5 + 2 * length)?.chunks_exact(2);
    let units: Vec<u16> = units.filter_map(|unit| word(unit, 0)).collect();
    Some(String::from_utf16_lossy(&units))
}

fn read_sheet(sheet: &[u8], forms: CellForms) -> SheetMarks {
    let mut marks = SheetMarks {
        forms,
        ..SheetMarks::default()
    };
    // Charts inside a sheet have records of their own.
    let mut depth = 0;
    for (kind, data) in records(sheet) {
        match kind {
            0x0809 => depth += 1,
            0x000a if depth <= 1 => break,
            0x000a => depth -= 1,
            _ if depth > 1 => {}
            0x0208 => {
                let is_hidden = word(data, 12).is_some_and(|flags| flags & 0x20 != 0);
                if let (true, Some(row)) = (is_hidden, word(data, 0)) {
                    marks.hidden_rows.insert(u32::from(row));
                }
            }
            // Numbers: as eight bytes, as four, of a formula.
            0x0203 | 0x027e | 0x0006 => note_form(&mut marks, data, 4, 0),
            0x00bd => {
                let cells = data.len().saturating_sub(6) / 6;
                for cell in 0..cells {
                    note_form(&mut marks, data, 4 + cell * 6, cell);
                }
            }
            0x00e5 => {
                let areas = usize::from(word(data, 0).unwrap_or_default());
                for area in 0..areas {
                    let at = |place: usize| word(data, 2 + area * 8 + place * 2).map(u32::from);
                    if let (Some(first), Some(last), Some(column)) = (at(0), at(1), at(2))
                        && last > first
                        && marks.merged.len() < MAX_MARKS
                    {
                        marks.merged.push((first, column, last));
                    }
                }
            }
            _ => {}
        }
    }
    marks
}

/// Notes the form of a cell whose style stands at `style` in its record, `beyond` its first column.
fn note_form(marks: &mut SheetMarks, data: &[u8], style: usize, beyond: usize) {
    if let (Some(row), Some(column), Some(style)) =
        (word(data, 0), word(data, 2), word(data, style))
    {
        let column = u32::from(column).saturating_add(u32::try_from(beyond).unwrap_or(u32::MAX));
        marks.forms.note(u32::from(row), column, usize::from(style));
    }
}
