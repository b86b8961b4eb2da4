//! A file that was read and judged: its rows with their values, effects and issues.

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, SaleLineId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::headers::TaxBasis;

/// The kind of data in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum ImportKind {
    /// Products, with prices and perhaps stock.
    Products,
    /// Stock of products that exist.
    Stock,
    /// Sales history.
    Sales,
}

impl ImportKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Products, Self::Stock, Self::Sales];

    /// The word in JSON, in storage and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a commit would do with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum RowState {
    /// Cannot be imported; see its issues.
    Error,
    /// Creates something.
    New,
    /// Changes something.
    Changed,
    /// The shop already has these values.
    Unchanged,
}

impl RowState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Error, Self::New, Self::Changed, Self::Unchanged];

    /// The word in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Severity of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = IssueSeverity)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row cannot be imported.
    Error,
    /// The row can be imported, but should be checked.
    Warning,
}

/// An error or a warning about one cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowIssue {
    /// Whether the row can be imported despite the issue.
    pub severity: Severity,
    /// Field of the issue, by the program's name (`price`, `sku`); empty for the whole row.
    pub column: String,
    /// Text of the cell, at most 120 characters.
    pub value: String,
    /// Code of the broken rule, such as `import.not_a_number`.
    pub code: String,
    /// What was expected, as an English sentence.
    pub detail: String,
    /// Where the cell is in its spreadsheet (`Sheet1!C7`); absent for a text file and for a whole row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Sheet1!C7")]
    pub cell: Option<String>,
}

/// One row of a staged file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedRow {
    /// Line of the file, from 1.
    pub row: i64,
    /// What a commit would do with the row.
    pub state: RowState,
    /// Values by field name: a [`ProductValues`], [`StockValues`] or [`SaleValues`].
    pub values: Value,
    /// `field -> {old, new}` for a changed row; empty for others.
    pub changes: Map<String, Value>,
    /// Errors and warnings of the row.
    pub issues: Vec<RowIssue>,
}

/// Values of a row of products. A cell that is empty in the file is absent here and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProductValues {
    /// Product that the row changes; absent when it creates one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// SKU of the product. A new product without one gets its first barcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// True for a code that was made of the name, because the file has none.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sku_generated: bool,
    /// Name of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Barcodes to add to the product.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub barcodes: Vec<String>,
    /// Category as a path of names, from the top down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<String>,
    /// Unit of the quantities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Selling price, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_minor: Option<i64>,
    /// The price as the file has it, with tax where the shop's have none, or without where they have:
    /// [`Self::price_minor`] is what it comes to by the tax rate of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_written_minor: Option<i64>,
    /// What the price of the file is, where the shop's prices are not that.
    #[serde(skip)]
    pub price_basis: Option<TaxBasis>,
    /// Purchase cost, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_minor: Option<i64>,
    /// True for a cost that includes the tax.
    #[serde(skip)]
    pub cost_has_tax: bool,
    /// True for a product that is sold no longer: it is left as it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Tax rate, basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_rate_bp: Option<i64>,
    /// Stock at or below which to order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder_level: Option<Quantity>,
    /// Counted stock at the default location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_set: Option<Quantity>,
    /// Quantity to add at the default location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_add: Option<Quantity>,
    /// Change of the stock: `stock_add`, or `stock_set` less the stock at the preview. The commit
    /// computes it again from the stock at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_delta: Option<Quantity>,
}

/// Values of a row of stock.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StockValues {
    /// Product of the row; absent when it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// SKU of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Barcode of the product, where the row has no SKU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// Name of the location; absent for the default location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Id of the location; absent for the default location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
    /// Counted stock at the location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_set: Option<Quantity>,
    /// Quantity to add at the location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_add: Option<Quantity>,
    /// Change of the stock: `stock_add`, or `stock_set` less the stock at the preview. The commit
    /// computes it again from the stock at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_delta: Option<Quantity>,
}

/// Values of a row of sales history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaleValues {
    /// Number of the invoice or receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// SKU of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Name of the product in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Quantity sold; negative for a return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// Time of the sale or return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// Price of a unit, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price_minor: Option<i64>,
    /// Discount on the whole line, minor units; absent means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_minor: Option<i64>,
    /// Customer as named in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// For a return: the returned sale line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<ReturnedLine>,
}

/// The sale line of a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedLine {
    /// A line of the same file, by its row.
    Row(i64),
    /// A line that is recorded in the shop.
    Recorded {
        /// The sale whose goods come back.
        sale_id: SaleId,
        /// Which of its lines comes back.
        sale_line_id: SaleLineId,
    },
}

/// Number of rows in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowCounts {
    /// Rows that create something.
    pub new: i64,
    /// Rows that change something.
    pub changed: i64,
    /// Rows whose values the shop already has.
    pub unchanged: i64,
    /// Rows that cannot be imported.
    pub error: i64,
    /// Rows that can be imported but have a warning.
    pub warning: i64,
}

/// The rows of a preview, made one by one: half a million rows are never in memory at once in this form.
pub type StagedRows = Box<dyn Iterator<Item = StagedRow> + Send>;

/// A file that was read and judged, ready to be stored.
pub struct Preview {
    /// Kind of data in the file.
    pub kind: ImportKind,
    /// How the file was read: encoding, separator, header row, `columns` (field -> header), order
    /// of dates, decimal sign.
    pub mapping: Map<String, Value>,
    /// Every row, in the order of the file.
    pub rows: StagedRows,
    /// Number of rows in each state.
    pub counts: RowCounts,
    /// What a commit would do: `stock_value_minor`, `sales`, `revenue_minor`, …
    pub effects: Map<String, Value>,
    /// Warnings about the file as a whole.
    pub issues: Vec<RowIssue>,
}

impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preview")
            .field("kind", &self.kind)
            .field("mapping", &self.mapping)
            .field("counts", &self.counts)
            .field("effects", &self.effects)
            .finish_non_exhaustive()
    }
}
