//! Stock documents are history as well: they cannot be changed.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000011_documents"
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
    "sqlite:CREATE TRIGGER stock_documents_no_update BEFORE UPDATE ON stock_documents BEGIN SELECT RAISE(ABORT, 'stock_documents is append-only'); END",
    "sqlite:CREATE TRIGGER stock_documents_no_delete BEFORE DELETE ON stock_documents BEGIN SELECT RAISE(ABORT, 'stock_documents is append-only'); END",
    "postgres:CREATE TRIGGER stock_documents_no_change BEFORE UPDATE OR DELETE ON stock_documents FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "postgres:CREATE TRIGGER stock_documents_no_truncate BEFORE TRUNCATE ON stock_documents FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
];

const DOWN: &[&str] = &[
    "sqlite:DROP TRIGGER stock_documents_no_update",
    "sqlite:DROP TRIGGER stock_documents_no_delete",
    "postgres:DROP TRIGGER stock_documents_no_change ON stock_documents",
    "postgres:DROP TRIGGER stock_documents_no_truncate ON stock_documents",
];
