//! Stores a preview and reads it back.

use std::collections::BTreeMap;

use files::read::staged::{Preview, RowIssue, RowState, Severity, StagedRow, StagedRows};
use kernel::{Timestamp, ids::ImportId, paging::Page};
use serde_json::Value;
use store::{Source, StoreError, Tx, to_json};

use super::{CHUNK, EVER, Import, ImportRow, ImportState, Imports, KEEP_SECONDS, SAME_FILE, repo};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::SalesResult,
};

/// The file of a preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StagedFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// When it arrived, before the shop was queried: the time of its counts.
    pub at: Timestamp,
}

impl Imports {
    /// Stores a preview, so that it can be shown and committed.
    ///
    /// Rows are written a few thousand at a time in transactions of their own, so that tills can sell
    /// meanwhile. The import is `failed` until the last row is stored.
    pub(super) async fn stage(
        &self,
        actor: &Actor,
        file: StagedFile,
        preview: Preview,
    ) -> SalesResult<Import> {
        let at = file.at;
        let mut issues = self.file_warnings(&file).await?;
        issues.extend(preview.issues);
        let import = Import {
            id: ImportId::generate(),
            kind: preview.kind,
            state: ImportState::Failed,
            issues,
            file_name: file.name,
            sha256: file.sha256,
            mapping: preview.mapping,
            counts: preview.counts,
            effects: preview.effects,
            created_by: actor.user_id,
            created_at: at,
            expires_at: at.plus_seconds(KEEP_SECONDS),
            committed_at: None,
        };
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                repo::forget_old(tx, at).await?;
                repo::insert(tx, &import).await
            })
            .await?;
        let mut rows = preview.rows;
        loop {
            let (chunk, rest) = encode_chunk(import.id, rows).await?;
            rows = rest;
            let Some(chunk) = chunk else { break };
            self.ctx
                .write
                .transaction(async |tx: &Tx| repo::insert_rows(tx, &chunk).await)
                .await?;
        }
        let import = Import {
            state: ImportState::Previewed,
            ..import
        };
        let entry = || Entry::of(Deed::ImportStage, import.id).after(&import);
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                repo::set_state(tx, import.id, import.state).await?;
                audit::record(tx, actor, at, entry()).await
            })
            .await?;
        Ok(import)
    }

    async fn file_warnings(&self, file: &StagedFile) -> SalesResult<Vec<RowIssue>> {
        let earlier =
            repo::committed_after(Source::Read(&self.ctx.read), &file.sha256, EVER).await?;
        Ok(earlier
            .map(|(name, at)| RowIssue {
                severity: Severity::Warning,
                column: String::new(),
                value: file.name.chars().take(120).collect(),
                code: SAME_FILE.to_owned(),
                detail: format!("The same file was committed before, as {name} at {at}."),
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
