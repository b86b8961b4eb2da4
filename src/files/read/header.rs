//! The header row of a table: among its first records, below titles and blank lines.

use kernel::Problem;

use super::{
    book::CellValue,
    columns::Columns,
    headers::TaxBasis,
    mapping::Mapping,
    records::{Record, Records},
    staged::{ImportKind, RowIssue, Severity},
};

/// Records among which the header row is looked for.
const HEADER_PROBE: usize = 20;
/// Records among which a header row may be that the user names.
const HEADER_REACH: usize = 1000;
/// Headers that are recognised in a row which may have numbers beside them.
const CERTAIN: usize = 3;

/// The header row.
#[derive(Debug)]
pub struct Header {
    /// Records up to it, itself among them.
    pub skip: usize,
    /// Its line in the file, from 1; 0 where there is none.
    pub line: i64,
    /// Its texts.
    pub cells: Vec<String>,
    /// How many fields are recognised in it.
    pub score: usize,
    /// Lines above it that are as long as a row of the table.
    rows_above: Vec<i64>,
}

impl Header {
    /// True for a record with the same texts.
    #[must_use]
    pub fn is_repeated(&self, record: &csv::StringRecord) -> bool {
        let mut texts = record.iter().map(str::trim);
        let is_same = self
            .cells
            .iter()
            .all(|cell| texts.next().unwrap_or_default() == cell);
        is_same && texts.all(str::is_empty)
    }

    /// A warning where rows of a table stand above it, which are not read.
    #[must_use]
    pub fn issue(&self) -> Option<RowIssue> {
        let lines: Vec<String> = self.rows_above.iter().map(i64::to_string).collect();
        (!lines.is_empty()).then(|| RowIssue {
            severity: Severity::Warning,
            column: String::new(),
            value: lines.join(", "),
            code: "import.rows_above_header".to_owned(),
            detail: format!(
                "Line {} has the headers; what stands above it in the lines {} is not read.",
                self.line,
                lines.join(", ")
            ),
            cell: None,
        })
    }
}

/// The first record that has every column which its kind needs, or else the one in which most headers
/// are recognised, among the first ones. A row with a number in it is a row of the table, unless
/// several of its other cells are headers.
///
/// # Errors
/// `import.unreadable`.
pub fn find_header(
    kind: ImportKind,
    mut records: Records<'_>,
    mapping: &Mapping,
    prices: TaxBasis,
) -> Result<Option<Header>, Problem> {
    if let Some(line) = mapping.header_row {
        return header_at(line, records);
    }
    let mut best: Option<Header> = None;
    let mut filled = Vec::new();
    for position in 0..HEADER_PROBE {
        let Some(record) = records.read_next()? else {
            break;
        };
        let cells: Vec<String> = record
            .cells
            .iter()
            .map(|cell| cell.trim().to_owned())
            .collect();
        let texts = cells.iter().filter(|cell| !cell.is_empty()).count();
        filled.push((record.line, texts));
        let mut columns = Columns::recognise(kind, cells.iter().map(String::as_str), prices);
        let mapped = if columns.apply(kind, mapping, &cells).is_ok() {
            mapping.columns.len()
        } else {
            0
        };
        let score = columns.count() + mapped;
        let is_better = match &best {
            None => texts > 0,
            Some(best) => score > best.score && (score >= CERTAIN || !has_number(record)),
        };
        if is_better {
            best = Some(Header {
                skip: position + 1,
                line: record.line,
                cells,
                score,
                rows_above: Vec::new(),
            });
            if score > 1 && columns.is_complete(kind) {
                break;
            }
        }
    }
    Ok(best.map(|mut header| {
        let width = header.cells.iter().filter(|cell| !cell.is_empty()).count();
        let above = filled.iter().take(header.skip - 1);
        header.rows_above = above
            .filter(|(_, texts)| *texts > 2 && *texts * 2 >= width)
            .map(|(line, _)| *line)
            .collect();
        header
    }))
}

/// The header row that the user names; for line 0 headers without a text, above the first record.
fn header_at(line: i64, mut records: Records<'_>) -> Result<Option<Header>, Problem> {
    for position in 0..HEADER_REACH {
        let Some(record) = records.read_next()? else {
            break;
        };
        let texts = record.cells.iter();
        let (skip, cells) = match line {
            0 if record.is_blank() => continue,
            0 => (0, texts.map(|_| String::new()).collect()),
            _ if record.line < line => continue,
            _ => (
                position + 1,
                texts.map(|cell| cell.trim().to_owned()).collect(),
            ),
        };
        return Ok(Some(Header {
            skip,
            line,
            cells,
            score: 0,
            rows_above: Vec::new(),
        }));
    }
    Ok(None)
}

fn has_number(record: Record<'_>) -> bool {
    let is_number = |cell: &str| {
        let cell = cell.trim();
        !cell.is_empty()
            && cell
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"+-.,%/: ".contains(&byte))
    };
    let is_typed = |value| matches!(value, CellValue::Number | CellValue::Date);
    record.cells.iter().any(is_number) || record.kinds.iter().any(|kind| is_typed(kind.value))
}
