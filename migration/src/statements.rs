//! Runs a list of statements for the database of the connection.

use sea_orm_migration::{
    SchemaManager,
    sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement},
};

/// Runs statements in order. `{uuid}`, `{int}`, `{bool}` and `{table}` are replaced by the words of
/// the database. A statement that begins with `sqlite:` or `postgres:` runs on that database only.
pub async fn apply(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let backend = manager.get_database_backend();
    let connection = manager.get_connection();
    for statement in statements {
        let sql = match (
            statement.strip_prefix("sqlite:"),
            statement.strip_prefix("postgres:"),
        ) {
            (Some(sql), _) if backend == DbBackend::Sqlite => sql,
            (_, Some(sql)) if backend == DbBackend::Postgres => sql,
            (None, None) => statement,
            _ => continue,
        };
        connection
            .execute_unprepared(&translate(sql, backend))
            .await?;
    }
    Ok(())
}

fn translate(sql: &str, backend: DbBackend) -> String {
    let [uuid, int, bool, rowid_table, table] = if backend == DbBackend::Sqlite {
        // STRICT: the declared type is enforced. WITHOUT ROWID: the key is the tree, as UUIDv7
        // keys arrive in order.
        [
            "BLOB",
            "INTEGER",
            "INTEGER",
            "STRICT",
            "STRICT, WITHOUT ROWID",
        ]
    } else {
        ["uuid", "bigint", "boolean", "", ""]
    };
    sql.replace("{uuid}", uuid)
        .replace("{int}", int)
        .replace("{bool}", bool)
        .replace("{rowid_table}", rowid_table)
        .replace("{table}", table)
}

/// On `SQLite`, waits for the one writer and takes it. A migration that reads before it writes begins
/// with this: a transaction that has read may not wait any more, and fails with "database is locked"
/// if a running program writes at that moment.
pub async fn take_writer(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    apply(
        manager,
        &["sqlite:DELETE FROM seaql_migrations WHERE FALSE"],
    )
    .await
}

/// Refuses to go back while there are rows that the older schema cannot hold: each query finds one of
/// them, and the sentence beside it describes it.
pub async fn refuse_while(
    manager: &SchemaManager<'_>,
    unspeakable: &[(&str, &str)],
) -> Result<(), DbErr> {
    take_writer(manager).await?;
    let backend = manager.get_database_backend();
    for (query, sentence) in unspeakable {
        let found = manager
            .get_connection()
            .query_one_raw(Statement::from_string(backend, *query))
            .await?;
        if found.is_some() {
            return Err(DbErr::Migration(format!("cannot go back: {sentence}")));
        }
    }
    Ok(())
}
