//! The table that is being written, of either format.

use chrono_tz::Tz;
use files::write::{
    language::Language,
    table::{
        Heading, Value,
        csv::{CsvNotation, CsvTable},
        xlsx::{XlsxError, XlsxTable},
    },
};
use kernel::{Code, Currency, Problem, Quantity};

use crate::error::SalesError;

/// The format of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Text, UTF-8.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Format {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => CSV,
            Self::Xlsx => XLSX,
        }
    }

    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// Content type of CSV.
pub(super) const CSV: &str = "text/csv; charset=utf-8";
/// Content type of a workbook.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Why a table ends before its last row. The client sees a body that breaks off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The shop could not be read.
    #[error(transparent)]
    Read(#[from] SalesError),
    /// The workbook could not be written.
    #[error(transparent)]
    Write(#[from] XlsxError),
    /// The session that asked has ended.
    #[error("the session has ended")]
    SignedOut,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Read(error) => error.into(),
            Fault::Write(error) => {
                tracing::error!(%error, "a table could not be written");
                Self::of(Code::Internal)
            }
            Fault::SignedOut => Self::of(Code::SessionEnded),
        }
    }
}

/// A table that is being written.
pub(super) enum ExportTable {
    Csv(CsvTable),
    /// `None` once it was finished. A workbook is large as a type.
    Xlsx(Option<Box<XlsxTable>>),
}

impl ExportTable {
    /// Begins with the headings: each with its title and its width in letters.
    pub(super) fn open(
        format: Format,
        name: &str,
        headings: Vec<(&str, u8)>,
        language: Language,
        zone: Tz,
    ) -> Result<Self, XlsxError> {
        let headings: Vec<Heading> = headings
            .into_iter()
            .map(|(title, letters)| Heading {
                title: title.to_owned(),
                letters,
            })
            .collect();
        Ok(match format {
            Format::Csv => {
                let notation = CsvNotation::of(language);
                Self::Csv(CsvTable::new(&headings, notation, zone))
            }
            Format::Xlsx => {
                let table = XlsxTable::new(name, headings, zone)?;
                Self::Xlsx(Some(Box::new(table)))
            }
        })
    }

    /// Writes a row.
    pub(super) fn push(&mut self, row: &[Value<'_>]) -> Result<(), XlsxError> {
        let row = row.iter().copied();
        match self {
            Self::Csv(table) => {
                table.push(row);
                Ok(())
            }
            Self::Xlsx(Some(table)) => table.push(row),
            Self::Xlsx(None) => Ok(()),
        }
    }

    /// What is ready to be sent.
    pub(super) fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Csv(table) => table.take(),
            Self::Xlsx(Some(table)) => table.take(),
            Self::Xlsx(None) => Vec::new(),
        }
    }

    /// The rest of it.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, XlsxError> {
        match self {
            Self::Csv(table) => Ok(table.take()),
            Self::Xlsx(table) => table.take().map_or(Ok(Vec::new()), |table| table.finish()),
        }
    }
}

/// An amount, with all decimals of its currency.
pub(super) fn amount(minor: i64, currency: Currency) -> Value<'static> {
    Value::Number {
        scaled: minor,
        decimals: currency.exponent(),
    }
}

/// A quantity.
pub(super) const fn quantity(quantity: Quantity) -> Value<'static> {
    Value::Number {
        scaled: quantity.milli(),
        decimals: 3,
    }
}

/// A rate in percent.
pub(super) const fn percent(basis_points: i64) -> Value<'static> {
    Value::Number {
        scaled: basis_points,
        decimals: 2,
    }
}

/// A text that may be missing.
pub(super) fn optional(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Empty, Value::Text)
}
