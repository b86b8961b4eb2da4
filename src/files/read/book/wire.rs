//! A book on its way from the process that parsed it: a line of JSON with its sheets and how long
//! their parts are, then the parts.

use kernel::Problem;
use serde::{Deserialize, Serialize};

use super::{
    Book, BookFormat, MAX_COLUMNS, Sheet,
    collect::{MAX_CELLS, MAX_SHEETS, MAX_TEXT},
};
use crate::read::{csv::MAX_ROWS, sniff::unreadable};

/// Most bytes of an encoded book.
pub const MAX_ENCODED: usize = MAX_TEXT + MAX_CELLS * 3 + MAX_ROWS * 8 + 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: String,
    is_1904: bool,
    sheets: Vec<SheetHead>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetHead {
    name: String,
    is_hidden: bool,
    rows: usize,
    cells: usize,
    text: usize,
}

impl Book {
    /// Most bytes of an encoded book: what a longer one holds is not read.
    pub const MAX_ENCODED: usize = MAX_ENCODED;

    /// The book as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let head = Head {
            format: self.format.as_str().to_owned(),
            is_1904: self.is_1904,
            sheets: self
                .sheets
                .iter()
                .map(|sheet| SheetHead {
                    name: sheet.name.clone(),
                    is_hidden: sheet.is_hidden,
                    rows: sheet.numbers.len(),
                    cells: sheet.lengths.len(),
                    text: sheet.text.len(),
                })
                .collect(),
        };
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        for sheet in &self.sheets {
            bytes.extend(sheet.numbers.iter().flat_map(|number| number.to_le_bytes()));
            bytes.extend(sheet.widths.iter().flat_map(|width| width.to_le_bytes()));
            bytes.extend(sheet.lengths.iter().flat_map(|length| length.to_le_bytes()));
            bytes.extend_from_slice(&sheet.kinds);
            bytes.extend_from_slice(sheet.text.as_bytes());
        }
        bytes
    }

    /// The book of these bytes. Nothing is believed of them: they come from a process that a hostile
    /// file may have taken over.
    ///
    /// # Errors
    /// `import.unreadable`.
    pub fn decode(bytes: &[u8]) -> Result<Self, Problem> {
        read(bytes).ok_or_else(|| unreadable("The spreadsheet cannot be read.".to_owned()))
    }
}

fn read(bytes: &[u8]) -> Option<Book> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (head, rest) = bytes.split_at_checked(end)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    let mut rest = rest.get(1..)?;
    let format = BookFormat::ALL
        .into_iter()
        .find(|format| format.as_str() == head.format)?;
    if head.sheets.len() > MAX_SHEETS {
        return None;
    }
    let mut sheets = Vec::new();
    for one in head.sheets {
        let sheet = Sheet {
            name: one.name,
            is_hidden: one.is_hidden,
            numbers: take(&mut rest, one.rows)?
                .iter()
                .map(|bytes: &[u8; 4]| u32::from_le_bytes(*bytes))
                .collect(),
            widths: shorts(&mut rest, one.rows)?,
            lengths: shorts(&mut rest, one.cells)?,
            kinds: take::<1>(&mut rest, one.cells)?.as_flattened().to_vec(),
            text: String::from_utf8(take::<1>(&mut rest, one.text)?.as_flattened().to_vec())
                .ok()?,
        };
        let is_too_wide = |width: &u16| usize::from(width & !super::HIDDEN_ROW) > MAX_COLUMNS;
        if sheet.widths.iter().any(is_too_wide) {
            return None;
        }
        sheets.push(sheet);
    }
    rest.is_empty().then_some(Book {
        format,
        is_1904: head.is_1904,
        sheets,
    })
}

fn shorts(rest: &mut &[u8], count: usize) -> Option<Vec<u16>> {
    let pairs = take::<2>(rest, count)?;
    Some(pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect())
}

/// The next `count` groups of bytes.
fn take<'a, const WIDTH: usize>(rest: &mut &'a [u8], count: usize) -> Option<&'a [[u8; WIDTH]]> {
    let (part, behind) = rest.split_at_checked(count.checked_mul(WIDTH)?)?;
    *rest = behind;
    Some(part.as_chunks::<WIDTH>().0)
}
