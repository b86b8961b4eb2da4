//! A rate states its side, so that a dollar shop stores 2,850.50 francs for a dollar exactly.
//! Existing rates count the base currency.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::{apply, refuse_while};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000019_rates"
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

const UP: &[&str] = &[
    "ALTER TABLE rates ADD COLUMN rate_side TEXT NOT NULL DEFAULT 'base_per_foreign'
        CONSTRAINT rates_side_known CHECK (rate_side IN ('base_per_foreign', 'foreign_per_base'))",
    "ALTER TABLE payments ADD COLUMN rate_side TEXT NOT NULL DEFAULT 'base_per_foreign'
        CONSTRAINT payments_rate_side_known CHECK (rate_side IN ('base_per_foreign', 'foreign_per_base'))",
];

const UNSPEAKABLE: &[(&str, &str)] = &[
    (
        "SELECT 1 FROM rates WHERE rate_side <> 'base_per_foreign' LIMIT 1",
        "there are rates in foreign currency for one unit of the base currency, which the older program cannot read",
    ),
    (
        "SELECT 1 FROM payments WHERE rate_side <> 'base_per_foreign' LIMIT 1",
        "there are payments at rates in foreign currency for one unit of the base currency, which the older program cannot read",
    ),
];

const DOWN: &[&str] = &[
    "ALTER TABLE payments DROP COLUMN rate_side",
    "ALTER TABLE rates DROP COLUMN rate_side",
];
