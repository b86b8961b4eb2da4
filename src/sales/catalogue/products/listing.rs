//! Reads one product, or a page of products, each with one statement.
//!
//! Stock and barcodes are read only for the rows of the page.

use kernel::{ids::ProductId, paging::Page};
use sea_orm::Value;
use store::{Dialect, Json, ReadDb, Source, selection};

use super::{
    Product, ProductFilter, ProductSort,
    position::{Key, Position},
    query::{Query, Start},
};
use crate::{catalogue::in_conflict, error::SalesResult};

/// A product of a page, with its sort key for names.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) product: Product,
    name_key: String,
}

/// The position of a product in an order.
pub(super) fn position_of(listed: &Listed, sort: ProductSort) -> Position {
    let product = &listed.product;
    let key = match sort {
        ProductSort::Name | ProductSort::NameBackwards => Key::Text(listed.name_key.clone()),
        ProductSort::Sku | ProductSort::SkuBackwards => Key::Text(product.sku.clone()),
        ProductSort::Price | ProductSort::PriceBackwards => {
            Key::Number(product.price_minor.minor())
        }
        ProductSort::Creation | ProductSort::CreationBackwards => {
            Key::Number(product.created_at.micros())
        }
    };
    Position {
        key,
        id: product.id.as_uuid(),
    }
}

selection! {
    /// A row of [`detailed`].
    Row of Listed {} then { product of Card, name_key }

    Card of Product in p {
        id, sku, name, category_id, unit, price_minor, cost_minor, tax_rate_bp,
        currency = "(SELECT currency FROM settings WHERE id = 1)", reorder_level = reorder_level_milli,
        archived, version, created_at = created_at_us, updated_at = updated_at_us, lead_time_days,
        service_level_bp,
    } then { on_hand, on_hand_here, barcodes as Json, conflict }
}

/// Reads one product.
pub(super) async fn find(source: Source<'_>, id: ProductId) -> SalesResult<Option<Product>> {
    let sql = detailed(
        source.dialect(),
        "page AS MATERIALIZED (SELECT * FROM products WHERE id = $1)",
        "",
        None,
    );
    let found = source.select_one::<Row>(&sql, [id.as_uuid().into()]);
    Ok(found.await?.map(|listed| listed.product))
}

/// Reads a page of the list after a position.
pub(super) async fn page(
    read: &ReadDb,
    filter: &ProductFilter,
    sort: ProductSort,
    after: Option<&Position>,
    limit: u32,
) -> SalesResult<Page<Listed>> {
    let query = Query::new(read.dialect(), filter, sort, after, limit);
    let start = query.choose_start(read).await?;
    let (sql, values) = statement(&query, start);
    let listed = read.select::<Row>(&sql, values).await?;
    Ok(Page::from_probe(listed, limit))
}

/// The statement for a page of the list.
pub(super) fn statement(query: &Query<'_>, start: Start) -> (String, Vec<Value>) {
    let (with, order, mut values) = query.page(start);
    let location = query.location_id().map(|id| values.bind(id.as_uuid()));
    let sql = detailed(query.dialect, &with, &order, location.as_deref());
    (sql, values.0)
}

/// Joins the products of `page` with their stock and their barcodes (a JSON array).
fn detailed(dialect: Dialect, with: &str, order: &str, location: Option<&str>) -> String {
    let barcodes = match dialect {
        Dialect::Sqlite => "json_group_array(b.barcode ORDER BY b.position)",
        Dialect::Postgres => {
            "CAST(COALESCE(json_agg(b.barcode ORDER BY b.position), '[]') AS text)"
        }
    };
    let on_hand = dialect.sum("l.on_hand_milli");
    let here = location.map_or_else(
        || "CAST(NULL AS bigint)".to_owned(),
        |location| {
            format!("(SELECT {on_hand} FROM stock_levels l WHERE l.product_id = p.id AND l.location_id = {location})")
        },
    );
    format!(
        "WITH RECURSIVE {with}
         SELECT {}, (SELECT {on_hand} FROM stock_levels l WHERE l.product_id = p.id) AS on_hand, {here} AS on_hand_here,
                (SELECT {barcodes} FROM product_barcodes b WHERE b.product_id = p.id) AS barcodes,
                {} AS conflict, p.name_folded AS name_key
         FROM page p {order}",
        Card::SELECT,
        in_conflict("p")
    )
}
