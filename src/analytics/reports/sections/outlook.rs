//! What is expected to sell, and what stood out.

use files::write::report::{Block, Cell, Kind, Section, Table};
use kernel::ids::ProductId;

use super::super::desk::{Desk, row, section, text, units};
use crate::{
    error::AnalyticsError,
    findings::{
        finding::AnomalyKind,
        report::{Anomaly, AnomalySeverity, AnomalyState},
        service::AnomalyQuery,
    },
    forecast::{
        answers::{Detail, LIST_DAYS},
        view::ForecastItem,
    },
};

/// Forecasts that are read at once.
const AT_ONCE: u32 = 1_000;
/// Most products that are looked at, and that are named.
const MOST_READ: usize = 20_000;
const MOST_PRODUCTS: usize = 500;
/// Most findings that are named.
const MOST_FINDINGS: usize = 300;

pub(super) async fn sections(desk: &Desk<'_>) -> Result<Vec<Section>, AnalyticsError> {
    let forecasts = &desk.analytics.forecasts;
    let mut sections = Vec::new();
    let mut totals = forecasts.of_shop(LIST_DAYS, Detail::Total).await?.items;
    totals.extend(
        forecasts
            .of_categories(LIST_DAYS, None, AT_ONCE, Detail::Total)
            .await?
            .items,
    );
    let rows = totals.iter().map(|item| row(line_of(item, false)));
    let table = Table {
        columns: columns_of(desk, false),
        rows: rows.collect(),
        total: None,
    };
    let note = desk.say(
        "Unités attendues dans les 28 jours à venir, toutes unités ensemble. Dans 8 cas sur 10, les ventes tombent entre bas et haut.",
        "Units expected in the coming 28 days, units of all kinds together. In 8 of 10 cases, sales fall between low and high.",
    );
    let title = desk.say("Prévision de 28 jours", "Forecast of 28 days");
    let blocks = vec![Block::Table(table), Block::Note(note.to_owned())];
    sections.push(section(title, blocks));
    sections.push(products(desk).await?);
    sections.push(findings(desk).await?);
    Ok(sections)
}

/// The products that are expected to sell most.
async fn products(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let mut items: Vec<ForecastItem> = Vec::new();
    let mut after: Option<ProductId> = None;
    loop {
        let page = desk
            .analytics
            .forecasts
            .of_products(LIST_DAYS, after, AT_ONCE)
            .await?;
        after = page.items.last().and_then(|item| item.product_id);
        items.extend(page.items);
        if !page.has_more || items.len() >= MOST_READ {
            break;
        }
    }
    items.retain(|item| item.total.is_some_and(|total| total.mean > 0.0));
    let mean = |item: &ForecastItem| item.total.map_or(0.0, |total| total.mean);
    items.sort_by(|a, b| {
        let most = mean(b).total_cmp(&mean(a));
        most.then_with(|| a.product_id.cmp(&b.product_id))
    });
    items.truncate(MOST_PRODUCTS);
    let table = Table {
        columns: columns_of(desk, true),
        rows: items.iter().map(|item| row(line_of(item, true))).collect(),
        total: None,
    };
    let title = desk.say("Articles, 28 jours", "Products, 28 days");
    Ok(section(title, vec![Block::Table(table)]))
}

fn columns_of(desk: &Desk<'_>, with_unit: bool) -> Vec<files::write::report::Column> {
    let mut columns = Vec::new();
    if with_unit {
        columns.push(desk.words("Référence", "SKU"));
    }
    columns.extend([
        desk.words("Nom", "Name"),
        desk.plain(Kind::Quantity, "Attendu", "Expected"),
        desk.plain(Kind::Quantity, "Bas", "Low"),
        desk.plain(Kind::Quantity, "Haut", "High"),
    ]);
    if with_unit {
        columns.push(desk.words("Unité", "Unit"));
    }
    columns
}

