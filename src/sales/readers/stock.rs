//! The stock as analytics sees it.

mod corrections;
mod receipts;
pub(super) mod stock_outs;

use async_trait::async_trait;
use kernel::{
    Period, Quantity, Timestamp,
    ids::{LocationId, ProductId},
    paging::Page,
    read::{
        CorrectionFacts, FirstEntryFacts, LevelFacts, LocationFacts, ReadError, ReceiptFacts,
        StockOutFacts, StockRead,
    },
};
use sea_orm::Value;
use store::{ReadDb, Row};
use uuid::Uuid;

use crate::error::{SalesError, SalesResult};

const SELECT: &str = "SELECT product_id, location_id, on_hand_milli FROM stock_levels";

/// Answers questions about stock.
#[derive(Clone, Debug)]
pub struct StockReader {
    read: ReadDb,
}

impl StockReader {
    /// A reader over the read pool.
    #[must_use]
    pub const fn new(read: ReadDb) -> Self {
        Self { read }
    }

    async fn rows(
        &self,
        rest: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> SalesResult<Vec<LevelFacts>> {
        let sql = format!("{SELECT} {rest}");
        let rows = self.read.rows(&sql, values).await?;
        rows.iter().map(level).collect()
    }
}

#[async_trait]
impl StockRead for StockReader {
    /// A page ends with the last level of a product, so that the next one can begin behind it.
    async fn levels(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<LevelFacts>, ReadError> {
        let probe = limit.saturating_add(1);
        let after = after.map_or(Uuid::nil(), ProductId::as_uuid);
        let behind =
            format!("WHERE product_id > $1 ORDER BY product_id, location_id LIMIT {probe}");
        let mut page = Page::from_probe(self.rows(&behind, [after.into()]).await?, limit);
        if let (true, Some(last)) = (page.has_more, page.items.last().copied()) {
            page.items
                .retain(|level| level.product_id != last.product_id);
            if page.items.is_empty() {
                // One product at more locations than a page has room for: its levels stay together.
                let own = "WHERE product_id = $1 ORDER BY location_id";
                page.items = self.rows(own, [last.product_id.as_uuid().into()]).await?;
            }
        }
        Ok(page)
    }

    async fn stock_outs(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<StockOutFacts>, ReadError> {
        Ok(stock_outs::between(&self.read, period, limit).await?)
    }

    async fn first_entries(&self, limit: u32) -> Result<Vec<FirstEntryFacts>, ReadError> {
        // The first movement of a level leaves what it brought: a small index has those.
        let sql = format!(
            "SELECT product_id, MIN(occurred_at_us) FROM stock_movements
             WHERE balance_after_milli = delta_milli
             GROUP BY product_id ORDER BY product_id LIMIT {limit}"
        );
        let rows = self.read.rows(&sql, []).await.map_err(SalesError::from)?;
        let facts = rows.iter().map(first_entry).collect::<SalesResult<_>>();
        facts.map_err(ReadError::from)
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

    async fn locations(&self, limit: u32) -> Result<Vec<LocationFacts>, ReadError> {
        let sql = format!("SELECT id, name FROM locations ORDER BY id LIMIT {limit}");
        let rows = self.read.rows(&sql, []).await.map_err(SalesError::from)?;
        let facts = rows.iter().map(location).collect::<SalesResult<_>>();
        facts.map_err(ReadError::from)
    }
}

fn first_entry(row: &Row) -> SalesResult<FirstEntryFacts> {
    Ok(FirstEntryFacts {
        product_id: ProductId::from_uuid(row.get(0)?),
        at: Timestamp::from_micros(row.get(1)?),
    })
}

fn location(row: &Row) -> SalesResult<LocationFacts> {
    Ok(LocationFacts {
        id: LocationId::from_uuid(row.get(0)?),
        name: row.get(1)?,
    })
}

fn level(row: &Row) -> SalesResult<LevelFacts> {
    Ok(LevelFacts {
        product_id: ProductId::from_uuid(row.get(0)?),
        location_id: LocationId::from_uuid(row.get(1)?),
        on_hand: Quantity::from_milli(row.get(2)?),
    })
}
