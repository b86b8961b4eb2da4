//! Long tables, row by row: what is written is taken away while the next rows are made, so that a table
//! of any length needs the memory of a few rows.
//!
//! [`csv`] and [`xlsx`] take the same rows. A text that a spreadsheet would run as a formula is
//! neutralised in both.

pub mod csv;
pub mod xlsx;

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// A value of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Empty,
    /// Words, codes.
    Text(&'a str),
    /// A text that stands out: what is wrong in a file.
    Marked(&'a str),
    /// A number in thousandths, hundredths or units, by its number of decimals (at most 9).
    Number {
        /// The number without its point.
        scaled: i64,
        /// How many digits stand behind the point.
        decimals: u8,
    },
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(NaiveDate),
    /// A moment; written in the time zone of the table.
    Moment(DateTime<Utc>),
}

impl Value<'_> {
    /// A whole number.
    #[must_use]
    pub const fn whole(number: i64) -> Self {
        Self::Number {
            scaled: number,
            decimals: 0,
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Heading {
    /// Its name, in the first row.
    pub title: String,
    /// How wide it is in a workbook, in letters.
    pub letters: u8,
}

/// A text that no spreadsheet takes for a formula: an apostrophe is put before a text that begins with
/// `=`, `+`, `-`, `@`, a tab or a return. One that begins with an apostrophe gets another, so that the
/// first one can be taken off again.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`neutral`] was given.
#[must_use]
pub fn original(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) => rest,
        _ => text,
    }
}

/// A number with a point and without groups: `-12.50`.
fn plain(scaled: i64, decimals: u8) -> String {
    let digits = usize::from(decimals.min(9));
    let sign = if scaled < 0 { "-" } else { "" };
    let figures = format!("{:0width$}", scaled.unsigned_abs(), width = digits + 1);
    let (whole, part) = figures.split_at(figures.len() - digits);
    if part.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}

fn moment(at: DateTime<Utc>, zone: Tz) -> chrono::NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_written_with_a_point() {
        assert_eq!(plain(-1250, 2), "-12.50");
        assert_eq!(plain(5, 3), "0.005");
        assert_eq!(plain(7, 0), "7");
        assert_eq!(plain(i64::MIN, 0), "-9223372036854775808");
    }

    proptest! {
        #[test]
        fn a_neutral_text_is_no_formula_and_leads_back(text in "[-=+@\t\r' a-z0-9]{0,8}") {
            let neutral = neutral(&text);
            prop_assert!(!neutral.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(original(&neutral), text.as_str());
        }
    }
}
