//! The marks of an XLSB workbook: its parts are records of a kind and a length, each of one byte or
//! more, and their data.

use std::{
    collections::{BTreeMap, HashMap},
    io::{BufRead, BufReader, Read as _},
};

use super::{CellForms, MAX_FORMS, MAX_MARKS, SheetMarks, xlsx::relations};
use crate::read::book::{form::Form, guard::Archive};

/// Longest record that is looked at: marks and numbers are short.
const MAX_RECORD: u64 = 4096;

/// Reads the marks of every sheet, by name.
pub fn read(archive: &mut Archive<'_>) -> BTreeMap<String, SheetMarks> {
    let targets = relations(archive, "xl/_rels/workbook.bin.rels");
    let mut members = Vec::new();
    each_record(archive, "xl/workbook.bin", |kind, data| {
        // A sheet: its state, its number, the name of its relation, its own name.
        if kind == 156
            && let Some((relation, rest)) = wide_text(data.get(8..).unwrap_or_default())
            && let Some((name, _)) = wide_text(rest)
            && let Some(member) = targets.get(&relation)
        {
            members.push((name, member.clone()));
        }
    });
    let forms = read_forms(archive);
    let mut found = BTreeMap::new();
    for (name, member) in members {
        found.insert(
            name,
            read_sheet(archive, &member, CellForms::new(forms.clone())),
        );
    }
    found
}

/// The form of each style of cells.
fn read_forms(archive: &mut Archive<'_>) -> Vec<Form> {
    let mut codes: HashMap<u16, String> = HashMap::new();
    let mut forms = Vec::new();
    let mut is_of_cells = false;
    each_record(archive, "xl/styles.bin", |kind, data| match kind {
        44 => {
            if let (Some(number), Some((code, _))) =
                (word(data, 0), wide_text(data.get(2..).unwrap_or_default()))
            {
                codes.insert(number, code);
            }
        }
        617 => is_of_cells = true,
        618 => is_of_cells = false,
        47 if is_of_cells && forms.len() < MAX_FORMS => {
            let number = word(data, 2).unwrap_or_default();
            forms.push(match (codes.get(&number), number) {
                (Some(code), _) => Form::of(code, Some(u32::from(number))),
                (None, 9 | 10) => Form::Percent,
                (None, _) => Form::Plain,
            });
        }
        _ => {}
    });
    forms
}

fn read_sheet(archive: &mut Archive<'_>, member: &str, forms: CellForms) -> SheetMarks {
    let mut marks = SheetMarks {
        forms,
        ..SheetMarks::default()
    };
    let mut row = 0;
    each_record(archive, member, |kind, data| match kind {
        0 => {
            row = double(data, 0).unwrap_or_default();
            let is_hidden = data.get(11).is_some_and(|flags| flags & 0x10 != 0);
            if is_hidden && marks.hidden_rows.len() < MAX_MARKS {
                marks.hidden_rows.insert(row);
            }
        }
        // Numbers, and those of formulas.
        2 | 5 | 9 => {
            if let (Some(column), Some(style)) = (double(data, 0), double(data, 4)) {
                let style = usize::try_from(style & 0x00ff_ffff).unwrap_or(usize::MAX);
                marks.forms.note(row, column, style);
            }
        }
        // An error that a formula came to.
        11 if marks.errors.len() < MAX_MARKS => {
            marks
                .errors
                .extend(double(data, 0).map(|column| (row, column)));
        }
        176 => {
            let at = |place: usize| double(data, place * 4);
            if let (Some(first), Some(last), Some(column)) = (at(0), at(1), at(2))
                && last > first
                && marks.merged.len() < MAX_MARKS
            {
                marks.merged.push((first, column, last));
            }
        }
        _ => {}
    });
    marks
}

fn each_record(archive: &mut Archive<'_>, member: &str, mut each: impl FnMut(u16, &[u8])) {
    let Ok(file) = archive.by_name(member) else {
        return;
    };
    let mut file = BufReader::new(file);
    let mut data = Vec::new();
    while let Some((kind, length)) = head(&mut file) {
        data.clear();
        let looked_at = u64::from(length).min(MAX_RECORD);
        let beyond = u64::from(length) - looked_at;
        let mut record = file.by_ref().take(looked_at);
        if record.read_to_end(&mut data).is_err() {
            return;
        }
        if beyond > 0
            && std::io::copy(&mut file.by_ref().take(beyond), &mut std::io::sink()).is_err()
        {
            return;
        }
        each(kind, &data);
    }
}

/// The kind and the length of the next record, each in groups of seven bits.
fn head(file: &mut impl BufRead) -> Option<(u16, u32)> {
    let mut next = || {
        let mut byte = [0];
        file.read_exact(&mut byte).ok()?;
        let [byte] = byte;
        Some(u32::from(byte))
    };
    let first = next()?;
    let kind = if first < 0x80 {
        first
    } else {
        (first & 0x7f) | (next()? & 0x7f) << 7
    };
    let mut length = 0;
    for group in 0..4 {
        let byte = next()?;
        length |= (byte & 0x7f) << (7 * group);
        if byte < 0x80 {
            break;
        }
    }
    Some((u16::try_from(kind).ok()?, length))
}

fn word(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(data.get(at..at + 2)?.try_into().ok()?))
}

fn double(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

/// A text of two bytes for each letter behind its length, and what follows it.
fn wide_text(data: &[u8]) -> Option<(String, &[u8])> {
    let length = usize::try_from(double(data, 0)?).ok()?.checked_mul(2)?;
    let rest = data.get(4..)?;
    let units = rest.get(..length)?.chunks_exact(2);
    let units: Vec<u16> = units.filter_map(|unit| word(unit, 0)).collect();
    Some((String::from_utf16_lossy(&units), rest.get(length..)?))
}
