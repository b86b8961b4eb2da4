//! What is learnt late is told apart: rates that were wrong are withdrawn, sales that were entered
//! long after they happened are marked, and of each it is known who sent it. References of mobile
//! money get the form in which they are compared.
//!
//! An old sale counts as entered late when it was recorded more than a quarter of an hour after it
//! happened; when it arrived was not written down. Sales of an imported history do not count.

use std::collections::HashMap;

use kernel::text::reference_key;
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement, Value},
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000023_late"
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, UP).await?;
        fill_references(manager).await?;
        apply(manager, INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    "ALTER TABLE rates ADD COLUMN withdrawn_at_us {int}",
    "ALTER TABLE rates ADD COLUMN withdrawn_by {uuid} REFERENCES users (id)",
    "ALTER TABLE rates ADD COLUMN withdraw_reason TEXT",
    "ALTER TABLE sales ADD COLUMN entered_late {bool} NOT NULL DEFAULT FALSE",
    "UPDATE sales SET entered_late = TRUE WHERE import_id IS NULL AND recorded_at_us - occurred_at_us > 900000000",
    // The user who sent it, if it was not the cashier.
    "ALTER TABLE sales ADD COLUMN recorded_by {uuid} REFERENCES users (id)",
    "CREATE INDEX sales_entered_late ON sales (occurred_at_us, id) WHERE entered_late",
    "sqlite:ALTER TABLE payments ADD COLUMN reference_normal TEXT",
    "postgres:ALTER TABLE payments ADD COLUMN reference_normal text COLLATE \"C\"",
    // The place of old references with the same form behind the first one; 0 for all new ones.
    "ALTER TABLE payments ADD COLUMN reference_place {int} NOT NULL DEFAULT 0",
];

const INDEXES: &[&str] = &[
    "DROP INDEX payments_reference_unique",
    "CREATE UNIQUE INDEX payments_reference_unique ON payments (reference_normal, reference_place)
        WHERE method = 'mobile_money' AND reference_normal IS NOT NULL AND is_live",
    "CREATE INDEX payments_other_reference ON payments (reference_normal)
        WHERE method <> 'mobile_money' AND reference_normal IS NOT NULL AND is_live",
];

const DOWN: &[&str] = &[
    "DROP INDEX payments_other_reference",
    "DROP INDEX payments_reference_unique",
    "ALTER TABLE payments DROP COLUMN reference_place",
    "ALTER TABLE payments DROP COLUMN reference_normal",
    "sqlite:CREATE UNIQUE INDEX payments_reference_unique ON payments (method, reference) WHERE method = 'mobile_money' AND reference IS NOT NULL AND is_live = 1",
    "postgres:CREATE UNIQUE INDEX payments_reference_unique ON payments (method, reference) WHERE method = 'mobile_money' AND reference IS NOT NULL AND is_live",
    "DROP INDEX sales_entered_late",
    "ALTER TABLE sales DROP COLUMN recorded_by",
    "ALTER TABLE sales DROP COLUMN entered_late",
    "ALTER TABLE rates DROP COLUMN withdraw_reason",
    "ALTER TABLE rates DROP COLUMN withdrawn_by",
    "ALTER TABLE rates DROP COLUMN withdrawn_at_us",
];

/// Rows of one statement.
const CHUNK: usize = 50_000;

/// Gives each reference its form. No mobile-money reference is in use twice with the same spelling,
/// so a place for each spelling is a place for each payment.
async fn fill_references(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let connection = manager.get_connection();
    let written = "SELECT payment.reference FROM payments AS payment JOIN sales AS sale ON sale.id = payment.sale_id
        WHERE payment.reference IS NOT NULL GROUP BY payment.reference
        ORDER BY MIN(sale.recorded_at_us), payment.reference";
    let rows = connection
        .query_all_raw(Statement::from_string(backend, written))
        .await?;
    let mut places: HashMap<String, i64> = HashMap::with_capacity(rows.len());
    let mut filled = Vec::with_capacity(rows.len());
    for row in rows {
        let reference: String = row.try_get_by_index(0)?;
        let form = reference_key(&reference);
        let place = places
            .entry(form.clone())
            .and_modify(|place| *place += 1)
            .or_insert(0);
        filled.push((reference, form, *place));
    }
    let sql = match backend {
        DbBackend::Sqlite => {
            "UPDATE payments SET reference_normal = form.form, reference_place = form.place
             FROM (SELECT value ->> 0 AS reference, value ->> 1 AS form, value ->> 2 AS place FROM json_each($1)) AS form
             WHERE payments.reference = form.reference"
        }
        _ => {
            "UPDATE payments SET reference_normal = form.value ->> 1, reference_place = CAST(form.value ->> 2 AS bigint)
             FROM jsonb_array_elements(CAST($1 AS jsonb)) AS form (value) WHERE payments.reference = form.value ->> 0"
        }
    };
    for chunk in filled.chunks(CHUNK) {
        let json =
            serde_json::to_string(chunk).map_err(|error| DbErr::Custom(error.to_string()))?;
        connection
            .execute_raw(Statement::from_sql_and_values(
                backend,
                sql,
                [Value::from(json)],
            ))
            .await?;
    }
    Ok(())
}
