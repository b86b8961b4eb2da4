//! The product's unit, frozen on sale lines.
//!
//! Old lines get the product's present unit, which is all that is known. If a product's unit was
//! changed after sales (which was allowed until now), its old lines show the new unit; what their
//! receipts showed is lost.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000017_line_unit"
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
    // The default is needed only between the two statements: every line has its unit.
    "ALTER TABLE sale_lines ADD COLUMN unit TEXT NOT NULL DEFAULT ''",
    "UPDATE sale_lines SET unit = (SELECT product.unit FROM products AS product WHERE product.id = sale_lines.product_id)",
];

const DOWN: &[&str] = &["ALTER TABLE sale_lines DROP COLUMN unit"];
