//! The read ports: all that analytics may ask of the shop.
//!
//! `&self` queries that return plain facts; no write method, no `Any`, no supertrait but
//! `Send + Sync`. Every method takes a period or a limit, so that no question is unbounded.

#[cfg(doctest)]
mod walls;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    ids::{CategoryId, LocationId, ProductId},
    money::Currency,
    paging::Page,
    period::Period,
    quantity::Quantity,
};

/// A read that did not succeed. The cause stays in the log; who asks only learns that it failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store is away or too slow.
    #[error("the store is unavailable")]
    Unavailable,
    /// The store answered something that cannot be.
    #[error("the store failed")]
    Failed,
}

/// What the shop is: needed to cut days and to name the currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopFacts {
    /// The name on the receipts.
    pub name: String,
    /// The base currency.
    pub currency: Currency,
    /// Where its days begin and end.
    pub time_zone: Tz,
    /// Days from order to delivery, for products without their own.
    pub lead_time_days: i64,
    /// How sure the stock must last until delivery, basis points, for products without their own.
    pub service_level_bp: i64,
}

/// A product as analytics sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFacts {
    /// Which one.
    pub id: ProductId,
    /// Its code in the shop.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its place in the tree.
    pub category_id: Option<CategoryId>,
    /// Unit word.
    pub unit: String,
    /// Selling price, minor units of the base currency.
    pub price_minor: i64,
    /// Purchase cost, minor units of the base currency.
    pub cost_minor: i64,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
    /// Level under which to order.
    pub reorder_level: Quantity,
    /// Days from order to delivery; `None` follows the shop.
    pub lead_time_days: Option<i64>,
    /// How sure the stock must last until delivery, basis points; `None` follows the shop.
    pub service_level_bp: Option<i64>,
    /// No longer sold.
    pub is_archived: bool,
    /// Every barcode.
    pub barcodes: Vec<String>,
    /// Stock over all locations.
    pub on_hand: Quantity,
}

/// A category as analytics sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryFacts {
    /// Which one.
    pub id: CategoryId,
    /// The one above.
    pub parent_id: Option<CategoryId>,
    /// Its name.
    pub name: String,
}

/// The totals of one day, in minor units of the base currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DayTotals {
    /// Completed sales without tax added on top, less refunds.
    pub revenue_minor: i64,
    /// Cost of what was sold, less what came back into stock.
    pub cost_minor: i64,
    /// Completed sales without tax added on top, before refunds.
    pub revenue_before_refunds_minor: i64,
    /// Tax in the sales, less tax in the refunds.
    pub tax_minor: i64,
    /// What was refunded.
    pub refunds_minor: i64,
    /// Completed sales.
    pub sales: i64,
    /// Units sold, less units refunded.
    pub units: Quantity,
}

/// The totals of one day with its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFacts {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Its totals.
    pub totals: DayTotals,
}

/// What one product sold on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductDayFacts {
    /// Which product.
    pub product_id: ProductId,
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Units sold, whatever came back since: what customers wanted.
    pub units_sold: Quantity,
    /// Units sold, less units refunded on that day.
    pub units: Quantity,
    /// Revenue without tax added on top, less refunds.
    pub revenue_minor: i64,
    /// Cost of what was sold, less what came back into stock.
    pub cost_minor: i64,
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
    /// When the last unit left.
    pub from: Timestamp,
    /// When the next one came; `None` while there is none.
    pub to: Option<Timestamp>,
}

/// Reads the catalogue.
#[async_trait]
pub trait CatalogRead: Send + Sync {
    /// The shop itself.
    async fn shop(&self) -> Result<ShopFacts, ReadError>;
    /// Products in the order of their ids, after `after`, at most `limit`.
    async fn products(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<ProductFacts>, ReadError>;
    /// The products that carry one of these SKUs; at most 10,000 SKUs a call.
    async fn products_by_sku(&self, skus: &[String]) -> Result<Vec<ProductFacts>, ReadError>;
    /// The products that carry one of these barcodes; at most 10,000 barcodes a call.
    async fn products_by_barcode(
        &self,
        barcodes: &[String],
    ) -> Result<Vec<ProductFacts>, ReadError>;
    /// Categories in the order of their ids, at most `limit`.
    async fn categories(&self, limit: u32) -> Result<Vec<CategoryFacts>, ReadError>;
}

/// Reads what was sold.
#[async_trait]
pub trait SalesRead: Send + Sync {
    /// The totals of each day of a period that has any, in order.
    async fn daily_totals(&self, period: &Period) -> Result<Vec<DayFacts>, ReadError>;
    /// What each product sold on each day of a period, at most `limit` rows, by product and day.
    async fn product_days(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<ProductDayFacts>, ReadError>;
    /// The first and the last instant at which something was sold, of the last `limit_days` days.
    async fn span(&self, limit_days: u32) -> Result<Option<(Timestamp, Timestamp)>, ReadError>;
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
    /// The times within a period in which nothing of a product was left, by product and time, from
    /// at most `limit` entries of the ledger. Times before the first movement are none.
    async fn stock_outs(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<StockOutFacts>, ReadError>;
}

/// All read ports, as the shell deals them out.
#[derive(Clone)]
pub struct Readers {
    /// The catalogue.
    pub catalog: Arc<dyn CatalogRead>,
    /// The sales.
    pub sales: Arc<dyn SalesRead>,
    /// The stock.
    pub stock: Arc<dyn StockRead>,
}
