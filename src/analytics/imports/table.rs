//! The file as records: limits first, then the header row, then one record at a time.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    io::{Chain, Read as _},
};

use kernel::{
    Code, FieldError, Problem,
    import::{ImportKind, RowIssue},
};
use serde_json::{Map, Value};

use super::{
    columns::{Columns, Mapping},
    headers::Field,
    sniff::{Decoded, decode, find_separator, unreadable},
    writing::Writing,
};

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most rows behind the header.
pub const MAX_ROWS: usize = 500_000;
/// Most cells in a row.
pub const MAX_COLUMNS: usize = 200;
/// Most characters in a cell.
pub const MAX_CELL_CHARACTERS: usize = 10_000;
/// Longest line of a file, in bytes: more than any row within the other limits. A file of nothing
/// but separators would else become one record of a gigabyte before they are looked at.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;
/// Records among which the header row is looked for: titles and blank lines may stand above it.
const HEADER_PROBE: usize = 20;
/// Stands behind the last line of every file as a record of its own. Inside a cell, it shows that a
/// quotation mark was never closed.
const END: &str = "\u{3}\u{4}end of file\u{4}\u{3}";

/// One record, by field.
#[derive(Debug)]
pub struct Cells<'a> {
    /// Line of the file on which it begins, from 1.
    pub line: i64,
    /// Every cell.
    pub record: &'a csv::StringRecord,
    /// The last line of the file that stands in it, where it looks as if a quotation mark that was
    /// left open has drawn whole rows into a cell.
    pub swallowed_to: Option<i64>,
    columns: &'a Columns,
}

impl Cells<'_> {
    /// The trimmed text of a field; nothing when it is empty or has no column. `="00123"`, which
    /// keeps a spreadsheet from taking a code for a number, is `00123`.
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

    /// The columns without a header in which something stands.
    pub fn unnamed(&self) -> impl Iterator<Item = usize> {
        let is_filled = |position: &usize| {
            let cell = self.record.get(*position);
            cell.is_some_and(|cell| !cell.trim().is_empty())
        };
        self.columns.unnamed().filter(is_filled)
    }

    /// True when something stands behind the last header.
    #[must_use]
    pub fn has_excess(&self) -> bool {
        self.record
            .iter()
            .skip(self.columns.width())
            .any(|cell| !cell.trim().is_empty())
    }
}

/// A file as a table: what it is made of, and its records as often as they are wanted.
#[derive(Debug)]
pub struct Sheet<'a> {
    text: Cow<'a, str>,
    encoding: &'static str,
    separator: u8,
    /// Where the records begin: behind an Excel `sep=` line.
    body_start: usize,
    skipped_lines: i64,
    header: Header,
    columns: Columns,
}

impl<'a> Sheet<'a> {
    /// Opens a file: its limits are checked, its header row and its columns found.
    ///
    /// # Errors
    /// `request.body_too_large`, `import.unreadable`, `import.columns_missing`.
    pub fn open(kind: ImportKind, bytes: &'a [u8], mapping: &Mapping) -> Result<Self, Problem> {
        if bytes.len() > MAX_BYTES {
            let detail = format!("A file may have at most {} MiB.", MAX_BYTES / 1024 / 1024);
            return Err(Problem::new(Code::BodyTooLarge, detail));
        }
        let Decoded { text, encoding } = decode(bytes)?;
        if text.contains(END) {
            return Err(unreadable(
                "The file holds control characters that no table has.".to_owned(),
            ));
        }
        let text = with_plain_line_ends(text);
        check_lines(&text)?;
        let (separator, body) = find_separator(&text);
        let body_start = text.len() - body.len();
        let skipped_lines = i64::from(body_start > 0);
        let header = find_header(kind, body, separator, skipped_lines, mapping)?;
        let mut columns = Columns::recognise(kind, header.cells.iter().map(String::as_str));
        columns.apply(kind, mapping, &header.cells)?;
        columns.check(kind, &header.cells)?;
        Ok(Self {
            text,
            encoding,
            separator,
            body_start,
            skipped_lines,
            header,
            columns,
        })
    }

    /// The character between cells.
    #[must_use]
    pub const fn separator(&self) -> u8 {
        self.separator
    }

