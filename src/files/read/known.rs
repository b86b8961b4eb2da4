//! Facts of the shop about the things that a file names; its rows are compared with them.

use std::collections::{BTreeSet, HashSet};

use kernel::{
    Quantity, Timestamp,
    ids::{CategoryId, LocationId, ProductId, SaleId, SaleLineId},
};

/// The things that a file names, of which the shop's facts are needed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// SKUs, each once.
    pub skus: Vec<String>,
    /// Barcodes, each once.
    pub barcodes: Vec<String>,
    /// Invoice numbers of a file of sales, each once.
    pub invoices: Vec<String>,
    /// SKUs with returns, in the form in which codes are compared ([`kernel::text::code_key`]).
    pub returned: HashSet<String>,
}

/// Facts of the shop about the things that a file names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Products with a SKU or a barcode of the file.
    pub products: Vec<KnownProduct>,
    /// For products: every category.
    pub categories: Vec<KnownCategory>,
    /// For products and stock: every location.
    pub places: Vec<KnownPlace>,
    /// For products and stock: the stock of [`Self::products`].
    pub levels: Vec<KnownLevel>,
    /// For sales: the invoices of [`Named::invoices`] that are already recorded.
    pub invoices: Vec<String>,
    /// For sales: recorded lines of the products with returns.
    pub refundable: Vec<RefundableLine>,
}

/// A product of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownProduct {
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
    /// Selling price, minor units.
    pub price_minor: i64,
    /// Purchase cost, minor units.
    pub cost_minor: i64,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
    /// Stock at or below which to order.
    pub reorder_level: Quantity,
    /// True when it is no longer sold.
    pub is_archived: bool,
    /// Barcodes.
    pub barcodes: Vec<String>,
    /// True when it was moved or sold: then its unit cannot change.
    pub is_moved: bool,
    /// When it was created: of two products with one code, the older one counts.
    pub created_at: Timestamp,
    /// True when an older product has its SKU or one of its barcodes in another form.
    pub is_in_conflict: bool,
}

/// A category of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCategory {
    /// Id of the category.
    pub id: CategoryId,
    /// Parent category; `None` at the top.
    pub parent_id: Option<CategoryId>,
    /// Name.
    pub name: String,
}

/// A location of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPlace {
    /// Id of the location.
    pub id: LocationId,
    /// Name.
    pub name: String,
    /// True for the location of rows that name none.
    pub is_default: bool,
}

/// The stock of one product at one location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLevel {
    /// The product.
    pub product_id: ProductId,
    /// The location.
    pub location_id: LocationId,
    /// Quantity in stock according to the ledger.
    pub on_hand: Quantity,
}

/// A recorded sale line that can still be returned in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundableLine {
    /// The sale.
    pub sale_id: SaleId,
    /// Its line.
    pub sale_line_id: SaleLineId,
    /// The product that was sold.
    pub product_id: ProductId,
    /// Price of a unit, minor units.
    pub unit_price_minor: i64,
    /// Discount on the whole line, minor units.
    pub discount_minor: i64,
    /// Quantity sold.
    pub sold: Quantity,
    /// Quantity not yet returned.
    pub remaining: Quantity,
    /// Time of the sale.
    pub occurred_at: Timestamp,
}

/// A list of texts, each once.
pub(super) fn each_once(texts: BTreeSet<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}
