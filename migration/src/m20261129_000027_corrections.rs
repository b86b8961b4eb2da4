//! Marks corrections of entries after a count that had seen them. For clients they are a `count` like
//! others, so the column `kind` cannot tell them apart.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000027_corrections"
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
        apply(
            manager,
            &["ALTER TABLE stock_movements DROP COLUMN is_correction"],
        )
        .await
    }
}

const UP: &[&str] = &[
    "ALTER TABLE stock_movements ADD COLUMN is_correction {bool} NOT NULL DEFAULT FALSE",
    "sqlite:DROP TRIGGER stock_movements_no_update",
    "postgres:ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_no_change",
    // What a count found itself is dated at its own sheet. A correction belongs to a sale, a refund,
    // another document, or the sheet of an earlier count. Its reason proves nothing: an import's file
    // may have the same words as its name.
    "UPDATE stock_movements SET is_correction = TRUE
        WHERE kind = 'count' AND NOT EXISTS (
            SELECT 1 FROM stock_documents AS sheet
            WHERE sheet.id = stock_movements.reference_id AND sheet.kind = 'count'
              AND sheet.occurred_at_us = stock_movements.occurred_at_us)",
    "sqlite:CREATE TRIGGER stock_movements_no_update BEFORE UPDATE ON stock_movements BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END",
    "postgres:ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_no_change",
];
