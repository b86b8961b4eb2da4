//! The log of changes: which kept answers a commit has made outdated.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000009_changes"
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
    "CREATE TABLE changes (
        seq {int} NOT NULL PRIMARY KEY,
        scope TEXT NOT NULL CONSTRAINT changes_scope_known CHECK (scope IN ('days', 'shop', 'catalogue', 'people', 'stock', 'insights')),
        first_day TEXT,
        last_day TEXT,
        recorded_at_us {int} NOT NULL,
        CONSTRAINT changes_days_have_dates CHECK (scope <> 'days' OR (first_day IS NOT NULL AND last_day IS NOT NULL))
    ) {rowid_table}",
    // Its row stays locked until the commit, so that numbers follow the order of the commits.
    "INSERT INTO counters (name, value) VALUES ('change', 0)",
    // Identifies this shop among others that share a cache.
    "sqlite:INSERT INTO counters (name, value) VALUES ('shop_identity', random() & 4611686018427387903)",
    "postgres:INSERT INTO counters (name, value) VALUES ('shop_identity', CAST(floor(random() * 4611686018427387903) AS bigint))",
];

const DOWN: &[&str] = &[
    "DELETE FROM counters WHERE name IN ('change', 'shop_identity')",
    "DROP TABLE changes",
];
