//! Reading products: one, or a page of a list, by one statement each.
//!
//! Stock and barcodes are read for the rows of the page only.

use kernel::{
    Currency, Quantity, Timestamp,
    ids::{CategoryId, ProductId},
    paging::Page,
};
use sea_orm::Value;
use store::{Dialect, ReadDb, Row, StoreError, Tx};
use uuid::Uuid;

use super::{
    Product, ProductFilter, ProductSort,
    position::{Key, Position},
    query::{Query, Start},
};
use crate::{catalogue::in_conflict, error::SalesResult};

/// A product of a page, with the key by which names are sorted.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) product: Product,
    name_key: String,
}

/// Where a product stands in an order.
pub(super) fn position_of(listed: &Listed, sort: ProductSort) -> Position {
    let product = &listed.product;
    let key = match sort {
        ProductSort::Name | ProductSort::NameBackwards => Key::Text(listed.name_key.clone()),
        ProductSort::Sku | ProductSort::SkuBackwards => Key::Text(product.sku.clone()),
        ProductSort::Price | ProductSort::PriceBackwards => Key::Number(product.price_minor),
        ProductSort::Creation | ProductSort::CreationBackwards => {
            Key::Number(product.created_at.micros())
        }
    };
    Position {
        key,
        id: product.id.as_uuid(),
    }
}

/// Where to read: the read pool, or a transaction that must see its own writes.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Pool(&'a ReadDb),
    Transaction(&'a Tx),
}

impl Source<'_> {
    const fn dialect(self) -> Dialect {
        match self {
            Self::Pool(read) => read.dialect(),
            Self::Transaction(tx) => tx.dialect(),
        }
    }

    async fn rows(self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Pool(read) => read.rows(sql, values).await,
            Self::Transaction(tx) => tx.rows(sql, values).await,
        }
    }
}

/// One product.
pub(super) async fn find(
    source: Source<'_>,
    id: ProductId,
    currency: Currency,
) -> SalesResult<Option<Product>> {
    let sql = detailed(
        source.dialect(),
        "page AS MATERIALIZED (SELECT * FROM products WHERE id = $1)",
        "",
    );
    let rows = source.rows(&sql, vec![id.as_uuid().into()]).await?;
    rows.first()
        .map(|row| Ok(from_row(row, currency)?.product))
        .transpose()
}

/// A page of the list behind a position.
pub(super) async fn page(
    read: &ReadDb,
    filter: &ProductFilter,
    sort: ProductSort,
    after: Option<&Position>,
    limit: u32,
    currency: Currency,
) -> SalesResult<Page<Listed>> {
    let query = Query::new(read.dialect(), filter, sort, after, limit);
    let start = query.choose_start(read).await?;
    let (sql, values) = statement(&query, start);
    let rows = read.rows(&sql, values).await?;
    let listed = rows.iter().map(|row| from_row(row, currency));
    Ok(Page::from_probe(
        listed.collect::<SalesResult<Vec<_>>>()?,
        limit,
    ))
}

/// The statement that reads a page of the list.
pub(super) fn statement(query: &Query<'_>, start: Start) -> (String, Vec<Value>) {
    let (with, order, values) = query.page(start);
    (detailed(query.dialect, &with, &order), values)
}

/// The products of `page` with their stock and their barcodes (a JSON array).
fn detailed(dialect: Dialect, with: &str, order: &str) -> String {
    let barcodes = match dialect {
        Dialect::Sqlite => "json_group_array(b.barcode ORDER BY b.position)",
        Dialect::Postgres => {
            "CAST(COALESCE(json_agg(b.barcode ORDER BY b.position), '[]') AS text)"
        }
    };
    let on_hand = dialect.sum("l.on_hand_milli");
    format!(
        "WITH RECURSIVE {with}
         SELECT p.id, p.sku, p.name, p.category_id, p.unit, p.price_minor, p.cost_minor, p.tax_rate_bp, p.reorder_level_milli,
                p.archived, p.version, p.created_at_us, p.updated_at_us, p.name_folded, p.lead_time_days, p.service_level_bp,
                (SELECT {on_hand} FROM stock_levels l WHERE l.product_id = p.id),
                (SELECT {barcodes} FROM product_barcodes b WHERE b.product_id = p.id),
                {}
         FROM page p {order}",
        in_conflict("p")
    )
}

fn from_row(row: &Row, currency: Currency) -> SalesResult<Listed> {
    let barcodes: String = row.get(17)?;
    let product = Product {
        id: ProductId::from_uuid(row.get(0)?),
        sku: row.get(1)?,
        name: row.get(2)?,
        category_id: row.get::<Option<Uuid>>(3)?.map(CategoryId::from_uuid),
        unit: row.get(4)?,
        price_minor: row.get(5)?,
        cost_minor: Some(row.get(6)?),
        tax_rate_bp: row.get(7)?,
        reorder_level: Quantity::from_milli(row.get(8)?),
        archived: row.get(9)?,
        version: row.get(10)?,
        created_at: Timestamp::from_micros(row.get(11)?),
        updated_at: Timestamp::from_micros(row.get(12)?),
        lead_time_days: row.get(14)?,
        service_level_bp: row.get(15)?,
        on_hand: Quantity::from_milli(row.get(16)?),
        barcodes: serde_json::from_str(&barcodes)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
        conflict: row.get(18)?,
        currency,
    };
    Ok(Listed {
        product,
        name_key: row.get(13)?,
    })
}
