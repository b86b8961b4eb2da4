//! Deliveries, and what was written off or counted: deliveries show when the next order can be
//! placed, the rest shows what the shop loses. Few movements among many, so sales write nothing here.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000029_received"
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
    "CREATE INDEX stock_movements_received ON stock_movements (occurred_at_us, product_id) WHERE kind = 'receipt'",
    "CREATE INDEX stock_movements_corrected ON stock_movements (occurred_at_us, product_id) WHERE kind IN ('adjustment', 'count')",
];

const DOWN: &[&str] = &[
    "DROP INDEX stock_movements_corrected",
    "DROP INDEX stock_movements_received",
];
