//! Access and its record: users, sessions, refresh tokens, settings, audit log.

use sea_orm_migration::{
    MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait, sea_orm::DbErr,
};

use crate::statements::apply;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000001_users"
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
    "CREATE TABLE users (
        id {uuid} NOT NULL PRIMARY KEY,
        email TEXT NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL CONSTRAINT users_role_known CHECK (role IN ('admin', 'manager', 'cashier', 'viewer')),
        password_hash TEXT NOT NULL,
        disabled {bool} NOT NULL,
        session_epoch {int} NOT NULL,
        version {int} NOT NULL,
        created_at_us {int} NOT NULL,
        updated_at_us {int} NOT NULL,
        CONSTRAINT users_email_unique UNIQUE (email)
    ) {table}",
    "CREATE TABLE sessions (
        id {uuid} NOT NULL PRIMARY KEY,
        user_id {uuid} NOT NULL REFERENCES users (id),
        epoch {int} NOT NULL,
        created_at_us {int} NOT NULL,
        address TEXT NOT NULL,
        user_agent TEXT NOT NULL,
        revoked_at_us {int}
    ) {table}",
    "CREATE INDEX sessions_user ON sessions (user_id)",
    "CREATE TABLE refresh_tokens (
        token_hash TEXT NOT NULL PRIMARY KEY,
        session_id {uuid} NOT NULL REFERENCES sessions (id),
        issued_at_us {int} NOT NULL,
        expires_at_us {int} NOT NULL,
        used_at_us {int}
    ) {table}",
    "CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id)",
    "CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at_us)",
    // A single row, enforced by its key.
    "CREATE TABLE setup (
        id {int} NOT NULL PRIMARY KEY CONSTRAINT setup_one_row CHECK (id = 1),
        token_hash TEXT,
        completed_at_us {int}
    ) {table}",
    "CREATE TABLE settings (
        id {int} NOT NULL PRIMARY KEY CONSTRAINT settings_one_row CHECK (id = 1),
        shop_name TEXT NOT NULL,
        currency TEXT NOT NULL,
        time_zone TEXT NOT NULL,
        locale TEXT NOT NULL,
        tax_mode TEXT NOT NULL CONSTRAINT settings_tax_mode_known CHECK (tax_mode IN ('included', 'added')),
        cash_step_minor {int} NOT NULL CONSTRAINT settings_cash_step_positive CHECK (cash_step_minor >= 1),
        receipt_header TEXT NOT NULL,
        receipt_footer TEXT NOT NULL,
        version {int} NOT NULL,
        updated_at_us {int} NOT NULL
    ) {table}",
    "CREATE TABLE counters (
        name TEXT NOT NULL PRIMARY KEY,
        value {int} NOT NULL CONSTRAINT counters_not_negative CHECK (value >= 0)
    ) {table}",
    "INSERT INTO counters (name, value) VALUES ('sale', 0)",
    "CREATE TABLE audit_log (
        id {uuid} NOT NULL PRIMARY KEY,
        recorded_at_us {int} NOT NULL,
        actor_id {uuid},
        action TEXT NOT NULL,
        entity TEXT NOT NULL,
        entity_id TEXT NOT NULL,
        address TEXT NOT NULL,
        request_id TEXT NOT NULL,
        before_json TEXT,
        after_json TEXT
    ) {table}",
    // One for each filter of the list, in its order: newest first.
    "CREATE INDEX audit_log_time ON audit_log (recorded_at_us, id)",
    "CREATE INDEX audit_log_actor ON audit_log (actor_id, recorded_at_us, id)",
    "CREATE INDEX audit_log_action ON audit_log (action, recorded_at_us, id)",
    "CREATE INDEX audit_log_entity ON audit_log (entity, recorded_at_us, id)",
    "CREATE INDEX audit_log_entity_id ON audit_log (entity_id, recorded_at_us, id)",
    "sqlite:CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
    "sqlite:CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
    "postgres:CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
    "postgres:CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "postgres:CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
];

const DOWN: &[&str] = &[
    "DROP TABLE audit_log",
    "postgres:DROP FUNCTION refuse_change()",
    "DROP TABLE counters",
    "DROP TABLE settings",
    "DROP TABLE setup",
    "DROP TABLE refresh_tokens",
    "DROP TABLE sessions",
    "DROP TABLE users",
];
