//! The read port of the catalogue.

use async_trait::async_trait;
use kernel::{
    ids::ProductId,
    money,
    paging::Page,
    read::{CatalogRead, CategoryFacts, ProductFacts, ReadError, ShopFacts},
};
use sea_orm::Value;
use store::{ColumnKind, ReadDb, json_rows, selection, to_json};
use uuid::Uuid;

use crate::{
    error::{SalesError, SalesResult},
    shop_reader::{ShopReader, TaxMode},
};

/// Most ids in one query.
const MAX_IDS: usize = 10_000;

selection! {
    /// A product, its net price still with the tax.
    Card of ProductFacts in product {
        id, sku, name, category_id, unit, price_minor, net_price_minor = price_minor, cost_minor,
        tax_rate_bp, reorder_level = reorder_level_milli, is_archived = archived, lead_time_days,
        service_level_bp, created_at = created_at_us,
    } then { on_hand }

    Category of CategoryFacts in category { id, parent_id, name }
}

/// Reads the catalogue.
#[derive(Clone, Debug)]
pub struct CatalogReader {
    read: ReadDb,
    shop: ShopReader,
}

impl CatalogReader {
    /// A reader on the read pool.
    #[must_use]
    pub const fn new(read: ReadDb, shop: ShopReader) -> Self {
        Self { read, shop }
    }

    /// The products of `chosen`, a query for product rows.
    async fn facts(
        &self,
        chosen: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> SalesResult<Vec<ProductFacts>> {
        let dialect = self.read.dialect();
        let on_hand = dialect.sum("level.on_hand_milli");
        let sql = format!(
            "WITH chosen AS MATERIALIZED ({chosen})
             SELECT {columns}, (SELECT {on_hand} FROM stock_levels level WHERE level.product_id = product.id) AS on_hand
             FROM chosen product ORDER BY product.id",
            columns = Card::SELECT
        );
        let mut products = self.read.select::<Card>(&sql, values).await?;
        if self.shop.current().await?.tax_mode == TaxMode::Included {
            for product in &mut products {
                let tax = money::tax_within(product.price_minor, product.tax_rate_bp);
                product.net_price_minor = product.net_price_minor.saturating_sub(tax);
            }
        }
        Ok(products)
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
            locale: shop.locale.clone(),
            letterhead: shop.letterhead().join("\n"),
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
        let columns = Category::SELECT;
        let sql = format!("SELECT {columns} FROM categories AS category ORDER BY id LIMIT {limit}");
        let facts = self.read.select::<Category>(&sql, []).await;
        Ok(facts.map_err(SalesError::from)?)
    }
}
