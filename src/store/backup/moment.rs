//! What is read first of a shop at one moment, the same on both databases.

use sqlx::{AssertSqlSafe, Database, Executor, FromRow, IntoArguments};

use super::{BackupError, Head, Position};

/// What takes the rows of a table, one after the other.
pub(super) type Sink<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<(), BackupError> + Send);

/// The first statements of a backup, the same on both databases.
const SHOP: &str = "SELECT COALESCE((SELECT shop_name FROM settings WHERE id = 1), '')";
pub(super) const MIGRATIONS: &str = "SELECT version FROM seaql_migrations ORDER BY version";
const POSITION: &str = "SELECT
    COALESCE((SELECT value FROM counters WHERE name = 'sale'), 0),
    COALESCE((SELECT MAX(position) FROM stock_movements), 0),
    COALESCE((SELECT value FROM counters WHERE name = 'change'), 0)";

/// Runs statements that return nothing.
pub(super) async fn run<'e, C>(connection: &'e mut C, sql: &str) -> Result<(), BackupError>
where
    &'e mut C: Executor<'e>,
{
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await?;
    Ok(())
}

/// The only row of a statement.
pub(super) async fn one<'e, C, DB, T>(connection: &'e mut C, sql: &str) -> Result<T, BackupError>
where
    DB: Database,
    &'e mut C: Executor<'e, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    T: for<'r> FromRow<'r, DB::Row> + Send + Unpin,
{
    Ok(sqlx::query_as(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await?)
}

/// The only column of the rows of a statement, a text.
pub(super) async fn texts<'e, C, DB>(
    connection: &'e mut C,
    sql: &str,
) -> Result<Vec<String>, BackupError>
where
    DB: Database,
    &'e mut C: Executor<'e, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    (String,): for<'r> FromRow<'r, DB::Row>,
{
    let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(text,)| text).collect())
}

/// The number that a statement counts.
pub(super) async fn count<'e, C, DB>(connection: &'e mut C, sql: &str) -> Result<i64, BackupError>
where
    DB: Database,
    &'e mut C: Executor<'e, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    (i64,): for<'r> FromRow<'r, DB::Row>,
{
    let (count,) = one::<C, DB, (i64,)>(connection, sql).await?;
    Ok(count)
}

/// What is known of a backup before its rows. The first statement fixes the moment. `is_shop` counts 1
/// where the migrations have been.
pub(super) async fn begin<C, DB>(
    connection: &mut C,
    is_shop: &str,
    name: &str,
    database: &str,
) -> Result<Head, BackupError>
where
    DB: Database,
    for<'e> &'e mut C: Executor<'e, Database = DB>,
    DB::Arguments: IntoArguments<DB>,
    (i64,): for<'r> FromRow<'r, DB::Row>,
    (String,): for<'r> FromRow<'r, DB::Row>,
    (i64, i64, i64): for<'r> FromRow<'r, DB::Row>,
{
    if count(connection, is_shop).await? == 0 {
        return Err(BackupError::NoShop(name.to_owned()));
    }
    let migrations = texts(connection, MIGRATIONS).await?;
    let (shop,): (String,) = one(connection, SHOP).await?;
    let position = one(connection, POSITION).await?;
    Ok(head(database, shop, position, migrations))
}

pub(super) fn head(
    database: &str,
    shop: String,
    (sale, movement, change): (i64, i64, i64),
    migrations: Vec<String>,
) -> Head {
    Head {
        program: String::new(),
        database: database.to_owned(),
        shop,
        taken_at: String::new(),
        position: Position {
            sale,
            movement,
            change,
        },
        migrations,
        tables: Vec::new(),
        body_bytes: 0,
        body_sha256: String::new(),
    }
}
