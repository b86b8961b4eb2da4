//! Staged files: what was read, what it would change, what was committed.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000005_imports"
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    "CREATE TABLE imports (
        id {uuid} NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL CONSTRAINT imports_kind_known CHECK (kind IN ('products', 'stock', 'sales')),
        state TEXT NOT NULL CONSTRAINT imports_state_known CHECK (state IN ('previewed', 'committed', 'undone', 'failed', 'expired')),
        file_name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        mapping_json TEXT NOT NULL,
        counts_json TEXT NOT NULL,
        effects_json TEXT NOT NULL,
        issues_json TEXT NOT NULL,
        created_by {uuid} REFERENCES users (id),
        created_at_us {int} NOT NULL,
        expires_at_us {int} NOT NULL,
        committed_at_us {int}
    ) {table}",
    "CREATE INDEX imports_sha256 ON imports (sha256)",
    "CREATE INDEX imports_expiry ON imports (state, expires_at_us)",
    "CREATE TABLE import_rows (
        import_id {uuid} NOT NULL REFERENCES imports (id),
        line {int} NOT NULL,
        state TEXT NOT NULL CONSTRAINT import_rows_state_known CHECK (state IN ('error', 'new', 'changed', 'unchanged')),
        values_json TEXT NOT NULL,
        changes_json TEXT NOT NULL,
        issues_json TEXT NOT NULL,
        CONSTRAINT import_rows_pk PRIMARY KEY (import_id, line)
    ) {table}",
    "CREATE INDEX import_rows_state ON import_rows (import_id, state, line)",
];

const DOWN: &[&str] = &["DROP TABLE import_rows", "DROP TABLE imports"];
