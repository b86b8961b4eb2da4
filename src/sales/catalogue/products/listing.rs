//! Reading products: one, or a page of a list, by one statement each.
//!
//! A list walks the index of its order from the cursor on, so that page 1,000 costs what page 1
//! costs. Where a filter leaves few products, walking would pass over many that it does not want:
//! the list then starts from what the filter finds and sorts that. Which of the two it is, a
//! bounded count decides. Stock and barcodes are read for the rows of the page only.

use kernel::{
    Currency, Quantity, Timestamp,
    ids::{CategoryId, ProductId},
    paging::Page,
};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use store::{Dialect, ReadDb, Row, StoreError, Tx};
use uuid::Uuid;

use super::{Product, ProductFilter, ProductSort};
use crate::{
    catalogue::search::{Search, Values, row_key},
    error::SalesResult,
};

/// A filter that finds more is held against a walk along the order instead.
const MAX_SORTED: i64 = 1_000;

/// The place of a product in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    key: Key,
    id: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Key {
    Number(i64),
    Text(String),
}

impl Position {
    /// Where a product stands in an order.
    pub(super) fn of(listed: &Listed, sort: ProductSort) -> Self {
        let product = &listed.product;
        let key = match sort {
            ProductSort::Name | ProductSort::NameBackwards => Key::Text(listed.name_key.clone()),
            ProductSort::Sku | ProductSort::SkuBackwards => Key::Text(product.sku.clone()),
            ProductSort::Price | ProductSort::PriceBackwards => Key::Number(product.price_minor),
            ProductSort::Creation | ProductSort::CreationBackwards => {
                Key::Number(product.created_at.micros())
            }
        };
        Self {
            key,
            id: product.id.as_uuid(),
        }
    }
}

/// A product of a page, with the key by which names are sorted.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) product: Product,
    name_key: String,
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
    let (sql, values) = query.page(start);
    let rows = read.rows(&sql, values).await?;
    let listed = rows.iter().map(|row| from_row(row, currency));
    Ok(Page::from_probe(
        listed.collect::<SalesResult<Vec<_>>>()?,
        limit,
    ))
}

/// Where a list starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The index of its order.
    Order,
    /// The one product with the barcode.
    Barcode,
    /// What the words find.
    Search,
    /// What lies in the category.
    Category,
}

/// A list, about to become a statement.
pub(super) struct Query<'a> {
    dialect: Dialect,
    filter: &'a ProductFilter,
    search: Option<Search>,
    sort: ProductSort,
    after: Option<&'a Position>,
    limit: u32,
}

impl<'a> Query<'a> {
    pub(super) fn new(
        dialect: Dialect,
        filter: &'a ProductFilter,
        sort: ProductSort,
        after: Option<&'a Position>,
        limit: u32,
    ) -> Self {
        Self {
            dialect,
            filter,
            search: filter.q.as_deref().and_then(Search::parse),
            sort,
            after,
            limit,
        }
    }

    pub(super) async fn choose_start(&self, read: &ReadDb) -> SalesResult<Start> {
        if self.filter.barcode.is_some() {
            return Ok(Start::Barcode);
        }
        for start in [Start::Search, Start::Category] {
            let mut values = Values::default();
            let Some((with, hits)) = self.hits(start, &mut values) else {
                continue;
            };
            let probe = MAX_SORTED + 1;
            let sql = format!(
                "{with} SELECT COUNT(*) FROM (SELECT 1 FROM ({hits}) AS hits LIMIT {probe}) AS few"
            );
            let found: i64 = read
                .row(&sql, values.0)
                .await?
                .map_or(Ok(0), |row| row.get(0))?;
            if found <= MAX_SORTED {
                return Ok(start);
            }
        }
        Ok(Start::Order)
    }

    /// What a filter finds by its index: a `WITH` it needs, and a query for the keys of rows (`k`).
    fn hits(&self, start: Start, values: &mut Values) -> Option<(String, String)> {
        let key = row_key(self.dialect);
        match start {
            Start::Order => None,
            Start::Barcode => {
                let barcode = values.bind(self.filter.barcode.as_deref()?.trim());
                Some((
                    String::new(),
                    format!(
                        "SELECT p.{key} AS k FROM product_barcodes b CROSS JOIN products p WHERE b.barcode = {barcode} AND p.id = b.product_id"
                    ),
                ))
            }
            Start::Search => {
                let archived = self.filter.archived.unwrap_or(false);
                let hits = self.search.as_ref()?.hits(self.dialect, archived, values)?;
                Some((String::new(), hits))
            }
            Start::Category => {
                let tree = tree(self.filter.category_id?, values);
                Some((
                    format!("WITH RECURSIVE {tree}"),
                    format!(
                        "SELECT p.{key} AS k FROM tree CROSS JOIN products p WHERE p.category_id = tree.id"
                    ),
                ))
            }
        }
    }

