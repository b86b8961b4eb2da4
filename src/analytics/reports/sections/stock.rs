//! What the stock was worth at a moment, and how it got there.

use std::collections::{BTreeMap, HashMap};

use files::write::report::{
    Block, Cell, Chart, Kind, Point, Row, Section, Series, Shape, Table, Tone,
};
use kernel::{
    Timestamp,
    figure::figure,
    ids::{CategoryId, ProductId},
    read::{CorrectionFacts, CorrectionKind, ProductFacts, SalesTotals, ValuedFacts},
    rounding::div_half_up,
};

use super::super::desk::{Desk, percent, row, section, text};
use crate::error::AnalyticsError;

/// Levels of a page.
const AT_ONCE: u32 = 5_000;
/// Most products of a valuation.
const MOST_PRODUCTS: usize = 20_000;
/// Most rows of corrections of the stock: several for each product.
const MOST_CORRECTIONS: u32 = 200_000;
/// Categories of the chart.
const CHARTED: usize = 12;
const MOST_CATEGORIES: u32 = 10_000;

/// What one product was worth.
fn value_of(level: &ValuedFacts) -> i128 {
    let value = i128::from(level.on_hand.milli()) * i128::from(level.unit_cost_minor);
    div_half_up(value, 1_000)
}

/// What lay at an instant; none of the future.
async fn levels(desk: &Desk<'_>, at: Timestamp) -> Result<Vec<ValuedFacts>, AnalyticsError> {
    let at = at.min(desk.at);
    let stock = &desk.analytics.readers.stock;
    let mut all: Vec<ValuedFacts> = Vec::new();
    loop {
        let after = all.last().map(|level| level.product_id);
        let page = stock.levels_at(at, after, AT_ONCE).await?;
        all.extend(page.items);
        if !page.has_more {
            return Ok(all);
        }
        if all.len() >= MOST_PRODUCTS {
            return Err(AnalyticsError::TooMuchData);
        }
    }
}

/// How the value of the stock went through the period, at cost.
struct Way {
    opened: i128,
    brought: i128,
    sold: i128,
    written_off: i128,
    counted: i128,
    closed: i128,
}

async fn way_of(desk: &Desk<'_>) -> Result<Way, AnalyticsError> {
    // An instant is the last that belongs to the day before.
    let opening = Timestamp::from_micros(desk.period.start().micros() - 1);
    let closing = Timestamp::from_micros(desk.period.end().micros() - 1);
    let opened: i128 = levels(desk, opening).await?.iter().map(value_of).sum();
    let closed: i128 = levels(desk, closing).await?.iter().map(value_of).sum();
    let readers = &desk.analytics.readers;
    let days = readers.sales.daily_totals(&desk.period).await?;
    let totals: SalesTotals = days.iter().map(|day| day.totals).sum();
    let facts = readers
        .stock
        .corrections(&desk.period, MOST_CORRECTIONS)
        .await?;
    let lost = |kind: CorrectionKind| -> i128 {
        let of_kind = facts.iter().filter(|fact| fact.kind == kind);
        div_half_up(of_kind.map(CorrectionFacts::lost_milli_minor).sum(), 1_000)
    };
    let written_off = lost(CorrectionKind::Adjustment);
    let counted = lost(CorrectionKind::Count);
    Ok(Way {
        opened,
        brought: closed - opened + totals.cost_minor + written_off + counted,
        sold: totals.cost_minor,
        written_off,
        counted,
        closed,
    })
}

/// The stock from the first instant of the period to its last.
pub(super) async fn from_opening_to_closing(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let way = way_of(desk).await?;
    let line = |name: &str, amount, tone| -> Result<Row, AnalyticsError> {
        Ok(Row {
            cells: vec![text(name), desk.amount(amount)?],
            tone,
        })
    };
    let rows = vec![
        line(
            desk.say("Stock à l'ouverture", "Stock at the opening"),
            way.opened,
            Tone::Plain,
        )?,
        line(
            desk.say(
                "Réceptions et autres entrées, au coût",
                "Deliveries and other entries, at cost",
            ),
            way.brought,
            Tone::Plain,
        )?,
        line(
            desk.say("Coût des marchandises vendues", "Cost of goods sold"),
            -way.sold,
            Tone::Plain,
        )?,
        line(
            desk.say("Périmé, abîmé, corrigé", "Written off"),
            -way.written_off,
            Tone::Plain,
        )?,
        line(
            desk.say("Écarts d'inventaire", "Found by counts"),
            -way.counted,
            Tone::Plain,
        )?,
        line(
            desk.say("Stock à la clôture", "Stock at the closing"),
            way.closed,
            Tone::Result,
        )?,
    ];
    let table = Table {
        columns: vec![
            desk.words("Au coût moyen", "At average cost"),
            desk.plain(Kind::Money(desk.currency()), "Valeur", "Value"),
        ],
        rows,
        total: None,
    };
    let title = desk.say(
        "Stock, de l'ouverture à la clôture",
        "Stock, from opening to closing",
    );
    Ok(section(title, vec![Block::Table(table)]))
}

