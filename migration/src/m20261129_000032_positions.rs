//! What a till needs to fetch only what has changed since its last look.
//!
//! Each product has the number of the last line of the log of changes that concerns it. On
//! `PostgreSQL` each level has the transaction that changed it last: its movements are numbered in
//! the order in which they are written, not in that of the commits. `SQLite` has one writer, so there
//! the positions of movements are enough.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000032_positions"
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
    // A product without a row has not changed since this table exists.
    "CREATE TABLE changed_products (
        product_id {uuid} NOT NULL CONSTRAINT changed_products_pk PRIMARY KEY
            CONSTRAINT changed_products_product REFERENCES products (id),
        seq {int} NOT NULL,
        recorded_at_us {int} NOT NULL
    ) {table}",
    "CREATE INDEX changed_products_by_seq ON changed_products (seq, recorded_at_us)",
    "postgres:ALTER TABLE stock_levels ADD COLUMN changed_in bigint NOT NULL DEFAULT 0",
];

const DOWN: &[&str] = &[
    "postgres:ALTER TABLE stock_levels DROP COLUMN changed_in",
    "DROP TABLE changed_products",
];
