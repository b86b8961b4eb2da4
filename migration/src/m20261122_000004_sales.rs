//! Sales, lines, payments, refunds, and the stored answers for repeated requests.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000004_sales"
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
    "CREATE TABLE sales (
        id {uuid} NOT NULL PRIMARY KEY,
        number {int} NOT NULL,
        state TEXT NOT NULL CONSTRAINT sales_state_known CHECK (state IN ('completed', 'voided', 'partially_refunded', 'refunded')),
        currency TEXT NOT NULL,
        tax_mode TEXT NOT NULL CONSTRAINT sales_tax_mode_known CHECK (tax_mode IN ('included', 'added')),
        subtotal_minor {int} NOT NULL,
        discount_minor {int} NOT NULL,
        tax_minor {int} NOT NULL,
        total_minor {int} NOT NULL CONSTRAINT sales_total_not_negative CHECK (total_minor >= 0),
        cost_minor {int} NOT NULL,
        rounding_minor {int} NOT NULL,
        change_minor {int} NOT NULL CONSTRAINT sales_change_not_negative CHECK (change_minor >= 0),
        location_id {uuid} NOT NULL REFERENCES locations (id),
        cashier_id {uuid} NOT NULL REFERENCES users (id),
        note TEXT,
        external_number TEXT,
        import_id {uuid},
        occurred_at_us {int} NOT NULL,
        recorded_at_us {int} NOT NULL,
        voided_at_us {int},
        voided_by {uuid},
        void_reason TEXT,
        CONSTRAINT sales_number_unique UNIQUE (number)
    ) {table}",
    "CREATE INDEX sales_occurred ON sales (occurred_at_us, id)",
    "CREATE INDEX sales_cashier ON sales (cashier_id, occurred_at_us, id)",
    "CREATE INDEX sales_external ON sales (external_number) WHERE external_number IS NOT NULL",
    "CREATE TABLE sale_lines (
        sale_id {uuid} NOT NULL REFERENCES sales (id),
        id {uuid} NOT NULL,
        product_id {uuid} NOT NULL REFERENCES products (id),
        product_name TEXT NOT NULL,
        quantity_milli {int} NOT NULL CONSTRAINT sale_lines_quantity_positive CHECK (quantity_milli > 0),
        unit_price_minor {int} NOT NULL,
        unit_cost_minor {int} NOT NULL,
        discount_minor {int} NOT NULL,
        tax_rate_bp {int} NOT NULL,
        tax_minor {int} NOT NULL,
        total_minor {int} NOT NULL,
        cost_minor {int} NOT NULL,
        refunded_milli {int} NOT NULL,
        CONSTRAINT sale_lines_refund_within_sold CHECK (refunded_milli BETWEEN 0 AND quantity_milli),
        CONSTRAINT sale_lines_pk PRIMARY KEY (sale_id, id)
    ) {table}",
    "CREATE TABLE payments (
        sale_id {uuid} NOT NULL REFERENCES sales (id),
        position {int} NOT NULL,
        method TEXT NOT NULL CONSTRAINT payments_method_known CHECK (method IN ('cash', 'mobile_money', 'card', 'bank_transfer', 'credit')),
        currency TEXT NOT NULL,
        amount_minor {int} NOT NULL CONSTRAINT payments_amount_not_negative CHECK (amount_minor >= 0),
        rate_micros {int} NOT NULL,
        base_minor {int} NOT NULL,
        reference TEXT,
        is_live {bool} NOT NULL,
        CONSTRAINT payments_pk PRIMARY KEY (sale_id, position)
    ) {table}",
    // A mobile-money reference pays once; a voided sale gives its reference back.
    "sqlite:CREATE UNIQUE INDEX payments_reference_unique ON payments (method, reference) WHERE method = 'mobile_money' AND reference IS NOT NULL AND is_live = 1",
    "postgres:CREATE UNIQUE INDEX payments_reference_unique ON payments (method, reference) WHERE method = 'mobile_money' AND reference IS NOT NULL AND is_live",
    "CREATE TABLE refunds (
        id {uuid} NOT NULL PRIMARY KEY,
        sale_id {uuid} NOT NULL REFERENCES sales (id),
        total_minor {int} NOT NULL CONSTRAINT refunds_total_not_negative CHECK (total_minor >= 0),
        tax_minor {int} NOT NULL,
        cost_minor {int} NOT NULL,
        reason TEXT NOT NULL,
        actor_id {uuid} NOT NULL REFERENCES users (id),
        external_number TEXT,
        import_id {uuid},
        occurred_at_us {int} NOT NULL,
        recorded_at_us {int} NOT NULL
    ) {table}",
    "CREATE INDEX refunds_sale ON refunds (sale_id)",
    "CREATE INDEX refunds_external ON refunds (external_number) WHERE external_number IS NOT NULL",
    "CREATE INDEX refunds_occurred ON refunds (occurred_at_us, id)",
    "CREATE TABLE refund_lines (
        refund_id {uuid} NOT NULL REFERENCES refunds (id),
        sale_id {uuid} NOT NULL,
        sale_line_id {uuid} NOT NULL,
        quantity_milli {int} NOT NULL CONSTRAINT refund_lines_quantity_positive CHECK (quantity_milli > 0),
        total_minor {int} NOT NULL,
        tax_minor {int} NOT NULL,
        cost_minor {int} NOT NULL,
        restock {bool} NOT NULL,
        CONSTRAINT refund_lines_pk PRIMARY KEY (refund_id, sale_line_id),
        CONSTRAINT refund_lines_sale_line FOREIGN KEY (sale_id, sale_line_id) REFERENCES sale_lines (sale_id, id)
    ) {table}",
    "CREATE INDEX refund_lines_sale_line ON refund_lines (sale_id, sale_line_id)",
    "CREATE TABLE idempotency_keys (
        user_id {uuid} NOT NULL,
        key TEXT NOT NULL,
        request_hash TEXT NOT NULL,
        status {int} NOT NULL,
        body TEXT NOT NULL,
        created_at_us {int} NOT NULL,
        CONSTRAINT idempotency_keys_pk PRIMARY KEY (user_id, key)
    ) {table}",
    "CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at_us)",
];

const DOWN: &[&str] = &[
    "DROP TABLE idempotency_keys",
    "DROP TABLE refund_lines",
    "DROP TABLE refunds",
    "DROP TABLE payments",
    "DROP TABLE sale_lines",
    "DROP TABLE sales",
];
