//! What the sections of a report are made at: the shop, the period, the language, and a few short ways to
//! write a table.

use chrono::{Datelike as _, NaiveDate};
use files::write::{
    language::Language,
    report::{self as paper, Block, Cell, Column, Foot, Kind, Row, Section, Tone},
};
use kernel::{
    Currency, FigureOutOfRange, Period, Timestamp, figure::figure, read::ShopFacts,
    rounding::div_half_up,
};
use platform::cache::Cache;

use crate::{Analytics, error::AnalyticsError};

/// Where a report is made.
pub(super) struct Desk<'a> {
    pub(super) analytics: &'a Analytics,
    pub(super) cache: &'a Cache,
    pub(super) shop: ShopFacts,
    pub(super) period: Period,
    pub(super) language: Language,
    /// When it is computed.
    pub(super) at: Timestamp,
}

impl Desk<'_> {
    /// A text in the language of the report.
    pub(super) const fn say(&self, french: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::French => french,
            Language::English => english,
        }
    }

    pub(super) const fn currency(&self) -> Currency {
        self.shop.currency
    }

    /// A column of words.
    pub(super) fn words(&self, french: &'static str, english: &'static str) -> Column {
        self.column(self.say(french, english), Kind::Text, Foot::Given)
    }

    /// A column of amounts that is added up.
    pub(super) fn money(&self, french: &'static str, english: &'static str) -> Column {
        let kind = Kind::Money(self.currency());
        self.column(self.say(french, english), kind, Foot::Sum)
    }

    /// A column of whole numbers that is added up.
    pub(super) fn counts(&self, french: &'static str, english: &'static str) -> Column {
        self.column(self.say(french, english), Kind::Count, Foot::Sum)
    }

    /// A column that is not added up.
    pub(super) fn plain(&self, kind: Kind, french: &'static str, english: &'static str) -> Column {
        self.column(self.say(french, english), kind, Foot::Given)
    }

    #[expect(clippy::unused_self, reason = "reads as the other columns do")]
    pub(super) fn column(&self, title: &str, kind: Kind, foot: Foot) -> Column {
        Column {
            title: title.to_owned(),
            kind,
            foot,
        }
    }

    /// The refusal of a figure of the period.
    pub(super) fn refuse(&self) -> impl Fn(FigureOutOfRange) -> AnalyticsError + use<> {
        AnalyticsError::out_of_range(&self.period)
    }

    /// An amount of any size.
    pub(super) fn amount(&self, sum: i128) -> Result<Cell, AnalyticsError> {
        Ok(Cell::Money(figure(sum).map_err(self.refuse())?))
    }

    /// Whether the period is one whole month.
    pub(super) fn is_month(&self) -> bool {
        let (from, to) = (self.period.from(), self.period.to());
        let next = to.succ_opt();
        from.day() == 1
            && (from.year(), from.month()) == (to.year(), to.month())
            && next.is_none_or(|next| next.day() == 1)
    }

    /// Days in a short form: a month by its name, others by their ends.
    pub(super) fn span(&self, from: NaiveDate, to: NaiveDate) -> String {
        let form = self.say("%d/%m/%Y", "%d %b %Y");
        if self.is_month() && from.day() == 1 {
            return paper::month_of(self.language, from);
        }
        if from == to {
            return from.format(form).to_string();
        }
        format!("{} – {}", from.format(form), to.format(form))
    }
}

/// A section of blocks.
pub(super) fn section(title: impl Into<String>, blocks: Vec<Block>) -> Section {
    Section {
        title: title.into(),
        remark: String::new(),
        blocks,
    }
}

/// A usual row.
pub(super) const fn row(cells: Vec<Cell>) -> Row {
    Row {
        cells,
        tone: Tone::Plain,
    }
}

pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// A part of a whole in basis points; nothing where there is no whole.
pub(super) fn percent(part: impl Into<i128>, whole: impl Into<i128>) -> Cell {
    let (part, whole) = (part.into(), whole.into());
    if whole == 0 {
        return Cell::Empty;
    }
    let sign = if whole < 0 { -1 } else { 1 };
    let share = div_half_up(part * 10_000 * sign, whole * sign);
    i64::try_from(share).map_or(Cell::Empty, Cell::Percent)
}

/// A figure with decimals as a quantity.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast to an integer stays inside its range"
)]
pub(super) fn units(value: f64) -> Cell {
    Cell::Quantity(kernel::Quantity::from_milli(
        (value * 1_000.0).round() as i64
    ))
}

/// A part of one in basis points.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast to an integer stays inside its range"
)]
pub(super) fn share(value: Option<f64>) -> Cell {
    value.map_or(Cell::Empty, |value| {
        Cell::Percent((value * 10_000.0).round() as i64)
    })
}