/// Every product that lay there at the end of the period, and what its category comes to.
pub(super) async fn valuation(desk: &Desk<'_>) -> Result<Vec<Section>, AnalyticsError> {
    let at = Timestamp::from_micros(desk.period.end().micros() - 1);
    let levels = levels(desk, at).await?;
    let products = products_of(desk, &levels).await?;
    let names: HashMap<CategoryId, String> = desk
        .analytics
        .readers
        .catalog
        .categories(MOST_CATEGORIES)
        .await?
        .into_iter()
        .map(|category| (category.id, category.name))
        .collect();
    let without = desk.say("Sans catégorie", "Without a category");
    let category_of = |id: &ProductId| {
        let category = products.get(id).and_then(|one| one.category_id);
        let name = category.and_then(|id| names.get(&id));
        name.map_or(without, String::as_str)
    };
    let mut groups: BTreeMap<&str, (i64, i128)> = BTreeMap::new();
    for level in &levels {
        let group = groups.entry(category_of(&level.product_id)).or_default();
        group.0 += 1;
        group.1 += value_of(level);
    }
    let mut groups: Vec<(&str, (i64, i128))> = groups.into_iter().collect();
    groups.sort_by_key(|(name, (_, value))| (-value, *name));
    let whole: i128 = groups.iter().map(|(_, (_, value))| value).sum();
    let categories = by_category(desk, &groups, whole)?;
    let lines = levels.iter();
    let lines = lines.map(|level| (level, category_of(&level.product_id)));
    let table = by_product(desk, lines.collect(), &products)?;
    let note = desk.say(
        "Quantités de tous les emplacements à la fin du jour, au coût unitaire moyen pondéré de ce moment (SYSCOHADA).",
        "Quantities at all locations at the end of the day, at the weighted average cost of that moment (SYSCOHADA).",
    );
    Ok(vec![
        categories,
        section(
            desk.say("Articles en stock", "Products in stock"),
            vec![Block::Table(table), Block::Note(note.to_owned())],
        ),
    ])
}

/// The products with their categories, in the order of both names.
fn by_product(
    desk: &Desk<'_>,
    mut lines: Vec<(&ValuedFacts, &str)>,
    products: &HashMap<ProductId, ProductFacts>,
) -> Result<Table, AnalyticsError> {
    let name_of =
        |level: &ValuedFacts| products.get(&level.product_id).map(|one| one.name.as_str());
    lines.sort_by(|(a, category), (b, other)| {
        let first = category.cmp(other);
        first.then_with(|| (name_of(a), a.product_id).cmp(&(name_of(b), b.product_id)))
    });
    let mut rows = Vec::new();
    for (level, category) in lines {
        let product = products.get(&level.product_id);
        rows.push(row(vec![
            text(product.map(|one| one.sku.clone()).unwrap_or_default()),
            text(product.map(|one| one.name.clone()).unwrap_or_default()),
            text(category),
            Cell::Quantity(level.on_hand),
            text(product.map(|one| one.unit.clone()).unwrap_or_default()),
            Cell::Money(level.unit_cost_minor.minor()),
            desk.amount(value_of(level))?,
        ]));
    }
    let money = Kind::Money(desk.currency());
    Ok(Table {
        columns: vec![
            desk.words("Référence", "SKU"),
            desk.words("Article", "Product"),
            desk.words("Catégorie", "Category"),
            desk.plain(Kind::Quantity, "Quantité", "Quantity"),
            desk.words("Unité", "Unit"),
            desk.plain(money, "Coût moyen", "Average cost"),
            desk.money("Valeur", "Value"),
        ],
        rows,
        total: Some(total(desk, 7)),
    })
}

fn by_category(
    desk: &Desk<'_>,
    groups: &[(&str, (i64, i128))],
    whole: i128,
) -> Result<Section, AnalyticsError> {
    let mut rows = Vec::new();
    for (name, (products, value)) in groups {
        rows.push(row(vec![
            text(*name),
            Cell::Count(*products),
            desk.amount(*value)?,
            percent(*value, whole),
        ]));
    }
    let table = Table {
        columns: vec![
            desk.words("Catégorie", "Category"),
            desk.counts("Articles", "Products"),
            desk.money("Valeur au coût", "Value at cost"),
            desk.plain(Kind::Percent, "Part", "Share"),
        ],
        rows,
        total: Some(total(desk, 4)),
    };
    let mut blocks = Vec::new();
    let charted = groups.iter().take(CHARTED);
    if groups.len() > 1 {
        let figures: Result<Vec<Option<i64>>, _> = charted
            .clone()
            .map(|(_, (_, value))| figure(*value).map(Some))
            .collect();
        blocks.push(Block::Chart(Chart {
            shape: Shape::Bars,
            with_mean: false,
            kind: Kind::Money(desk.currency()),
            points: charted
                .map(|(name, _)| Point {
                    label: (*name).to_owned(),
                    marked: false,
                })
                .collect(),
            series: vec![Series {
                name: desk.say("Valeur au coût", "Value at cost").to_owned(),
                figures: figures.map_err(desk.refuse())?,
            }],
        }));
    }
    blocks.push(Block::Table(table));
    let title = desk.say(
        "Valeur du stock par catégorie",
        "Value of the stock by category",
    );
    Ok(section(title, blocks))
}

async fn products_of(
    desk: &Desk<'_>,
    levels: &[ValuedFacts],
) -> Result<HashMap<ProductId, ProductFacts>, AnalyticsError> {
    let ids: Vec<ProductId> = levels.iter().map(|level| level.product_id).collect();
    let most = usize::try_from(AT_ONCE).unwrap_or(1);
    let mut found = HashMap::new();
    for chunk in ids.chunks(most) {
        let facts = desk.analytics.readers.catalog.products_by_id(chunk).await?;
        found.extend(facts.into_iter().map(|one| (one.id, one)));
    }
    Ok(found)
}

fn total(desk: &Desk<'_>, columns: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::Empty; columns];
    if let Some(first) = cells.first_mut() {
        *first = text(desk.say("Total", "Total"));
    }
    cells
}
