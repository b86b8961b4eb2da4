//! Locations and categories that are no longer used, and the days of a product among the kept figures.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::{apply, refuse_while};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000037_archive"
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
        refuse_while(manager, UNSPEAKABLE).await?;
        apply(manager, DOWN).await
    }
}

const UNSPEAKABLE: &[(&str, &str)] = &[
    (
        "SELECT 1 FROM locations WHERE archived LIMIT 1",
        "a location is archived, and the older version would use it again",
    ),
    (
        "SELECT 1 FROM categories WHERE archived LIMIT 1",
        "a category is archived, and the older version would use it again",
    ),
];

const UP: &[&str] = &[
    "ALTER TABLE locations ADD COLUMN archived {bool} NOT NULL DEFAULT FALSE",
    "ALTER TABLE categories ADD COLUMN archived {bool} NOT NULL DEFAULT FALSE",
    // The days of one product: the key begins with the day.
    "CREATE INDEX rollup_products_product ON rollup_products (product_id, day)",
];

const DOWN: &[&str] = &[
    "DROP INDEX rollup_products_product",
    "ALTER TABLE categories DROP COLUMN archived",
    "ALTER TABLE locations DROP COLUMN archived",
];