    /// How the file was read, for the preview.
    #[must_use]
    pub fn describe(&self, writing: Writing) -> Map<String, Value> {
        let described = [
            ("encoding", Value::from(self.encoding)),
            ("separator", char::from(self.separator).to_string().into()),
            ("header_row", self.header.line.into()),
            ("date_order", writing.date_order_word().into()),
            ("decimal_sign", writing.decimal_sign_word().into()),
            ("columns", self.columns.describe(&self.header.cells).into()),
        ];
        described
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// What somebody should know of the columns before the rows: those that are not read. Of the
    /// columns without a header, these hold something.
    #[must_use]
    pub fn issues(&self, filled: &BTreeSet<usize>) -> Vec<RowIssue> {
        self.columns.ignored(&self.header.cells, filled)
    }

    /// Hands each record behind the header row to `each`.
    ///
    /// # Errors
    /// `import.unreadable`.
    pub fn read(&self, mut each: impl FnMut(&Cells<'_>)) -> Result<(), Problem> {
        let body = self.text.get(self.body_start..).unwrap_or_default();
        let mut reader = reader(body, self.separator);
        let mut record = csv::StringRecord::new();
        let (mut position, mut rows) = (0, 0);
        let mut has_ended = false;
        while next(&mut reader, &mut record)? {
            if is_end(&record) {
                has_ended = true;
                break;
            }
            let line = line_of(&record, body).saturating_add(self.skipped_lines);
            position += 1;
            check_closed(&record, line)?;
            check_limits(&record, line)?;
            if position - 1 <= self.header.position
                || record.iter().all(|cell| cell.trim().is_empty())
            {
                continue;
            }
            rows += 1;
            if rows > MAX_ROWS {
                return Err(unreadable(format!(
                    "A file may have at most {MAX_ROWS} rows. Split it."
                )));
            }
            let swallowed = has_swallowed(&record, self.separator, self.columns.width());
            each(&Cells {
                line,
                record: &record,
                swallowed_to: swallowed.then(|| line.saturating_add(line_ends(record.iter()))),
                columns: &self.columns,
            });
        }
        if !has_ended {
            return Err(unreadable("The file cannot be read to its end.".to_owned()));
        }
        if rows == 0 {
            return Err(unreadable(
                "The file has a header row and nothing behind it.".to_owned(),
            ));
        }
        Ok(())
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

fn next(reader: &mut Reader<'_>, record: &mut csv::StringRecord) -> Result<bool, Problem> {
    reader
        .read_record(record)
        .map_err(|_| unreadable("The file cannot be read as a table.".to_owned()))
}

/// True for the record that stands behind the last line. No other one can say this: a text that
/// does is refused. Its place in the file proves nothing, since the reader counts the line ends
/// before a record as its beginning.
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

/// How many line ends stand inside cells.
fn line_ends<'a>(cells: impl Iterator<Item = &'a str>) -> i64 {
    let ends = cells.map(|cell| cell.bytes().filter(|byte| *byte == b'\n').count());
    i64::try_from(ends.sum::<usize>()).unwrap_or(i64::MAX)
}

/// True when a cell goes on over several lines that look like rows: a quotation mark was left open,
/// and the next one, of another row, closed it. Then the last line in the cell has as many
/// separators as stand before the cell (or the record is of another length than the header), and
/// the first line has those that should follow, or one between them has as many as a row.
fn has_swallowed(record: &csv::StringRecord, separator: u8, width: usize) -> bool {
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
            // The mark that should have closed the cell of the other row stands in this one.
            return true;
        }
        let goes_on = behind > 0 && separators(first) == behind;
        goes_on || (width > 1 && lines.any(|line| separators(line) + 1 >= width))
    })
}

/// The same text, every line ended by `\n` alone: what Windows (`\r\n`) and the Macintosh of old
/// (`\r`) write is the same table with the same numbers of lines, also inside cells.
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

/// The line on which a record begins. Blank lines before it count as its beginning for the reader,
/// not for a person.
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

/// The header row.
#[derive(Debug)]
struct Header {
    /// Its place among the records, from 0.
    position: usize,
    /// Its line in the file, from 1.
    line: i64,
    cells: Vec<String>,
}

