//! Products: what is sold.

mod checks;
mod codes;
pub mod http;
mod listing;
mod position;
mod query;
mod repo;
mod rules;
mod service;

use kernel::{
    Currency, Quantity, Timestamp,
    ids::{CategoryId, ProductId},
};
use serde::{Deserialize, Serialize};

/// Highest tax rate, basis points.
pub const MAX_TAX_RATE_BP: i64 = 10_000;
/// Longest time from order to delivery, days.
pub const MAX_LEAD_TIME_DAYS: i64 = 180;
/// Lowest and highest service level, basis points: below a half nobody would order, and certainty
/// has no price.
pub const SERVICE_LEVELS_BP: std::ops::RangeInclusive<i64> = 5_000..=9_990;

/// A product as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its code in the shop, unique.
    #[schema(example = "CAF-250")]
    pub sku: String,
    /// Its name.
    #[schema(example = "Café moulu 250 g")]
    pub name: String,
    /// Its barcodes, each unique in the shop; the first is the usual one.
    pub barcodes: Vec<String>,
    /// Its place in the tree of categories.
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    /// The word of its unit.
    #[schema(example = "piece")]
    pub unit: String,
    /// Price of a unit, minor units of the currency.
    #[schema(example = 450_000)]
    pub price_minor: i64,
    /// The shop's currency.
    pub currency: Currency,
    /// Purchase cost of a unit, minor units; absent for who may not see costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cost_minor: Option<i64>,
    /// Tax rate, basis points (1600 is 16 %).
    #[schema(example = 1600)]
    pub tax_rate_bp: i64,
    /// Level at which to order; zero for never.
    pub reorder_level: Quantity,
    /// Days from order to delivery; null follows the shop.
    #[schema(required)]
    pub lead_time_days: Option<i64>,
    /// How sure the stock must last until delivery, basis points; null follows the shop.
    #[schema(required)]
    pub service_level_bp: Option<i64>,
    /// Stock over all locations.
    pub on_hand: Quantity,
    /// No longer sold.
    pub archived: bool,
    /// True where an older product has the SKU or a barcode of this one, written in another way:
    /// another case, other zeros in front. Absent otherwise. Such a product is sold as any other,
    /// but can only be changed together with the code, or archived.
    #[serde(skip_serializing_if = "is_false")]
    #[schema(required = false)]
    pub conflict: bool,
    /// For If-Match.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed (its stock has a history of its own).
    pub updated_at: Timestamp,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "as the serialiser calls it"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// How a product is ordered, where it differs from the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct OrderingRule {
    /// Days from order to delivery.
    pub lead_time_days: Option<i64>,
    /// How sure the stock must last until delivery, basis points.
    pub service_level_bp: Option<i64>,
}

/// A product to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// Its code in the shop.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its barcodes.
    pub barcodes: Vec<String>,
    /// Its place in the tree.
    pub category_id: Option<CategoryId>,
    /// The word of its unit.
    pub unit: String,
    /// Price of a unit, minor units.
    pub price_minor: i64,
    /// Purchase cost of a unit, minor units.
    pub cost_minor: i64,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
    /// Level at which to order.
    pub reorder_level: Quantity,
    /// How it is ordered.
    pub ordering: OrderingRule,
    /// What lies at the default location from the start.
    pub initial_stock: Quantity,
}

/// A change of one product. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductChange {
    /// Which product.
    pub id: ProductId,
    /// What changes.
    pub fields: ProductFields,
}

/// The fields of a product that can change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFields {
    /// Its code in the shop.
    pub sku: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// All its barcodes.
    pub barcodes: Option<Vec<String>>,
    /// Its place in the tree; `Some(None)` takes it out.
    pub category_id: Option<Option<CategoryId>>,
    /// The word of its unit.
    pub unit: Option<String>,
    /// Price of a unit, minor units.
    pub price_minor: Option<i64>,
    /// Purchase cost of a unit, minor units.
    pub cost_minor: Option<i64>,
    /// Tax rate, basis points.
    pub tax_rate_bp: Option<i64>,
    /// Level at which to order.
    pub reorder_level: Option<Quantity>,
    /// Days from order to delivery; `Some(None)` follows the shop.
    pub lead_time_days: Option<Option<i64>>,
    /// Service level, basis points; `Some(None)` follows the shop.
    pub service_level_bp: Option<Option<i64>>,
    /// Whether it is no longer sold.
    pub archived: Option<bool>,
}

