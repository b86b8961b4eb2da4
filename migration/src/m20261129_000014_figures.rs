//! Figures of any size, and revenue without tax.
//!
//! A sum is stored in two rows, one that counts once and one that counts many times over (`weight`),
//! so that no number of sales overflows a column. `sold_minor` and `refunded_minor` are without tax
//! whatever the tax mode of the sale: so what was paid back is the sum of two columns, and has none of
//! its own. The rollups begin empty, and are filled again from the sales after the start.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000014_figures"
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
    "UPDATE rollup_state SET folded_number = 0",
    // PostgreSQL: the tables stay, and with them the rights that somebody may have granted on them.
    "postgres:TRUNCATE rollup_days, rollup_hours, rollup_products, rollup_payments",
    "postgres:ALTER TABLE rollup_days
        ADD COLUMN weight bigint NOT NULL CONSTRAINT rollup_days_weight_known CHECK (weight IN (0, 1)),
        DROP COLUMN paid_back_minor,
        DROP CONSTRAINT rollup_days_pk,
        ADD CONSTRAINT rollup_days_pk PRIMARY KEY (weight, day, location_id, cashier_id)",
    "postgres:ALTER TABLE rollup_hours
        ADD COLUMN weight bigint NOT NULL CONSTRAINT rollup_hours_weight_known CHECK (weight IN (0, 1)),
        DROP COLUMN paid_back_minor,
        DROP CONSTRAINT rollup_hours_pk,
        ADD CONSTRAINT rollup_hours_pk PRIMARY KEY (weight, day, hour, location_id)",
    "postgres:ALTER TABLE rollup_products
        ADD COLUMN weight bigint NOT NULL CONSTRAINT rollup_products_weight_known CHECK (weight IN (0, 1)),
        DROP COLUMN paid_back_minor,
        DROP CONSTRAINT rollup_products_pk,
        ADD CONSTRAINT rollup_products_pk PRIMARY KEY (weight, day, product_id)",
    "postgres:ALTER TABLE rollup_payments
        ADD COLUMN weight bigint NOT NULL CONSTRAINT rollup_payments_weight_known CHECK (weight IN (0, 1)),
        DROP CONSTRAINT rollup_payments_pk,
        ADD CONSTRAINT rollup_payments_pk PRIMARY KEY (weight, day, method, currency)",
    "sqlite:DROP TABLE rollup_days",
    "sqlite:CREATE TABLE rollup_days (
        weight {int} NOT NULL CONSTRAINT rollup_days_weight_known CHECK (weight IN (0, 1)),
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
        refunded_minor {int} NOT NULL,
        refunded_cost_minor {int} NOT NULL,
        refunded_tax_minor {int} NOT NULL,
        refunded_milli {int} NOT NULL,
        CONSTRAINT rollup_days_pk PRIMARY KEY (weight, day, location_id, cashier_id)
    ) {table}",
    "sqlite:DROP TABLE rollup_hours",
    "sqlite:CREATE TABLE rollup_hours (
        weight {int} NOT NULL CONSTRAINT rollup_hours_weight_known CHECK (weight IN (0, 1)),
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
        refunded_minor {int} NOT NULL,
        refunded_cost_minor {int} NOT NULL,
        refunded_tax_minor {int} NOT NULL,
        refunded_milli {int} NOT NULL,
        CONSTRAINT rollup_hours_pk PRIMARY KEY (weight, day, hour, location_id)
    ) {table}",
    "sqlite:DROP TABLE rollup_products",
    "sqlite:CREATE TABLE rollup_products (
        weight {int} NOT NULL CONSTRAINT rollup_products_weight_known CHECK (weight IN (0, 1)),
        day {int} NOT NULL,
        product_id {uuid} NOT NULL,
        sales {int} NOT NULL,
        sold_minor {int} NOT NULL,
        sold_cost_minor {int} NOT NULL,
        sold_tax_minor {int} NOT NULL,
        discount_minor {int} NOT NULL,
        sold_milli {int} NOT NULL,
        refunds {int} NOT NULL,
        refunded_minor {int} NOT NULL,
        refunded_cost_minor {int} NOT NULL,
        refunded_tax_minor {int} NOT NULL,
        refunded_milli {int} NOT NULL,
        CONSTRAINT rollup_products_pk PRIMARY KEY (weight, day, product_id)
    ) {table}",
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

const DOWN: &[&str] = &[
    "UPDATE rollup_state SET folded_number = 0",
    "postgres:TRUNCATE rollup_days, rollup_hours, rollup_products, rollup_payments",
    "postgres:ALTER TABLE rollup_days
        DROP CONSTRAINT rollup_days_pk,
        DROP COLUMN weight,
        ADD COLUMN paid_back_minor bigint NOT NULL,
        ADD CONSTRAINT rollup_days_pk PRIMARY KEY (day, location_id, cashier_id)",
    "postgres:ALTER TABLE rollup_hours
        DROP CONSTRAINT rollup_hours_pk,
        DROP COLUMN weight,
        ADD COLUMN paid_back_minor bigint NOT NULL,
        ADD CONSTRAINT rollup_hours_pk PRIMARY KEY (day, hour, location_id)",
    "postgres:ALTER TABLE rollup_products
        DROP CONSTRAINT rollup_products_pk,
        DROP COLUMN weight,
        ADD COLUMN paid_back_minor bigint NOT NULL,
        ADD CONSTRAINT rollup_products_pk PRIMARY KEY (day, product_id)",
    "postgres:ALTER TABLE rollup_payments
        DROP CONSTRAINT rollup_payments_pk,
        DROP COLUMN weight,
        ADD CONSTRAINT rollup_payments_pk PRIMARY KEY (day, method, currency)",
    "sqlite:DROP TABLE rollup_days",
    "sqlite:CREATE TABLE rollup_days (
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
    "sqlite:DROP TABLE rollup_hours",
    "sqlite:CREATE TABLE rollup_hours (
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
    "sqlite:DROP TABLE rollup_products",
    "sqlite:CREATE TABLE rollup_products (
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
    "sqlite:DROP TABLE rollup_payments",
    "sqlite:CREATE TABLE rollup_payments (
        day {int} NOT NULL,
        method TEXT NOT NULL,
        currency TEXT NOT NULL,
        payments {int} NOT NULL,
        amount_minor {int} NOT NULL,
        base_minor {int} NOT NULL,
        CONSTRAINT rollup_payments_pk PRIMARY KEY (day, method, currency)
    ) {table}",
];
