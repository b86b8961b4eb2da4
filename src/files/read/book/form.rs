//! The values of cells as texts: what the sheet shows, exact and in one notation.

use calamine::{CellErrorType, ExcelDateTime};
use chrono::{Duration, NaiveDate};

use super::CellValue;
use crate::read::currency;

/// From here on a floating point number no longer shows every digit that was typed: a spreadsheet
/// keeps 15 of them.
const FIRST_INEXACT: f64 = 1e15;
/// Serials of days from 1970 to 2100, counted from 1900.
const DAYS: std::ops::RangeInclusive<f64> = 25_569.0..=73_415.0;
/// Days between the two ways of counting them.
const FROM_1900_TO_1904: f64 = 1462.0;

/// How a number is shown, as far as it changes what it means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Form {
    /// As it is.
    #[default]
    Plain,
    /// In percent: 0.16 is shown as 16 %.
    Percent,
    /// With this currency.
    Currency(String),
    /// Filled with zeros to this number of digits.
    Digits(usize),
}

impl Form {
    /// The form of a number format. `id` is that of the formats that every book has: a currency in
    /// them is that of the reader's computer, and says nothing.
    #[must_use]
    pub fn of(code: &str, id: Option<u32>) -> Self {
        let code = code.split(';').next().unwrap_or_default();
        if code.len() > 1 && code.len() <= 32 && code.bytes().all(|byte| byte == b'0') {
            return Self::Digits(code.len());
        }
        let (bare, words) = split_literals(code);
        if bare.contains('%') {
            return Self::Percent;
        }
        if id.is_some_and(|id| id < 50) {
            return Self::Plain;
        }
        let word = words.into_iter().find(|word| currency::is_known(word));
        let sign = || {
            ["€", "£", "¥", "₹", "₦"]
                .into_iter()
                .find(|sign| bare.contains(sign))
        };
        word.or_else(|| sign().map(str::to_owned))
            .map_or(Self::Plain, Self::Currency)
    }

    /// A number in this form.
    #[must_use]
    pub fn write(&self, value: f64) -> String {
        match self {
            Self::Plain => number_text(value),
            Self::Percent => format!("{}%", number_text(value * 100.0)),
            Self::Currency(word) => format!("{} {word}", number_text(value)),
            Self::Digits(digits) => format!("{:0>digits$}", number_text(value)),
        }
    }
}

/// A format code without its literal texts, and these: quoted, or a currency in brackets.
fn split_literals(code: &str) -> (String, Vec<String>) {
    let (mut bare, mut words) = (String::new(), Vec::new());
    let mut rest = code.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => words.push(rest.by_ref().take_while(|c| *c != '"').collect()),
            '[' => {
                let inside: String = rest.by_ref().take_while(|c| *c != ']').collect();
                if let Some(symbol) = inside.strip_prefix('$') {
                    let symbol = symbol.split_once('-').map_or(symbol, |(symbol, _)| symbol);
                    words.push(symbol.to_owned());
                }
            }
            '\\' | '_' | '*' => {
                rest.next();
            }
            other => bare.push(other),
        }
    }
    (bare, words)
}

/// A number with a decimal point and without an exponent, as the spreadsheet shows it: 15 digits at
/// most. An integer of more digits has lost the last ones, and is written with an exponent, by which
/// a code that was spoilt is seen.
#[must_use]
pub fn number_text(value: f64) -> String {
    if !value.is_finite() {
        return "#NUM!".to_owned();
    }
    if value.abs() >= FIRST_INEXACT {
        return format!("{value:E}").replace('E', "E+");
    }
    let text = format!("{value}");
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let text = if digits > 15 {
        let shown: f64 = format!("{value:.14e}").parse().unwrap_or(value);
        format!("{shown}")
    } else {
        text
    };
    match text.as_str() {
        "-0" => "0".to_owned(),
        _ => text,
    }
}

/// A date or time of a workbook.
#[must_use]
pub fn moment_text(at: ExcelDateTime, is_1904: bool) -> (CellValue, String) {
    let value = at.as_f64();
    if at.is_duration() || (0.0..1.0).contains(&value) {
        return (CellValue::Date, time_text(value));
    }
    match wall_clock(value, is_1904) {
        Some(text) => (CellValue::Date, text),
        None => (CellValue::Error, "#####".to_owned()),
    }
}

/// The day that a number without a date format means in a column of dates; `None` for one that is
/// no day of our time.
#[must_use]
pub fn serial_text(value: f64, is_1904: bool) -> Option<String> {
    let from_1900 = if is_1904 {
        value + FROM_1900_TO_1904
    } else {
        value
    };
    DAYS.contains(&from_1900)
        .then(|| wall_clock(value, is_1904))
        .flatten()
}

