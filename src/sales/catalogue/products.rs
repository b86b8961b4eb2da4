//! Products: the types of the catalogue's main feature.

pub mod bulk;
mod changed;
mod checks;
mod codes;
pub mod http;
mod listing;
mod position;
pub(crate) mod prepared;
mod query;
mod repo;
mod rules;
mod service;
mod sheet;
pub mod till;

use kernel::{
    Amount, Currency, Quantity, Timestamp,
    ids::{CategoryId, LocationId, ProductId},
};
use serde::{Deserialize, Serialize};

/// Highest tax rate, basis points.
pub const MAX_TAX_RATE_BP: i64 = 10_000;
/// Longest time from order to delivery, days.
pub const MAX_LEAD_TIME_DAYS: i64 = 180;
/// Lowest and highest service level, basis points. Nobody orders for less than a half, and nobody can
/// be certain.
pub const SERVICE_LEVELS_BP: std::ops::RangeInclusive<i64> = 5_000..=9_990;

/// A product of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Product {
    /// The product's own UUID.
    pub id: ProductId,
    /// The product's code in the shop, unique.
    #[schema(example = "CAF-250")]
    pub sku: String,
    /// The product's name.
    #[schema(example = "Café moulu 250 g")]
    pub name: String,
    /// The product's barcodes, each unique in the shop; the first is the usual one.
    pub barcodes: Vec<String>,
    /// The category in the tree; null without one.
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    /// The unit in which it is sold, such as `piece` or `kg`.
    #[schema(example = "piece")]
    pub unit: String,
    /// Price of a unit, minor units of the currency.
    #[schema(value_type = i64, minimum = 0, maximum = 1_000_000_000_000_000_i64, example = 450_000)]
    pub price_minor: Amount,
    /// The shop's base currency.
    pub currency: Currency,
    /// Purchase cost of a unit, minor units; absent for users who may not see costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cost_minor: Option<Amount>,
    /// The tax rate, basis points (1600 is 16 %).
    #[schema(example = 1600)]
    pub tax_rate_bp: i64,
    /// The stock at which to order; zero for never.
    pub reorder_level: Quantity,
    /// Days from order to delivery; null to use the shop's.
    #[schema(required)]
    pub lead_time_days: Option<i64>,
    /// How sure the stock must last until the delivery, basis points; null to use the shop's.
    #[schema(required)]
    pub service_level_bp: Option<i64>,
    /// The stock at all locations together.
    pub on_hand: Quantity,
    /// The stock at the location of `location_id`; absent without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub on_hand_here: Option<Quantity>,
    /// True when it is no longer sold.
    pub archived: bool,
    /// True when an older product has its SKU or one of its barcodes in another form: another case,
    /// other leading zeros. Absent otherwise. Such a product can be sold, but to change it you must
    /// also change the code or archive it.
    #[serde(skip_serializing_if = "is_false")]
    #[schema(required = false)]
    pub conflict: bool,
    /// Number of changes, for `If-Match`.
    pub version: i64,
    /// When the product was created.
    pub created_at: Timestamp,
    /// When the product was last changed. Its stock has a history of its own.
    pub updated_at: Timestamp,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "as the serialiser calls it"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Lead time and service level of a product, if they differ from the shop's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct OrderingRule {
    /// Days from order to delivery.
    pub lead_time_days: Option<i64>,
    /// How sure the stock must last until the delivery, basis points.
    pub service_level_bp: Option<i64>,
}

/// A new product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// Its unique code in the shop.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its barcodes.
    pub barcodes: Vec<String>,
    /// Its category.
    pub category_id: Option<CategoryId>,
    /// The unit in which it is sold.
    pub unit: String,
    /// Price of a unit, minor units.
    pub price_minor: Amount,
    /// Purchase cost of a unit, minor units.
    pub cost_minor: Amount,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
    /// The stock at which to order.
    pub reorder_level: Quantity,
    /// Its own lead time and service level.
    pub ordering: OrderingRule,
    /// The opening stock at the default location.
    pub initial_stock: Quantity,
}

/// A change of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductChange {
    /// The product to change.
    pub id: ProductId,
    /// The new values.
    pub fields: ProductFields,
}

