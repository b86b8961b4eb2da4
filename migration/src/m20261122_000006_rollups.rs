//! Figures kept equal to the facts: what was sold by day, hour, product and payment, and up to which
//! sale. An empty state has counted nothing: the existing sales are folded after the start.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000006_rollups"
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
    // A single row: sales with a number up to this one are in the rollups, by the days of this time
    // zone.
    "CREATE TABLE rollup_state (
        id {int} NOT NULL PRIMARY KEY CONSTRAINT rollup_state_one_row CHECK (id = 1),
        folded_number {int} NOT NULL CONSTRAINT rollup_state_not_negative CHECK (folded_number >= 0),
        time_zone TEXT NOT NULL
    ) {table}",
    "INSERT INTO rollup_state (id, folded_number, time_zone) VALUES (1, 0, '')",
    // Days count from 1970-01-01. No foreign keys: every row is derived from rows that have them.
    "CREATE TABLE rollup_days (
        day {int} NOT NULL,
        location_id {uuid} NOT NULL,
        cashier_id {uuid} NOT NULL,
        sales {int} NOT NULL,
        sold_minor {int} NOT NULL,
        sold_cost_minor {int} NOT NULL,
        sold_tax_minor {int} NOT NULL,
        discount_minor {int} NOT NULL,
        sold_milli {int} NOT NULL,
        refunds {int} NOT NULL,
        paid_back_minor {int} NOT NULL,
        refunded_minor {int} NOT NULL,
        refunded_cost_minor {int} NOT NULL,
        refunded_tax_minor {int} NOT NULL,
        refunded_milli {int} NOT NULL,
        CONSTRAINT rollup_days_pk PRIMARY KEY (day, location_id, cashier_id)
    ) {table}",
    // The hours of a day count from its first instant, so a day of 25 hours has 25. `local_hour` is
    // the local time.
    "CREATE TABLE rollup_hours (
        day {int} NOT NULL,
        hour {int} NOT NULL,
        location_id {uuid} NOT NULL,
        local_hour {int} NOT NULL,
        sales {int} NOT NULL,
        sold_minor {int} NOT NULL,
        sold_cost_minor {int} NOT NULL,
        sold_tax_minor {int} NOT NULL,
        discount_minor {int} NOT NULL,
        sold_milli {int} NOT NULL,
        refunds {int} NOT NULL,
        paid_back_minor {int} NOT NULL,
        refunded_minor {int} NOT NULL,
        refunded_cost_minor {int} NOT NULL,
        refunded_tax_minor {int} NOT NULL,
        refunded_milli {int} NOT NULL,
        CONSTRAINT rollup_hours_pk PRIMARY KEY (day, hour, location_id)
    ) {table}",
    // Sales and refunds are numbers of lines here.
    "CREATE TABLE rollup_products (
        day {int} NOT NULL,
        product_id {uuid} NOT NULL,
        sales {int} NOT NULL,
        sold_minor {int} NOT NULL,
        sold_cost_minor {int} NOT NULL,
        sold_tax_minor {int} NOT NULL,
        discount_minor {int} NOT NULL,
        sold_milli {int} NOT NULL,
        refunds {int} NOT NULL,
        paid_back_minor {int} NOT NULL,
        refunded_minor {int} NOT NULL,
        refunded_cost_minor {int} NOT NULL,
        refunded_tax_minor {int} NOT NULL,
        refunded_milli {int} NOT NULL,
        CONSTRAINT rollup_products_pk PRIMARY KEY (day, product_id)
    ) {table}",
    "CREATE TABLE rollup_payments (
        day {int} NOT NULL,
        method TEXT NOT NULL,
        currency TEXT NOT NULL,
        payments {int} NOT NULL,
        amount_minor {int} NOT NULL,
        base_minor {int} NOT NULL,
        CONSTRAINT rollup_payments_pk PRIMARY KEY (day, method, currency)
    ) {table}",
    // The rows of today change with every fold. Room on their pages lets them stay there.
    "postgres:ALTER TABLE rollup_days SET (fillfactor = 70)",
    "postgres:ALTER TABLE rollup_hours SET (fillfactor = 70)",
    "postgres:ALTER TABLE rollup_products SET (fillfactor = 70)",
    "postgres:ALTER TABLE rollup_payments SET (fillfactor = 70)",
];

const DOWN: &[&str] = &[
    "DROP TABLE rollup_payments",
    "DROP TABLE rollup_products",
    "DROP TABLE rollup_hours",
    "DROP TABLE rollup_days",
    "DROP TABLE rollup_state",
];
