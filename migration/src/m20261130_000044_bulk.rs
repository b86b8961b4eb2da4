//! Big files: how often a file was read, so that rows that were decoded beside a commit are known to be
//! those that it commits; on `PostgreSQL` lines that are written before their sales, and levels that
//! are made with their first movement.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261130_000044_bulk"
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
    "ALTER TABLE imports ADD COLUMN reading {int} NOT NULL DEFAULT 0",
    // A history takes the numbers of its sales last. Only its own transaction defers them.
    "postgres:ALTER TABLE sale_lines ALTER CONSTRAINT sale_lines_sale_id_fkey DEFERRABLE INITIALLY IMMEDIATE",
    "postgres:ALTER TABLE payments ALTER CONSTRAINT payments_sale_id_fkey DEFERRABLE INITIALLY IMMEDIATE",
    "postgres:ALTER TABLE stock_levels ALTER COLUMN changed_in SET DEFAULT CAST(CAST(pg_current_xact_id() AS text) AS bigint)",
];

const DOWN: &[&str] = &[
    "postgres:ALTER TABLE stock_levels ALTER COLUMN changed_in SET DEFAULT 0",
    "postgres:ALTER TABLE payments ALTER CONSTRAINT payments_sale_id_fkey NOT DEFERRABLE",
    "postgres:ALTER TABLE sale_lines ALTER CONSTRAINT sale_lines_sale_id_fkey NOT DEFERRABLE",
    "ALTER TABLE imports DROP COLUMN reading",
];
