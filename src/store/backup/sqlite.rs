//! Reading a `SQLite` file at one moment. In its write-ahead log readers and the writer do not wait for
//! each other, so sales go on.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, Sqlite, SqliteConnection,
    ValueRef as _,
    sqlite::{SqliteConnectOptions, SqliteLockingMode, SqliteRow},
};

use super::{
    Access, BackupError, Head,
    line::{self, Kind, Sum},
    moment::{self, Sink, run},
    tables::{Table, carried, quoted},
};
use crate::{NoShop, StoreError, place};

/// Longest wait for a lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The same where nobody else may have the file open: a program that has it keeps it.
const ALONE_TIMEOUT: Duration = Duration::from_secs(1);
/// Rows on the way from the driver's thread.
const ROW_BUFFER: usize = 1_000;
/// KiB of pages in memory.
const CACHE: &str = "-16000";

/// Whether there is a shop.
pub(super) const IS_SHOP: &str =
    "SELECT COUNT(*) FROM sqlite_master WHERE name = 'seaql_migrations'";

/// A file at one moment.
pub(super) struct SqliteSource {
    connection: SqliteConnection,
    name: String,
}

impl SqliteSource {
    pub(super) async fn open(url: &str, usage: Access) -> Result<Self, BackupError> {
        let path = place::sqlite_file(url).ok_or_else(|| not_a_file(url))?;
        if !path.is_file() {
            return Err(StoreError::from(NoShop::Missing(path)).into());
        }
        let mut connection = match usage {
            Access::Shared => {
                let options = options(url)?.read_only(true).pragma("query_only", "ON");
                options.connect().await?
            }
            Access::Alone => open_alone(url).await?,
        };
        if matches!(usage, Access::Shared) {
            run(&mut connection, "BEGIN").await?;
        }
        Ok(Self {
            connection,
            name: place::name_of(url),
        })
    }

    pub(super) const fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// The first statement fixes the moment.
    pub(super) async fn begin(&mut self) -> Result<Head, BackupError> {
        moment::begin(&mut self.connection, IS_SHOP, &self.name, "sqlite").await
    }

    pub(super) async fn end(mut self) -> Result<(), BackupError> {
        run(&mut self.connection, "ROLLBACK").await?;
        Ok(self.connection.close().await?)
    }
}

fn not_a_file(url: &str) -> BackupError {
    StoreError::Corrupt(format!("{} is no file", place::name_of(url))).into()
}

pub(super) fn options(url: &str) -> Result<SqliteConnectOptions, BackupError> {
    let options: SqliteConnectOptions = url.parse()?;
    Ok(options
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(ROW_BUFFER)
        .pragma("cache_size", CACHE)
        // A statement over a whole table is slow by nature.
        .disable_statement_logging())
}

/// Opens a file that nobody else has open, and keeps others away.
pub(super) async fn open_alone(url: &str) -> Result<SqliteConnection, BackupError> {
    let options = options(url)?
        .busy_timeout(ALONE_TIMEOUT)
        .locking_mode(SqliteLockingMode::Exclusive);
    match begin_alone(&options).await {
        Err(BackupError::Store(StoreError::Unavailable(_))) => {
            Err(BackupError::InUse(place::name_of(url)))
        }
        other => other,
    }
}

async fn begin_alone(options: &SqliteConnectOptions) -> Result<SqliteConnection, BackupError> {
    let mut connection = options.connect().await?;
    run(&mut connection, "BEGIN EXCLUSIVE").await?;
    Ok(connection)
}

/// The tables that a backup carries.
pub(super) async fn tables(connection: &mut SqliteConnection) -> Result<Vec<Table>, BackupError> {
    // `pragma_table_info` leaves generated columns out.
    let sql = "SELECT tables.name, columns.name, columns.type
               FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
               WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite^_%' ESCAPE '^'";
    let listed: Vec<(String, String, String)> = sqlx::query_as(sql).fetch_all(connection).await?;
    carried(listed)
}

/// Reads a table.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    table: &Table,
    sink: Sink<'_>,
) -> Result<Sum, BackupError> {
    let sql = format!(
        "SELECT {} FROM {}",
        table.column_list(),
        quoted(&table.name)
    );
    let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
    let mut sum = Sum::default();
    let mut line = Vec::with_capacity(512);
    while let Some(row) = rows.try_next().await? {
        write_line(&mut line, &row, &kinds)?;
        sum.add(&line);
        sink(&line)?;
    }
    Ok(sum)
}

fn write_line(line: &mut Vec<u8>, row: &SqliteRow, kinds: &[Kind]) -> Result<(), BackupError> {
    use std::io::Write as _;
    line.clear();
    for (at, kind) in kinds.iter().enumerate() {
        if at > 0 {
            line.push(b'\t');
        }
        let value = row.try_get_raw(at)?;
        if value.is_null() {
            line.extend_from_slice(line::NULL);
            continue;
        }
        match kind {
            Kind::Int => {
                let number =
                    <i64 as sqlx::Decode<Sqlite>>::decode(value).map_err(BackupError::value)?;
                // Writing into memory does not fail.
                let _written = write!(line, "{number}");
            }
            Kind::Text => {
                let text =
                    <&str as sqlx::Decode<Sqlite>>::decode(value).map_err(BackupError::value)?;
                line::push_text(line, text.as_bytes());
            }
            Kind::Blob => {
                let bytes =
                    <&[u8] as sqlx::Decode<Sqlite>>::decode(value).map_err(BackupError::value)?;
                line::push_bytes(line, bytes);
            }
        }
    }
    Ok(())
}
