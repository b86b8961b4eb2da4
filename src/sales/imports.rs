//! Files in: received (`upload`), read and compared with the shop (`preview`, with the crate
//! `files`), stored row by row (`stage`), shown, and committed in one transaction (`commit`).
//!
//! A preview is stored for a day ([`KEEP_SECONDS`]). A commit compares its rows once more with the
//! present shop.
//!
//! Stock moves through [`crate::inventory::ledger::move_stock`] as everywhere:
//! - `stock_add` adds to the stock; `stock_set` is a count at the moment at which the file was sent, so
//!   goods sold in between stay sold.
//! - **A sales history does not change today's stock.** For each product, one `import` movement at its
//!   first sale in the file brings in what the history needs at its deepest point. Sales and refunds
//!   follow in the order of time. If goods came back for good, one more `import` movement at the last
//!   of them takes out what is left over. So no balance is ever negative, not in the ledger and not at
//!   any past moment, and the sum of the history is zero.

mod ahead;
mod commit;
mod commit_products;
mod commit_sales;
mod commit_stock;
mod errors;
mod facts;
mod file;
mod history;
pub mod http;
mod known;
pub mod preview;
mod refunds;
mod repo;
pub mod shapes;
mod stage;
mod stock;
mod trace;
mod tree;
mod undo;
pub mod undone;
mod upload;
mod words;
mod work;

use std::sync::Arc;

use files::read::{
    layout::FileLayout,
    staged::{ImportKind, RowCounts, RowIssue, RowState},
};
use kernel::{
    Timestamp,
    ids::{ImportId, UserId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shapes::{ImportChanges, ImportEffects, ImportMapping, ImportValues};
use undone::ImportUndone;
use upload::Uploads;

use crate::{catalogue::Catalogue, context::Context};

/// How long a preview can be committed: one day. The shop changes meanwhile.
pub const KEEP_SECONDS: i64 = 24 * 3600;
/// The issue of a file whose bytes were committed before.
const SAME_FILE: &str = "import.same_file";
/// A time before any commit.
const EVER: Timestamp = Timestamp::from_micros(i64::MIN);
/// Rows in one statement.
const CHUNK: usize = 5_000;

/// All use cases of files.
#[derive(Debug, Clone)]
pub struct Imports {
    ctx: Context,
    catalogue: Catalogue,
    uploads: Arc<Uploads>,
}

impl Imports {
    /// The service over a shop's handles.
    #[must_use]
    pub fn new(ctx: Context, catalogue: Catalogue) -> Self {
        Self {
            ctx,
            catalogue,
            uploads: Arc::default(),
        }
    }
}

/// The state of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum ImportState {
    /// Its columns are unclear: the questions of its layout have to be answered by a mapping.
    Mapping,
    /// Stored and ready for a commit.
    Previewed,
    /// Written into the shop.
    Committed,
    /// Undone after the commit.
    Undone,
    /// Not all of its rows could be stored.
    Failed,
    /// Too old to be committed.
    Expired,
}

impl ImportState {
    /// The word in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A file that was sent and previewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Import {
    /// The import's own UUID.
    pub id: ImportId,
    /// What the file contains.
    pub kind: ImportKind,
    /// Whether it is previewed, committed or no longer usable.
    pub state: ImportState,
    /// The file's name as the client sent it.
    #[schema(example = "produits.csv")]
    pub file_name: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// How the file was read: its encoding, columns, dates and numbers.
    #[schema(value_type = ImportMapping)]
    pub mapping: Map<String, Value>,
    /// Its columns, with samples, and the questions that have to be answered before there is a preview.
    /// Absent in a list, and for a file that is committed or has expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub layout: Option<FileLayout>,
    /// The number of rows in each state.
    pub counts: RowCounts,
    /// What a commit would change, or has changed.
    #[schema(value_type = ImportEffects)]
    pub effects: Map<String, Value>,
    /// Warnings about the file as a whole.
    pub issues: Vec<RowIssue>,
    /// The user who sent it; null for the command line.
    #[schema(required)]
    pub created_by: Option<UserId>,
    /// When the file was sent.
    pub created_at: Timestamp,
    /// The time until which it can be committed.
    pub expires_at: Timestamp,
    /// When it was committed; null before that.
    #[schema(required)]
    pub committed_at: Option<Timestamp>,
    /// How it was undone. Absent for a file that is not undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub undone: Option<ImportUndone>,
}

/// A row of an imported file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ImportRow {
    /// The line in the file, from 1.
    pub row: i64,
    /// What a commit does with the row.
    pub state: RowState,
    /// The values that were read, by field; amounts in minor units.
    #[schema(value_type = ImportValues)]
    pub values: Value,
    /// `field -> {old, new}` for a changed row.
    #[schema(value_type = ImportChanges)]
    pub changes: Value,
    /// Errors and warnings about the row.
    pub issues: Vec<RowIssue>,
}

/// What a commit does with rows that have errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorRows {
    /// Refuses the commit.
    Refuse,
    /// Leaves them out.
    Skip,
}

/// What a commit does about warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warnings {
    /// Refuses the commit.
    Refuse,
    /// Accepts them: somebody has read them.
    Accept,
}

/// What a commit does about big changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BigChanges {
    /// Refuses the commit.
    Refuse,
    /// Accepts them: somebody has looked at each.
    Accept,
}

/// Options of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitOptions {
    /// What to do with rows that have errors.
    pub errors: ErrorRows,
    /// What to do about warnings on rows or on the file.
    pub warnings: Warnings,
    /// What to do about prices, costs and stock that become ten times what they were, or a tenth of it.
    pub big_changes: BigChanges,
}
