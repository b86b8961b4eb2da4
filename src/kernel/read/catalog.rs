//! Facts about the shop and its catalogue.

use async_trait::async_trait;
use chrono_tz::Tz;

use super::error::ReadError;
use crate::{
    amount::Amount,
    clock::Timestamp,
    currency::Currency,
    ids::{CategoryId, ProductId},
    paging::Page,
    quantity::Quantity,
};

/// The settings of the shop that figures need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopFacts {
    /// Name of the shop, as on receipts.
    pub name: String,
    /// Base currency.
    pub currency: Currency,
    /// Time zone of the business days.
    pub time_zone: Tz,
    /// Language of receipts and reports, such as `fr-CD`.
    pub locale: String,
    /// What stands below the name on its papers: address, tax number; a line each.
    pub letterhead: String,
    /// Days from order to delivery of products without their own.
    pub lead_time_days: i64,
    /// Required probability that the stock lasts until delivery, basis points, of products without their
    /// own.
    pub service_level_bp: i64,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFacts {
    /// Id of the product.
    pub id: ProductId,
    /// SKU.
    pub sku: String,
    /// Name.
    pub name: String,
    /// Category; `None` without one.
    pub category_id: Option<CategoryId>,
    /// Unit of the quantities.
    pub unit: String,
    /// Selling price, minor units of the base currency.
    pub price_minor: Amount,
    /// Selling price without tax, minor units of the base currency.
    pub net_price_minor: Amount,
    /// Purchase cost, minor units of the base currency.
    pub cost_minor: Amount,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
    /// Stock at or below which to order.
    pub reorder_level: Quantity,
    /// Days from order to delivery; `None` uses the shop's.
    pub lead_time_days: Option<i64>,
    /// Required probability that the stock lasts until delivery, basis points; `None` uses the shop's.
    pub service_level_bp: Option<i64>,
    /// True when it is no longer sold.
    pub is_archived: bool,
    /// Stock over all locations.
    pub on_hand: Quantity,
    /// When it was added to the catalogue.
    pub created_at: Timestamp,
}

/// A category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryFacts {
    /// Id of the category.
    pub id: CategoryId,
    /// Parent category; `None` at the top.
    pub parent_id: Option<CategoryId>,
    /// Name.
    pub name: String,
}

/// Reads shop and catalogue.
#[async_trait]
pub trait CatalogRead: Send + Sync {
    /// The settings of the shop.
    async fn shop(&self) -> Result<ShopFacts, ReadError>;
    /// Products in the order of their ids, after `after`, at most `limit`.
    async fn products(
        &self,
        after: Option<ProductId>,
        limit: u32,
    ) -> Result<Page<ProductFacts>, ReadError>;
    /// The products with these ids; at most 10,000 ids a call.
    async fn products_by_id(&self, ids: &[ProductId]) -> Result<Vec<ProductFacts>, ReadError>;
    /// Categories in the order of their ids, at most `limit`.
    async fn categories(&self, limit: u32) -> Result<Vec<CategoryFacts>, ReadError>;
}
