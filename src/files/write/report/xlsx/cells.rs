//! How a cell looks: its number format, its font and borders, and a figure as a spreadsheet counts it.

use umya_spreadsheet::Style;

use crate::write::{
    language::Language,
    report::{Kind, Table, Tone},
};

/// The ground of a heading.
const HEADING: &str = "FFE8EBF0";

/// How a cell is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Plain,
    Strong,
    Title,
    Heading,
    /// A result: bold, with a double line below.
    Result,
}

pub(super) fn style(format: &str, mark: Mark) -> Style {
    let mut style = Style::default();
    if format != "General" {
        style.numbering_format_mut().set_format_code(format);
    }
    match mark {
        Mark::Plain => {}
        Mark::Strong => {
            style.font_mut().set_bold(true);
        }
        Mark::Title => {
            style.font_mut().set_bold(true).set_size(14.0);
        }
        Mark::Heading => {
            style.font_mut().set_bold(true);
            style.set_background_color(HEADING);
            style.alignment_mut().set_wrap_text(true);
            let borders = style.borders_mut();
            borders.bottom_mut().set_border_style("thin");
        }
        Mark::Result => {
            style.font_mut().set_bold(true);
            let borders = style.borders_mut();
            borders.top_mut().set_border_style("thin");
            borders.bottom_mut().set_border_style("double");
        }
    }
    style
}

pub(super) const fn mark_of(tone: Tone) -> Mark {
    match tone {
        Tone::Plain | Tone::Closing => Mark::Plain,
        Tone::Strong => Mark::Strong,
        Tone::Result => Mark::Result,
    }
}

/// The number format of a column. A column of quantities has decimals where one of them has.
pub(super) fn format_of(table: &Table, position: usize, language: Language) -> String {
    let Some(column) = table.columns.get(position) else {
        return "General".to_owned();
    };
    let figures = || {
        let rows = table.rows.iter();
        rows.filter_map(|row| row.cells.get(position)?.figure())
    };
    match column.kind {
        Kind::Text => "General",
        Kind::Money(currency) if currency.display_digits() == 0 => "#,##0",
        Kind::Money(_) => "#,##0.00",
        Kind::Quantity if figures().any(|milli| milli % 1_000 != 0) => "#,##0.000",
        Kind::Quantity | Kind::Count => "#,##0",
        Kind::Percent => "0.0%",
        Kind::Date => match language {
            Language::French => "dd/mm/yyyy",
            Language::English => "dd mmm yyyy",
        },
        Kind::Weekday => match language {
            Language::French => "[$-40C]ddd d",
            Language::English => "[$-409]ddd d",
        },
        Kind::Moment => match language {
            Language::French => "dd/mm/yyyy hh:mm",
            Language::English => "dd mmm yyyy hh:mm",
        },
    }
    .to_owned()
}

/// A figure of its smallest unit as a spreadsheet counts it.
#[expect(
    clippy::cast_precision_loss,
    reason = "a spreadsheet has no other numbers; amounts of 15 figures are exact"
)]
pub(super) fn figure(kind: Kind, figure: i64) -> f64 {
    let per_unit = match kind {
        Kind::Money(currency) => currency.minor_per_major(),
        Kind::Quantity => 1_000,
        Kind::Percent => 10_000,
        Kind::Text | Kind::Count | Kind::Date | Kind::Weekday | Kind::Moment => 1,
    };
    figure as f64 / per_unit as f64
}

/// Letters that a number takes, with its groups.
pub(super) fn digits(number: f64) -> usize {
    let length = format!("{number:.0}").len();
    length + length / 3 + 3
}