impl ProductFields {
    /// True when the change sends codes: they are compared even where they are as before.
    const fn names_codes(&self) -> bool {
        self.sku.is_some() || self.barcodes.is_some()
    }

    /// True when the change takes the product out of sale and nothing else.
    fn only_archives(&self) -> bool {
        let archiving = Self {
            archived: Some(true),
            ..Self::default()
        };
        *self == archiving
    }
}

/// A product as it is stored, without its stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ProductRecord)]
pub struct StoredProduct {
    /// Its id.
    pub id: ProductId,
    /// Its code in the shop.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its barcodes, in order.
    pub barcodes: Vec<String>,
    /// Its place in the tree.
    pub category_id: Option<CategoryId>,
    /// The word of its unit.
    pub unit: String,
    /// Price of a unit, minor units.
    pub price_minor: i64,
    /// Purchase cost of a unit, minor units.
    pub cost_minor: i64,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
    /// Level at which to order.
    pub reorder_level: Quantity,
    /// How it is ordered.
    #[serde(flatten)]
    pub ordering: OrderingRule,
    /// No longer sold.
    pub archived: bool,
    /// Its place behind the product that has its SKU; 0 where that is its own.
    #[serde(skip)]
    pub sku_conflict: i64,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a change made of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedProduct {
    /// As it was.
    pub before: StoredProduct,
    /// As it is.
    pub after: StoredProduct,
}

/// Which products a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFilter {
    /// Words to find, accents and case apart.
    pub q: Option<String>,
    /// One barcode, in any of its forms.
    pub barcode: Option<String>,
    /// A category with all below it.
    pub category_id: Option<CategoryId>,
    /// Archived or living products; `None` with a barcode or with `conflict` shows both.
    pub archived: Option<bool>,
    /// Only products at or below their reorder level.
    pub low_stock: bool,
    /// Only products whose SKU or barcode an older one has.
    pub conflict: bool,
}

/// The order of a list of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ProductSort {
    /// By name, accents and case apart.
    #[default]
    #[serde(rename = "name")]
    Name,
    /// By name, backwards.
    #[serde(rename = "-name")]
    NameBackwards,
    /// By SKU.
    #[serde(rename = "sku")]
    Sku,
    /// By SKU, backwards.
    #[serde(rename = "-sku")]
    SkuBackwards,
    /// The cheapest first.
    #[serde(rename = "price_minor")]
    Price,
    /// The dearest first.
    #[serde(rename = "-price_minor")]
    PriceBackwards,
    /// The oldest first.
    #[serde(rename = "created_at")]
    Creation,
    /// The newest first.
    #[serde(rename = "-created_at")]
    CreationBackwards,
}

impl ProductSort {
    /// Every order.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::NameBackwards,
        Self::Sku,
        Self::SkuBackwards,
        Self::Price,
        Self::PriceBackwards,
        Self::Creation,
        Self::CreationBackwards,
    ];

    const fn is_backwards(self) -> bool {
        matches!(
            self,
            Self::NameBackwards
                | Self::SkuBackwards
                | Self::PriceBackwards
                | Self::CreationBackwards
        )
    }

    /// The column that it follows; ties go by id.
    const fn column(self) -> &'static str {
        match self {
            Self::Name | Self::NameBackwards => "name_folded",
            Self::Sku | Self::SkuBackwards => "sku",
            Self::Price | Self::PriceBackwards => "price_minor",
            Self::Creation | Self::CreationBackwards => "created_at_us",
        }
    }
}
