//! The shapes of what is kept of a staged file as JSON: how it was read, what its rows say and
//! change, what a commit would do. The parts are made where the file is judged and committed; every
//! answer of a test is compared with these.

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
    /// Rows contradict each other.
    Mixed,
}

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub enum ImportDecimalSign {
    /// `1,25` is one and a quarter.
    #[serde(rename = ",")]
    Comma,
    /// `1.25` is one and a quarter.
    #[serde(rename = ".")]
    Point,
    /// Rows contradict each other.
    #[serde(rename = "mixed")]
    Mixed,
}

/// How a file was read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportMapping {
    /// What it is: `csv`, `xlsx`, `xls`, `xlsb` or `ods`.
    #[schema(example = "csv")]
    pub format: String,
    /// The encoding of a text file.
    #[schema(nullable = false, example = "utf-8")]
    pub encoding: Option<String>,
    /// What stands between the cells of a text file.
    #[schema(nullable = false, example = ";")]
    pub separator: Option<String>,
    /// The sheet of a spreadsheet that was read.
    #[schema(nullable = false, example = "Feuil1")]
    pub sheet: Option<String>,
    /// Line of its headers, from 1.
    pub header_row: i64,
    /// Null where nothing in the file depends on it.
    pub date_order: Option<ImportDateOrder>,
    /// Null where nothing in the file depends on it.
    pub decimal_sign: Option<ImportDecimalSign>,
    /// The field of the program -> the header in the file.
    #[schema(example = json!({"sku": "Code", "price": "PV"}))]
    pub columns: BTreeMap<String, String>,
}

/// What a commit would do, or did. Which figures there are depends on the kind of the file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportEffects {
    /// Stock: products whose stock moves.
    #[schema(nullable = false)]
    pub products: Option<i64>,
    /// Stock: units that come, less those that go.
    #[schema(nullable = false)]
    pub units: Option<QuantitySum>,
    /// What the stock would be worth more, at cost, minor units.
    #[schema(nullable = false)]
    pub stock_value_minor: Option<i64>,
    /// Stock, once committed: movements of the ledger.
    #[schema(nullable = false)]
    pub movements: Option<i64>,
    /// Products that are made.
    #[schema(nullable = false)]
    pub products_new: Option<i64>,
    /// Products: those that are changed.
    #[schema(nullable = false)]
    pub products_changed: Option<i64>,
    /// Products: categories that are made.
    #[schema(nullable = false)]
    pub categories_new: Option<i64>,
    /// Sales: sales that are recorded.
    #[schema(nullable = false)]
    pub sales: Option<i64>,
    /// Sales: invoices with returns.
    #[schema(nullable = false)]
    pub returns: Option<i64>,
    /// Sales, once committed: refunds that were recorded.
    #[schema(nullable = false)]
    pub refunds: Option<i64>,
    /// Sales: what was sold less what came back, without tax that comes on top, minor units.
    #[schema(nullable = false)]
    pub revenue_minor: Option<i64>,
    /// Sales: discounts, minor units.
    #[schema(nullable = false)]
    pub discounts_minor: Option<i64>,
    /// Sales: what was paid back, minor units.
    #[schema(nullable = false)]
    pub refunds_minor: Option<i64>,
    /// Sales, once committed: what was sold, minor units.
    #[schema(nullable = false)]
    pub sold_minor: Option<i64>,
    /// Sales: the first day; absent without a row that can be taken.
    #[schema(nullable = false)]
    pub from: Option<NaiveDate>,
    /// Sales: the last day; absent without a row that can be taken.
    #[schema(nullable = false)]
    pub to: Option<NaiveDate>,
}

