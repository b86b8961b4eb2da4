//! The movements that emptied a location: a few among a million, found without reading the ledger.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000010_stock_outs"
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
    // In the order in which they are read. A sale that empties nothing does not touch it.
    "CREATE INDEX stock_movements_emptied ON stock_movements (product_id, location_id, seq) WHERE balance_after_milli = 0",
];

const DOWN: &[&str] = &["DROP INDEX stock_movements_emptied"];
