//! Codes of the same article are equal: SKUs and barcodes get the form in which they are compared,
//! which SQL cannot compute.
//!
//! If existing codes have the same form, the oldest product keeps it. The others wait behind it in
//! order (`*_conflict`, from 1): nothing is renamed, and each can be found.

use std::collections::HashMap;

use kernel::{gtin, text};
use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager,
    async_trait::async_trait,
    sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement, Value},
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000022_identity"
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, COLUMNS).await?;
        fill(manager, SKUS, text::code_key).await?;
        fill(manager, BARCODES, gtin::barcode_key).await?;
        apply(manager, INDEXES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        apply(manager, DOWN).await
    }
}

const COLUMNS: &[&str] = &[
    "sqlite:ALTER TABLE products ADD COLUMN sku_key TEXT NOT NULL DEFAULT ''",
    "postgres:ALTER TABLE products ADD COLUMN sku_key text COLLATE \"C\" NOT NULL DEFAULT ''",
    "ALTER TABLE products ADD COLUMN sku_conflict {int} NOT NULL DEFAULT 0",
    "sqlite:ALTER TABLE product_barcodes ADD COLUMN barcode_key TEXT NOT NULL DEFAULT ''",
    "postgres:ALTER TABLE product_barcodes ADD COLUMN barcode_key text COLLATE \"C\" NOT NULL DEFAULT ''",
    "ALTER TABLE product_barcodes ADD COLUMN barcode_conflict {int} NOT NULL DEFAULT 0",
];

// One index finds the products with a form and allows only one holder (place 0).
const INDEXES: &[&str] = &[
    "postgres:ALTER TABLE products ALTER COLUMN sku_key DROP DEFAULT",
    "postgres:ALTER TABLE product_barcodes ALTER COLUMN barcode_key DROP DEFAULT",
    "CREATE UNIQUE INDEX products_sku_key_unique ON products (sku_key, sku_conflict)",
    "CREATE UNIQUE INDEX product_barcodes_key_unique ON product_barcodes (barcode_key, barcode_conflict)",
    "CREATE INDEX products_in_conflict ON products (id) WHERE sku_conflict > 0",
    "CREATE INDEX product_barcodes_in_conflict ON product_barcodes (product_id) WHERE barcode_conflict > 0",
];

const DOWN: &[&str] = &[
    "DROP INDEX product_barcodes_in_conflict",
    "DROP INDEX products_in_conflict",
    "DROP INDEX product_barcodes_key_unique",
    "DROP INDEX products_sku_key_unique",
    "ALTER TABLE product_barcodes DROP COLUMN barcode_conflict",
    "ALTER TABLE product_barcodes DROP COLUMN barcode_key",
    "ALTER TABLE products DROP COLUMN sku_conflict",
    "ALTER TABLE products DROP COLUMN sku_key",
];

/// A column of codes: the codes, oldest product first, and how their form is stored.
struct Codes {
    read: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

const SKUS: Codes = Codes {
    read: "SELECT sku FROM products ORDER BY created_at_us, id",
    sqlite: "UPDATE products SET sku_key = form.form, sku_conflict = form.place
        FROM (SELECT value ->> 0 AS code, value ->> 1 AS form, value ->> 2 AS place FROM json_each($1)) AS form
        WHERE products.sku = form.code",
    postgres: "UPDATE products SET sku_key = form.value ->> 1, sku_conflict = CAST(form.value ->> 2 AS bigint)
        FROM jsonb_array_elements(CAST($1 AS jsonb)) AS form (value) WHERE products.sku = form.value ->> 0",
};

const BARCODES: Codes = Codes {
    read: "SELECT code.barcode FROM product_barcodes code JOIN products product ON product.id = code.product_id
        ORDER BY product.created_at_us, product.id, code.position",
    sqlite: "UPDATE product_barcodes SET barcode_key = form.form, barcode_conflict = form.place
        FROM (SELECT value ->> 0 AS code, value ->> 1 AS form, value ->> 2 AS place FROM json_each($1)) AS form
        WHERE product_barcodes.barcode = form.code",
    postgres: "UPDATE product_barcodes SET barcode_key = form.value ->> 1, barcode_conflict = CAST(form.value ->> 2 AS bigint)
        FROM jsonb_array_elements(CAST($1 AS jsonb)) AS form (value) WHERE product_barcodes.barcode = form.value ->> 0",
};

/// Rows of one statement.
const CHUNK: usize = 5_000;

async fn fill(
    manager: &SchemaManager<'_>,
    codes: Codes,
    form_of: fn(&str) -> String,
) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let connection = manager.get_connection();
    let rows = connection
        .query_all_raw(Statement::from_string(backend, codes.read))
        .await?;
    let mut places: HashMap<String, i64> = HashMap::with_capacity(rows.len());
    let mut filled = Vec::with_capacity(rows.len());
    for row in rows {
        let code: String = row.try_get_by_index(0)?;
        let form = form_of(&code);
        let place = places
            .entry(form.clone())
            .and_modify(|place| *place += 1)
            .or_insert(0);
        filled.push((code, form, *place));
    }
    let sql = match backend {
        DbBackend::Sqlite => codes.sqlite,
        _ => codes.postgres,
    };
    for chunk in filled.chunks(CHUNK) {
        let json =
            serde_json::to_string(chunk).map_err(|error| DbErr::Custom(error.to_string()))?;
        let values = [Value::from(json)];
        connection
            .execute_raw(Statement::from_sql_and_values(backend, sql, values))
            .await?;
    }
    Ok(())
}
