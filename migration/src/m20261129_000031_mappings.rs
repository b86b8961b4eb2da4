//! A file whose columns are unclear waits for a mapping: its bytes are kept until it was committed or
//! has expired, and what its headers meant is remembered for the next file of the same shape.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000031_mappings"
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
    // NULL for files of before: they have no layout, and cannot be read again.
    "ALTER TABLE imports ADD COLUMN needs_mapping {bool} NOT NULL DEFAULT FALSE",
    "ALTER TABLE imports ADD COLUMN layout_json TEXT",
    "ALTER TABLE imports ADD COLUMN wanted_json TEXT",
    "ALTER TABLE imports ADD COLUMN shape TEXT",
    // In parts, so that no statement and no transaction is as long as the largest file.
    "sqlite:CREATE TABLE import_files (
        import_id BLOB NOT NULL REFERENCES imports (id),
        part INTEGER NOT NULL,
        bytes BLOB NOT NULL,
        CONSTRAINT import_files_pk PRIMARY KEY (import_id, part)
    ) STRICT",
    "postgres:CREATE TABLE import_files (
        import_id uuid NOT NULL REFERENCES imports (id),
        part bigint NOT NULL,
        bytes bytea NOT NULL,
        CONSTRAINT import_files_pk PRIMARY KEY (import_id, part)
    )",
    "CREATE TABLE import_shapes (
        kind TEXT NOT NULL CONSTRAINT import_shapes_kind_known CHECK (kind IN ('products', 'stock', 'sales')),
        shape TEXT NOT NULL,
        mapping_json TEXT NOT NULL,
        used_at_us {int} NOT NULL,
        CONSTRAINT import_shapes_pk PRIMARY KEY (kind, shape)
    ) {table}",
];

const DOWN: &[&str] = &[
    "DROP TABLE import_shapes",
    "DROP TABLE import_files",
    // The older program would take a file without rows for a preview.
    "DELETE FROM import_rows WHERE import_id IN (SELECT id FROM imports WHERE needs_mapping)",
    "UPDATE imports SET state = 'failed' WHERE needs_mapping AND state = 'previewed'",
    "ALTER TABLE imports DROP COLUMN shape",
    "ALTER TABLE imports DROP COLUMN wanted_json",
    "ALTER TABLE imports DROP COLUMN layout_json",
    "ALTER TABLE imports DROP COLUMN needs_mapping",
];
