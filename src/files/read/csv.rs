//! The text of a CSV file as records: its limits first, then one record at a time with its line.

use std::{
    borrow::Cow,
    io::{Chain, Read as _},
};

use kernel::{Code, Problem};

use super::{
    legacy::Decoded,
    sniff::{decode, find_separator, unreadable},
};

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most rows below the header.
pub const MAX_ROWS: usize = 500_000;
/// Most cells in a row.
pub const MAX_COLUMNS: usize = 200;
/// Most characters in a cell.
pub const MAX_CELL_CHARACTERS: usize = 10_000;
/// Longest line of a file, in bytes: more than any row within the other limits. Without it, a file of
/// nothing but separators would become one record of a gigabyte before its cells are counted.
pub(super) const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;
/// Is appended to every file as a record of its own. When it is found inside a cell, a quotation mark
/// was never closed.
pub(super) const END: &str = "\u{3}\u{4}end of file\u{4}\u{3}";

/// The text of a file, decoded and within the limits.
#[derive(Debug)]
pub struct CsvText<'a> {
    text: Cow<'a, str>,
    encoding: &'static str,
    is_guess: bool,
    separator: u8,
    /// Where the records begin: behind an Excel `sep=` line.
    body_start: usize,
    skipped_lines: i64,
}

impl<'a> CsvText<'a> {
    /// Decodes a file and checks its limits.
    ///
    /// # Errors
    /// `request.body_too_large`, `import.unreadable`.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        if bytes.len() > MAX_BYTES {
            let detail = format!("A file may have at most {} MiB.", MAX_BYTES / 1024 / 1024);
            return Err(Problem::new(Code::BodyTooLarge, detail));
        }
        let Decoded {
            text,
            encoding,
            is_guess,
        } = decode(bytes)?;
        if text.contains(END) {
            return Err(unreadable(
                "The file holds control characters that no table has.".to_owned(),
            ));
        }
        let text = with_plain_line_ends(text);
        check_lines(&text)?;
        let (separator, body) = find_separator(&text);
        let body_start = text.len() - body.len();
        Ok(Self {
            text,
            encoding,
            is_guess,
            separator,
            body_start,
            skipped_lines: i64::from(body_start > 0),
        })
    }

    /// True where the letters alone decide the encoding.
    #[must_use]
    pub const fn is_guess(&self) -> bool {
        self.is_guess
    }

    /// `utf-8`, `utf-16le`, `utf-16be`, `windows-1252`, `cp850` or `macintosh`.
    #[must_use]
    pub const fn encoding(&self) -> &'static str {
        self.encoding
    }

    /// The character between cells.
    #[must_use]
    pub const fn separator(&self) -> u8 {
        self.separator
    }

    /// The records from the first one on.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        let body = self.text.get(self.body_start..).unwrap_or_default();
        Records {
            reader: reader(body, self.separator),
            record: csv::StringRecord::new(),
            body,
            separator: self.separator,
            skipped_lines: self.skipped_lines,
        }
    }
}

/// The records of a file, one after the other in the same memory.
pub struct Records<'a> {
    reader: Reader<'a>,
    record: csv::StringRecord,
    body: &'a str,
    separator: u8,
    skipped_lines: i64,
}

impl Records<'_> {
    /// The next record; `None` at the end of the file.
    ///
    /// # Errors
    /// `import.unreadable` when it breaks a limit, a quotation mark is never closed, or the file does
    /// not reach its end.
    pub fn read_next(&mut self) -> Result<Option<Record<'_>>, Problem> {
        let has_one = self
            .reader
            .read_record(&mut self.record)
            .map_err(|_| unreadable("The file cannot be read as a table.".to_owned()))?;
        if !has_one {
            return Err(unreadable("The file cannot be read to its end.".to_owned()));
        }
        if is_end(&self.record) {
            return Ok(None);
        }
        let line = line_of(&self.record, self.body).saturating_add(self.skipped_lines);
        check_closed(&self.record, line)?;
        check_limits(&self.record, line)?;
        Ok(Some(Record {
            line,
            cells: &self.record,
            separator: self.separator,
        }))
    }
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Line of the file on which it begins, from 1.
    pub line: i64,
    /// Every cell.
    pub cells: &'a csv::StringRecord,
    separator: u8,
}

impl Record<'_> {
    /// The last line of the file that is inside it, when it looks as if a quotation mark that was left
    /// open has drawn whole rows into a cell. `width` is the number of cells of the header.
    #[must_use]
    pub fn swallowed_to(&self, width: usize) -> Option<i64> {
        has_swallowed(self.cells, self.separator, width)
            .then(|| self.line.saturating_add(line_ends(self.cells.iter())))
    }
}