    /// The statement that reads the page.
    pub(super) fn page(&self, start: Start) -> (String, Vec<Value>) {
        let mut values = Values::default();
        let key = row_key(self.dialect);
        let mut with = Vec::new();
        let mut conditions = Vec::new();
        let mut from = "products p";
        if let Some((_, hits)) = self.hits(start, &mut values) {
            if let (Start::Category, Some(category)) = (start, self.filter.category_id) {
                // The same placeholder again: the category is the only value so far.
                with.push(tree(category, &mut Values::default()));
            }
            with.push(format!("hits AS MATERIALIZED ({hits})"));
            from = "hits CROSS JOIN products p";
            conditions.push(format!("p.{key} = hits.k"));
        }
        if let Some(category) = self.filter.category_id
            && start != Start::Category
        {
            with.push(tree(category, &mut values));
            // The plus sign keeps SQLite on the index of the order.
            let plus = match self.dialect {
                Dialect::Sqlite => "+",
                Dialect::Postgres => "",
            };
            conditions.push(format!("{plus}p.category_id IN (SELECT id FROM tree)"));
        }
        if let Some(search) = &self.search {
            conditions.push(search.condition(self.dialect, &mut values));
        }
        let archived = match (self.filter.archived, &self.filter.barcode) {
            (Some(archived), _) => Some(archived),
            (None, Some(_)) => None,
            (None, None) => Some(false),
        };
        if let Some(archived) = archived {
            let word = if archived { "TRUE" } else { "FALSE" };
            conditions.push(format!("p.archived = {word}"));
        }
        if self.filter.low_stock {
            conditions.push(format!(
                "p.reorder_level_milli > 0 AND (SELECT {} FROM stock_levels l WHERE l.product_id = p.id) <= p.reorder_level_milli",
                self.dialect.sum("l.on_hand_milli")
            ));
        }
        let column = self.sort.column();
        let (direction, comparison) = if self.sort.is_backwards() {
            ("DESC", "<")
        } else {
            ("ASC", ">")
        };
        if let Some(after) = self.after {
            let place = match &after.key {
                Key::Number(number) => values.bind(*number),
                Key::Text(text) => values.bind(text.as_str()),
            };
            let id = values.bind(after.id);
            conditions.push(format!("(p.{column}, p.id) {comparison} ({place}, {id})"));
        }
        let condition = if conditions.is_empty() {
            "TRUE".to_owned()
        } else {
            conditions.join(" AND ")
        };
        let limit = self.limit.saturating_add(1);
        with.push(format!(
            "page AS MATERIALIZED (SELECT p.* FROM {from} WHERE {condition} ORDER BY p.{column} {direction}, p.id {direction} LIMIT {limit})"
        ));
        let order = format!("ORDER BY p.{column} {direction}, p.id {direction}");
        (detailed(self.dialect, &with.join(", "), &order), values.0)
    }
}

/// The category with all below it. `UNION` ends even where the tree had a ring.
fn tree(root: CategoryId, values: &mut Values) -> String {
    let root = values.bind(root.as_uuid());
    format!(
        "tree (id) AS (SELECT id FROM categories WHERE id = {root}
         UNION SELECT below.id FROM categories below JOIN tree ON below.parent_id = tree.id)"
    )
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
                p.archived, p.version, p.created_at_us, p.updated_at_us, p.name_folded,
                (SELECT {on_hand} FROM stock_levels l WHERE l.product_id = p.id),
                (SELECT {barcodes} FROM product_barcodes b WHERE b.product_id = p.id)
         FROM page p {order}"
    )
}

fn from_row(row: &Row, currency: Currency) -> SalesResult<Listed> {
    let barcodes: String = row.get(15)?;
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
        on_hand: Quantity::from_milli(row.get(14)?),
        barcodes: serde_json::from_str(&barcodes)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
        currency,
    };
    Ok(Listed {
        product,
        name_key: row.get(13)?,
    })
}
