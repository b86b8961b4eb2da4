//! Figures of payments: what came in, what was given as change and what was paid back, by method,
//! account and currency. The rollups begin empty again and are filled from the sales after the start.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000015_payments"
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, EMPTY).await?;
        apply(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, EMPTY).await?;
        apply(manager, DOWN).await
    }
}

const EMPTY: &[&str] = &[
    "UPDATE rollup_state SET folded_number = 0",
    "DELETE FROM rollup_days",
    "DELETE FROM rollup_hours",
    "DELETE FROM rollup_products",
    "DELETE FROM rollup_payments",
];

const UP: &[&str] = &[
    // The account is a row of zeros for a payment without one. `sales` counts each sale once for a
    // method, also if it was paid in two parts.
    "postgres:ALTER TABLE rollup_payments
        DROP CONSTRAINT rollup_payments_pk,
        DROP COLUMN amount_minor,
        DROP COLUMN base_minor,
        ADD COLUMN account_id uuid NOT NULL,
        ADD COLUMN sales bigint NOT NULL,
        ADD COLUMN paid_minor bigint NOT NULL,
        ADD COLUMN paid_base_minor bigint NOT NULL,
        ADD COLUMN change_minor bigint NOT NULL,
        ADD COLUMN change_base_minor bigint NOT NULL,
        ADD COLUMN refunded_minor bigint NOT NULL,
        ADD COLUMN refunded_base_minor bigint NOT NULL,
        ADD CONSTRAINT rollup_payments_pk PRIMARY KEY (weight, day, method, account_id, currency)",
    "sqlite:DROP TABLE rollup_payments",
    "sqlite:CREATE TABLE rollup_payments (
        weight {int} NOT NULL CONSTRAINT rollup_payments_weight_known CHECK (weight IN (0, 1)),
        day {int} NOT NULL,
        method TEXT NOT NULL,
        account_id {uuid} NOT NULL,
        currency TEXT NOT NULL,
        payments {int} NOT NULL,
        sales {int} NOT NULL,
        paid_minor {int} NOT NULL,
        paid_base_minor {int} NOT NULL,
        change_minor {int} NOT NULL,
        change_base_minor {int} NOT NULL,
        refunded_minor {int} NOT NULL,
        refunded_base_minor {int} NOT NULL,
        CONSTRAINT rollup_payments_pk PRIMARY KEY (weight, day, method, account_id, currency)
    ) {table}",
];

const DOWN: &[&str] = &[
    "postgres:ALTER TABLE rollup_payments
        DROP CONSTRAINT rollup_payments_pk,
        DROP COLUMN account_id,
        DROP COLUMN sales,
        DROP COLUMN paid_minor,
        DROP COLUMN paid_base_minor,
        DROP COLUMN change_minor,
        DROP COLUMN change_base_minor,
        DROP COLUMN refunded_minor,
        DROP COLUMN refunded_base_minor,
        ADD COLUMN amount_minor bigint NOT NULL,
        ADD COLUMN base_minor bigint NOT NULL,
        ADD CONSTRAINT rollup_payments_pk PRIMARY KEY (weight, day, method, currency)",
    "sqlite:DROP TABLE rollup_payments",
    "sqlite:CREATE TABLE rollup_payments (
        weight {int} NOT NULL CONSTRAINT rollup_payments_weight_known CHECK (weight IN (0, 1)),
        day {int} NOT NULL,
        method TEXT NOT NULL,
        currency TEXT NOT NULL,
        payments {int} NOT NULL,
        amount_minor {int} NOT NULL,
        base_minor {int} NOT NULL,
        CONSTRAINT rollup_payments_pk PRIMARY KEY (weight, day, method, currency)
    ) {table}",
];
