//! Who sold, and what was taken back.

use std::collections::{BTreeMap, HashMap};

use files::write::report::{Block, Cell, Foot, Kind, Section, Table};
use kernel::{
    figure::mean,
    ids::{ProductId, UserId},
    read::{SalesTotals, irregular::CashierDayFacts},
};

use super::super::desk::{Desk, row, section, text};
use crate::error::AnalyticsError;

/// Most cashiers, and most days of theirs.
const MOST_CASHIERS: u32 = 5_000;
const MOST_DAYS: u32 = 100_000;
/// Most voided sales and lines of refunds that are named.
const MOST_NAMED: u32 = 2_000;

/// What a cashier did in the period.
#[derive(Debug, Clone, Copy, Default)]
struct CashierDeeds {
    discounts: i128,
    voided: i64,
    voided_minor: i128,
    refunded: i64,
    entered_late: i64,
}

impl CashierDeeds {
    fn add(&mut self, day: &CashierDayFacts) {
        self.discounts += day.discount_minor;
        self.voided += day.voided;
        self.voided_minor += day.voided_minor;
        self.refunded += day.refunded;
        self.entered_late += day.entered_late;
    }
}

/// Each cashier, the most revenue first.
pub(super) async fn summary(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let readers = &desk.analytics.readers;
    let totals = readers
        .sales
        .totals_by_cashier(&desk.period, MOST_CASHIERS)
        .await?;
    let days = readers
        .irregular
        .cashier_days(&desk.period, MOST_DAYS)
        .await?;
    let mut deeds: BTreeMap<UserId, CashierDeeds> = BTreeMap::new();
    for day in &days {
        deeds.entry(day.cashier_id).or_default().add(day);
    }
    let mut all: BTreeMap<UserId, SalesTotals> = deeds
        .keys()
        .map(|id| (*id, SalesTotals::default()))
        .collect();
    all.extend(totals.iter().map(|one| (one.key, one.totals)));
    let names = names_of(desk, all.keys().copied().collect()).await?;
    let mut lines: Vec<(UserId, SalesTotals)> = all.into_iter().collect();
    lines.sort_by_key(|(id, totals)| (-totals.revenue_with_tax_minor(), *id));
    let mut rows = Vec::new();
    for (id, totals) in &lines {
        let own = deeds.get(id).copied().unwrap_or_default();
        let basket = mean(totals.revenue_with_tax_before_refunds_minor(), totals.sales);
        rows.push(row(vec![
            text(names.get(id).cloned().unwrap_or_default()),
            Cell::Count(totals.sales),
            desk.amount(totals.revenue_with_tax_minor())?,
            desk.amount(basket)?,
            desk.amount(own.discounts)?,
            Cell::Count(own.voided),
            desk.amount(own.voided_minor)?,
            Cell::Count(own.refunded),
            desk.amount(totals.refunds_minor)?,
            Cell::Count(own.entered_late),
        ]));
    }
    let money = Kind::Money(desk.currency());
    let table = Table {
        columns: vec![
            desk.words("Vendu par", "Sold by"),
            desk.counts("Tickets", "Sales"),
            desk.money("Ventes TTC", "With tax"),
            desk.column(
                desk.say("Panier moyen", "Average basket"),
                money,
                Foot::Given,
            ),
            desk.money("Remises", "Discounts"),
            desk.counts("Annulés", "Voided"),
            desk.money("Montant annulé", "Voided amount"),
            desk.counts("Rendus", "Returned"),
            desk.money("Remboursé", "Refunded"),
            desk.counts("Saisis tard", "Entered late"),
        ],
        rows,
        total: Some(total(desk, 10)),
    };
    let note = desk.say(
        "Un remboursement compte chez la personne qui a vendu, à la date du remboursement. « Rendus » : tickets de la période dont quelque chose a été rendu depuis.",
        "A refund counts against whoever sold, on the date of the refund. Returned: sales of the period of which something has come back since.",
    );
    let blocks = vec![Block::Table(table), Block::Note(note.to_owned())];
    Ok(section(desk.say("Par caissier", "By cashier"), blocks))
}

