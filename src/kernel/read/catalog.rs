//! What analytics may ask about the shop and its catalogue.

use async_trait::async_trait;
use chrono_tz::Tz;

use super::error::ReadError;
use crate::{
    clock::Timestamp,
    currency::Currency,
    ids::{CategoryId, ProductId},
    paging::Page,
    quantity::Quantity,
};

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
    /// What of the price is the shop's, without tax, minor units of the base currency.
    pub net_price_minor: i64,
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
    /// Stock over all locations.
    pub on_hand: Quantity,
    /// Since when the shop has it.
    pub created_at: Timestamp,
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
    /// The products with these ids; at most 10,000 ids a call.
    async fn products_by_id(&self, ids: &[ProductId]) -> Result<Vec<ProductFacts>, ReadError>;
    /// Categories in the order of their ids, at most `limit`.
    async fn categories(&self, limit: u32) -> Result<Vec<CategoryFacts>, ReadError>;
}
