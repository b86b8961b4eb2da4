//! What came of the period: the figures of the summary, beside those of other periods.

use chrono::{Days, Months, NaiveDate};
use files::write::report::{Block, Cell, Foot, Kind, Row, Section, Table, Tone};

use super::super::desk::{Desk, percent, section, text};
use crate::{
    error::AnalyticsError,
    summary::{Compare, SummaryFigures},
};

/// The day beside the same weekday of the week before.
pub(super) async fn of_day(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let week_before = |day: NaiveDate| day.checked_sub_days(Days::new(7)).unwrap_or(day);
    let (from, to) = (desk.period.from(), desk.period.to());
    let title = desk.say("Résultat du jour", "Result of the day");
    compared(desk, title, (week_before(from), week_before(to)), None).await
}

/// The period beside the one before it and the same days of the year before.
pub(super) async fn of_period(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let (from, to) = (desk.period.from(), desk.period.to());
    let before = if desk.is_month() {
        let first = from.checked_sub_months(Months::new(1)).unwrap_or(from);
        (first, from.pred_opt().unwrap_or(from))
    } else {
        let before = desk.period.previous();
        before.map_or((from, to), |before| (before.from(), before.to()))
    };
    let a_year_before = |day: NaiveDate| day.checked_sub_months(Months::new(12)).unwrap_or(day);
    let last_year = if desk.is_month() {
        let first = a_year_before(from);
        let next = first.checked_add_months(Months::new(1));
        let last = next.and_then(|next| next.pred_opt());
        (first, last.unwrap_or(first))
    } else {
        (a_year_before(from), a_year_before(to))
    };
    let title = desk.say("Résultat de la période", "Result of the period");
    compared(desk, title, before, Some(last_year)).await
}

async fn figures_of(
    desk: &Desk<'_>,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<SummaryFigures, AnalyticsError> {
    let summary = desk.analytics.summary(from, to, Compare::Nothing).await?;
    Ok(summary.figures)
}

async fn compared(
    desk: &Desk<'_>,
    title: &str,
    before: (NaiveDate, NaiveDate),
    last_year: Option<(NaiveDate, NaiveDate)>,
) -> Result<Section, AnalyticsError> {
    let own_days = (desk.period.from(), desk.period.to());
    let own = figures_of(desk, own_days).await?;
    let earlier = figures_of(desk, before).await?;
    let year = match last_year {
        Some(days) => Some((days, figures_of(desk, days).await?)),
        None => None,
    };
    let money = Kind::Money(desk.currency());
    let column = |title: &str, kind| desk.column(title, kind, Foot::Given);
    let mut columns = vec![
        column("", Kind::Text),
        column(&desk.span(own_days.0, own_days.1), money),
        column(&desk.span(before.0, before.1), money),
        desk.plain(money, "Écart", "Change"),
        column("%", Kind::Percent),
    ];
    if let Some((days, _)) = &year {
        columns.push(column(&desk.span(days.0, days.1), money));
    }
    let rows = lines(desk, &own).into_iter().map(|line| {
        let (now, then) = ((line.of)(&own), (line.of)(&earlier));
        let mut cells = vec![
            text(line.name),
            line.kind.cell(now),
            line.kind.cell(then),
            line.kind.cell(now.saturating_sub(then)),
            percent(i128::from(now) - i128::from(then), then),
        ];
        cells.extend(
            year.iter()
                .map(|(_, figures)| line.kind.cell((line.of)(figures))),
        );
        Row {
            cells,
            tone: line.tone,
        }
    });
    let table = Table {
        columns,
        rows: rows.collect(),
        total: None,
    };
    Ok(section(title, vec![Block::Table(table)]))
}

/// A line of the result.
struct Line {
    name: String,
    kind: Kind,
    tone: Tone,
    of: fn(&SummaryFigures) -> i64,
}

impl Line {
    fn new(name: &str, kind: Kind, tone: Tone, of: fn(&SummaryFigures) -> i64) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            tone,
            of,
        }
    }
}

fn lines(desk: &Desk<'_>, own: &SummaryFigures) -> Vec<Line> {
    let mut lines = from_sales_to_margin(desk, own);
    lines.extend(beside_the_margin(desk));
    lines
}

/// The calculation of the margin: each line is a part of the last one.
fn from_sales_to_margin(desk: &Desk<'_>, own: &SummaryFigures) -> Vec<Line> {
    let money = Kind::Money(desk.currency());
    vec![
        Line::new(
            desk.say(
                "Ventes TTC, remboursements déduits",
                "Sales with tax, less refunds",
            ),
            money,
            Tone::Strong,
            |figures| figures.revenue_with_tax_minor.minor(),
        ),
        Line::new(
            desk.say("TVA collectée", "Tax collected"),
            money,
            Tone::Plain,
            |figures| -figures.tax_minor.minor(),
        ),
        Line::new(
            desk.say("Chiffre d'affaires HT", "Revenue without tax"),
            money,
            Tone::Strong,
            |figures| figures.revenue_minor.minor(),
        ),
        Line::new(
            desk.say("Coût des marchandises vendues", "Cost of goods sold"),
            money,
            Tone::Plain,
            |figures| -figures.cost_minor.minor(),
        ),
        Line::new(&name_of_margin(desk, own), money, Tone::Result, |figures| {
            figures.margin_minor.minor()
        }),
    ]
}

/// The word for the margin, with its share of the revenue if there is any.
fn name_of_margin(desk: &Desk<'_>, own: &SummaryFigures) -> String {
    let name = desk.say("Marge brute", "Gross margin");
    match percent(own.margin_minor, own.revenue_minor) {
        Cell::Percent(share) if own.revenue_minor > 0 => {
            let point = desk.language.point();
            let tenths = kernel::rounding::div_half_up(i128::from(share), 10);
            let (whole, part) = (tenths / 10, (tenths % 10).abs());
            let of_revenue = desk.say("du CA HT", "of revenue");
            format!("{name} ({whole}{point}{part}\u{a0}% {of_revenue})")
        }
        _ => name.to_owned(),
    }
}

/// Figures that are in no sum with the margin.
fn beside_the_margin(desk: &Desk<'_>) -> Vec<Line> {
    let money = Kind::Money(desk.currency());
    let plain = |name: &str, kind, of| Line::new(name, kind, Tone::Plain, of);
    vec![
        plain(desk.say("Tickets", "Sales"), Kind::Count, |figures| {
            figures.sales
        }),
        plain(
            desk.say("Panier moyen TTC", "Average basket with tax"),
            money,
            |figures| figures.average_basket_with_tax_minor.minor(),
        ),
        plain(
            desk.say("Remises accordées", "Discounts given"),
            money,
            |figures| -figures.discount_minor.minor(),
        ),
        plain(
            desk.say("Remboursements, déjà déduits", "Refunds, already deducted"),
            money,
            |figures| -figures.refunds_minor.minor(),
        ),
        plain(
            desk.say("Pertes : périmé, abîmé, corrigé", "Losses: written off"),
            money,
            |figures| -figures.losses_by_adjustment_minor.minor(),
        ),
        plain(
            desk.say("Pertes : écarts d'inventaire", "Losses: found by counts"),
            money,
            |figures| -figures.losses_by_count_minor.minor(),
        ),
    ]
}
