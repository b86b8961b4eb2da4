//! Files in: received (`upload`), read and compared with the shop (`preview`, by the crate `files`),
//! stored row by row (`stage`), looked at, and committed in one transaction (`commit`).
//!
//! A preview is stored for a day ([`KEEP_SECONDS`]). A commit compares its rows once more with the
//! shop as it is at that moment.
//!
//! Stock moves through [`crate::inventory::ledger::move_stock`] like everywhere else:
//! - `stock_add` comes on top; `stock_set` is a count at the moment at which the file was sent, so
//!   goods sold in between stay sold.
//! - **Sales history leaves today's stock as it is.** For each product one `import` movement at its
//!   first sale in the file brings in what the history needs at its deepest point; sales and
//!   refunds follow in the order of time; where goods came back for good, one more `import`
//!   movement at the last of them takes out what is left over. So no balance is ever negative, not
//!   in the ledger and not at any past moment, and the sum of the history is zero.

mod commit;
mod commit_products;
mod commit_sales;
mod commit_stock;
mod facts;
mod history;
pub mod http;
mod known;
pub mod preview;
mod refunds;
mod repo;
pub mod shapes;
mod stage;
mod stock;
mod upload;
mod work;

use std::sync::Arc;

use files::read::staged::{ImportKind, RowCounts, RowIssue, RowState};
use kernel::{
    Timestamp,
    ids::{ImportId, UserId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shapes::{ImportChanges, ImportEffects, ImportMapping, ImportValues};
use upload::Uploads;

use crate::{catalogue::Catalogue, context::Context};

/// How long a preview can be committed: one day. The shop goes on, and the preview grows old.
pub const KEEP_SECONDS: i64 = 24 * 3600;
/// Says of a file that the same bytes were committed before.
const SAME_FILE: &str = "import.same_file";
/// Before anything was committed.
const EVER: Timestamp = Timestamp::from_micros(i64::MIN);
/// Rows in one statement.
const CHUNK: usize = 5_000;

/// Everything that is done with files.
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

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum ImportState {
    /// Stored, and ready for a commit.
    Previewed,
    /// Committed.
    Committed,
    /// Undone after the commit.
    Undone,
    /// Its rows could not all be stored.
    Failed,
    /// Too old to be committed.
    Expired,
}

impl ImportState {
    /// The word used in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A staged file as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// What it holds.
    pub kind: ImportKind,
    /// How far it has come.
    pub state: ImportState,
    /// What the client called it.
    #[schema(example = "produits.csv")]
    pub file_name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// How it was read.
    #[schema(value_type = ImportMapping)]
    pub mapping: Map<String, Value>,
    /// How many rows of each state.
    pub counts: RowCounts,
    /// What a commit would do, or did.
    #[schema(value_type = ImportEffects)]
    pub effects: Map<String, Value>,
    /// Warnings about the file as a whole.
    pub issues: Vec<RowIssue>,
    /// Who sent it; null for the command line.
    #[schema(required)]
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be committed.
    pub expires_at: Timestamp,
    /// When it was committed.
    #[schema(required)]
    pub committed_at: Option<Timestamp>,
}

/// A row of a staged file as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ImportRow {
    /// Line in the file, from 1.
    pub row: i64,
    /// What it would do.
    pub state: RowState,
    /// What was read, by field; amounts in minor units.
    #[schema(value_type = ImportValues)]
    pub values: Value,
    /// `field -> {old, new}` for a changed row.
    #[schema(value_type = ImportChanges)]
    pub changes: Value,
    /// What is wrong or strange.
    pub issues: Vec<RowIssue>,
}

/// What to do with rows that have errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorRows {
    /// They stop the commit.
    Refuse,
    /// They are left out.
    Skip,
}

/// What to do with warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warnings {
    /// They stop the commit.
    Refuse,
    /// Somebody looked at them.
    Accept,
}

/// How a file is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitOptions {
    /// Rows with errors.
    pub errors: ErrorRows,
    /// Rows, or the file, with warnings.
    pub warnings: Warnings,
}