/// The record in which most headers are recognised, among the first ones.
fn find_header(
    kind: ImportKind,
    text: &str,
    separator: u8,
    skipped_lines: i64,
    mapping: &Mapping,
) -> Result<Header, Problem> {
    let mut reader = reader(text, separator);
    let mut record = csv::StringRecord::new();
    let mut best: Option<(usize, Header)> = None;
    for position in 0..HEADER_PROBE {
        if !next(&mut reader, &mut record)? || is_end(&record) {
            break;
        }
        let line = line_of(&record, text).saturating_add(skipped_lines);
        check_closed(&record, line)?;
        check_limits(&record, line)?;
        let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
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
                line,
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
mod tests {
    use super::{super::writing::Way, *};

    fn open(bytes: &[u8]) -> Result<Sheet<'_>, Problem> {
        Sheet::open(ImportKind::Products, bytes, &Mapping::default())
    }

    /// How a file was read, and the line and the name of each row.
    type Lines = (Map<String, Value>, Vec<(i64, String)>);

    fn lines(text: &str) -> Result<Lines, Problem> {
        let mut seen = Vec::new();
        let sheet = open(text.as_bytes())?;
        sheet.read(|cells| {
            let name = cells.get(Field::Name).unwrap_or_default().to_owned();
            seen.push((cells.line, name));
        })?;
        Ok((sheet.describe(UNNEEDED), seen))
    }

    const UNNEEDED: Writing = Writing {
        date_order: Way::Unneeded,
        decimal_sign: Way::Unneeded,
    };

    #[test]
    fn titles_blank_lines_and_quoted_line_ends_are_survived() {
        let (mapping, seen) = lines(
            "Liste des articles\n\nsku;nom;prix\nA;\"Savon;\nrouge\";900\n;;\nB;Thé \"vert\";5\n",
        )
        .unwrap();
        assert_eq!(
            seen,
            [
                (4, "Savon;\nrouge".to_owned()),
                (7, "Thé \"vert\"".to_owned())
            ]
        );
        assert_eq!(mapping["header_row"], 3);
        assert_eq!(mapping["separator"], ";");
    }

    /// How programs write a text: each encoding with and without its mark.
    fn encodings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
        let units = || text.encode_utf16();
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        vec![
            ("utf-8", text.as_bytes().to_vec()),
            ("utf-8", marked(b"\xef\xbb\xbf", text.as_bytes())),
            ("utf-16le", marked(b"\xff\xfe", &little)),
            ("utf-16le", little),
            ("utf-16be", marked(b"\xfe\xff", &big)),
            ("utf-16be", big),
            (
                "windows-1252",
                encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
            ),
        ]
    }

    type Seen = (Map<String, Value>, Vec<(i64, Vec<String>)>);

    fn seen_in(bytes: &[u8]) -> Result<Seen, Problem> {
        let mut seen = Vec::new();
        let sheet = open(bytes)?;
        sheet.read(|cells| {
            let record = cells.record.iter().map(str::to_owned).collect();
            seen.push((cells.line, record));
        })?;
        Ok((sheet.describe(UNNEEDED), seen))
    }

    const LINE_ENDS: [&str; 3] = ["\n", "\r\n", "\r"];

    #[test]
    fn a_table_is_the_same_however_its_lines_end() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let expected = [
            (3, row(["A1", "Crème brûlée", "100"])),
            (5, row(["B2", "Pâté", "200"])),
        ];
        let bare = [
            "Prix à jour",
            "sku;nom;prix",
            "A1;Crème brûlée;100",
            "",
            "B2;Pâté;200",
        ];
        let quoted = [
            "\"Prix à jour\"",
            "\"sku\";\"nom\";\"prix\"",
            "\"A1\";\"Crème brûlée\";\"100\"",
            "",
            "\"B2\";\"Pâté\";\"200\"",
        ];
        for (lines, end) in [bare, quoted]
            .iter()
            .flat_map(|lines| LINE_ENDS.map(|end| (lines, end)))
        {
            for last in ["", end, &end.repeat(2), &end.repeat(5)] {
                let text = format!("{}{last}", lines.join(end));
                for (encoding, bytes) in encodings(&text) {
                    let (mapping, seen) = seen_in(&bytes)
                        .unwrap_or_else(|problem| panic!("{text:?} in {encoding}: {problem:?}"));
                    assert_eq!(seen, expected, "{text:?} in {encoding}");
                    assert_eq!(mapping["encoding"], encoding, "{text:?}");
                    assert_eq!(mapping["separator"], ";", "{text:?}");
                    assert_eq!(mapping["header_row"], 2, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_refused_is_refused_however_lines_end() {
        for end in LINE_ENDS {
            for last in ["", end, &end.repeat(2)] {
                // The mark stands alone, in a last cell, behind a cell of two lines, in the header.
                for (lines, number) in [
                    (["sku,nom,prix", "A,Un,1", "B,\"Deux,2", "C,Trois,3"], 3),
                    (["sku,nom,prix", "A,Un,1", "B,Deux,2", "C,Trois,\"3"], 4),
                    (["sku,nom,prix", "A,Un,1", "B,Deux,2", "C,Trois,\""], 4),
                    (["sku,nom,prix", "A,\"Un", "un\",1", "C,\"Trois,3"], 4),
                    (["sku,\"nom,prix", "A,Un,1", "B,Deux,2", "C,Trois,3"], 1),
                    (["sep=,", "sku,nom,prix", "A,\"Un,1", "B,Deux,2"], 3),
                ] {
                    let text = format!("{}{last}", lines.join(end));
                    for (encoding, bytes) in encodings(&text) {
                        let detail = seen_in(&bytes).unwrap_err().detail;
                        let expected = format!("line {number} is never closed");
                        assert!(
                            detail.contains(&expected),
                            "{text:?} in {encoding}: {detail}"
                        );
                    }
                }
                for text in [
                    last.to_owned(),
                    format!("sku,nom{last}"),
                    format!("{last}{END}"),
                ] {
                    let code = seen_in(text.as_bytes()).unwrap_err().code;
                    assert_eq!(code, Code::ImportUnreadable, "{text:?}");
                }
            }
            let empty = seen_in(end.as_bytes()).unwrap_err();
            assert_eq!(empty.errors[0].code, "import.empty", "{end:?}");
        }
    }

    #[test]
    fn a_line_end_in_a_cell_counts_once_however_it_is_written() {
        for end in LINE_ENDS {
            let lines = ["sku,nom,prix", "A,\"Un", "et demi\",1", "B,Deux,2", ""];
            let (_, seen) = seen_in(lines.join(end).as_bytes()).unwrap();
            let found: Vec<_> = seen
                .iter()
                .map(|(line, cells)| (*line, cells[1].as_str()))
                .collect();
            assert_eq!(found, [(2, "Un\net demi"), (4, "Deux")], "{end:?}");
        }
        // A file that passed through several hands has all of them.
        let (_, seen) = seen_in(b"sku,nom\r\nA,Un\nB,Deux\rC,Trois\r\rD,Quatre\n\r\n").unwrap();
        let found: Vec<_> = seen
            .iter()
            .map(|(line, cells)| (*line, cells[0].as_str()))
            .collect();
        assert_eq!(found, [(2, "A"), (3, "B"), (4, "C"), (6, "D")]);
    }

    #[test]
    fn a_quotation_mark_that_another_row_closes_is_seen() {
        let swallowed = |text: &str| {
            let mut seen = Vec::new();
            let sheet = open(text.as_bytes()).unwrap();
            sheet
                .read(|cells| seen.push((cells.line, cells.swallowed_to)))
                .unwrap();
            seen
        };
        let one = "sku,nom,prix\nA,\"Un,1\nB,\"Deux\",2\nC,Trois,3\n";
        assert_eq!(swallowed(one), [(2, Some(3)), (4, None)]);
        let next = "sku,nom\nA,\"Un\nB,\"Deux\"\n";
        assert_eq!(swallowed(next), [(2, Some(3))]);
        let last = "sku,prix,nom\nA,1,\"Un\nB,2,Deux\nC,3,\"Trois\"\n";
        assert_eq!(swallowed(last), [(2, Some(4))]);
        // A description on several lines is none.
        let fine = "sku,nom,prix\nA,\"Un, rouge\net grand\",1\nB,Deux,2";
        assert_eq!(swallowed(fine), [(2, None), (4, None)]);
        let fine = "sku,nom\nA,\"Un\nrouge, grand\"\nB,Deux";
        assert_eq!(swallowed(fine), [(2, None), (4, None)]);
    }

    #[test]
    fn a_code_that_is_kept_from_a_spreadsheet_is_read() {
        let (_, seen) = lines("sku,nom\nA,=\"007\"\nB,\"=\"\"008\"\"\"\nC,=\"\"\n").unwrap();
        let names: Vec<&str> = seen.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["007", "008", ""]);
    }

    #[test]
    fn hostile_tables_are_refused() {
        let wide = format!("sku,nom\n{}\n", "x,".repeat(300));
        let long = format!("sku,nom\nA,{}\n", "x".repeat(10_001));
        let open_quote = format!("sku,nom\nA,\"{}", "x\n".repeat(10_000));
        let many = format!("sku,nom\n{}", "A,B\n".repeat(MAX_ROWS + 1));
        let separators = format!("sku,nom\n{}", ",".repeat(MAX_LINE_BYTES + 1));
        for text in [
            "",
            "\n\n",
            "sku,nom\n",
            &wide,
            &long,
            &open_quote,
            &many,
            &separators,
        ] {
            assert_eq!(lines(text).unwrap_err().code, Code::ImportUnreadable);
        }
        assert_eq!(
            lines("couleur,taille\n1,2\n").unwrap_err().code,
            Code::ImportColumnsMissing
        );
    }
}
