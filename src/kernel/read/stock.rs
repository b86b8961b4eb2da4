//! What analytics may ask about what lies in stock, and how it moved.

use async_trait::async_trait;

use super::error::ReadError;
use crate::{
    clock::Timestamp,
    ids::{LocationId, ProductId},
    paging::Page,
    period::Period,
    quantity::Quantity,
};

/// A place where stock lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationFacts {
    /// Which one.
    pub id: LocationId,
    /// Its name.
    pub name: String,
}

/// Stock of one product at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelFacts {
    /// Which product.
    pub product_id: ProductId,
    /// Where.
    pub location_id: LocationId,
    /// How much.
    pub on_hand: Quantity,
}

/// A time in which nothing of a product lay at any location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockOutFacts {
    /// Which product.
    pub product_id: ProductId,
    /// When the last of it left that could be sold.
    pub from: Timestamp,
    /// When the next came; `None` while there is none.
    pub to: Option<Timestamp>,
}

/// Since when a product has been in stock, with or without pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstEntryFacts {
    /// Which product.
    pub product_id: ProductId,
    /// When the first of it came.
    pub at: Timestamp,
}

/// Goods of one product that a supplier brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptFacts {
    /// Which product.
    pub product_id: ProductId,
    /// Who brought it, as the receipt names them; `None` where it does not.
    pub supplier: Option<String>,
    /// When.
    pub received_at: Timestamp,
}

/// How stock was corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrectionKind {
    /// Somebody wrote it off, or added some.
    Adjustment,
    /// A count found less, or more.
    Count,
}

/// What corrections of one kind did to the stock of a product, at one cost of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrectionFacts {
    /// Which product.
    pub product_id: ProductId,
    /// How.
    pub kind: CorrectionKind,
    /// What a unit cost at the time, minor units.
    pub unit_cost_minor: i64,
    /// Thousandths of units: negative where some were lost.
    pub delta_milli: i128,
}

impl CorrectionFacts {
    /// What was lost, at cost, in thousandths of minor units; negative where more was found.
    #[must_use]
    pub fn lost_milli_minor(&self) -> i128 {
        -self.delta_milli * i128::from(self.unit_cost_minor)
    }
}

/// Reads what lies in stock.
#[async_trait]
pub trait StockRead: Send + Sync {
    /// Levels in the order of product and location, after a product, at most `limit`.
    async fn levels(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<LevelFacts>, ReadError>;
    /// The times within a period in which nothing of a product was left, or less than half of a usual
    /// line, by product and time, from at most `limit` entries of the ledger. Times before the first
    /// movement are none.
    async fn stock_outs(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<StockOutFacts>, ReadError>;
    /// When something of each product first lay there, by product, at most `limit`.
    async fn first_entries(&self, limit: u32) -> Result<Vec<FirstEntryFacts>, ReadError>;
    /// What was received in a period, the newest first, at most `limit`.
    async fn receipts(&self, period: &Period, limit: u32) -> Result<Vec<ReceiptFacts>, ReadError>;
    /// What adjustments and counts of a period did to the stock, by product, at most `limit` rows.
    async fn corrections(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<CorrectionFacts>, ReadError>;
    /// The locations in the order of their ids, at most `limit`.
    async fn locations(&self, limit: u32) -> Result<Vec<LocationFacts>, ReadError>;
}
