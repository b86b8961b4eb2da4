//! What happened in the shop and is rare: voids, changes of stock other than by sales, ended jobs, new
//! findings. `GET /events` reads it. Sales and refunds have numbers without gaps, and no row here.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261130_000043_happenings"
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
    "CREATE TABLE happenings (
        seq {int} NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL CONSTRAINT happenings_kind_known CHECK (kind IN ('void', 'stock', 'job', 'finding')),
        subject TEXT NOT NULL,
        recorded_at_us {int} NOT NULL
    ) {rowid_table}",
    // Its row stays locked until the commit, so that numbers follow the order of the commits.
    "INSERT INTO counters (name, value) VALUES ('happening', 0)",
];

const DOWN: &[&str] = &[
    "DELETE FROM counters WHERE name = 'happening'",
    "DROP TABLE happenings",
];
