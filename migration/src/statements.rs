//! Runs a list of statements in the dialect of the connection.

use sea_orm_migration::{
    SchemaManager,
    sea_orm::{ConnectionTrait as _, DbBackend, DbErr},
};

/// Runs statements in order. `{uuid}`, `{int}`, `{bool}` and `{table}` are put into the dialect's
/// words; a statement that begins with `sqlite:` or `postgres:` runs on that database only.
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
