//! Notes of analytics, and data for ordering: lead times and service levels.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000008_notes"
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
    // Bodies are large: a tree of keys without them is faster to read.
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
    "postgres:CREATE TABLE analytics_notes (
        kind text COLLATE \"C\" NOT NULL CONSTRAINT analytics_notes_kind_known
            CHECK (kind IN ('model', 'registry', 'forecast', 'accuracy', 'finding', 'feedback', 'watch')),
        key text COLLATE \"C\" NOT NULL,
        encoding text NOT NULL CONSTRAINT analytics_notes_encoding_known CHECK (encoding IN ('plain', 'deflate')),
        size_bytes bigint NOT NULL,
        at_us bigint NOT NULL,
        body bytea NOT NULL,
        CONSTRAINT analytics_notes_pk PRIMARY KEY (kind, key)
    )",
    // NULL uses the shop's.
    "ALTER TABLE products ADD COLUMN lead_time_days {int} CONSTRAINT products_lead_time_in_range CHECK (lead_time_days BETWEEN 1 AND 180)",
    "ALTER TABLE products ADD COLUMN service_level_bp {int} CONSTRAINT products_service_level_in_range CHECK (service_level_bp BETWEEN 5000 AND 9990)",
    "ALTER TABLE settings ADD COLUMN lead_time_days {int} NOT NULL DEFAULT 7 CONSTRAINT settings_lead_time_in_range CHECK (lead_time_days BETWEEN 1 AND 180)",
    "ALTER TABLE settings ADD COLUMN service_level_bp {int} NOT NULL DEFAULT 9500 CONSTRAINT settings_service_level_in_range CHECK (service_level_bp BETWEEN 5000 AND 9990)",
];

const DOWN: &[&str] = &[
    "ALTER TABLE settings DROP COLUMN service_level_bp",
    "ALTER TABLE settings DROP COLUMN lead_time_days",
    "ALTER TABLE products DROP COLUMN service_level_bp",
    "ALTER TABLE products DROP COLUMN lead_time_days",
    "DROP TABLE analytics_notes",
];
