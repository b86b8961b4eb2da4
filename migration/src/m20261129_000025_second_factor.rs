//! A second factor besides the password: a secret in an app on the phone, and recovery codes.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000025_second_factor"
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
    // Encrypted with a key that is not in the database.
    "ALTER TABLE users ADD COLUMN second_factor TEXT",
    // The newest step whose code was used: no code works twice.
    "ALTER TABLE users ADD COLUMN second_factor_step {int} NOT NULL DEFAULT 0",
    // A factor that is not confirmed yet.
    "ALTER TABLE users ADD COLUMN pending_factor TEXT",
    "ALTER TABLE users ADD COLUMN pending_factor_at_us {int}",
    // The mark is a keyed hash of user and code.
    "CREATE TABLE recovery_codes (
        mark TEXT NOT NULL PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES users (id),
        used_at_us {int}
    ) {table}",
    "CREATE INDEX recovery_codes_user ON recovery_codes (user_id)",
];

const DOWN: &[&str] = &[
    "DROP TABLE recovery_codes",
    "ALTER TABLE users DROP COLUMN pending_factor_at_us",
    "ALTER TABLE users DROP COLUMN pending_factor",
    "ALTER TABLE users DROP COLUMN second_factor_step",
    "ALTER TABLE users DROP COLUMN second_factor",
];
