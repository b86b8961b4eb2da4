//! The places from which each account has signed in, so that failures of others behind the same
//! address do not delay it.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000024_places"
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
    // The mark is a keyed hash of account and address: the table does not show where people were.
    "CREATE TABLE known_places (
        mark TEXT NOT NULL PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES users (id),
        last_used_us {int} NOT NULL
    ) {table}",
    "CREATE INDEX known_places_user ON known_places (user_id, last_used_us)",
    "CREATE INDEX known_places_age ON known_places (last_used_us)",
];

const DOWN: &[&str] = &["DROP TABLE known_places"];