/// What was read from a row, by field. What is empty in the file is absent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportValues {
    /// The product that the row names; absent when it makes one.
    #[schema(nullable = false)]
    pub product_id: Option<ProductId>,
    /// Code of the product.
    #[schema(nullable = false)]
    pub sku: Option<String>,
    /// What the file calls it.
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// Products: barcodes.
    #[schema(nullable = false)]
    pub barcodes: Option<Vec<String>>,
    /// Stock: a barcode in the place of the code.
    #[schema(nullable = false)]
    pub barcode: Option<String>,
    /// Products: the category, as the names from the root down.
    #[schema(nullable = false)]
    pub category: Option<Vec<String>>,
    /// Products: the unit.
    #[schema(nullable = false)]
    pub unit: Option<String>,
    /// Products: selling price, minor units.
    #[schema(nullable = false)]
    pub price_minor: Option<i64>,
    /// Products: purchase cost, minor units.
    #[schema(nullable = false)]
    pub cost_minor: Option<i64>,
    /// Products: tax rate, basis points.
    #[schema(nullable = false)]
    pub tax_rate_bp: Option<i64>,
    /// Products: level under which to order.
    #[schema(nullable = false)]
    pub reorder_level: Option<Quantity>,
    /// Stock: where, by name.
    #[schema(nullable = false)]
    pub location: Option<String>,
    /// Stock: where.
    #[schema(nullable = false)]
    pub location_id: Option<LocationId>,
    /// What lies there.
    #[schema(nullable = false)]
    pub stock_set: Option<Quantity>,
    /// What comes there.
    #[schema(nullable = false)]
    pub stock_add: Option<Quantity>,
    /// By how much the stock would move, seen at the preview.
    #[schema(nullable = false)]
    pub stock_delta: Option<Quantity>,
    /// Sales: number of the invoice or receipt.
    #[schema(nullable = false)]
    pub invoice: Option<String>,
    /// Sales: how much; negative for a return.
    #[schema(nullable = false)]
    pub quantity: Option<Quantity>,
    /// Sales: when.
    #[schema(nullable = false)]
    pub occurred_at: Option<Timestamp>,
    /// Sales: at what price a unit, minor units.
    #[schema(nullable = false)]
    pub unit_price_minor: Option<i64>,
    /// Sales: what the line was reduced by, minor units.
    #[schema(nullable = false)]
    pub discount_minor: Option<i64>,
    /// Sales: to whom.
    #[schema(nullable = false)]
    pub customer: Option<String>,
    /// Sales: for a return, what it brings back.
    #[schema(nullable = false)]
    pub returns: Option<ReturnedLine>,
}

/// A text that changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TextChange {
    /// What it is.
    pub old: String,
    /// What it becomes.
    pub new: String,
}

/// A whole number that changes.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct NumberChange {
    /// What it is.
    pub old: i64,
    /// What it becomes.
    pub new: i64,
}

/// A quantity that changes.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct QuantityChange {
    /// What it is.
    pub old: Quantity,
    /// What it becomes.
    pub new: Quantity,
}

/// A list that changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListChange {
    /// What it is.
    pub old: Vec<String>,
    /// What it becomes.
    pub new: Vec<String>,
}

/// A category that changes, as the names from the root down.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CategoryChange {
    /// What it is; null without one.
    pub old: Option<Vec<String>>,
    /// What it becomes.
    pub new: Vec<String>,
}

/// What a row changes; what stays as it is is absent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportChanges {
    /// The name.
    #[schema(nullable = false)]
    pub name: Option<TextChange>,
    /// The unit.
    #[schema(nullable = false)]
    pub unit: Option<TextChange>,
    /// Selling price, minor units.
    #[schema(nullable = false)]
    pub price_minor: Option<NumberChange>,
    /// Purchase cost, minor units.
    #[schema(nullable = false)]
    pub cost_minor: Option<NumberChange>,
    /// Tax rate, basis points.
    #[schema(nullable = false)]
    pub tax_rate_bp: Option<NumberChange>,
    /// Level under which to order.
    #[schema(nullable = false)]
    pub reorder_level: Option<QuantityChange>,
    /// Barcodes.
    #[schema(nullable = false)]
    pub barcodes: Option<ListChange>,
    /// The category.
    #[schema(nullable = false)]
    pub category: Option<CategoryChange>,
    /// What lies there.
    #[schema(nullable = false)]
    pub on_hand: Option<QuantityChange>,
}
