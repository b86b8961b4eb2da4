//! A cell as it is printed.

use super::{Cell, Kind, Report, words::PageWords};
use crate::write::{figures, language::Language};

/// The text of a cell in a column of a kind. Currencies are not repeated in every cell: the heading or
/// the report names them.
pub(super) fn cell(report: &Report, kind: Kind, cell: &Cell) -> String {
    let language = report.language;
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Money(minor) => match kind {
            Kind::Money(currency) => minus(figures::bare(language, *minor, currency)),
            _ => minus(count(language, *minor)),
        },
        Cell::Quantity(quantity) => minus(figures::quantity(language, *quantity)),
        Cell::Count(count_of) => minus(count(language, *count_of)),
        Cell::Percent(basis_points) => minus(percent(language, *basis_points)),
        Cell::Date(day) if kind == Kind::Weekday => PageWords::of(language).weekday(*day),
        Cell::Date(day) => day.format(date(language)).to_string(),
        Cell::Moment(at) => at
            .with_timezone(&report.zone)
            .format(language.date_and_time())
            .to_string(),
    }
}

/// A figure of an axis in few letters: `1,6 M`.
pub(super) fn short(language: Language, kind: Kind, figure: i64) -> String {
    let per_unit = match kind {
        Kind::Money(currency) => currency.minor_per_major(),
        Kind::Quantity => 1000,
        Kind::Percent => 100,
        Kind::Text | Kind::Count | Kind::Date | Kind::Weekday | Kind::Moment => 1,
    };
    let milli = i128::from(figure) * 1000 / i128::from(per_unit.max(1));
    let (scale, sign) = match milli.unsigned_abs() {
        0..10_000_000 => (1, ""),
        10_000_000..1_000_000_000 => (1000, "k"),
        1_000_000_000..1_000_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    let milli = i64::try_from(milli / scale).unwrap_or(i64::MAX);
    let text = figures::quantity(language, kernel::Quantity::from_milli(milli));
    let gap = if sign.is_empty() { "" } else { "\u{a0}" };
    minus(format!("{text}{gap}{sign}"))
}

const fn date(language: Language) -> &'static str {
    match language {
        Language::French => "%d/%m/%Y",
        Language::English => "%d %b %Y",
    }
}

fn count(language: Language, count: i64) -> String {
    figures::quantity(
        language,
        kernel::Quantity::from_milli(count.saturating_mul(1000)),
    )
}

/// One decimal, always: a column of them stands below each other.
fn percent(language: Language, basis_points: i64) -> String {
    let tenths = kernel::rounding::div_half_up(i128::from(basis_points), 10);
    let sign = if tenths < 0 { "-" } else { "" };
    let tenths = tenths.unsigned_abs();
    format!("{sign}{}{}{}", tenths / 10, language.point(), tenths % 10)
}

/// A minus as long as a figure is wide: a dash, for the fonts have no sign of their own.
fn minus(text: String) -> String {
    if text.starts_with('-') {
        text.replacen('-', "\u{2013}", 1)
    } else {
        text
    }
}
