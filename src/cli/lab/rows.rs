//! Reads the files of the lab. Each error names its file and line.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use chrono::{Datelike as _, NaiveDate, NaiveDateTime};
use csv::StringRecord;

/// Most days that one series may cover.
const MOST_DAYS: i32 = 100_000;

/// One row of a file, with its place.
pub struct Row<'a> {
    path: &'a Arc<Path>,
    columns: &'a StringRecord,
    fields: &'a StringRecord,
    line: u64,
}

/// Passes every row of a file to `each`. Columns may have any order, and unknown ones are ignored.
pub fn each_row(
    path: &Path,
    wanted: &[&str],
    mut each: impl FnMut(&Row<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut reader = open(path)?;
    let path: Arc<Path> = path.into();
    let columns = reader
        .headers()
        .with_context(|| path.display().to_string())?
        .clone();
    for name in wanted {
        if !columns.iter().any(|column| column == *name) {
            bail!(
                "{}, line 1: there is no column {name}; the columns are {}",
                path.display(),
                columns.iter().collect::<Vec<_>>().join(", ")
            );
        }
    }
    let mut fields = StringRecord::new();
    let mut rows = 0_u64;
    while reader
        .read_record(&mut fields)
        .with_context(|| path.display().to_string())?
    {
        rows += 1;
        each(&Row {
            path: &path,
            columns: &columns,
            fields: &fields,
            line: fields.position().map_or(0, csv::Position::line),
        })?;
    }
    if rows == 0 {
        bail!("{}: there is no row below the columns", path.display());
    }
    Ok(())
}

pub fn has_column(path: &Path, name: &str) -> anyhow::Result<bool> {
    let mut reader = open(path)?;
    let columns = reader
        .headers()
        .with_context(|| path.display().to_string())?;
    Ok(columns.iter().any(|column| column == name))
}

fn open(path: &Path) -> anyhow::Result<csv::Reader<std::fs::File>> {
    csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(|| format!("{} cannot be read", path.display()))
}

impl Row<'_> {
    pub fn place(&self) -> Place {
        Place {
            path: Arc::clone(self.path),
            line: self.line,
        }
    }

    /// The text of a column; empty if the file has no such column.
    pub fn text(&self, name: &str) -> &str {
        let place = self.columns.iter().position(|column| column == name);
        place
            .and_then(|place| self.fields.get(place))
            .unwrap_or_default()
    }

    /// A name, which must not be empty.
    pub fn name(&self, column: &str) -> anyhow::Result<String> {
        match self.text(column) {
            "" => Err(self.wrong(column, "a name")),
            name => Ok(name.to_owned()),
        }
    }

    /// A date, as in 2026-01-31.
    pub fn date(&self, column: &str) -> anyhow::Result<NaiveDate> {
        let date = NaiveDate::parse_from_str(self.text(column), "%Y-%m-%d");
        let date = date.map_err(|_| self.wrong(column, "a date as in 2026-01-31"))?;
        if (1..=9_999).contains(&date.year()) {
            return Ok(date);
        }
        Err(self.wrong(column, "a date as in 2026-01-31"))
    }

    /// A date and an hour, with a space or a T between them.
    pub fn moment(&self, column: &str) -> anyhow::Result<NaiveDateTime> {
        let text = self.text(column);
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
            .map_err(|_| self.wrong(column, "a moment as in 2026-01-31 17:00:00"))
    }

    /// A number; `None` for an empty cell.
    pub fn number(&self, column: &str) -> anyhow::Result<Option<f64>> {
        if self.text(column).is_empty() {
            return Ok(None);
        }
        let number = self.text(column).parse::<f64>().ok();
        match number.filter(|number| number.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong(column, "a number, or nothing where it is not known")),
        }
    }

    pub fn whole(&self, column: &str) -> anyhow::Result<u32> {
        let number = self.text(column).parse();
        number.map_err(|_| self.wrong(column, "a whole number"))
    }

    fn wrong(&self, column: &str, wanted: &str) -> anyhow::Error {
        anyhow::anyhow!(
            "{}: {column} is '{}' and must be {wanted}",
            self.place(),
            self.text(column)
        )
    }
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    path: Arc<Path>,
    line: u64,
}

impl Place {
    /// The number of the line, from 1.
    pub const fn line(&self) -> u64 {
        self.line
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}", self.path.display(), self.line)
    }
}

/// One entry for each day from the first to the last; `None` for missing days.
pub fn without_gaps(
    series: &str,
    days: impl Iterator<Item = (NaiveDate, Option<f64>)>,
) -> anyhow::Result<(NaiveDate, Vec<Option<f64>>)> {
    let mut quantities = Vec::new();
    let mut start = None;
    for (date, quantity) in days {
        let first = *start.get_or_insert(date);
        let offset = date.num_days_from_ce() - first.num_days_from_ce();
        if offset >= MOST_DAYS {
            bail!("series {series}: {first} and {date} lie more than {MOST_DAYS} days apart");
        }
        quantities.resize(usize::try_from(offset)?, None);
        quantities.push(quantity);
    }
    let start = start.with_context(|| format!("series {series} has no day"))?;
    Ok((start, quantities))
}
