//! What the shop knows of the things that a file names: the facts by which a file is judged.

use std::collections::{BTreeSet, HashSet};

use kernel::{
    Quantity, Timestamp,
    ids::{CategoryId, LocationId, ProductId, SaleId, SaleLineId},
};

/// What a file names: the questions that its judgement puts to the shop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// SKUs, each once.
    pub skus: Vec<String>,
    /// Barcodes, each once.
    pub barcodes: Vec<String>,
    /// Invoice numbers of a file of sales, each once.
    pub invoices: Vec<String>,
    /// The SKUs of which something comes back, in the form in which codes are compared
    /// ([`kernel::text::code_key`]).
    pub returned: HashSet<String>,
}

/// What the shop knows of the things that a file names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Products that have a SKU or a barcode of the file.
    pub products: Vec<KnownProduct>,
    /// For products: every category.
    pub categories: Vec<KnownCategory>,
    /// For products and stock: every location.
    pub places: Vec<KnownPlace>,
    /// For products and stock: the stock of [`Self::products`].
    pub levels: Vec<KnownLevel>,
    /// For sales: those of [`Named::invoices`] that are recorded already.
    pub invoices: Vec<String>,
    /// For sales: recorded lines of the products that come back.
    pub refundable: Vec<RefundableLine>,
}

/// A product of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownProduct {
    /// Its id.
    pub id: ProductId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category_id: Option<CategoryId>,
    /// Its unit.
    pub unit: String,
    /// Selling price, minor units.
    pub price_minor: i64,
    /// Purchase cost, minor units.
    pub cost_minor: i64,
    /// Tax rate, basis points.
    pub tax_rate_bp: i64,
    /// Level below which to order.
    pub reorder_level: Quantity,
    /// True when it is sold no longer.
    pub is_archived: bool,
    /// Its barcodes.
    pub barcodes: Vec<String>,
    /// True when some of it was moved or sold: then its unit stays.
    pub is_moved: bool,
    /// When it was created: of two products with one code, the older one is meant.
    pub created_at: Timestamp,
    /// True when an older product has its SKU or one of its barcodes, written in another way.
    pub is_in_conflict: bool,
}

/// A category of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCategory {
    /// Its id.
    pub id: CategoryId,
    /// The category above it.
    pub parent_id: Option<CategoryId>,
    /// Its name.
    pub name: String,
}

/// A location of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPlace {
    /// Its id.
    pub id: LocationId,
    /// Its name.
    pub name: String,
    /// True for the one that is meant when a file names none.
    pub is_default: bool,
}

/// The stock of one product at one location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLevel {
    /// The product.
    pub product_id: ProductId,
    /// The location.
    pub location_id: LocationId,
    /// What the books say is there.
    pub on_hand: Quantity,
}

/// A recorded sale line of which something can still come back.
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
    /// How much was sold.
    pub sold: Quantity,
    /// How much has not come back yet.
    pub remaining: Quantity,
    /// When it was sold.
    pub occurred_at: Timestamp,
}

/// A list of texts, each once.
pub(super) fn each_once(texts: BTreeSet<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}
