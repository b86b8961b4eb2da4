//! A file that was read and judged: its rows with what each of them says, would do and has wrong.

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, SaleLineId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a file holds.
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

    /// The word used in JSON, in storage and on the command line.
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
    /// Cannot be imported; its issues say why.
    Error,
    /// Creates something.
    New,
    /// Changes something.
    Changed,
    /// Says what the shop has already.
    Unchanged,
}

impl RowState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Error, Self::New, Self::Changed, Self::Unchanged];

    /// The word used in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How bad an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = IssueSeverity)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row cannot be imported.
    Error,
    /// The row can be imported, but somebody should look at it.
    Warning,
}

/// An error or a warning about one cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowIssue {
    /// Whether the row can be imported in spite of it.
    pub severity: Severity,
    /// The field, by the program's name of it (`price`, `sku`); empty for the whole row.
    pub column: String,
    /// The text of the cell, its first 120 characters.
    pub value: String,
    /// The rule (`import.not_a_number`).
    pub code: String,
    /// What was expected, in an English sentence.
    pub detail: String,
    /// Where the cell is in its spreadsheet (`Sheet1!C7`); absent for a text file and for a whole row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Sheet1!C7")]
    pub cell: Option<String>,
}

/// One row of a staged file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedRow {
    /// Line in the file, from 1.
    pub row: i64,
    /// What a commit would do with it.
    pub state: RowState,
    /// The parsed values by field name: a [`ProductValues`], [`StockValues`] or [`SaleValues`].
    pub values: Value,
    /// `field -> {old, new}` for a changed row.
    pub changes: Map<String, Value>,
    /// Errors and warnings.
    pub issues: Vec<RowIssue>,
}

/// What a row of products says. A cell that is empty in the file is absent here and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProductValues {
    /// The product that the row changes; absent when it creates one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// Its code. A new product without one is known by its first barcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its barcodes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub barcodes: Vec<String>,
    /// Its category, as the names from the root down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<String>,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Selling price, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_minor: Option<i64>,
    /// Purchase cost, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_minor: Option<i64>,
    /// Tax rate, basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_rate_bp: Option<i64>,
    /// Level below which to order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder_level: Option<Quantity>,
    /// A count: what is in stock at the default location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_set: Option<Quantity>,
    /// What is added to the stock of the default location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_add: Option<Quantity>,
    /// By how much the stock would move: `stock_add`, or `stock_set` less the stock at the preview.
    /// How much the commit moves follows from the books of that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_delta: Option<Quantity>,
}

/// What a row of stock says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StockValues {
    /// The product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// Its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Or one of its barcodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// The location by name; absent means the default location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
    /// A count: what is in stock there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_set: Option<Quantity>,
    /// What is added to the stock there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_add: Option<Quantity>,
    /// By how much the stock would move: `stock_add`, or `stock_set` less the stock at the preview.
    /// How much the commit moves follows from the books of that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_delta: Option<Quantity>,
}

/// What a row of sales history says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaleValues {
    /// Number of the invoice or receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    /// Code of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// What the file calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Quantity; negative for a return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// When it was sold, or came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// Price of a unit, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price_minor: Option<i64>,
    /// Discount on the whole line, minor units; absent means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_minor: Option<i64>,
    /// The customer, as the file names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// For a return: the line that comes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<ReturnedLine>,
}

/// The sale line that a return brings back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedLine {
    /// A line of the same file, by its row.
    Row(i64),
    /// A line that the shop recorded.
    Recorded {
        /// The sale.
        sale_id: SaleId,
        /// Its line.
        sale_line_id: SaleLineId,
    },
}

/// How many rows there are of each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowCounts {
    /// Rows that create something.
    pub new: i64,
    /// Rows that change something.
    pub changed: i64,
    /// Rows that say what the shop has already.
    pub unchanged: i64,
    /// Rows that cannot be imported.
    pub error: i64,
    /// Rows that can be imported but have a warning.
    pub warning: i64,
}

/// The rows of a preview, made one by one: half a million rows are never in memory in this form at
/// once.
pub type StagedRows = Box<dyn Iterator<Item = StagedRow> + Send>;

/// A file that was read and judged, ready to be stored.
pub struct Preview {
    /// What the file holds.
    pub kind: ImportKind,
    /// How the file was read: encoding, separator, header row, `columns` (field -> header), order
    /// of dates, decimal sign.
    pub mapping: Map<String, Value>,
    /// Every row, in the order of the file.
    pub rows: StagedRows,
    /// How many rows of each state.
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
