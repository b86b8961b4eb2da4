//! How the period went: hours of a day, days of a month, months of a year.

use chrono::{Datelike as _, Weekday};
use files::write::report::{
    self as paper, Block, Cell, Chart, Kind, Point, Row, Section, Series, Shape, Table, Tone,
};
use kernel::Balance;

use super::super::desk::{Desk, percent, section, text};
use crate::{
    error::AnalyticsError,
    timeseries::{Interval, SeriesFilter, SeriesPoint},
};

/// Longer periods are shown by month.
const MOST_DAYS: i64 = 62;

/// The hours of a day as bars, and as a table of those in which anything was sold.
pub(super) async fn hours(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let (from, to) = (desk.period.from(), desk.period.to());
    let series = desk
        .analytics
        .timeseries(from, to, Interval::Hour, SeriesFilter::All)
        .await?;
    let zone = desk.shop.time_zone;
    let label = |point: &SeriesPoint| {
        let hour = point.starts_at.to_utc().with_timezone(&zone);
        format!("{} h", hour.format("%H"))
    };
    let is_busy = |point: &&SeriesPoint| point.sales > 0 || point.revenue_with_tax_minor != 0;
    let first = series.points.iter().position(|point| is_busy(&point));
    let last = series.points.iter().rposition(|point| is_busy(&point));
    let open = first
        .zip(last)
        .and_then(|(first, last)| series.points.get(first..=last));
    let open = open.unwrap_or_default();
    let chart = Chart {
        shape: Shape::Bars,
        with_mean: true,
        kind: Kind::Money(desk.currency()),
        points: open
            .iter()
            .map(|point| Point {
                label: label(point),
                marked: false,
            })
            .collect(),
        series: vec![Series {
            name: desk.say("Ventes TTC", "Sales with tax").to_owned(),
            figures: open
                .iter()
                .map(|point| Some(point.revenue_with_tax_minor.minor()))
                .collect(),
        }],
    };
    let rows = open.iter().filter(is_busy).map(|point| Row {
        cells: cells_of(text(label(point)), point),
        tone: Tone::Plain,
    });
    let table = Table {
        columns: columns_of(desk, desk.words("Heure", "Hour")),
        rows: rows.collect(),
        total: Some(total(desk, open)),
    };
    let mut blocks = Vec::new();
    if open.len() > 1 {
        blocks.push(Block::Chart(chart));
    }
    blocks.push(Block::Table(table));
    let title = desk.say("Ventes par heure", "Sales by hour");
    Ok(section(title, blocks))
}

/// The period as bars.
pub(super) async fn chart(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let (points, interval) = points(desk).await?;
    let by_day = interval == Interval::Day;
    let label = |point: &SeriesPoint| {
        if by_day {
            paper::weekday_of(desk.language, point.date)
        } else {
            paper::month_of(desk.language, point.date)
        }
    };
    let chart = Chart {
        shape: Shape::Bars,
        with_mean: true,
        kind: Kind::Money(desk.currency()),
        points: points
            .iter()
            .map(|point| Point {
                label: label(point),
                marked: by_day && point.date.weekday() == Weekday::Sun,
            })
            .collect(),
        series: vec![Series {
            name: desk.say("Ventes TTC", "Sales with tax").to_owned(),
            figures: points
                .iter()
                .map(|point| Some(point.revenue_with_tax_minor.minor()))
                .collect(),
        }],
    };
    let (title, remark) = if by_day {
        (
            desk.say("Ventes TTC par jour", "Sales with tax by day"),
            desk.say("dimanches en gris", "Sundays in grey"),
        )
    } else {
        (
            desk.say("Ventes TTC par mois", "Sales with tax by month"),
            "",
        )
    };
    Ok(Section {
        title: title.to_owned(),
        remark: remark.to_owned(),
        blocks: vec![Block::Chart(chart)],
    })
}

/// The period as a table.
pub(super) async fn table(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let (points, interval) = points(desk).await?;
    let by_day = interval == Interval::Day;
    let rows = points.iter().map(|point| {
        let name = if by_day {
            Cell::Date(point.date)
        } else {
            text(paper::month_of(desk.language, point.date))
        };
        let closes = by_day && point.date.weekday() == Weekday::Sun;
        Row {
            cells: cells_of(name, point),
            tone: if closes { Tone::Closing } else { Tone::Plain },
        }
    });
    let first = if !by_day {
        desk.words("Mois", "Month")
    } else if desk.is_month() {
        desk.plain(Kind::Weekday, "Jour", "Day")
    } else {
        desk.plain(Kind::Date, "Jour", "Day")
    };
    let table = Table {
        columns: columns_of(desk, first),
        rows: rows.collect(),
        total: Some(total(desk, &points)),
    };
    let title = if by_day {
        desk.say("Ventes par jour", "Sales by day")
    } else {
        desk.say("Ventes par mois", "Sales by month")
    };
    Ok(section(title, vec![Block::Table(table)]))
}

async fn points(desk: &Desk<'_>) -> Result<(Vec<SeriesPoint>, Interval), AnalyticsError> {
    let interval = if desk.period.days() > MOST_DAYS {
        Interval::Month
    } else {
        Interval::Day
    };
    let (from, to) = (desk.period.from(), desk.period.to());
    let series = desk
        .analytics
        .timeseries(from, to, interval, SeriesFilter::All)
        .await?;
    Ok((series.points, interval))
}

fn columns_of(desk: &Desk<'_>, first: paper::Column) -> Vec<paper::Column> {
    vec![
        first,
        desk.counts("Tickets", "Sales"),
        desk.money("Ventes TTC", "With tax"),
        desk.money("TVA", "Tax"),
        desk.money("CA HT", "Revenue"),
        desk.money("Coût", "Cost"),
        desk.money("Marge brute", "Margin"),
        desk.column("%", Kind::Percent, paper::Foot::Given),
    ]
}

fn cells_of(name: Cell, point: &SeriesPoint) -> Vec<Cell> {
    vec![
        name,
        Cell::Count(point.sales),
        Cell::Money(point.revenue_with_tax_minor.minor()),
        Cell::Money(point.tax_minor.minor()),
        Cell::Money(point.revenue_minor.minor()),
        Cell::Money(point.cost_minor.minor()),
        Cell::Money(point.margin_minor.minor()),
        percent(point.margin_minor, point.revenue_minor),
    ]
}

fn total(desk: &Desk<'_>, points: &[SeriesPoint]) -> Vec<Cell> {
    let sum = |of: fn(&SeriesPoint) -> Balance| -> i128 {
        points.iter().map(|point| i128::from(of(point))).sum()
    };
    let share = percent(
        sum(|point| point.margin_minor),
        sum(|point| point.revenue_minor),
    );
    let mut cells = vec![Cell::Empty; 8];
    if let Some(first) = cells.first_mut() {
        *first = text(desk.say("Total", "Total"));
    }
    if let Some(last) = cells.last_mut() {
        *last = share;
    }
    cells
}
