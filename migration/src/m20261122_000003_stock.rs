//! Stock and its movements: locations, levels, documents, the movement ledger.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000003_stock"
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
    "CREATE TABLE locations (
        id {uuid} NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        name_folded TEXT NOT NULL,
        is_default {bool} NOT NULL,
        created_at_us {int} NOT NULL,
        CONSTRAINT locations_name_unique UNIQUE (name_folded)
    ) {table}",
    "sqlite:CREATE UNIQUE INDEX locations_one_default ON locations (is_default) WHERE is_default = 1",
    "postgres:CREATE UNIQUE INDEX locations_one_default ON locations (is_default) WHERE is_default",
    "CREATE TABLE stock_levels (
        product_id {uuid} NOT NULL REFERENCES products (id),
        location_id {uuid} NOT NULL REFERENCES locations (id),
        on_hand_milli {int} NOT NULL CONSTRAINT stock_levels_not_negative CHECK (on_hand_milli >= 0),
        seq {int} NOT NULL CONSTRAINT stock_levels_seq_not_negative CHECK (seq >= 0),
        CONSTRAINT stock_levels_pk PRIMARY KEY (product_id, location_id)
    ) {table}",
    // Room on each page for the new version of a row, so that a sale does not write an index of the
    // levels.
    "postgres:ALTER TABLE stock_levels SET (fillfactor = 50)",
    "CREATE INDEX stock_levels_location ON stock_levels (location_id, product_id)",
    "CREATE TABLE stock_documents (
        id {uuid} NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL CONSTRAINT stock_documents_kind_known CHECK (kind IN ('receipt', 'adjustment', 'count', 'transfer')),
        supplier TEXT,
        reference TEXT,
        reason TEXT,
        actor_id {uuid} REFERENCES users (id),
        occurred_at_us {int} NOT NULL,
        recorded_at_us {int} NOT NULL
    ) {table}",
    "CREATE TABLE stock_movements (
        id {uuid} NOT NULL PRIMARY KEY,
        product_id {uuid} NOT NULL,
        location_id {uuid} NOT NULL,
        seq {int} NOT NULL CONSTRAINT stock_movements_seq_positive CHECK (seq >= 1),
        delta_milli {int} NOT NULL,
        balance_after_milli {int} NOT NULL CONSTRAINT stock_movements_balance_not_negative CHECK (balance_after_milli >= 0),
        kind TEXT NOT NULL CONSTRAINT stock_movements_kind_known
            CHECK (kind IN ('opening', 'receipt', 'sale', 'refund', 'void', 'adjustment', 'count', 'transfer', 'import')),
        reference_id {uuid},
        unit_cost_minor {int},
        reason TEXT,
        actor_id {uuid},
        occurred_at_us {int} NOT NULL,
        recorded_at_us {int} NOT NULL,
        CONSTRAINT stock_movements_seq_unique UNIQUE (product_id, location_id, seq),
        CONSTRAINT stock_movements_level FOREIGN KEY (product_id, location_id) REFERENCES stock_levels (product_id, location_id)
    ) {table}",
    // Not on SQLite: a sale writes one page less for each line, which is most of the cost of its
    // commits. The unique index already has the ids of a product's movements.
    "postgres:CREATE INDEX stock_movements_product ON stock_movements (product_id, id)",
    // A late entry looks for the last count of its products: a few among thousands of movements.
    "CREATE INDEX stock_movements_counted ON stock_movements (product_id, location_id, occurred_at_us) WHERE kind = 'count'",
    "sqlite:CREATE TRIGGER stock_movements_no_update BEFORE UPDATE ON stock_movements BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END",
    "sqlite:CREATE TRIGGER stock_movements_no_delete BEFORE DELETE ON stock_movements BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END",
    "postgres:CREATE TRIGGER stock_movements_no_change BEFORE UPDATE OR DELETE ON stock_movements FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "postgres:CREATE TRIGGER stock_movements_no_truncate BEFORE TRUNCATE ON stock_movements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
];

const DOWN: &[&str] = &[
    "DROP TABLE stock_movements",
    "DROP TABLE stock_documents",
    "DROP TABLE stock_levels",
    "DROP TABLE locations",
];
