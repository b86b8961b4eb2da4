//! Facts about stock and its movements.

use async_trait::async_trait;

use super::error::ReadError;
use crate::{
    amount::Amount,
    clock::Timestamp,
    ids::{LocationId, ProductId},
    paging::Page,
    period::Period,
    quantity::Quantity,
};

/// A place with stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationFacts {
    /// Id of the location.
    pub id: LocationId,
    /// Name.
    pub name: String,
}

/// Stock of one product at one location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelFacts {
    /// The product.
    pub product_id: ProductId,
    /// The location.
    pub location_id: LocationId,
    /// Quantity in stock.
    pub on_hand: Quantity,
}

/// A time in which a product was out of stock at all locations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockOutFacts {
    /// The product.
    pub product_id: ProductId,
    /// When the last that could be sold left.
    pub from: Timestamp,
    /// When the next came in; `None` when it has not.
    pub to: Option<Timestamp>,
}

/// When a product was in stock for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstEntryFacts {
    /// The product.
    pub product_id: ProductId,
    /// Time of the first movement into stock.
    pub at: Timestamp,
}

/// Goods of one product in a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptFacts {
    /// The product.
    pub product_id: ProductId,
    /// Supplier named by the receipt; `None` without one.
    pub supplier: Option<String>,
    /// Time of the receipt.
    pub received_at: Timestamp,
}

/// Kind of a stock correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrectionKind {
    /// An adjustment by a user.
    Adjustment,
    /// A difference found by a stock count.
    Count,
}

/// Stock corrections of one kind for a product, at one unit cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrectionFacts {
    /// The product.
    pub product_id: ProductId,
    /// Kind of the corrections.
    pub kind: CorrectionKind,
    /// Cost of one unit at that time, minor units.
    pub unit_cost_minor: Amount,
    /// Thousandths of units; negative for losses.
    pub delta_milli: i128,
}

impl CorrectionFacts {
    /// Loss at cost, in thousandths of minor units; negative for gains.
    #[must_use]
    pub fn lost_milli_minor(&self) -> i128 {
        -self.delta_milli * i128::from(self.unit_cost_minor)
    }
}

/// Stock corrections of one kind and reason for a product, at one unit cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossFacts {
    /// The corrections.
    pub correction: CorrectionFacts,
    /// The reason in words; `None` without one.
    pub reason: Option<String>,
    /// Number of movements.
    pub movements: i64,
}

/// What lay of a product at an instant, at all locations, and what a unit cost then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValuedFacts {
    /// Which product.
    pub product_id: ProductId,
    /// How much.
    pub on_hand: Quantity,
    /// Cost of a unit, minor units.
    pub unit_cost_minor: Amount,
}

/// Reads stock and its movements.
#[async_trait]
pub trait StockRead: Send + Sync {
    /// Stock levels in the order of product and location, after a product, at most `limit`.
    async fn levels(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<LevelFacts>, ReadError>;
    /// What lay at an instant, by when things happened, in the order of products, after a product, at
    /// most `limit`. Products of which nothing lay are left out.
    async fn levels_at(
        &self,
        at: Timestamp,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<ValuedFacts>, ReadError>;
    /// The times within a period in which a product was out of stock, or had less than half of a usual
    /// line left, by product and time, from at most `limit` entries of the ledger. Times before the
    /// first movement do not count.
    async fn stock_outs(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<StockOutFacts>, ReadError>;
    /// When each product was first in stock, by product, at most `limit`.
    async fn first_entries(&self, limit: u32) -> Result<Vec<FirstEntryFacts>, ReadError>;
    /// Receipts of a period, newest first, at most `limit`.
    async fn receipts(&self, period: &Period, limit: u32) -> Result<Vec<ReceiptFacts>, ReadError>;
    /// Stock corrections by adjustments and counts of a period, by product, at most `limit` rows.
    async fn corrections(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<CorrectionFacts>, ReadError>;
    /// The same by reason.
    async fn losses(&self, period: &Period, limit: u32) -> Result<Vec<LossFacts>, ReadError>;
    /// Locations in the order of their ids, at most `limit`.
    async fn locations(&self, limit: u32) -> Result<Vec<LocationFacts>, ReadError>;
}