fn line_of(item: &ForecastItem, with_unit: bool) -> Vec<Cell> {
    let of = |figure: Option<f64>| figure.map_or(Cell::Empty, |figure| units(figure.round()));
    let total = item.total;
    let mut cells = Vec::new();
    if with_unit {
        cells.push(text(item.sku.clone().unwrap_or_default()));
    }
    cells.extend([
        text(item.name.clone()),
        of(total.map(|total| total.mean)),
        of(total.map(|total| total.lo80)),
        of(total.map(|total| total.hi80)),
    ]);
    if with_unit {
        cells.push(text(item.unit.clone().unwrap_or_default()));
    }
    cells
}

/// What stood out in the period, the newest first.
async fn findings(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let query = AnomalyQuery {
        from: Some(desk.period.from()),
        to: Some(desk.period.to()),
        limit: MOST_FINDINGS,
        ..AnomalyQuery::default()
    };
    let found = desk.analytics.anomalies(query, desk.cache).await?;
    let rows = found.items.iter().map(|one| {
        row(vec![
            Cell::Date(one.from),
            text(kind_of(desk, one.kind)),
            text(one.subject.name.clone()),
            text(weight_of(desk, one)),
            text(state_of(desk, one.state)),
            Cell::Money(one.effect_minor.minor()),
        ])
    });
    let table = Table {
        columns: vec![
            desk.plain(Kind::Date, "Jour", "Day"),
            desk.words("Constat", "Finding"),
            desk.words("Sujet", "Subject"),
            desk.words("Poids", "Weight"),
            desk.words("Jugé", "Judged"),
            desk.plain(Kind::Money(desk.currency()), "Effet", "Effect"),
        ],
        rows: rows.collect(),
        total: None,
    };
    let title = desk.say("Ce qui sort de l'ordinaire", "What stood out");
    Ok(section(title, vec![Block::Table(table)]))
}

const fn weight_of(desk: &Desk<'_>, one: &Anomaly) -> &'static str {
    match one.severity {
        AnomalySeverity::High => desk.say("fort", "high"),
        AnomalySeverity::Medium => desk.say("moyen", "medium"),
        AnomalySeverity::Low => desk.say("faible", "low"),
    }
}

const fn state_of(desk: &Desk<'_>, state: AnomalyState) -> &'static str {
    match state {
        AnomalyState::Open => desk.say("non jugé", "not judged"),
        AnomalyState::Normal => desk.say("normal", "normal"),
        AnomalyState::Problem => desk.say("problème", "problem"),
        AnomalyState::ToFollow => desk.say("à suivre", "to follow"),
    }
}

const fn kind_of(desk: &Desk<'_>, kind: AnomalyKind) -> &'static str {
    match kind {
        AnomalyKind::Spike => desk.say("vente bien plus forte", "far more sold"),
        AnomalyKind::Drop => desk.say("vente bien plus faible", "far less sold"),
        AnomalyKind::Silence => desk.say("rien vendu", "nothing sold"),
        AnomalyKind::LevelShift => desk.say("niveau changé", "level changed"),
        AnomalyKind::ShopWide => desk.say("tout le magasin", "the whole shop"),
        AnomalyKind::PriceBelowCost => desk.say("vendu sous le coût", "sold below cost"),
        AnomalyKind::RefundWithoutGoods => {
            desk.say("remboursé sans retour", "refunded without goods")
        }
        AnomalyKind::LargeRefund => desk.say("grand remboursement", "large refund"),
        AnomalyKind::QuickRefund => desk.say("remboursé aussitôt", "refunded at once"),
        AnomalyKind::RefundsByCashier => {
            desk.say("remboursements d'un caissier", "refunds of a cashier")
        }
        AnomalyKind::VoidAfterCash => desk.say("annulé après espèces", "voided after cash"),
        AnomalyKind::VoidsByCashier => desk.say("annulations d'un caissier", "voids of a cashier"),
        AnomalyKind::DiscountsByCashier => {
            desk.say("remises d'un caissier", "discounts of a cashier")
        }
        AnomalyKind::LateEntriesByCashier => desk.say(
            "saisies tardives d'un caissier",
            "late entries of a cashier",
        ),
        AnomalyKind::OffHours => desk.say("vendu hors des heures", "sold out of hours"),
        AnomalyKind::UnitSlip => desk.say("erreur d'unité ou de prix", "slip of unit or price"),
        AnomalyKind::Shrinkage => desk.say("manque à l'inventaire", "missing at a count"),
    }
}
