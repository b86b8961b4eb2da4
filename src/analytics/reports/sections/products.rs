//! Products and categories: what they bring, and what lies there unsold.

use files::write::report::{Block, Cell, Foot, Kind, Section, Table};

use super::super::desk::{Desk, percent, row, section, share, text};
use crate::{
    breakdown::{Dimension, MAX_GROUPS},
    error::AnalyticsError,
    products::{
        DEFAULT_DEAD_AFTER, ProductQuestion,
        classes::{Abc, Xyz},
        performance::ProductPerformance,
    },
};

/// Most products of a report: more belong into an export.
const MOST_PRODUCTS: u32 = 5_000;

/// The categories of the period, the most revenue first.
pub(super) async fn categories(desk: &Desk<'_>) -> Result<Section, AnalyticsError> {
    let (from, to) = (desk.period.from(), desk.period.to());
    let by = Dimension::Category;
    let groups = desk.analytics.breakdown(from, to, by, MAX_GROUPS).await?;
    let without = desk.say("Sans catégorie", "Without a category");
    let line = |name: String, figures: &crate::breakdown::GroupFigures, part: Option<f64>| {
        let revenue = figures.revenue_minor.unwrap_or_default();
        let margin = figures.margin_minor.unwrap_or_default();
        row(vec![
            text(name),
            Cell::Money(figures.revenue_with_tax_minor.unwrap_or_default().minor()),
            Cell::Money(revenue.minor()),
            Cell::Money(figures.cost_minor.unwrap_or_default().minor()),
            Cell::Money(margin.minor()),
            percent(margin, revenue),
            share(part),
        ])
    };
    let mut rows: Vec<_> = groups
        .groups
        .iter()
        .map(|group| {
            let name = group.name.clone().unwrap_or_else(|| without.to_owned());
            line(name, &group.figures, group.share)
        })
        .collect();
    if let Some(rest) = &groups.rest {
        let name = desk.say("Autres", "Others").to_owned();
        rows.push(line(name, &rest.figures, rest.share));
    }
    let revenue = groups.total.revenue_minor.unwrap_or_default();
    let margin = groups.total.margin_minor.unwrap_or_default();
    let mut total = vec![Cell::Empty; 7];
    for (at, cell) in total.iter_mut().enumerate() {
        match at {
            0 => *cell = text(desk.say("Total", "Total")),
            5 => *cell = percent(margin, revenue),
            _ => {}
        }
    }
    let table = Table {
        columns: vec![
            desk.words("Catégorie", "Category"),
            desk.money("Ventes TTC", "With tax"),
            desk.money("CA HT", "Revenue"),
            desk.money("Coût", "Cost"),
            desk.money("Marge brute", "Margin"),
            desk.column("%", Kind::Percent, Foot::Given),
            desk.plain(Kind::Percent, "Part du CA", "Share"),
        ],
        rows,
        total: Some(total),
    };
    let title = desk.say("Par catégorie", "By category");
    Ok(section(title, vec![Block::Table(table)]))
}

