//! Money as it moves: the shop's wallets and bank accounts, change as money lines in any currency,
//! refunds with a number and their payments, and a check that both sides add up.
//!
//! Existing records stay true: change becomes a line of cash in the base currency. How a refund was
//! paid was not recorded; its line says so.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::{apply, refuse_while};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000020_money"
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
    "CREATE TABLE payment_accounts (
        id {uuid} NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        name_folded TEXT NOT NULL,
        method TEXT NOT NULL CONSTRAINT payment_accounts_method_known CHECK (method IN ('mobile_money', 'card', 'bank_transfer')),
        archived {bool} NOT NULL,
        version {int} NOT NULL,
        created_at_us {int} NOT NULL,
        CONSTRAINT payment_accounts_name_unique UNIQUE (name_folded)
    ) {table}",
    // Both directions of a sale are in one table, so that a group of sales needs no further
    // statement.
    "ALTER TABLE payments ADD COLUMN direction TEXT NOT NULL DEFAULT 'in'
        CONSTRAINT payments_direction_known CHECK (direction = 'in' OR (direction = 'out' AND method = 'cash'))",
    "ALTER TABLE payments ADD COLUMN account_id {uuid} CONSTRAINT payments_account REFERENCES payment_accounts (id)",
    "INSERT INTO payments (sale_id, position, method, currency, amount_minor, rate_micros, rate_side, base_minor, reference, is_live, direction)
        SELECT sale.id, COALESCE((SELECT MAX(payment.position) + 1 FROM payments AS payment WHERE payment.sale_id = sale.id), 0),
               'cash', sale.currency, sale.change_minor, 1000000, 'base_per_foreign', sale.change_minor, NULL, sale.state <> 'voided', 'out'
        FROM sales AS sale WHERE sale.change_minor <> 0",
    "ALTER TABLE sales ADD COLUMN paid_minor {int} NOT NULL DEFAULT 0",
    "UPDATE sales SET paid_minor = total_minor + rounding_minor + change_minor",
    // SQLite can add a CHECK only with a column: this one is what remains of the payments.
    "sqlite:ALTER TABLE sales ADD COLUMN kept_minor INTEGER GENERATED ALWAYS AS (paid_minor - change_minor) VIRTUAL
        CONSTRAINT sales_money_adds_up CHECK (kept_minor = total_minor + rounding_minor)",
    "postgres:ALTER TABLE sales ADD CONSTRAINT sales_money_adds_up CHECK (paid_minor - change_minor = total_minor + rounding_minor)",
    "ALTER TABLE refunds ADD COLUMN number {int} NOT NULL DEFAULT 0",
    "UPDATE refunds SET number = numbered.number FROM (
        SELECT id, ROW_NUMBER() OVER (ORDER BY recorded_at_us, id) AS number FROM refunds
     ) AS numbered WHERE numbered.id = refunds.id",
    "CREATE UNIQUE INDEX refunds_number_unique ON refunds (number)",
    "INSERT INTO counters (name, value) SELECT 'refund', COUNT(*) FROM refunds",
    "ALTER TABLE refunds ADD COLUMN paid_minor {int} NOT NULL DEFAULT 0",
    "UPDATE refunds SET paid_minor = total_minor",
    "ALTER TABLE refunds ADD COLUMN rounding_minor {int} NOT NULL DEFAULT 0
        CONSTRAINT refunds_money_adds_up CHECK (paid_minor = total_minor + rounding_minor)",
    "CREATE TABLE refund_payments (
        refund_id {uuid} NOT NULL REFERENCES refunds (id),
        position {int} NOT NULL,
        sale_id {uuid} NOT NULL REFERENCES sales (id),
        method TEXT NOT NULL CONSTRAINT refund_payments_method_known
            CHECK (method IN ('cash', 'mobile_money', 'card', 'bank_transfer', 'credit', 'unknown')),
        account_id {uuid} CONSTRAINT refund_payments_account REFERENCES payment_accounts (id),
        currency TEXT NOT NULL,
        amount_minor {int} NOT NULL CONSTRAINT refund_payments_amount_not_negative CHECK (amount_minor >= 0),
        rate_micros {int} NOT NULL,
        rate_side TEXT NOT NULL CONSTRAINT refund_payments_rate_side_known CHECK (rate_side IN ('base_per_foreign', 'foreign_per_base')),
        base_minor {int} NOT NULL,
        reference TEXT,
        CONSTRAINT refund_payments_pk PRIMARY KEY (refund_id, position)
    ) {table}",
    "INSERT INTO refund_payments (refund_id, position, sale_id, method, currency, amount_minor, rate_micros, rate_side, base_minor)
        SELECT refund.id, 0, refund.sale_id, 'unknown', sale.currency, refund.total_minor, 1000000, 'base_per_foreign', refund.total_minor
        FROM refunds AS refund JOIN sales AS sale ON sale.id = refund.sale_id",
    "CREATE INDEX refund_payments_sale ON refund_payments (sale_id)",
];

const UNSPEAKABLE: &[(&str, &str)] = &[
    (
        "SELECT 1 FROM payment_accounts LIMIT 1",
        "there are payment accounts, which the older program does not know",
    ),
    (
        "SELECT 1 FROM payments AS payment JOIN sales AS sale ON sale.id = payment.sale_id
         WHERE payment.direction = 'out' AND (payment.currency <> sale.currency OR payment.amount_minor <> sale.change_minor) LIMIT 1",
        "there are sales with change in another currency or in several, of which the older program knows the sum only",
    ),
    (
        "SELECT 1 FROM refund_payments WHERE method <> 'unknown' LIMIT 1",
        "there are refunds that say how they were paid, which the older program does not know",
    ),
];

const DOWN: &[&str] = &[
    "DROP TABLE refund_payments",
    "ALTER TABLE refunds DROP COLUMN rounding_minor",
    "ALTER TABLE refunds DROP COLUMN paid_minor",
    "DELETE FROM counters WHERE name = 'refund'",
    "DROP INDEX refunds_number_unique",
    "ALTER TABLE refunds DROP COLUMN number",
    "sqlite:ALTER TABLE sales DROP COLUMN kept_minor",
    "postgres:ALTER TABLE sales DROP CONSTRAINT sales_money_adds_up",
    "ALTER TABLE sales DROP COLUMN paid_minor",
    "DELETE FROM payments WHERE direction = 'out'",
    "ALTER TABLE payments DROP COLUMN account_id",
    "ALTER TABLE payments DROP COLUMN direction",
    "DROP TABLE payment_accounts",
];
