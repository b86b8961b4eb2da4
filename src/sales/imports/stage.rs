//! Stores a preview and reads it back.

use std::collections::BTreeMap;

use files::read::{
    layout::FileLayout,
    staged::{ImportKind, Preview, RowCounts, RowIssue, RowState, Severity, StagedRow, StagedRows},
};
use kernel::{Code, Problem, Timestamp, ids::ImportId, paging::Page};
use serde_json::{Map, Value};
use store::{Source, StoreError, Tx, to_json};

use super::{
    CHUNK, EVER, Import, ImportRow, ImportState, Imports, KEEP_SECONDS, SAME_FILE, file,
    repo::{self, WantedReading},
};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::SalesResult,
};

/// A file that was sent.
#[derive(Debug)]
pub(super) struct StagedFile {
    /// Its name.
    pub name: String,
    /// When it arrived, before the shop was queried: the time of its counts.
    pub at: Timestamp,
    /// Its bytes, kept as long as it may be read again.
    pub bytes: Vec<u8>,
}

/// A file that was read, and compared with the shop as far as its columns are clear.
#[derive(Debug)]
pub(super) struct Judged {
    /// What it holds.
    pub kind: ImportKind,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// How it was asked to be read.
    pub asked: WantedReading,
    /// Its columns, and what has to be said about them.
    pub layout: FileLayout,
    /// What a commit would do, or how it was read so far when something has to be said first.
    pub preview: Result<Preview, Map<String, Value>>,
}

impl Imports {
    /// Stores a file, so that it can be shown, mapped and committed.
    ///
    /// Bytes and rows are written in transactions of their own, so that tills can sell meanwhile. The
    /// import is `failed` until the last row is stored.
    pub(super) async fn stage(
        &self,
        actor: &Actor,
        file: StagedFile,
        judged: Judged,
    ) -> SalesResult<Import> {
        let at = file.at;
        let earlier = self.file_warnings(&file.name, &judged.sha256).await?;
        let import = Import {
            id: ImportId::generate(),
            kind: judged.kind,
            state: ImportState::Failed,
            issues: earlier,
            file_name: file.name,
            sha256: judged.sha256.clone(),
            mapping: Map::new(),
            layout: None,
            counts: RowCounts::default(),
            effects: Map::new(),
            created_by: actor.user_id,
            created_at: at,
            expires_at: at.plus_seconds(KEEP_SECONDS),
            committed_at: None,
            undone: None,
        };
        let asked = judged.asked.clone();
        let (import, state, rows) = described(import, judged);
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                repo::forget_old(tx, at).await?;
                repo::insert(tx, &import, &asked).await
            })
            .await?;
        file::store(&self.ctx.write, import.id, &file.bytes).await?;
        self.store_rows(actor, import, state, rows).await
    }

    /// Stores a file again that was read by another mapping, in the place of what was read before.
    ///
    /// # Errors
    /// `import.wrong_state` when it was committed or read again in between, and those of the store.
    pub(super) async fn stage_again(
        &self,
        actor: &Actor,
        import: Import,
        judged: Judged,
    ) -> SalesResult<Import> {
        let same_file = |issue: &RowIssue| issue.code == SAME_FILE;
        let import = Import {
            issues: import.issues.into_iter().filter(same_file).collect(),
            state: ImportState::Failed,
            ..import
        };
        let asked = judged.asked.clone();
        let (import, state, rows) = described(import, judged);
        let now = self.ctx.clock.now();
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                check_open(&repo::lock(tx, import.id, now).await?)?;
                repo::replace(tx, &import, &asked).await
            })
            .await?;
        self.store_rows(actor, import, state, rows).await
    }

    async fn store_rows(
        &self,
        actor: &Actor,
        import: Import,
        state: ImportState,
        mut rows: StagedRows,
    ) -> SalesResult<Import> {
        loop {
            let (chunk, rest) = encode_chunk(import.id, rows).await?;
            rows = rest;
            let Some(chunk) = chunk else { break };
            self.ctx
                .write
                .transaction(async |tx: &Tx| repo::insert_rows(tx, &chunk).await)
                .await?;
        }
        let import = Import { state, ..import };
        let brief = Import {
            layout: None,
            ..import.clone()
        };
        let entry = || Entry::of(Deed::ImportStage, import.id).after(&brief);
        let at = self.ctx.clock.now();
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                repo::set_stored(tx, import.id, import.state).await?;
                audit::record(tx, actor, at, entry()).await
            })
            .await?;
        Ok(import)
    }

    async fn file_warnings(&self, name: &str, sha256: &str) -> SalesResult<Vec<RowIssue>> {
        let earlier = repo::committed_after(Source::Read(&self.ctx.read), sha256, EVER).await?;
        Ok(earlier
            .map(|(before, at)| RowIssue {
                severity: Severity::Warning,
                column: String::new(),
                value: name.chars().take(120).collect(),
                code: SAME_FILE.to_owned(),
                detail: format!("The same file was committed before, as {before} at {at}."),
                cell: None,
            })
            .into_iter()
            .collect())
    }

    /// Returns one import.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub async fn import(&self, id: ImportId) -> SalesResult<Import> {
        repo::find(&self.ctx.read, id, self.ctx.clock.now()).await
    }

    /// The SKU of a product of the shop, as an example; `None` where there is none.
    pub(super) async fn example_sku(&self) -> SalesResult<Option<String>> {
        repo::example_sku(&self.ctx.read).await
    }

    /// Lists imports, newest first.
    pub async fn imports(&self, before: Option<ImportId>, limit: u32) -> SalesResult<Page<Import>> {
        repo::list(&self.ctx.read, before, limit, self.ctx.clock.now()).await
    }

    /// Lists rows of an import in the order of the file.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub async fn rows(
        &self,
        id: ImportId,
        state: Option<RowState>,
        after: i64,
        limit: u32,
    ) -> SalesResult<Page<ImportRow>> {
        self.import(id).await?;
        repo::rows(&self.ctx.read, id, state, after, limit).await
    }
}

