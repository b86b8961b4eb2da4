//! Tax, by rate and by month.

use files::write::report::{self as paper, Block, Cell, Section, Table};
use kernel::read::TaxFacts;

use super::super::desk::{Desk, row, section, text};
use crate::{
    error::AnalyticsError,
    timeseries::{Interval, SeriesFilter},
};

/// Most rates that are told apart: a shop has a few.
const MOST_RATES: u32 = 500;

/// What was sold at each rate, and what came back.
pub(super) async fn by_rate(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let facts = rates(desk).await?;
    let mut rows = Vec::new();
    for rate in &facts {
        rows.push(row(vec![
            text(name_of(desk, rate)),
            desk.amount(rate.sold_minor + rate.tax_minor)?,
            desk.amount(rate.sold_minor)?,
            desk.amount(rate.tax_minor)?,
        ]));
    }
    let back: i128 = facts.iter().map(|rate| rate.refunded_minor).sum();
    let tax_back: i128 = facts.iter().map(|rate| rate.refunded_tax_minor).sum();
    if back != 0 || tax_back != 0 {
        rows.push(row(vec![
            text(desk.say("Remboursements", "Refunds")),
            desk.amount(-back - tax_back)?,
            desk.amount(-back)?,
            desk.amount(-tax_back)?,
        ]));
    }
    let table = Table {
        columns: vec![
            desk.words("Taux", "Rate"),
            desk.money("Ventes TTC", "With tax"),
            desk.money("CA HT", "Without tax"),
            desk.money("TVA", "Tax"),
        ],
        rows,
        total: Some(total(desk, 4)),
    };
    let title = desk.say("TVA collectée, par taux", "Tax collected, by rate");
    Ok(section(title, vec![Block::Table(table)]))
}

/// The same with what came back at each rate beside it.
pub(super) async fn by_rate_in_full(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let mut rows = Vec::new();
    for rate in &rates(desk).await? {
        rows.push(row(vec![
            text(name_of(desk, rate)),
            desk.amount(rate.sold_minor)?,
            desk.amount(rate.tax_minor)?,
            desk.amount(-rate.refunded_minor)?,
            desk.amount(-rate.refunded_tax_minor)?,
            desk.amount(rate.sold_minor - rate.refunded_minor)?,
            desk.amount(rate.tax_minor - rate.refunded_tax_minor)?,
        ]));
    }
    let table = Table {
        columns: vec![
            desk.words("Taux", "Rate"),
            desk.money("Ventes HT", "Sold without tax"),
            desk.money("TVA des ventes", "Tax on sales"),
            desk.money("Remboursé HT", "Refunded without tax"),
            desk.money("TVA remboursée", "Tax refunded"),
            desk.money("CA HT net", "Net without tax"),
            desk.money("TVA due", "Tax due"),
        ],
        rows,
        total: Some(total(desk, 7)),
    };
    let note = desk.say(
        "Chaque ligne de vente porte le taux du jour de la vente ; un retour est déduit au même taux, à sa propre date.",
        "Each line of a sale carries the rate of its day; what comes back is deducted at the same rate, on its own date.",
    );
    let blocks = vec![Block::Table(table), Block::Note(note.to_owned())];
    let title = desk.say("TVA par taux", "Tax by rate");
    Ok(section(title, blocks))
}

/// The tax of each month of the period.
pub(super) async fn by_month(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let (from, to) = (desk.period.from(), desk.period.to());
    let series = desk
        .analytics
        .timeseries(from, to, Interval::Month, SeriesFilter::All)
        .await?;
    let rows = series.points.iter().map(|point| {
        row(vec![
            text(paper::month_of(desk.language, point.date)),
            Cell::Count(point.sales),
            Cell::Money(point.revenue_with_tax_minor.minor()),
            Cell::Money(point.revenue_minor.minor()),
            Cell::Money(point.tax_minor.minor()),
        ])
    });
    let table = Table {
        columns: vec![
            desk.words("Mois", "Month"),
            desk.counts("Tickets", "Sales"),
            desk.money("Ventes TTC", "With tax"),
            desk.money("CA HT", "Without tax"),
            desk.money("TVA", "Tax"),
        ],
        rows: rows.collect(),
        total: Some(total(desk, 5)),
    };
    let title = desk.say("TVA par mois", "Tax by month");
    Ok(section(title, vec![Block::Table(table)]))
}

async fn rates(desk: &Desk<'_>) -> Result<Vec<TaxFacts>, AnalyticsError> {
    let sales = &desk.analytics.readers.sales;
    Ok(sales.taxes(&desk.period, MOST_RATES).await?)
}

fn name_of(desk: &Desk<'_>, rate: &TaxFacts) -> String {
    files::write::figures::percent(desk.language, rate.rate_bp)
}

fn total(desk: &Desk<'_>, columns: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::Empty; columns];
    if let Some(first) = cells.first_mut() {
        *first = text(desk.say("Total", "Total"));
    }
    cells
}
