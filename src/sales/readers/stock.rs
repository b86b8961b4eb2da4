//! The read port of stock.

mod corrections;
mod levels_at;
mod receipts;
pub(super) mod stock_outs;

use async_trait::async_trait;
use kernel::{
    Period, Timestamp,
    ids::ProductId,
    paging::Page,
    read::{
        CorrectionFacts, FirstEntryFacts, LevelFacts, LocationFacts, LossFacts, ReadError,
        ReceiptFacts, StockOutFacts, StockRead, ValuedFacts,
    },
};
use sea_orm::Value;
use store::{ReadDb, selection};
use uuid::Uuid;

use crate::error::{SalesError, SalesResult};

selection! {
    Level of LevelFacts in level { product_id, location_id, on_hand = on_hand_milli }
    FirstEntry of FirstEntryFacts in movement { product_id, at = "MIN(movement.occurred_at_us)" }
    Location of LocationFacts in location { id, name }
}

/// Reads stock.
#[derive(Clone, Debug)]
pub struct StockReader {
    read: ReadDb,
}

impl StockReader {
    /// A reader on the read pool.
    #[must_use]
    pub const fn new(read: ReadDb) -> Self {
        Self { read }
    }

    async fn levels_with(
        &self,
        rest: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> SalesResult<Vec<LevelFacts>> {
        let columns = Level::SELECT;
        let sql = format!("SELECT {columns} FROM stock_levels AS level {rest}");
        Ok(self.read.select::<Level>(&sql, values).await?)
    }
}

#[async_trait]
impl StockRead for StockReader {
    /// A page ends with the last level of a product, so that the next one begins after it.
    async fn levels(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<LevelFacts>, ReadError> {
        let probe = limit.saturating_add(1);
        let after = after.map_or(Uuid::nil(), ProductId::as_uuid);
        let behind =
            format!("WHERE product_id > $1 ORDER BY product_id, location_id LIMIT {probe}");
        let mut page = Page::from_probe(self.levels_with(&behind, [after.into()]).await?, limit);
        if let (true, Some(last)) = (page.has_more, page.items.last().copied()) {
            page.items
                .retain(|level| level.product_id != last.product_id);
            if page.items.is_empty() {
                // A product with more locations than a page holds: its levels stay together.
                let own = "WHERE product_id = $1 ORDER BY location_id";
                let product = last.product_id.as_uuid();
                page.items = self.levels_with(own, [product.into()]).await?;
            }
        }
        Ok(page)
    }

    async fn levels_at(
        &self,
        at: Timestamp,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<ValuedFacts>, ReadError> {
        Ok(levels_at::page(&self.read, at, after, limit).await?)
    }

    async fn stock_outs(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<StockOutFacts>, ReadError> {
        Ok(stock_outs::between(&self.read, period, limit).await?)
    }

    async fn first_entries(&self, limit: u32) -> Result<Vec<FirstEntryFacts>, ReadError> {
        // The first movement of a level leaves what it brought; a small index finds those.
        let sql = format!(
            "SELECT {} FROM stock_movements AS movement
             WHERE balance_after_milli = delta_milli
             GROUP BY product_id ORDER BY product_id LIMIT {limit}",
            FirstEntry::SELECT
        );
        let facts = self.read.select::<FirstEntry>(&sql, []).await;
        Ok(facts.map_err(SalesError::from)?)
    }

    async fn receipts(&self, period: &Period, limit: u32) -> Result<Vec<ReceiptFacts>, ReadError> {
        Ok(receipts::between(&self.read, period, limit).await?)
    }

    async fn corrections(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<CorrectionFacts>, ReadError> {
        Ok(corrections::between(&self.read, period, limit).await?)
    }

    async fn losses(&self, period: &Period, limit: u32) -> Result<Vec<LossFacts>, ReadError> {
        Ok(corrections::by_reason(&self.read, period, limit).await?)
    }

    async fn locations(&self, limit: u32) -> Result<Vec<LocationFacts>, ReadError> {
        let columns = Location::SELECT;
        let sql = format!("SELECT {columns} FROM locations AS location ORDER BY id LIMIT {limit}");
        let facts = self.read.select::<Location>(&sql, []).await;
        Ok(facts.map_err(SalesError::from)?)
    }
}
