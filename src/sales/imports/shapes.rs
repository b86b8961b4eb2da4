//! Types of the stored JSON of a staged file: how it was read, what its rows contain and change, what
//! a commit would do. The JSON is made where the file is judged and committed; every response in a
//! test is compared with these types.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use files::read::staged::ReturnedLine;
use kernel::{
    Quantity, QuantitySum, Timestamp,
    ids::{LocationId, ProductId},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Which of the first two numbers of a date is the day.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportDateOrder {
    /// 01/05 is 1 May.
    DayFirst,
    /// 01/05 is 5 January.
    MonthFirst,
    /// Rows contradict each other about it.
    Mixed,
}

/// The sign before the decimals.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub enum ImportDecimalSign {
    /// `1,25` is one and a quarter.
    #[serde(rename = ",")]
    Comma,
    /// `1.25` is one and a quarter.
    #[serde(rename = ".")]
    Point,
    /// Rows contradict each other about it.
    #[serde(rename = "mixed")]
    Mixed,
}

/// How a file was read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportMapping {
    /// The format: `csv`, `xlsx`, `xls`, `xlsb` or `ods`.
    #[schema(example = "csv")]
    pub format: String,
    /// The encoding of a text file; absent for a spreadsheet.
    #[schema(nullable = false, example = "utf-8")]
    pub encoding: Option<String>,
    /// The sign between the cells of a text file; absent for a spreadsheet.
    #[schema(nullable = false, example = ";")]
    pub separator: Option<String>,
    /// The system whose export it is, where its headers say so.
    #[schema(nullable = false, example = "Shopify")]
    pub preset: Option<String>,
    /// The sheet of a spreadsheet that was read; absent for a text file.
    #[schema(nullable = false, example = "Feuil1")]
    pub sheet: Option<String>,
    /// The line of the headers, from 1.
    pub header_row: i64,
    /// Whether the day or the month comes first; null if no date depends on it.
    pub date_order: Option<ImportDateOrder>,
    /// The decimal sign; null if no number depends on it.
    pub decimal_sign: Option<ImportDecimalSign>,
    /// By field of the program: the header in the file.
    #[schema(example = json!({"sku": "Code", "price": "PV"}))]
    pub columns: BTreeMap<String, String>,
}

