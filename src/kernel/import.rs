//! The rows of a staged file: the words that the parser (analytics), the shell and the committer
//! (sales) share.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
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
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Stock => "stock",
            Self::Sales => "sales",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a row would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// Cannot be taken; its issues say why.
    Error,
    /// Makes something.
    New,
    /// Changes something.
    Changed,
    /// Says what is so already.
    Unchanged,
}

impl RowState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Error, Self::New, Self::Changed, Self::Unchanged];

    /// The word used in JSON and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// How bad an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row cannot be taken.
    Error,
    /// The row can be taken, but somebody should look.
    Warning,
}

/// Something about one cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowIssue {
    /// How bad.
    pub severity: Severity,
    /// The field, by the program's name of it (`price`, `sku`); empty for the whole row.
    pub column: String,
    /// What stands in the cell.
    pub value: String,
    /// The rule (`import.not_a_number`).
    pub code: String,
    /// What was expected, in an English sentence.
    pub detail: String,
}

/// One row of a staged file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedRow {
    /// Line in the file, the header being line 1.
    pub row: i64,
    /// What it would do.
    pub state: RowState,
    /// The parsed values by field name: integers in minor units and thousandths, texts as read.
    pub values: Map<String, Value>,
    /// `field -> {old, new}` for a changed row.
    pub changes: Map<String, Value>,
    /// What is wrong or strange.
    pub issues: Vec<RowIssue>,
}

/// How many rows of each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RowCounts {
    /// Rows that make something.
    pub new: i64,
    /// Rows that change something.
    pub changed: i64,
    /// Rows that say what is so already.
    pub unchanged: i64,
    /// Rows that cannot be taken.
    pub error: i64,
    /// Rows that can be taken but carry a warning.
    pub warning: i64,
}

/// A parsed and validated file, ready to be staged.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// What the file holds.
    pub kind: ImportKind,
    /// How the columns were read: field name -> header in the file.
    pub mapping: Map<String, Value>,
    /// Every row.
    pub rows: Vec<StagedRow>,
    /// How many of each state.
    pub counts: RowCounts,
    /// What a commit would do: `stock_value_minor`, `sales`, `revenue_minor`, …
    pub effects: Map<String, Value>,
}