/// Classes, every product that was sold, and stock that nobody buys.
pub(super) async fn performance(desk: &Desk<'_>) -> Result<Vec<Section>, AnalyticsError> {
    let (from, to) = (desk.period.from(), desk.period.to());
    let question = ProductQuestion {
        dead_after_days: DEFAULT_DEAD_AFTER,
        limit: u32::MAX,
        ..ProductQuestion::default()
    };
    let page = desk
        .analytics
        .product_performance(from, to, &question)
        .await?;
    let classes = page.classes.iter().map(|class| {
        row(vec![
            text(abc(Some(class.abc))),
            Cell::Count(i64::try_from(class.products).unwrap_or(i64::MAX)),
            Cell::Money(class.revenue_minor.minor()),
            Cell::Money(class.margin_minor.minor()),
            percent(class.margin_minor, class.revenue_minor),
        ])
    });
    let classes = Table {
        columns: vec![
            desk.words("Classe", "Class"),
            desk.counts("Articles", "Products"),
            desk.money("CA HT", "Revenue"),
            desk.money("Marge brute", "Margin"),
            desk.column("%", Kind::Percent, Foot::Given),
        ],
        rows: classes.collect(),
        total: Some(named_total(desk, 5)),
    };
    let note = desk.say(
        "A : les articles qui font ensemble les quatre premiers cinquièmes du chiffre d'affaires ; B : les 15 % suivants ; C : le reste. X se vend régulièrement, Z par à-coups.",
        "A: the products that make the first four fifths of the revenue together; B: the next 15 %; C: the rest. X sells evenly, Z in bursts.",
    );
    let mut sections = vec![section(
        desk.say("Classes d'articles", "Classes of products"),
        vec![Block::Table(classes), Block::Note(note.to_owned())],
    )];
    let sold: Vec<&ProductPerformance> = page
        .items
        .iter()
        .filter(|one| one.revenue_minor != 0 || one.units.milli() != 0 || one.refunds_minor != 0)
        .collect();
    let most = usize::try_from(MOST_PRODUCTS).unwrap_or(usize::MAX);
    let mut blocks = vec![Block::Table(sold_table(
        desk,
        sold.iter().take(most).copied(),
    ))];
    if sold.len() > most {
        let note = desk.say(
            "Les 5 000 premiers articles ; l'export des ventes les a tous.",
            "The first 5,000 products; the export of sales has all of them.",
        );
        blocks.push(Block::Note(note.to_owned()));
    }
    sections.push(section(
        desk.say("Articles vendus", "Products sold"),
        blocks,
    ));
    let dead = page.items.iter().filter(|one| one.is_dead).take(most);
    sections.push(section(
        desk.say(
            "Stock sans vente depuis 90 jours",
            "Stock without a sale for 90 days",
        ),
        vec![Block::Table(dead_table(desk, dead))],
    ));
    Ok(sections)
}

fn sold_table<'a>(
    desk: &Desk<'_>,
    products: impl Iterator<Item = &'a ProductPerformance>,
) -> Table {
    let rows = products.map(|one| {
        row(vec![
            text(one.sku.clone()),
            text(one.name.clone()),
            text(format!("{}{}", abc(one.abc), xyz(one.xyz))),
            Cell::Quantity(kernel::Quantity::from_milli(one.units.milli())),
            Cell::Money(one.revenue_minor.minor()),
            Cell::Money(one.margin_minor.minor()),
            percent(one.margin_minor, one.revenue_minor),
            share(one.share),
            Cell::Quantity(one.on_hand),
        ])
    });
    Table {
        columns: vec![
            desk.words("Référence", "SKU"),
            desk.words("Article", "Product"),
            desk.words("Classe", "Class"),
            desk.plain(Kind::Quantity, "Vendu", "Sold"),
            desk.money("CA HT", "Revenue"),
            desk.money("Marge", "Margin"),
            desk.column("%", Kind::Percent, Foot::Given),
            desk.plain(Kind::Percent, "Part", "Share"),
            desk.plain(Kind::Quantity, "En stock", "In stock"),
        ],
        rows: rows.collect(),
        total: Some(named_total(desk, 9)),
    }
}

fn dead_table<'a>(
    desk: &Desk<'_>,
    products: impl Iterator<Item = &'a ProductPerformance>,
) -> Table {
    let rows = products.map(|one| {
        row(vec![
            text(one.sku.clone()),
            text(one.name.clone()),
            one.last_sold_on.map_or(Cell::Empty, Cell::Date),
            Cell::Quantity(one.on_hand),
            Cell::Money(one.stock_value_minor.minor()),
        ])
    });
    Table {
        columns: vec![
            desk.words("Référence", "SKU"),
            desk.words("Article", "Product"),
            desk.plain(Kind::Date, "Dernière vente", "Last sold"),
            desk.plain(Kind::Quantity, "En stock", "In stock"),
            desk.money("Valeur au coût", "Value at cost"),
        ],
        rows: rows.collect(),
        total: Some(named_total(desk, 5)),
    }
}

const fn abc(class: Option<Abc>) -> &'static str {
    match class {
        Some(Abc::A) => "A",
        Some(Abc::B) => "B",
        Some(Abc::C) => "C",
        None => "",
    }
}

const fn xyz(class: Option<Xyz>) -> &'static str {
    match class {
        Some(Xyz::X) => "X",
        Some(Xyz::Y) => "Y",
        Some(Xyz::Z) => "Z",
        None => "",
    }
}

fn named_total(desk: &Desk<'_>, columns: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::Empty; columns];
    if let Some(first) = cells.first_mut() {
        *first = text(desk.say("Total", "Total"));
    }
    cells
}
