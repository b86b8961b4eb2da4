//! A report as figures and words: what it says, not how it looks.
//!
//! It knows nothing of databases: who makes one hands over every figure, and says in the
//! [`Provenance`] what they were computed from. [`pdf`] makes pages of it, for the bank.

mod chart;
mod pages;
pub mod pdf;
mod shown;
mod table;
mod words;
pub mod xlsx;

#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::{Currency, Quantity};

use super::language::Language;

/// A month and its year in words: `octobre 2026`.
#[must_use]
pub fn month_of(language: Language, day: NaiveDate) -> String {
    words::month_of(language, day)
}

/// A day by its name and number: `jeu. 1`.
#[must_use]
pub fn weekday_of(language: Language, day: NaiveDate) -> String {
    words::PageWords::of(language).weekday(day)
}

/// A whole report.
#[derive(Debug, Clone)]
pub struct Report {
    /// The language of its words and of its figures.
    pub language: Language,
    /// The time zone in which its moments are printed.
    pub zone: Tz,
    /// The shop whose report it is.
    pub shop: Letterhead,
    /// What it is: `Rapport mensuel`.
    pub title: String,
    /// Its first and its last day.
    pub period: Period,
    /// In which unit the figures are: `en francs congolais`. May be empty.
    pub unit: String,
    /// What it was computed from.
    pub provenance: Provenance,
    /// Its parts, in order.
    pub sections: Vec<Section>,
    /// Who signs: one line each above the last page's foot, at most four.
    pub signatures: Vec<String>,
}

/// The head of the first page.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// The shop's name.
    pub name: String,
    /// Address, tax number, register: a line each.
    pub lines: Vec<String>,
}

/// Days of the shop's calendar, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// What the figures were computed from: with the same, they come out the same.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// When they were computed.
    pub computed_at: DateTime<Utc>,
    /// Who asked for them. May be empty.
    pub by: String,
    /// What else there is to know, such as the position of the ledger, each with its name.
    pub facts: Vec<(String, String)>,
}

/// A part of a report, with a title of its own; a sheet of its own in a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// A few words beside the title. May be empty.
    pub remark: String,
    /// What it shows, in order.
    pub blocks: Vec<Block>,
}

/// What a section shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Rows and columns.
    Table(Table),
    /// Bars or lines.
    Chart(Chart),
    /// A sentence in small print.
    Note(String),
}

/// Rows and columns. Too long for a page, it goes on with its heading on the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What stands in each column.
    pub columns: Vec<Column>,
    /// The rows, each with a cell for each column.
    pub rows: Vec<Row>,
    /// The row of totals: its cells in the columns that are not summed. The sums are computed.
    pub total: Option<Vec<Cell>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// What its cells are.
    pub kind: Kind,
    /// Whether its cells are added up in the row of totals.
    pub foot: Foot,
}

/// What a column has in the row of totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foot {
    /// The cell that is given, or nothing.
    Given,
    /// The sum of the column.
    Sum,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Amounts of one currency, in its minor unit.
    Money(Currency),
    /// Quantities.
    Quantity,
    /// Whole numbers.
    Count,
    /// Basis points.
    Percent,
    /// Days.
    Date,
    /// Days by their name and number, where the month is clear: `jeu. 1`.
    Weekday,
    /// Moments, in the time zone of the report.
    Moment,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its cells, one for each column.
    pub cells: Vec<Cell>,
    /// How it is set.
    pub tone: Tone,
}

/// How a row is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As most.
    Plain,
    /// Bold: a figure that matters.
    Strong,
    /// Bold with a double line below: a result.
    Result,
    /// The last of a group, such as a Sunday: the line below is darker.
    Closing,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words.
    Text(String),
    /// Minor units of the column's currency.
    Money(i64),
    /// A quantity.
    Quantity(Quantity),
    /// A whole number.
    Count(i64),
    /// Basis points.
    Percent(i64),
    /// A day.
    Date(NaiveDate),
    /// A moment.
    Moment(DateTime<Utc>),
}

impl Cell {
    /// What adds up, in the smallest unit of its kind.
    #[must_use]
    pub const fn figure(&self) -> Option<i64> {
        match self {
            Self::Money(figure) | Self::Count(figure) | Self::Percent(figure) => Some(*figure),
            Self::Quantity(quantity) => Some(quantity.milli()),
            Self::Empty | Self::Text(_) | Self::Date(_) | Self::Moment(_) => None,
        }
    }
}

impl Kind {
    /// The cell of a figure in the smallest unit of this kind; nothing where the kind is no figure.
    #[must_use]
    pub const fn cell(self, figure: i64) -> Cell {
        match self {
            Self::Money(_) => Cell::Money(figure),
            Self::Quantity => Cell::Quantity(Quantity::from_milli(figure)),
            Self::Count => Cell::Count(figure),
            Self::Percent => Cell::Percent(figure),
            Self::Text | Self::Date | Self::Weekday | Self::Moment => Cell::Empty,
        }
    }
}

/// Bars or lines over an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// How its points are drawn.
    pub shape: Shape,
    /// Whether a line shows their mean.
    pub with_mean: bool,
    /// What its figures are.
    pub kind: Kind,
    /// What stands below the axis; those with no room are left out.
    pub points: Vec<Point>,
    /// Its figures.
    pub series: Vec<Series>,
}

/// How the points of a chart are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A bar each.
    Bars,
    /// A line through all.
    Lines,
}

/// A place on the axis of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Its label.
    pub label: String,
    /// Set in grey, and its label printed before others: Sundays.
    pub marked: bool,
}

/// The figures of a chart, one for each point, in the smallest unit of the chart's kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// The figures; what is not known leaves a gap.
    pub figures: Vec<Option<i64>>,
}
