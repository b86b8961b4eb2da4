//! The catalogue as a till keeps it: what it needs to sell without a network, and later only what
//! has changed since.
//!
//! The list is in the order of the ids, so a product keeps its place while a client walks the pages.
//! The position is taken before the first page is read: what changes during the walk comes once more
//! with the next differences.

use kernel::{
    Amount, Currency,
    ids::{CategoryId, ProductId},
    paging::Page,
};
use serde::{Deserialize, Serialize};
use store::{Dialect, Json, ReadDb, changes, selection};
use uuid::Uuid;

use super::changed;
use crate::{
    catalogue::Catalogue,
    conditions::Values,
    error::SalesResult,
    paging::{next_cursor, open_cursor},
    positions::{self, Unusable},
};

const LIST: &str = "till catalogue";

/// A product as a till needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TillProduct {
    /// The product's own UUID.
    pub id: ProductId,
    /// The product's code in the shop, unique.
    #[schema(example = "CAF-250")]
    pub sku: String,
    /// The product's name.
    #[schema(example = "Café moulu 250 g")]
    pub name: String,
    /// The product's barcodes, each unique in the shop; the first is the usual one.
    pub barcodes: Vec<String>,
    /// The category in the tree; null without one.
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    /// The unit in which it is sold, such as `piece` or `kg`.
    #[schema(example = "piece")]
    pub unit: String,
    /// Price of a unit, minor units of the currency.
    #[schema(example = 450_000)]
    pub price_minor: Amount,
    /// The tax rate, basis points (1600 is 16 %).
    #[schema(example = 1600)]
    pub tax_rate_bp: i64,
}

/// A page of the catalogue for a till, or of what has changed in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TillCatalogue {
    /// The shop's base currency, in which prices are.
    pub currency: Currency,
    /// Products that are sold, in the order of their ids.
    pub items: Vec<TillProduct>,
    /// Products that are no longer sold: remove them. Empty without `since`.
    pub archived: Vec<ProductId>,
    /// Keep it once you have all pages, and send it next time as `since`. It is the same on all pages
    /// of a walk.
    pub position: String,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// The state of the catalogue, by its newest change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueState {
    shop: i64,
    seq: i64,
    at_us: i64,
}

/// A place in a walk over the pages.
#[derive(Debug, Serialize, Deserialize)]
struct CatalogueWalk {
    /// The state when the walk began.
    begun: CatalogueState,
    /// Only changes behind this number; absent for everything.
    since: Option<i64>,
    last: Uuid,
}

selection! {
    Row of TillEntry {} then { product of Card, archived }

    Card of TillProduct in product {
        id, sku, name, category_id, unit, price_minor, tax_rate_bp,
    } then { barcodes as Json }
}

struct TillEntry {
    product: TillProduct,
    archived: bool,
}

impl Catalogue {
    /// The present state of the catalogue.
    pub async fn state(&self) -> SalesResult<CatalogueState> {
        let read = &self.ctx.read;
        let shop = changes::shop_identity(read).await?;
        let latest = changed::latest(read).await?;
        Ok(CatalogueState {
            shop,
            seq: latest.map_or(0, |last| last.seq),
            at_us: latest.map_or(0, |last| last.recorded_at.micros()),
        })
    }

    /// A page of the catalogue for a till. `now` is its present state.
    ///
    /// # Errors
    /// `request.invalid_position`, `position.expired`, `request.invalid_cursor`.
    pub async fn till_page(
        &self,
        now: CatalogueState,
        since: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> SalesResult<TillCatalogue> {
        let read = &self.ctx.read;
        let list = format!("{LIST} {}", since.unwrap_or_default());
        let (begun, since, after) = match open_cursor::<CatalogueWalk>(&list, cursor)? {
            Some(walk) => (walk.begun, walk.since, Some(walk.last)),
            None => (now, number_of(read, since, now).await?, None),
        };
        let page = page(read, since, after, limit).await?;
        let next_cursor = next_cursor(&list, &page, |last| CatalogueWalk {
            begun,
            since,
            last: last.product.id.as_uuid(),
        });
        let mut items = Vec::with_capacity(page.items.len());
        let mut archived = Vec::new();
        for entry in page.items {
            if entry.archived {
                archived.push(entry.product.id);
            } else {
                items.push(entry.product);
            }
        }
        Ok(TillCatalogue {
            currency: self.ctx.shop.current().await?.currency,
            items,
            archived,
            position: positions::seal(LIST, &begun),
            next_cursor,
        })
    }
}

/// The number of a position after which everything is known.
async fn number_of(
    read: &ReadDb,
    since: Option<&str>,
    now: CatalogueState,
) -> SalesResult<Option<i64>> {
    let Some(text) = since else {
        return Ok(None);
    };
    let given: CatalogueState = positions::open(LIST, text)?;
    let refuse = |unusable: Unusable| Err(kernel::Problem::from(unusable).into());
    if given.shop != now.shop {
        return refuse(Unusable::Foreign);
    }
    if given.seq > now.seq {
        return refuse(Unusable::Ahead);
    }
    if given == now {
        return Ok(Some(given.seq));
    }
    // Before the first change.
    if given.seq == 0 && given.at_us == 0 {
        return Ok(Some(0));
    }
    match changes::recorded_at(read, given.seq).await? {
        Some(at) if at.micros() == given.at_us && given.seq < now.seq => Ok(Some(given.seq)),
        Some(_) => refuse(Unusable::Foreign),
        None => refuse(Unusable::Expired),
    }
}

async fn page(
    read: &ReadDb,
    since: Option<i64>,
    after: Option<Uuid>,
    limit: u32,
) -> SalesResult<Page<TillEntry>> {
    let mut values = Values::default();
    let (from, mut conditions) = match since {
        None => ("products p", vec!["p.archived = FALSE".to_owned()]),
        Some(seq) => (
            "changed_products c CROSS JOIN products p",
            vec![
                "p.id = c.product_id".to_owned(),
                format!("c.seq > {}", values.bind(seq)),
            ],
        ),
    };
    if let Some(after) = after {
        conditions.push(format!("p.id > {}", values.bind(after)));
    }
    let barcodes = match read.dialect() {
        Dialect::Sqlite => "json_group_array(b.barcode ORDER BY b.position)",
        Dialect::Postgres => {
            "CAST(COALESCE(json_agg(b.barcode ORDER BY b.position), '[]') AS text)"
        }
    };
    let sql = format!(
        "WITH page AS MATERIALIZED (SELECT p.* FROM {from} WHERE {} ORDER BY p.id LIMIT {})
         SELECT {}, (SELECT {barcodes} FROM product_barcodes b WHERE b.product_id = product.id) AS barcodes, product.archived
         FROM page AS product ORDER BY product.id",
        conditions.join(" AND "),
        i64::from(limit) + 1,
        Card::SELECT
    );
    let listed = read.select::<Row>(&sql, values.0).await?;
    Ok(Page::from_probe(listed, limit))
}