/// The wall-clock time of a serial number, to the second. The calendar of 1900 has a 29 February that
/// never was, day 60.
fn wall_clock(value: f64, is_1904: bool) -> Option<String> {
    let epoch = match is_1904 {
        true => NaiveDate::from_ymd_opt(1904, 1, 1)?,
        false if value < 60.0 => NaiveDate::from_ymd_opt(1899, 12, 31)?,
        false => NaiveDate::from_ymd_opt(1899, 12, 30)?,
    };
    if !(0.0..3_000_000.0).contains(&value) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 3,000,000 days of seconds"
    )]
    let seconds = (value * 86_400.0).round() as i64;
    let at = epoch
        .and_hms_opt(0, 0, 0)?
        .checked_add_signed(Duration::seconds(seconds))?;
    let form = if seconds % 86_400 == 0 {
        "%Y-%m-%d"
    } else {
        "%Y-%m-%dT%H:%M:%S"
    };
    Some(at.format(form).to_string())
}

/// A part of a day, or more than one, in hours.
fn time_text(days: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float that is too large becomes the largest integer"
    )]
    let seconds = (days.clamp(-1e6, 1e6) * 86_400.0).round() as i64;
    let (sign, seconds) = if seconds < 0 {
        ("-", -seconds)
    } else {
        ("", seconds)
    };
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{sign}{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// `PT08H30M00S` as `08:30:00`.
#[must_use]
pub fn duration_text(iso: &str) -> String {
    let parts = || {
        let rest = iso.strip_prefix("PT")?;
        let (hours, rest) = rest.split_once('H')?;
        let (minutes, rest) = rest.split_once('M')?;
        let seconds = rest.strip_suffix('S')?;
        let whole = seconds
            .split_once(['.', ','])
            .map_or(seconds, |(whole, _)| whole);
        Some(format!("{hours:0>2}:{minutes:0>2}:{whole:0>2}"))
    };
    parts().unwrap_or_else(|| iso.to_owned())
}

/// The text of an error, as the sheet shows it.
#[must_use]
pub fn error_text(error: &CellErrorType) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_are_shown() {
        for (value, text) in [
            (5_449_000_000_996.0, "5449000000996"),
            (123_456_789_012_345.0, "123456789012345"),
            (1_234_567_890_123_456.0, "1.234567890123456E+15"),
            (0.1 + 0.2, "0.3"),
            (1.1 * 3.0, "3.3"),
            (1234.5, "1234.5"),
            (-0.0, "0"),
            (1e-7, "0.0000001"),
            (f64::NAN, "#NUM!"),
        ] {
            assert_eq!(number_text(value), text);
        }
        assert!(kernel::gtin::has_lost_digits(&number_text(
            1_234_567_890_123_456.0
        )));
        assert_eq!(Form::Percent.write(0.16), "16%");
        assert_eq!(Form::Percent.write(0.055), "5.5%");
        assert_eq!(Form::Digits(5).write(123.0), "00123");
    }

    #[test]
    fn a_format_says_percent_and_currency() {
        for (code, id, form) in [
            ("General", None, Form::Plain),
            ("0.00", Some(2), Form::Plain),
            ("0%", Some(9), Form::Percent),
            ("0.0\\%", Some(170), Form::Plain),
            (
                "#,##0.00 [$€-40C]",
                Some(170),
                Form::Currency("€".to_owned()),
            ),
            ("[$FC] #,##0", Some(170), Form::Currency("FC".to_owned())),
            (
                "\"$\"#,##0.00_);(\"$\"#,##0.00)",
                Some(170),
                Form::Currency("$".to_owned()),
            ),
            ("_($* #,##0.00_)", Some(44), Form::Plain),
            ("0 \"kg\"", Some(170), Form::Plain),
            ("[Red]0", Some(170), Form::Plain),
            ("00000", Some(170), Form::Digits(5)),
        ] {
            assert_eq!(Form::of(code, id), form, "{code}");
        }
    }

    #[test]
    fn days_are_counted_from_1900_or_from_1904() {
        for (value, is_1904, text) in [
            (45_321.0, false, "2024-01-30"),
            (43_859.0, true, "2024-01-30"),
            (45_321.5, false, "2024-01-30T12:00:00"),
            (45_321.999_999_9, false, "2024-01-31"),
        ] {
            assert_eq!(serial_text(value, is_1904).as_deref(), Some(text));
        }
        assert_eq!(wall_clock(1.0, false).as_deref(), Some("1900-01-01"));
        assert_eq!(wall_clock(61.0, false).as_deref(), Some("1900-03-01"));
        for value in [2026.0, 20_260_125.0, -1.0, f64::NAN] {
            assert_eq!(serial_text(value, false), None);
        }
        assert_eq!(time_text(0.354_166_666_666_667), "08:30:00");
        assert_eq!(duration_text("PT08H30M00S"), "08:30:00");
    }
}
