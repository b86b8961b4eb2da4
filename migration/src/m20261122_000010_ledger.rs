//! On `SQLite`, a ledger without the index that every line of a sale would write in another place;
//! small indexes for rare rows: stock-outs, and sales that were voided or refunded.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000010_ledger"
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
    // SQLite: rows are stored in the order of writing, whatever the clock showed.
    "sqlite:CREATE TABLE ledger (
        position INTEGER NOT NULL PRIMARY KEY,
        id {uuid} NOT NULL UNIQUE,
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
        CONSTRAINT stock_movements_level FOREIGN KEY (product_id, location_id) REFERENCES stock_levels (product_id, location_id)
    ) {rowid_table}",
    "sqlite:INSERT INTO ledger (id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, reference_id, unit_cost_minor, reason, actor_id, occurred_at_us, recorded_at_us)
        SELECT id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, reference_id, unit_cost_minor, reason, actor_id, occurred_at_us, recorded_at_us
        FROM stock_movements ORDER BY id",
    "sqlite:DROP TABLE stock_movements",
    "sqlite:ALTER TABLE ledger RENAME TO stock_movements",
    "sqlite:CREATE TRIGGER stock_movements_no_update BEFORE UPDATE ON stock_movements BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END",
    "sqlite:CREATE TRIGGER stock_movements_no_delete BEFORE DELETE ON stock_movements BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END",
    // A level follows its movements one by one: a repeated number, a gap or a wrong balance finds no
    // level and is refused.
    "sqlite:CREATE TRIGGER stock_movements_move_level AFTER INSERT ON stock_movements BEGIN
        UPDATE stock_levels SET on_hand_milli = NEW.balance_after_milli, seq = NEW.seq
        WHERE product_id = NEW.product_id AND location_id = NEW.location_id
          AND seq = NEW.seq - 1 AND on_hand_milli + NEW.delta_milli = NEW.balance_after_milli;
        SELECT RAISE(ABORT, 'a movement does not follow its level') WHERE changes() <> 1;
    END",
    "sqlite:CREATE INDEX stock_movements_counted ON stock_movements (product_id, location_id, occurred_at_us) WHERE kind = 'count'",
    // The movements of a product. Filled later, thousands at a time, up to a position.
    "sqlite:CREATE TABLE stock_movement_index (
        product_id {uuid} NOT NULL,
        id {uuid} NOT NULL,
        position {int} NOT NULL,
        CONSTRAINT stock_movement_index_pk PRIMARY KEY (product_id, id)
    ) {table}",
    "sqlite:INSERT INTO stock_movement_index (product_id, id, position) SELECT product_id, id, position FROM stock_movements ORDER BY product_id, id",
    "sqlite:CREATE TABLE stock_movement_index_state (
        id {int} NOT NULL PRIMARY KEY CONSTRAINT stock_movement_index_state_one_row CHECK (id = 1),
        up_to {int} NOT NULL
    ) {table}",
    "sqlite:INSERT INTO stock_movement_index_state (id, up_to) SELECT 1, COALESCE(MAX(position), 0) FROM stock_movements",
    // Where a product ran out, and the next movement: few among many.
    "CREATE INDEX stock_movements_emptied ON stock_movements (product_id, location_id, seq) WHERE balance_after_milli = 0",
    "CREATE INDEX stock_movements_from_nothing ON stock_movements (product_id, location_id, seq) WHERE balance_after_milli = delta_milli",
    // Sales that were voided or refunded before they were counted into the figures.
    "CREATE INDEX sales_changed ON sales (number) WHERE state <> 'completed'",
    // SQLite: keys come in any order, and the answers are long, so they are stored apart.
    "sqlite:CREATE TABLE answers (
        user_id {uuid} NOT NULL,
        key TEXT NOT NULL,
        request_hash TEXT NOT NULL,
        status {int} NOT NULL,
        body TEXT NOT NULL,
        created_at_us {int} NOT NULL,
        CONSTRAINT idempotency_keys_pk PRIMARY KEY (user_id, key)
    ) {rowid_table}",
    "sqlite:INSERT INTO answers SELECT user_id, key, request_hash, status, body, created_at_us FROM idempotency_keys ORDER BY created_at_us",
    "sqlite:DROP TABLE idempotency_keys",
    "sqlite:ALTER TABLE answers RENAME TO idempotency_keys",
    "sqlite:CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at_us)",
];

const DOWN: &[&str] = &[
    "sqlite:CREATE TABLE answers (
        user_id {uuid} NOT NULL,
        key TEXT NOT NULL,
        request_hash TEXT NOT NULL,
        status {int} NOT NULL,
        body TEXT NOT NULL,
        created_at_us {int} NOT NULL,
        CONSTRAINT idempotency_keys_pk PRIMARY KEY (user_id, key)
    ) {table}",
    "sqlite:INSERT INTO answers SELECT user_id, key, request_hash, status, body, created_at_us FROM idempotency_keys",
    "sqlite:DROP TABLE idempotency_keys",
    "sqlite:ALTER TABLE answers RENAME TO idempotency_keys",
    "sqlite:CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at_us)",
    "DROP INDEX sales_changed",
    "DROP INDEX stock_movements_from_nothing",
    "DROP INDEX stock_movements_emptied",
    "sqlite:DROP TABLE stock_movement_index_state",
    "sqlite:DROP TABLE stock_movement_index",
    "sqlite:CREATE TABLE ledger (
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
    "sqlite:INSERT INTO ledger SELECT id, product_id, location_id, seq, delta_milli, balance_after_milli, kind, reference_id, unit_cost_minor, reason, actor_id, occurred_at_us, recorded_at_us FROM stock_movements ORDER BY id",
    "sqlite:DROP TABLE stock_movements",
    "sqlite:ALTER TABLE ledger RENAME TO stock_movements",
    "sqlite:CREATE TRIGGER stock_movements_no_update BEFORE UPDATE ON stock_movements BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END",
    "sqlite:CREATE TRIGGER stock_movements_no_delete BEFORE DELETE ON stock_movements BEGIN SELECT RAISE(ABORT, 'stock_movements is append-only'); END",
    "sqlite:CREATE INDEX stock_movements_counted ON stock_movements (product_id, location_id, occurred_at_us) WHERE kind = 'count'",
];
