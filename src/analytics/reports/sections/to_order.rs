//! What to order today, and what to watch.

use std::collections::HashMap;

use files::write::report::{Block, Cell, Kind, Section, Table};
use kernel::{ids::ProductId, money, read::ProductFacts};

use super::super::desk::{Desk, row, section, share, text, units};
use crate::{
    error::AnalyticsError,
    low_stock::{
        Basis, Listed, LowStock, LowStockQuestion, LowStockSeverity, LowStockSort, WatchedProduct,
    },
};

/// Most products on the list.
const MOST: u32 = 5_000;

pub(super) async fn sections(desk: &Desk<'_>) -> Result<Vec<Section>, AnalyticsError> {
    let question = LowStockQuestion {
        listed: Listed::Alerts,
        severity: None,
        category_id: None,
        sort: LowStockSort::Margin,
        after: None,
        limit: MOST,
    };
    let page = desk.analytics.low_stock(question).await?;
    let ids: Vec<ProductId> = page.page.items.iter().map(|line| line.product_id).collect();
    let facts = desk.analytics.readers.catalog.products_by_id(&ids).await?;
    let facts: HashMap<ProductId, ProductFacts> =
        facts.into_iter().map(|one| (one.id, one)).collect();
    let mut rows = Vec::new();
    for line in &page.page.items {
        rows.push(row(cells_of(desk, line, facts.get(&line.product_id))));
    }
    let mut total = vec![Cell::Empty; 9];
    if let Some(first) = total.first_mut() {
        *first = text(desk.say("Total", "Total"));
    }
    let table = Table {
        columns: vec![
            desk.words("Référence", "SKU"),
            desk.words("Article", "Product"),
            desk.words("Urgence", "Urgency"),
            desk.plain(Kind::Quantity, "En stock", "In stock"),
            desk.plain(Kind::Quantity, "Jours couverts", "Days of cover"),
            desk.plain(Kind::Percent, "Rupture %", "Stock-out %"),
            desk.plain(Kind::Quantity, "À commander", "To order"),
            desk.words("Unité", "Unit"),
            desk.money("Coût estimé", "Estimated cost"),
        ],
        rows,
        total: Some(total),
    };
    let note = desk.say(
        "Rupture : probabilité que rien ne reste avant la livraison d'une commande du prochain jour habituel. Coût estimé : quantité proposée au coût moyen du moment.",
        "Stock-out: probability that nothing is left before an order of the next usual day is delivered. Estimated cost: the suggested quantity at the average cost of the moment.",
    );
    let mut blocks = vec![Block::Table(table), Block::Note(note.to_owned())];
    if page
        .page
        .items
        .iter()
        .any(|line| line.basis == Basis::ReorderLevel)
    {
        let note = desk.say(
            "Sans probabilité : l'article n'a pas encore de prévision, son seuil d'alerte décide.",
            "Without a probability: the product has no forecast yet, and its reorder level decides.",
        );
        blocks.push(Block::Note(note.to_owned()));
    }
    let title = desk.say("À commander aujourd'hui", "To order today");
    let mut sections = vec![section(title, blocks)];
    sections.push(watched(desk, &page.watch));
    Ok(sections)
}

fn cells_of(desk: &Desk<'_>, line: &LowStock, product: Option<&ProductFacts>) -> Vec<Cell> {
    let suggested = units(line.suggested_quantity);
    let cost = match (&suggested, product) {
        (Cell::Quantity(quantity), Some(product)) => {
            let worth = money::extend(product.cost_minor, *quantity);
            worth.map_or(Cell::Empty, |worth| Cell::Money(worth.minor()))
        }
        _ => Cell::Empty,
    };
    vec![
        text(line.sku.clone()),
        text(line.name.clone()),
        text(urgency(desk, line.severity)),
        Cell::Quantity(line.on_hand),
        line.days_of_cover
            .map_or(Cell::Empty, |days| units((days * 10.0).round() / 10.0)),
        share(line.stock_out_probability),
        suggested,
        text(line.unit.clone()),
        cost,
    ]
}

fn watched(desk: &Desk<'_>, watch: &[WatchedProduct]) -> Section {
    let rows = watch.iter().map(|line| {
        row(vec![
            text(line.sku.clone()),
            text(line.name.clone()),
            Cell::Quantity(line.on_hand),
            text(line.unit.clone()),
            line.days_of_cover
                .map_or(Cell::Empty, |days| units((days * 10.0).round() / 10.0)),
            Cell::Date(line.order_on),
        ])
    });
    let table = Table {
        columns: vec![
            desk.words("Référence", "SKU"),
            desk.words("Article", "Product"),
            desk.plain(Kind::Quantity, "En stock", "In stock"),
            desk.words("Unité", "Unit"),
            desk.plain(Kind::Quantity, "Jours couverts", "Days of cover"),
            desk.plain(Kind::Date, "À commander le", "To order on"),
        ],
        rows: rows.collect(),
        total: None,
    };
    let title = desk.say("À surveiller", "To watch");
    section(title, vec![Block::Table(table)])
}

const fn urgency(desk: &Desk<'_>, severity: LowStockSeverity) -> &'static str {
    match severity {
        LowStockSeverity::Critical => desk.say("critique", "critical"),
        LowStockSeverity::High => desk.say("haute", "high"),
        LowStockSeverity::Medium => desk.say("moyenne", "medium"),
        LowStockSeverity::Low => desk.say("basse", "low"),
    }
}
