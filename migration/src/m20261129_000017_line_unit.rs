//! The unit of a product, frozen on the lines that sold it.
//!
//! Lines of before get the unit that their product has now: it is what is known. A product whose unit
//! was changed after it had been sold (which nothing refused until now) says the new one for its old
//! lines as well; what their receipts said then cannot be known any more.

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
    // The default is for the moment between the two statements only: every line names its unit.
    "ALTER TABLE sale_lines ADD COLUMN unit TEXT NOT NULL DEFAULT ''",
    "UPDATE sale_lines SET unit = (SELECT product.unit FROM products AS product WHERE product.id = sale_lines.product_id)",
];

const DOWN: &[&str] = &["ALTER TABLE sale_lines DROP COLUMN unit"];
