//! The file as records: limits first, then the header row, then one record at a time.

use kernel::{Code, FieldError, Problem, import::ImportKind};
use serde_json::{Map, Value, json};

use super::{
    columns::{Columns, Field, Mapping},
    sniff::{Decoded, decode, find_separator, unreadable},
};

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most rows behind the header.
pub const MAX_ROWS: usize = 500_000;
/// Most cells in a row.
pub const MAX_COLUMNS: usize = 200;
/// Most characters in a cell.
pub const MAX_CELL_CHARACTERS: usize = 10_000;
/// Records among which the header row is looked for: titles and blank lines may stand above it.
const HEADER_PROBE: usize = 20;

/// What a table was made of.
#[derive(Debug)]
pub struct Table {
    /// How the file was read, for the preview.
    pub mapping: Map<String, Value>,
}

/// One record, by field.
#[derive(Debug)]
pub struct Cells<'a> {
    /// Line of the file on which it begins, from 1.
    pub line: i64,
    /// Every cell.
    pub record: &'a csv::StringRecord,
    columns: &'a Columns,
}

impl Cells<'_> {
    /// The trimmed text of a field; nothing when it is empty or has no column.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        let text = self.record.get(self.columns.position(field)?)?.trim();
        (!text.is_empty()).then_some(text)
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

/// Reads a file and hands each record to `each`.
///
/// # Errors
/// `request.body_too_large`, `import.unreadable`, `import.columns_missing`.
pub fn read(
    kind: ImportKind,
    bytes: &[u8],
    mapping: &Mapping,
    mut each: impl FnMut(&Cells<'_>),
) -> Result<Table, Problem> {
    if bytes.len() > MAX_BYTES {
        let detail = format!("A file may have at most {} MiB.", MAX_BYTES / 1024 / 1024);
        return Err(Problem::new(Code::BodyTooLarge, detail));
    }
    let Decoded { text, encoding } = decode(bytes)?;
    let (separator, body) = find_separator(&text);
    let skipped_lines = i64::from(body.len() < text.len());
    let (header_row, header) = find_header(kind, body, separator, mapping)?;
    let mut columns = Columns::recognise(kind, header.iter().map(String::as_str));
    columns.apply(kind, mapping, &header)?;
    columns.check(kind, &header)?;

    let mut reader = reader(body, separator);
    let mut record = csv::StringRecord::new();
    let (mut position, mut rows, mut line, mut header_line) = (0, 0, 0i64, 1);
    while next(&mut reader, &mut record)? {
        let start = line_of(&record, body).saturating_add(skipped_lines);
        // Files that end their lines in another way than "\n" would have one line only.
        line = start.max(line + 1);
        position += 1;
        check_limits(&record, line)?;
        if position - 1 < header_row {
            continue;
        }
        if position - 1 == header_row {
            header_line = line;
            continue;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        rows += 1;
        if rows > MAX_ROWS {
            return Err(unreadable(format!(
                "A file may have at most {MAX_ROWS} rows. Split it."
            )));
        }
        each(&Cells {
            line,
            record: &record,
            columns: &columns,
        });
    }
    if rows == 0 {
        return Err(unreadable(
            "The file has a header row and nothing behind it.".to_owned(),
        ));
    }
    let mapping = json!({
        "encoding": encoding,
        "separator": char::from(separator).to_string(),
        "header_row": header_line,
        "columns": columns.describe(&header),
    });
    let Value::Object(mapping) = mapping else {
        return Err(Problem::of(Code::Internal));
    };
    Ok(Table { mapping })
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
}

fn next(reader: &mut csv::Reader<&[u8]>, record: &mut csv::StringRecord) -> Result<bool, Problem> {
    reader
        .read_record(record)
        .map_err(|_| unreadable("The file cannot be read as a table.".to_owned()))
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
    let blank = rest
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|byte| **byte == b'\n')
        .count();
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

/// The record in which most headers are recognised, among the first ones.
fn find_header(
    kind: ImportKind,
    text: &str,
    separator: u8,
    mapping: &Mapping,
) -> Result<(usize, Vec<String>), Problem> {
    let mut reader = reader(text, separator);
    let mut record = csv::StringRecord::new();
    let mut best: Option<(usize, usize, Vec<String>)> = None;
    for position in 0..HEADER_PROBE {
        if !next(&mut reader, &mut record)? {
            break;
        }
        check_limits(&record, i64::try_from(position).unwrap_or(0) + 1)?;
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
            best = Some((score, position, cells));
        }
    }
    best.map(|(_, position, cells)| (position, cells))
        .ok_or_else(|| {
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
    use super::*;

    fn lines(text: &str) -> Result<(Table, Vec<(i64, String)>), Problem> {
        let mut seen = Vec::new();
        let table = read(
            ImportKind::Products,
            text.as_bytes(),
            &Mapping::default(),
            |cells| {
                let name = cells.get(Field::Name).unwrap_or_default().to_owned();
                seen.push((cells.line, name));
            },
        )?;
        Ok((table, seen))
    }

    #[test]
    fn titles_blank_lines_and_quoted_line_ends_are_survived() {
        let (table, seen) = lines(
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
        assert_eq!(table.mapping["header_row"], 3);
        assert_eq!(table.mapping["separator"], ";");
    }

    #[test]
    fn lines_that_end_as_on_an_old_macintosh_are_counted() {
        let (_, seen) = lines("sku,nom\rA,Un\rB,Deux").unwrap();
        assert_eq!(seen, [(2, "Un".to_owned()), (3, "Deux".to_owned())]);
    }

    #[test]
    fn hostile_tables_are_refused() {
        let wide = format!("sku,nom\n{}\n", "x,".repeat(300));
        let long = format!("sku,nom\nA,{}\n", "x".repeat(10_001));
        let open_quote = format!("sku,nom\nA,\"{}", "x\n".repeat(10_000));
        let many = format!("sku,nom\n{}", "A,B\n".repeat(MAX_ROWS + 1));
        for text in ["", "\n\n", "sku,nom\n", &wide, &long, &open_quote, &many] {
            assert_eq!(lines(text).unwrap_err().code, Code::ImportUnreadable);
        }
        assert_eq!(
            lines("couleur,taille\n1,2\n").unwrap_err().code,
            Code::ImportColumnsMissing
        );
    }
}
