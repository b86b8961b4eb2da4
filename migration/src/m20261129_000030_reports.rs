//! Reports are kept among the notes of analytics: what each is, and its file.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000030_reports"
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

// SQLite cannot change a check: the table is made anew and takes over its rows.
const UP: &[&str] = &[
    "sqlite:ALTER TABLE analytics_notes RENAME TO analytics_notes_before",
    "sqlite:CREATE TABLE analytics_notes (
        kind TEXT NOT NULL CONSTRAINT analytics_notes_kind_known
            CHECK (kind IN ('model', 'registry', 'forecast', 'accuracy', 'finding', 'feedback', 'report', 'watch')),
        key TEXT NOT NULL,
        encoding TEXT NOT NULL CONSTRAINT analytics_notes_encoding_known CHECK (encoding IN ('plain', 'deflate')),
        size_bytes INTEGER NOT NULL,
        at_us INTEGER NOT NULL,
        body BLOB NOT NULL,
        CONSTRAINT analytics_notes_pk PRIMARY KEY (kind, key)
    ) STRICT",
    "sqlite:INSERT INTO analytics_notes (kind, key, encoding, size_bytes, at_us, body)
        SELECT kind, key, encoding, size_bytes, at_us, body FROM analytics_notes_before",
    "sqlite:DROP TABLE analytics_notes_before",
    "postgres:ALTER TABLE analytics_notes DROP CONSTRAINT analytics_notes_kind_known",
    "postgres:ALTER TABLE analytics_notes ADD CONSTRAINT analytics_notes_kind_known
        CHECK (kind IN ('model', 'registry', 'forecast', 'accuracy', 'finding', 'feedback', 'report', 'watch'))",
];

// The older schema has no place for reports: they can be made again.
const DOWN: &[&str] = &[
    "DELETE FROM analytics_notes WHERE kind = 'report'",
    "sqlite:ALTER TABLE analytics_notes RENAME TO analytics_notes_before",
    "sqlite:CREATE TABLE analytics_notes (
        kind TEXT NOT NULL CONSTRAINT analytics_notes_kind_known
            CHECK (kind IN ('model', 'registry', 'forecast', 'accuracy', 'finding', 'feedback', 'watch')),
        key TEXT NOT NULL,
        encoding TEXT NOT NULL CONSTRAINT analytics_notes_encoding_known CHECK (encoding IN ('plain', 'deflate')),
        size_bytes INTEGER NOT NULL,
        at_us INTEGER NOT NULL,
        body BLOB NOT NULL,
        CONSTRAINT analytics_notes_pk PRIMARY KEY (kind, key)
    ) STRICT",
    "sqlite:INSERT INTO analytics_notes (kind, key, encoding, size_bytes, at_us, body)
        SELECT kind, key, encoding, size_bytes, at_us, body FROM analytics_notes_before",
    "sqlite:DROP TABLE analytics_notes_before",
    "postgres:ALTER TABLE analytics_notes DROP CONSTRAINT analytics_notes_kind_known",
    "postgres:ALTER TABLE analytics_notes ADD CONSTRAINT analytics_notes_kind_known
        CHECK (kind IN ('model', 'registry', 'forecast', 'accuracy', 'finding', 'feedback', 'watch'))",
];