/// What a commit would change, or has changed. The kind of file decides which figures exist.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportEffects {
    /// Stock files: products whose stock moves.
    #[schema(nullable = false)]
    pub products: Option<i64>,
    /// Stock files: units that come in less units that go out.
    #[schema(nullable = false)]
    pub units: Option<QuantitySum>,
    /// The increase of the stock's value at cost, minor units.
    #[schema(nullable = false)]
    pub stock_value_minor: Option<i64>,
    /// Stock files, once committed: movements of the ledger.
    #[schema(nullable = false)]
    pub movements: Option<i64>,
    /// The number of new products.
    #[schema(nullable = false)]
    pub products_new: Option<i64>,
    /// Product files: the number of changed products.
    #[schema(nullable = false)]
    pub products_changed: Option<i64>,
    /// Product files: the number of new categories.
    #[schema(nullable = false)]
    pub categories_new: Option<i64>,
    /// Product and stock files: rows that change a price, a cost or a stock to ten times what it was or a
    /// tenth of it. A commit needs `accept_big_changes` for them.
    #[schema(nullable = false)]
    pub big_changes: Option<i64>,
    /// Sales files: the number of sales.
    #[schema(nullable = false)]
    pub sales: Option<i64>,
    /// Sales files: the number of invoices with returns.
    #[schema(nullable = false)]
    pub returns: Option<i64>,
    /// Sales files, once committed: the number of refunds.
    #[schema(nullable = false)]
    pub refunds: Option<i64>,
    /// Sales files: sales less returns, without tax that is added to prices, minor units.
    #[schema(nullable = false)]
    pub revenue_minor: Option<i64>,
    /// Sales files: the sum of discounts, minor units.
    #[schema(nullable = false)]
    pub discounts_minor: Option<i64>,
    /// Sales files: what was paid back, minor units.
    #[schema(nullable = false)]
    pub refunds_minor: Option<i64>,
    /// Sales files, once committed: what was sold, minor units.
    #[schema(nullable = false)]
    pub sold_minor: Option<i64>,
    /// Sales files: the first day; absent if no row can be committed.
    #[schema(nullable = false)]
    pub from: Option<NaiveDate>,
    /// Sales files: the last day; absent if no row can be committed.
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// The values of a row, by field. Empty cells are absent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportValues {
    /// The product in the shop; absent if the row creates it.
    #[schema(nullable = false)]
    pub product_id: Option<ProductId>,
    /// The product's code.
    #[schema(nullable = false)]
    pub sku: Option<String>,
    /// Product files: true for a SKU that was generated from the name.
    #[schema(nullable = false)]
    pub sku_generated: Option<bool>,
    /// The product's name in the file.
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// Product files: all barcodes of the product.
    #[schema(nullable = false)]
    pub barcodes: Option<Vec<String>>,
    /// Stock files: a barcode instead of the code.
    #[schema(nullable = false)]
    pub barcode: Option<String>,
    /// Product files: the names of the category path from the root down.
    #[schema(nullable = false)]
    pub category: Option<Vec<String>>,
    /// Product files: the unit in which it is sold.
    #[schema(nullable = false)]
    pub unit: Option<String>,
    /// Product files: the selling price, minor units.
    #[schema(nullable = false)]
    pub price_minor: Option<i64>,
    /// Product files: the price as the file has it, if it includes tax and the shop's prices do not, or
    /// the reverse; `price_minor` is the converted price.
    #[schema(nullable = false)]
    pub price_written_minor: Option<i64>,
    /// Product files: the purchase cost, minor units.
    #[schema(nullable = false)]
    pub cost_minor: Option<i64>,
    /// Product files: true for a product that is archived in the other system; the row is left out.
    #[schema(nullable = false)]
    pub archived: Option<bool>,
    /// Product files: the tax rate, basis points.
    #[schema(nullable = false)]
    pub tax_rate_bp: Option<i64>,
    /// Product files: the stock at which to order.
    #[schema(nullable = false)]
    pub reorder_level: Option<Quantity>,
    /// Stock files: the location's name.
    #[schema(nullable = false)]
    pub location: Option<String>,
    /// Stock files: the location's id.
    #[schema(nullable = false)]
    pub location_id: Option<LocationId>,
    /// The counted stock, which replaces the level.
    #[schema(nullable = false)]
    pub stock_set: Option<Quantity>,
    /// The quantity to add to the stock.
    #[schema(nullable = false)]
    pub stock_add: Option<Quantity>,
    /// The change of the stock, as seen at the preview.
    #[schema(nullable = false)]
    pub stock_delta: Option<Quantity>,
    /// Sales files: the number of the invoice or receipt.
    #[schema(nullable = false)]
    pub invoice: Option<String>,
    /// Sales files: the quantity; negative for a return.
    #[schema(nullable = false)]
    pub quantity: Option<Quantity>,
    /// Sales files: when it was sold or returned.
    #[schema(nullable = false)]
    pub occurred_at: Option<Timestamp>,
    /// Sales files: the price of a unit, minor units.
    #[schema(nullable = false)]
    pub unit_price_minor: Option<i64>,
    /// Sales files: the discount on the line, minor units.
    #[schema(nullable = false)]
    pub discount_minor: Option<i64>,
    /// Sales files: the customer's name.
    #[schema(nullable = false)]
    pub customer: Option<String>,
    /// Sales files: the sold line that a return brings back.
    #[schema(nullable = false)]
    pub returns: Option<ReturnedLine>,
}

/// A text that changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TextChange {
    /// The present value.
    pub old: String,
    /// The value after the commit.
    pub new: String,
}

/// A whole number that changes.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct NumberChange {
    /// The present value.
    pub old: i64,
    /// The value after the commit.
    pub new: i64,
}

/// A quantity that changes.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct QuantityChange {
    /// The present value.
    pub old: Quantity,
    /// The value after the commit.
    pub new: Quantity,
}

/// A list that changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListChange {
    /// The present values.
    pub old: Vec<String>,
    /// The values after the commit.
    pub new: Vec<String>,
}

/// A category that changes, as the names from the root down.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CategoryChange {
    /// The present path; null without a category.
    pub old: Option<Vec<String>>,
    /// The path after the commit.
    pub new: Vec<String>,
}

/// What a row changes. Unchanged fields are absent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportChanges {
    /// A new product name.
    #[schema(nullable = false)]
    pub name: Option<TextChange>,
    /// A new unit of the product.
    #[schema(nullable = false)]
    pub unit: Option<TextChange>,
    /// A new selling price, minor units.
    #[schema(nullable = false)]
    pub price_minor: Option<NumberChange>,
    /// A new purchase cost, minor units.
    #[schema(nullable = false)]
    pub cost_minor: Option<NumberChange>,
    /// A new tax rate, basis points.
    #[schema(nullable = false)]
    pub tax_rate_bp: Option<NumberChange>,
    /// A new stock at which to order.
    #[schema(nullable = false)]
    pub reorder_level: Option<QuantityChange>,
    /// A new list of barcodes.
    #[schema(nullable = false)]
    pub barcodes: Option<ListChange>,
    /// A new product category.
    #[schema(nullable = false)]
    pub category: Option<CategoryChange>,
    /// A new stock at the location.
    #[schema(nullable = false)]
    pub on_hand: Option<QuantityChange>,
}
