//! The catalogue as analytics sees it.

use async_trait::async_trait;
use kernel::{
    Quantity, Timestamp,
    ids::{CategoryId, ProductId},
    money,
    paging::Page,
    read::{CatalogRead, CategoryFacts, ProductFacts, ReadError, ShopFacts},
};
use sea_orm::Value;
use store::{ColumnKind, ReadDb, Row, json_rows, to_json};
use uuid::Uuid;

use crate::{
    error::{SalesError, SalesResult},
    shop_reader::{ShopReader, TaxMode},
};

/// Most ids in one question.
const MAX_IDS: usize = 10_000;

/// Answers questions about the catalogue.
#[derive(Clone, Debug)]
pub struct CatalogReader {
    read: ReadDb,
    shop: ShopReader,
}

impl CatalogReader {
    /// A reader over the read pool.
    #[must_use]
    pub const fn new(read: ReadDb, shop: ShopReader) -> Self {
        Self { read, shop }
    }

    /// The products that `chosen` names: a query that answers rows of products.
    async fn facts(
        &self,
        chosen: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> SalesResult<Vec<ProductFacts>> {
        let dialect = self.read.dialect();
        let on_hand = dialect.sum("level.on_hand_milli");
        let sql = format!(
            "WITH chosen AS MATERIALIZED ({chosen})
             SELECT product.id, product.sku, product.name, product.category_id, product.unit, product.price_minor,
                    product.cost_minor, product.tax_rate_bp, product.reorder_level_milli, product.archived,
                    product.lead_time_days, product.service_level_bp,
                    (SELECT {on_hand} FROM stock_levels level WHERE level.product_id = product.id),
                    product.created_at_us
             FROM chosen product ORDER BY product.id"
        );
        let rows = self.read.rows(&sql, values).await?;
        let tax_mode = self.shop.current().await?.tax_mode;
        rows.iter().map(|row| product(row, tax_mode)).collect()
    }
}

#[async_trait]
impl CatalogRead for CatalogReader {
    async fn shop(&self) -> Result<ShopFacts, ReadError> {
        let shop = self.shop.current().await?;
        Ok(ShopFacts {
            name: shop.name.clone(),
            currency: shop.currency,
            time_zone: shop.time_zone,
            lead_time_days: shop.lead_time_days,
            service_level_bp: shop.service_level_bp,
        })
    }

    async fn products(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<ProductFacts>, ReadError> {
        let probe = limit.saturating_add(1);
        let after = after.map_or(Uuid::nil(), ProductId::as_uuid);
        let chosen = format!("SELECT * FROM products WHERE id > $1 ORDER BY id LIMIT {probe}");
        let facts = self.facts(&chosen, [after.into()]).await?;
        Ok(Page::from_probe(facts, limit))
    }

    async fn products_by_id(&self, ids: &[ProductId]) -> Result<Vec<ProductFacts>, ReadError> {
        let rows: Vec<_> = ids.iter().take(MAX_IDS).map(|id| (*id,)).collect();
        let source = json_rows(self.read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
        let chosen =
            format!("SELECT * FROM products WHERE id IN (SELECT id FROM {source} AS wanted)");
        let facts = self.facts(&chosen, [to_json(&rows).into()]).await;
        facts.map_err(ReadError::from)
    }

    async fn categories(&self, limit: u32) -> Result<Vec<CategoryFacts>, ReadError> {
        let sql = format!("SELECT id, parent_id, name FROM categories ORDER BY id LIMIT {limit}");
        let rows = self.read.rows(&sql, []).await.map_err(SalesError::from)?;
        let facts = rows.iter().map(category).collect::<SalesResult<_>>();
        facts.map_err(ReadError::from)
    }
}

fn product(row: &Row, tax_mode: TaxMode) -> SalesResult<ProductFacts> {
    let (price_minor, tax_rate_bp): (i64, i64) = (row.get(5)?, row.get(7)?);
    let tax_inside = match tax_mode {
        TaxMode::Included => money::tax_within(price_minor, tax_rate_bp),
        TaxMode::Added => 0,
    };
    Ok(ProductFacts {
        id: ProductId::from_uuid(row.get(0)?),
        sku: row.get(1)?,
        name: row.get(2)?,
        category_id: row.get::<Option<Uuid>>(3)?.map(CategoryId::from_uuid),
        unit: row.get(4)?,
        price_minor,
        net_price_minor: price_minor - tax_inside,
        cost_minor: row.get(6)?,
        tax_rate_bp,
        reorder_level: Quantity::from_milli(row.get(8)?),
        is_archived: row.get(9)?,
        lead_time_days: row.get(10)?,
        service_level_bp: row.get(11)?,
        on_hand: Quantity::from_milli(row.get(12)?),
        created_at: Timestamp::from_micros(row.get(13)?),
    })
}

fn category(row: &Row) -> SalesResult<CategoryFacts> {
    Ok(CategoryFacts {
        id: CategoryId::from_uuid(row.get(0)?),
        parent_id: row.get::<Option<Uuid>>(1)?.map(CategoryId::from_uuid),
        name: row.get(2)?,
    })
}