/// The changeable fields of a product. `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFields {
    /// Its unique code in the shop.
    pub sku: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// All its barcodes.
    pub barcodes: Option<Vec<String>>,
    /// Its category; `Some(None)` removes it.
    pub category_id: Option<Option<CategoryId>>,
    /// The unit in which it is sold.
    pub unit: Option<String>,
    /// Price of a unit, minor units.
    pub price_minor: Option<Amount>,
    /// Purchase cost of a unit, minor units.
    pub cost_minor: Option<Amount>,
    /// Tax rate, basis points.
    pub tax_rate_bp: Option<i64>,
    /// The stock at which to order.
    pub reorder_level: Option<Quantity>,
    /// Days from order to delivery; `Some(None)` to use the shop's.
    pub lead_time_days: Option<Option<i64>>,
    /// Service level, basis points; `Some(None)` to use the shop's.
    pub service_level_bp: Option<Option<i64>>,
    /// Whether it is no longer sold.
    pub archived: Option<bool>,
}

impl ProductFields {
    /// True when the change contains codes. They are checked even if they stay the same.
    const fn names_codes(&self) -> bool {
        self.sku.is_some() || self.barcodes.is_some()
    }

    /// True when the change only archives the product.
    fn only_archives(&self) -> bool {
        let archiving = Self {
            archived: Some(true),
            ..Self::default()
        };
        *self == archiving
    }
}

/// A product as stored, without its stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ProductRecord)]
pub struct StoredProduct {
    /// The product's own UUID.
    pub id: ProductId,
    /// The product's code in the shop.
    pub sku: String,
    /// The product's name.
    pub name: String,
    /// The product's barcodes, in order.
    pub barcodes: Vec<String>,
    /// The category in the tree.
    pub category_id: Option<CategoryId>,
    /// The unit in which it is sold.
    pub unit: String,
    /// Price of a unit, minor units.
    pub price_minor: Amount,
    /// Purchase cost of a unit, minor units.
    pub cost_minor: Amount,
    /// The tax rate, basis points.
    pub tax_rate_bp: i64,
    /// The stock at which to order.
    pub reorder_level: Quantity,
    /// Lead time and service level, if they differ from the shop's.
    #[serde(flatten)]
    pub ordering: OrderingRule,
    /// True when it is no longer sold.
    pub archived: bool,
    /// The place among products with the same SKU: 0 for the holder.
    #[serde(skip)]
    pub sku_conflict: i64,
    /// Number of changes so far.
    pub version: i64,
    /// When the product was created.
    pub created_at: Timestamp,
    /// When the product was last changed.
    pub updated_at: Timestamp,
}

/// A product before and after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedProduct {
    /// Before the change.
    pub before: StoredProduct,
    /// After the change.
    pub after: StoredProduct,
}

/// A filter for the list of products.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductFilter {
    /// Words to find, regardless of accents and case.
    pub q: Option<String>,
    /// A barcode in any of its forms.
    pub barcode: Option<String>,
    /// A category with its subcategories.
    pub category_id: Option<CategoryId>,
    /// Archived or active products. `None` with a barcode or with `conflict` shows both.
    pub archived: Option<bool>,
    /// Only products at or below their reorder level.
    pub low_stock: bool,
    /// Only products whose SKU or barcode an older product has.
    pub conflict: bool,
    /// The location of `on_hand_here`.
    pub location_id: Option<LocationId>,
}

/// The order of a list of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ProductSort {
    /// By name, regardless of accents and case.
    #[default]
    #[serde(rename = "name")]
    Name,
    /// By name, descending.
    #[serde(rename = "-name")]
    NameBackwards,
    /// By SKU.
    #[serde(rename = "sku")]
    Sku,
    /// By SKU, descending.
    #[serde(rename = "-sku")]
    SkuBackwards,
    /// By price, lowest first.
    #[serde(rename = "price_minor")]
    Price,
    /// By price, highest first.
    #[serde(rename = "-price_minor")]
    PriceBackwards,
    /// By creation, oldest first.
    #[serde(rename = "created_at")]
    Creation,
    /// By creation, newest first.
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

    /// The column of the order. Equal values are ordered by id.
    const fn column(self) -> &'static str {
        match self {
            Self::Name | Self::NameBackwards => "name_folded",
            Self::Sku | Self::SkuBackwards => "sku",
            Self::Price | Self::PriceBackwards => "price_minor",
            Self::Creation | Self::CreationBackwards => "created_at_us",
        }
    }
}
