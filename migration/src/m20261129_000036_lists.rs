//! What the lists are filtered by. Sales by product, location, method, currency and words of their
//! note are indexed afterwards, in the order of their numbers, so that no sale waits for it. Movements
//! of documents have a partial index, which sales do not touch.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261129_000036_lists"
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
    // Products and locations. No foreign keys: every row is derived from rows that have them.
    "CREATE TABLE sale_index_things (
        thing_id {uuid} NOT NULL,
        occurred_at_us {int} NOT NULL,
        sale_id {uuid} NOT NULL,
        CONSTRAINT sale_index_things_pk PRIMARY KEY (thing_id, occurred_at_us, sale_id)
    ) {table}",
    // Methods and foreign currencies of payments, and words of notes.
    "sqlite:CREATE TABLE sale_index_words (
        word TEXT NOT NULL,
        occurred_at_us {int} NOT NULL,
        sale_id {uuid} NOT NULL,
        CONSTRAINT sale_index_words_pk PRIMARY KEY (word, occurred_at_us, sale_id)
    ) {table}",
    "postgres:CREATE TABLE sale_index_words (
        word text COLLATE \"C\" NOT NULL,
        occurred_at_us {int} NOT NULL,
        sale_id {uuid} NOT NULL,
        CONSTRAINT sale_index_words_pk PRIMARY KEY (word, occurred_at_us, sale_id)
    ) {table}",
    // A single row: sales with a number up to this one are in the index.
    "CREATE TABLE sale_index_state (
        id {int} NOT NULL PRIMARY KEY CONSTRAINT sale_index_state_one_row CHECK (id = 1),
        up_to {int} NOT NULL
    ) {table}",
    "INSERT INTO sale_index_state (id, up_to) VALUES (1, 0)",
    "CREATE INDEX stock_movements_document ON stock_movements (reference_id, position) WHERE kind NOT IN ('sale', 'refund', 'void')",
    "postgres:CREATE INDEX stock_movements_actor ON stock_movements (actor_id, position)",
    // SQLite: filled beside the index by product, up to the same position.
    "sqlite:CREATE TABLE stock_movement_actors (
        actor_id {uuid} NOT NULL,
        position {int} NOT NULL,
        CONSTRAINT stock_movement_actors_pk PRIMARY KEY (actor_id, position)
    ) {table}",
    "sqlite:INSERT INTO stock_movement_actors (actor_id, position)
        SELECT actor_id, position FROM stock_movements
        WHERE actor_id IS NOT NULL AND position <= (SELECT up_to FROM stock_movement_index_state WHERE id = 1) ORDER BY actor_id, position",
    "CREATE INDEX stock_documents_recorded ON stock_documents (recorded_at_us, id)",
];

const DOWN: &[&str] = &[
    "DROP INDEX stock_documents_recorded",
    "sqlite:DROP TABLE stock_movement_actors",
    "postgres:DROP INDEX stock_movements_actor",
    "DROP INDEX stock_movements_document",
    "DROP TABLE sale_index_state",
    "DROP TABLE sale_index_words",
    "DROP TABLE sale_index_things",
];
