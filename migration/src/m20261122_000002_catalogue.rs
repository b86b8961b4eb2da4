//! The catalogue: categories, products, barcodes, prices and rates, and the search index.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000002_catalogue"
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
    "CREATE TABLE categories (
        id {uuid} NOT NULL PRIMARY KEY,
        parent_id {uuid} REFERENCES categories (id),
        name TEXT NOT NULL,
        name_folded TEXT NOT NULL,
        version {int} NOT NULL,
        created_at_us {int} NOT NULL,
        CONSTRAINT categories_not_own_parent CHECK (parent_id IS NULL OR parent_id <> id)
    ) {table}",
    "CREATE UNIQUE INDEX categories_name_unique ON categories (parent_id, name_folded) WHERE parent_id IS NOT NULL",
    "CREATE UNIQUE INDEX categories_root_name_unique ON categories (name_folded) WHERE parent_id IS NULL",
    "CREATE INDEX categories_by_name ON categories (name_folded, id)",
    // SQLite: an explicit row number, because VACUUM may renumber an implicit one under the search
    // index.
    "sqlite:CREATE TABLE products (
        row_number INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL,
        sku TEXT NOT NULL,
        sku_folded TEXT NOT NULL,
        name TEXT NOT NULL,
        name_folded TEXT NOT NULL,
        search_text TEXT NOT NULL,
        category_id BLOB REFERENCES categories (id),
        unit TEXT NOT NULL,
        price_minor INTEGER NOT NULL CONSTRAINT products_price_not_negative CHECK (price_minor >= 0),
        cost_minor INTEGER NOT NULL CONSTRAINT products_cost_not_negative CHECK (cost_minor >= 0),
        tax_rate_bp INTEGER NOT NULL CONSTRAINT products_tax_rate_in_range CHECK (tax_rate_bp BETWEEN 0 AND 10000),
        reorder_level_milli INTEGER NOT NULL CONSTRAINT products_reorder_level_not_negative CHECK (reorder_level_milli >= 0),
        archived INTEGER NOT NULL,
        version INTEGER NOT NULL,
        created_at_us INTEGER NOT NULL,
        updated_at_us INTEGER NOT NULL,
        CONSTRAINT products_id_unique UNIQUE (id),
        CONSTRAINT products_sku_unique UNIQUE (sku)
    ) STRICT",
    "postgres:CREATE TABLE products (
        id uuid NOT NULL PRIMARY KEY,
        sku text COLLATE \"C\" NOT NULL,
        sku_folded text COLLATE \"C\" NOT NULL,
        name text NOT NULL,
        name_folded text COLLATE \"C\" NOT NULL,
        search_text text COLLATE \"C\" NOT NULL,
        category_id uuid REFERENCES categories (id),
        unit text NOT NULL,
        price_minor bigint NOT NULL CONSTRAINT products_price_not_negative CHECK (price_minor >= 0),
        cost_minor bigint NOT NULL CONSTRAINT products_cost_not_negative CHECK (cost_minor >= 0),
        tax_rate_bp bigint NOT NULL CONSTRAINT products_tax_rate_in_range CHECK (tax_rate_bp BETWEEN 0 AND 10000),
        reorder_level_milli bigint NOT NULL CONSTRAINT products_reorder_level_not_negative CHECK (reorder_level_milli >= 0),
        archived boolean NOT NULL,
        version bigint NOT NULL,
        created_at_us bigint NOT NULL,
        updated_at_us bigint NOT NULL,
        CONSTRAINT products_sku_unique UNIQUE (sku)
    )",
    // One index for each order of the list. A list shows either active or archived products.
    "CREATE INDEX products_by_name ON products (archived, name_folded, id)",
    "CREATE INDEX products_by_sku ON products (archived, sku, id)",
    "CREATE INDEX products_by_price ON products (archived, price_minor, id)",
    "CREATE INDEX products_by_creation ON products (archived, created_at_us, id)",
    "CREATE INDEX products_sku_prefix ON products (archived, sku_folded)",
    "CREATE INDEX products_category ON products (category_id, archived, name_folded, id)",
    "CREATE TABLE product_barcodes (
        barcode TEXT NOT NULL,
        product_id {uuid} NOT NULL REFERENCES products (id),
        position {int} NOT NULL,
        CONSTRAINT product_barcodes_unique PRIMARY KEY (barcode)
    ) {table}",
    "CREATE INDEX product_barcodes_product ON product_barcodes (product_id, position)",
    // Trigrams find a text in the middle of a name as fast as at its start. Without positions
    // (detail = none) the index answers GLOB, not MATCH, at a third of the size.
    "sqlite:CREATE VIRTUAL TABLE product_search USING fts5 (search_text, content = 'products', content_rowid = 'row_number', tokenize = 'trigram case_sensitive 1', detail = 'none', columnsize = 0)",
    "sqlite:CREATE TRIGGER products_search_insert AFTER INSERT ON products BEGIN
        INSERT INTO product_search (rowid, search_text) VALUES (new.row_number, new.search_text);
    END",
    "sqlite:CREATE TRIGGER products_search_update AFTER UPDATE OF search_text ON products WHEN old.search_text <> new.search_text BEGIN
        INSERT INTO product_search (product_search, rowid, search_text) VALUES ('delete', old.row_number, old.search_text);
        INSERT INTO product_search (rowid, search_text) VALUES (new.row_number, new.search_text);
    END",
    "sqlite:CREATE TRIGGER products_search_delete AFTER DELETE ON products BEGIN
        INSERT INTO product_search (product_search, rowid, search_text) VALUES ('delete', old.row_number, old.search_text);
    END",
    "postgres:CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "postgres:CREATE INDEX products_search ON products USING gin (search_text gin_trgm_ops)",
    "CREATE TABLE price_changes (
        id {uuid} NOT NULL PRIMARY KEY,
        product_id {uuid} NOT NULL REFERENCES products (id),
        price_minor {int} NOT NULL,
        cost_minor {int} NOT NULL,
        actor_id {uuid} REFERENCES users (id),
        changed_at_us {int} NOT NULL
    ) {table}",
    "CREATE INDEX price_changes_product ON price_changes (product_id, changed_at_us, id)",
    "CREATE TABLE rates (
        id {uuid} NOT NULL PRIMARY KEY,
        currency TEXT NOT NULL,
        rate_micros {int} NOT NULL CONSTRAINT rates_positive CHECK (rate_micros > 0),
        valid_from_us {int} NOT NULL,
        actor_id {uuid} REFERENCES users (id),
        recorded_at_us {int} NOT NULL
    ) {table}",
    "CREATE INDEX rates_currency ON rates (currency, valid_from_us, id)",
    "CREATE INDEX rates_valid_from ON rates (valid_from_us, id)",
];

const DOWN: &[&str] = &[
    "DROP TABLE rates",
    "DROP TABLE price_changes",
    "sqlite:DROP TRIGGER products_search_delete",
    "sqlite:DROP TRIGGER products_search_update",
    "sqlite:DROP TRIGGER products_search_insert",
    "sqlite:DROP TABLE product_search",
    "DROP TABLE product_barcodes",
    "DROP TABLE products",
    "DROP TABLE categories",
];