impl Imports {
    /// How often each issue occurs, most frequent first. Reads the rows page by page.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub async fn issue_counts(&self, id: ImportId, page: u32) -> SalesResult<Vec<(String, i64)>> {
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        let mut after = 0;
        loop {
            let rows = self.rows(id, None, after, page).await?;
            for issue in rows.items.iter().flat_map(|row| &row.issues) {
                *counts.entry(issue.code.clone()).or_default() += 1;
            }
            match rows.items.last() {
                Some(last) if rows.has_more => after = last.row,
                _ => break,
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(counts)
    }
}

/// Refuses a file that cannot be read again: it was committed, or is too old.
pub(super) fn check_open(import: &Import) -> Result<(), Problem> {
    match import.state {
        ImportState::Mapping | ImportState::Previewed => Ok(()),
        state => Err(Problem::new(
            Code::ImportState,
            format!(
                "The import is {}; only an open one can be read by another mapping.",
                state.as_str()
            ),
        )),
    }
}

/// An import with what was read of its file, the state in which that will be, and its rows.
fn described(import: Import, judged: Judged) -> (Import, ImportState, StagedRows) {
    let layout = Some(judged.layout);
    match judged.preview {
        Ok(preview) => {
            let mut issues = import.issues;
            issues.extend(preview.issues);
            let import = Import {
                layout,
                issues,
                mapping: preview.mapping,
                counts: preview.counts,
                effects: preview.effects,
                ..import
            };
            (import, ImportState::Previewed, preview.rows)
        }
        Err(mapping) => {
            let import = Import {
                layout,
                mapping,
                counts: RowCounts::default(),
                effects: Map::new(),
                ..import
            };
            (import, ImportState::Mapping, Box::new(std::iter::empty()))
        }
    }
}

/// Encodes the next rows as JSON, on a blocking thread.
async fn encode_chunk(
    id: ImportId,
    mut rows: StagedRows,
) -> SalesResult<(Option<String>, StagedRows)> {
    let encode = move || {
        let chunk: Vec<_> = rows
            .by_ref()
            .take(CHUNK)
            .map(|row| repo::staged_row(id, &row))
            .collect();
        let text = (!chunk.is_empty()).then(|| to_json(&chunk));
        (text, rows)
    };
    tokio::task::spawn_blocking(encode)
        .await
        .map_err(|error| StoreError::Corrupt(error.to_string()).into())
}

impl From<StagedRow> for ImportRow {
    fn from(row: StagedRow) -> Self {
        Self {
            row: row.row,
            state: row.state,
            values: row.values,
            changes: Value::Object(row.changes),
            issues: row.issues,
        }
    }
}
