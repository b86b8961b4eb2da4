//! What a till and its shop say about themselves: the shop's address, telephone and official numbers,
//! its favourites, and why a sale has a discount. A sale may have the number of its till.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::{
    append_only::{Changes, Guard, Kept, keep, lift},
    statements::{apply, refuse_while, take_writer},
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000034_till"
    }
}

#[async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take_writer(manager).await?;
        lift(manager, &SALES).await?;
        apply(manager, UP).await?;
        keep(manager, &SALES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_while(manager, UNSPEAKABLE).await?;
        lift(manager, &SALES).await?;
        apply(manager, DOWN).await?;
        keep(manager, &SALES).await
    }
}

/// As before, and with the new column.
const SALES: Kept = Kept {
    table: "sales",
    changes: Changes::Named {
        columns: &["state", "voided_at_us", "voided_by", "void_reason"],
        when: "((OLD.state = 'completed' OR (OLD.import_id IS NOT NULL AND OLD.state IN ('partially_refunded', 'refunded')))
                AND NEW.state = 'voided' AND NEW.voided_at_us IS NOT NULL)
            OR ((NEW.state = OLD.state
                 OR (OLD.state = 'completed' AND NEW.state = 'partially_refunded')
                 OR (OLD.state IN ('completed', 'partially_refunded') AND NEW.state = 'refunded'))
                AND NEW.voided_at_us {same} OLD.voided_at_us AND NEW.voided_by {same} OLD.voided_by
                AND NEW.void_reason {same} OLD.void_reason)",
    },
    guard: Guard::Off,
};

const UP: &[&str] = &[
    "ALTER TABLE settings ADD COLUMN tax_number TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE settings ADD COLUMN trade_register_number TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE settings ADD COLUMN address TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE settings ADD COLUMN telephone TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sales ADD COLUMN discount_reason TEXT",
    "CREATE TABLE favourite_products (
        position {int} NOT NULL CONSTRAINT favourite_products_pk PRIMARY KEY,
        product_id {uuid} NOT NULL CONSTRAINT favourite_products_once UNIQUE
            CONSTRAINT favourite_products_product REFERENCES products (id)
    ) {rowid_table}",
];

/// The older program takes a sale with such a number for an imported one, and has no place for a
/// reason.
const UNSPEAKABLE: &[(&str, &str)] = &[
    (
        "SELECT 1 FROM sales WHERE external_number IS NOT NULL AND import_id IS NULL LIMIT 1",
        "a sale has the number of its till",
    ),
    (
        "SELECT 1 FROM sales WHERE discount_reason IS NOT NULL LIMIT 1",
        "a sale has the reason of its discount",
    ),
];

const DOWN: &[&str] = &[
    "DROP TABLE favourite_products",
    "ALTER TABLE sales DROP COLUMN discount_reason",
    "ALTER TABLE settings DROP COLUMN telephone",
    "ALTER TABLE settings DROP COLUMN address",
    "ALTER TABLE settings DROP COLUMN trade_register_number",
    "ALTER TABLE settings DROP COLUMN tax_number",
];