/// The sales that were voided in the period.
pub(super) async fn voided(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let irregular = &desk.analytics.readers.irregular;
    let facts = irregular.voids(&desk.period, MOST_NAMED).await?;
    let mut people: Vec<UserId> = facts.iter().map(|one| one.cashier_id).collect();
    people.extend(facts.iter().filter_map(|one| one.voided_by));
    let names = names_of(desk, people).await?;
    let name = |id: UserId| names.get(&id).cloned().unwrap_or_default();
    let rows = facts.iter().map(|one| {
        row(vec![
            Cell::Count(one.number),
            Cell::Moment(one.sold_at.to_utc()),
            Cell::Moment(one.voided_at.to_utc()),
            text(name(one.cashier_id)),
            text(one.voided_by.map(name).unwrap_or_default()),
            text(one.reason.clone().unwrap_or_default()),
            Cell::Money(one.total_minor.minor()),
        ])
    });
    let table = Table {
        columns: vec![
            desk.plain(Kind::Count, "Ticket", "Sale"),
            desk.plain(Kind::Moment, "Vendu", "Sold"),
            desk.plain(Kind::Moment, "Annulé", "Voided"),
            desk.words("Vendu par", "Sold by"),
            desk.words("Annulé par", "Voided by"),
            desk.words("Motif", "Reason"),
            desk.money("Montant", "Amount"),
        ],
        rows: rows.collect(),
        total: (!facts.is_empty()).then(|| total(desk, 7)),
    };
    let title = desk.say("Ventes annulées", "Voided sales");
    Ok(section(title, vec![Block::Table(table)]))
}

/// The lines that came back in the period.
pub(super) async fn refunded(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let readers = &desk.analytics.readers;
    let facts = readers
        .irregular
        .refund_lines(&desk.period, MOST_NAMED)
        .await?;
    let people = facts.iter().map(|one| one.actor_id).collect();
    let names = names_of(desk, people).await?;
    let ids: Vec<ProductId> = facts.iter().map(|one| one.product_id).collect();
    let products = readers.catalog.products_by_id(&ids).await?;
    let products: HashMap<ProductId, String> =
        products.into_iter().map(|one| (one.id, one.name)).collect();
    let rows = facts.iter().map(|one| {
        let shelf = if one.is_restocked {
            desk.say("oui", "yes")
        } else {
            desk.say("non", "no")
        };
        row(vec![
            Cell::Count(one.number),
            Cell::Moment(one.refunded_at.to_utc()),
            text(products.get(&one.product_id).cloned().unwrap_or_default()),
            Cell::Quantity(one.quantity),
            text(shelf),
            text(names.get(&one.actor_id).cloned().unwrap_or_default()),
            Cell::Money(one.total_minor.minor()),
        ])
    });
    let table = Table {
        columns: vec![
            desk.plain(Kind::Count, "Ticket", "Sale"),
            desk.plain(Kind::Moment, "Rendu", "Returned"),
            desk.words("Article", "Product"),
            desk.plain(Kind::Quantity, "Quantité", "Quantity"),
            desk.words("En rayon", "Restocked"),
            desk.words("Par", "By"),
            desk.money("Remboursé", "Refunded"),
        ],
        rows: rows.collect(),
        total: (!facts.is_empty()).then(|| total(desk, 7)),
    };
    let title = desk.say("Remboursements", "Refunds");
    Ok(section(title, vec![Block::Table(table)]))
}

async fn names_of(
    desk: &Desk<'_>,
    mut ids: Vec<UserId>,
) -> Result<HashMap<UserId, String>, AnalyticsError> {
    ids.sort_unstable();
    ids.dedup();
    let names = desk.analytics.readers.sales.cashier_names(&ids).await?;
    Ok(names.into_iter().collect())
}

fn total(desk: &Desk<'_>, columns: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::Empty; columns];
    // The first column may hold numbers: a text stands there all the same.
    if let Some(first) = cells.first_mut() {
        *first = text(desk.say("Total", "Total"));
    }
    cells
}