type Reader<'a> = csv::Reader<Chain<Chain<&'a [u8], &'static [u8]>, &'static [u8]>>;

fn reader(text: &str, separator: u8) -> Reader<'_> {
    let bytes = text
        .as_bytes()
        .chain(b"\n".as_slice())
        .chain(END.as_bytes());
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes)
}

/// True for the record that was appended behind the last line. No other record can have this text: a
/// file that contains it is refused. The position in the file would prove nothing, since the reader
/// counts the line ends before a record as its beginning.
fn is_end(record: &csv::StringRecord) -> bool {
    record.len() == 1 && record.get(0) == Some(END)
}

/// Refuses a record into which a quotation mark has drawn everything up to the end of the file.
fn check_closed(record: &csv::StringRecord, line: i64) -> Result<(), Problem> {
    if record
        .iter()
        .next_back()
        .is_some_and(|cell| cell.ends_with(END))
    {
        let before = record.iter().take(record.len().saturating_sub(1));
        return Err(unreadable(format!(
            "A quotation mark that is opened on line {} is never closed.",
            line.saturating_add(line_ends(before))
        )));
    }
    Ok(())
}

/// The number of line ends inside cells.
fn line_ends<'a>(cells: impl Iterator<Item = &'a str>) -> i64 {
    let ends = cells.map(|cell| cell.bytes().filter(|byte| *byte == b'\n').count());
    i64::try_from(ends.sum::<usize>()).unwrap_or(i64::MAX)
}

/// True when a cell has several lines that look like rows: a quotation mark was left open, and the
/// next one, of another row, closed it. Then the last line in the cell has as many separators as there
/// are cells before it (or the record is not as long as the header), and the first line has those that
/// should follow, or a line between them has as many as a row.
fn has_swallowed(record: &csv::StringRecord, separator: u8, width: usize) -> bool {
    if !record.as_slice().contains('\n') {
        return false;
    }
    let separators = |line: &str| line.bytes().filter(|byte| *byte == separator).count();
    record.iter().enumerate().any(|(position, cell)| {
        let mut lines = cell.lines();
        let (Some(first), Some(last)) = (lines.next(), lines.next_back()) else {
            return false;
        };
        if separators(last) != position && record.len() == width {
            return false;
        }
        let behind = width.saturating_sub(position + 1);
        if behind == 0 && cell.ends_with('"') {
            // The mark that should have closed the cell of the other row is in this one.
            return true;
        }
        let goes_on = behind > 0 && separators(first) == behind;
        goes_on || (width > 1 && lines.any(|line| separators(line) + 1 >= width))
    })
}

/// The same text with `\n` at the end of every line, also inside cells: Windows writes `\r\n`, and old
/// Macintosh computers `\r`. The line numbers stay the same.
fn with_plain_line_ends(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('\r') {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some((line, behind)) = rest.split_once('\r') {
        plain.push_str(line);
        plain.push('\n');
        rest = behind.strip_prefix('\n').unwrap_or(behind);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Refuses a line that is longer than any row may be.
fn check_lines(text: &str) -> Result<(), Problem> {
    for (number, line) in text.as_bytes().split(|byte| *byte == b'\n').enumerate() {
        if line.len() > MAX_LINE_BYTES {
            return Err(unreadable(format!(
                "Line {} has more than {} MiB.",
                number + 1,
                MAX_LINE_BYTES / 1024 / 1024
            )));
        }
    }
    Ok(())
}

/// The line on which a record begins. For the reader, blank lines before it are its beginning; for a
/// person they are not.
fn line_of(record: &csv::StringRecord, text: &str) -> i64 {
    let Some(position) = record.position() else {
        return 0;
    };
    let rest = usize::try_from(position.byte())
        .ok()
        .and_then(|start| text.as_bytes().get(start..))
        .unwrap_or_default();
    let blank = rest.iter().take_while(|byte| **byte == b'\n').count();
    let line = position
        .line()
        .saturating_add(u64::try_from(blank).unwrap_or(0));
    i64::try_from(line).unwrap_or(i64::MAX)
}

fn check_limits(record: &csv::StringRecord, line: i64) -> Result<(), Problem> {
    if record.len() > MAX_COLUMNS {
        return Err(unreadable(format!(
            "Line {line} has {} cells; a row may have at most {MAX_COLUMNS}.",
            record.len()
        )));
    }
    let is_long =
        |cell: &str| cell.len() > MAX_CELL_CHARACTERS && cell.chars().count() > MAX_CELL_CHARACTERS;
    if record.iter().any(is_long) {
        return Err(unreadable(format!(
            "A cell on line {line} has more than {MAX_CELL_CHARACTERS} characters. Is a quotation mark left open there?"
        )));
    }
    Ok(())
}
