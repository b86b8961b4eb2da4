//! Restoring into a `SQLite` file: a file beside it is filled without a journal, and then gets its
//! name.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use migration::copied::DERIVED;
use sqlx::{
    Arguments as _, AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection,
    sqlite::{SqliteArguments, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous},
};
use tempfile::TempDir;

use super::{
    Backup, BackupError,
    file::{RowReader, sync_folder_of},
    fit::{compare, is_sold_in, matched},
    line::{self, Kind},
    moment::{count, run},
    sqlite::{self, IS_SHOP, open_alone},
    tables::{Table, quoted},
};
use crate::{
    MissingFile, StorageFault, StoreError, StoreOptions, migrate_up, place, schema::migrate_some,
};

/// Values in one statement; the database takes four times as many.
const VALUES_AT_ONCE: usize = 8_000;
/// Rows in one statement.
const ROWS_AT_ONCE: usize = 500;
/// KiB of pages in memory while indexes are built.
const CACHE: &str = "-64000";

pub(super) async fn restore(
    backup: &Backup,
    steps: u32,
    target: &StoreOptions,
) -> Result<(), BackupError> {
    let path = place::sqlite_file(&target.url)
        .ok_or_else(|| StoreError::Corrupt("the URL names no file".to_owned()))?;
    check_empty(&path, &target.url).await?;
    let scratch = Scratch::beside(&path).map_err(BackupError::of_file(&path))?;
    let options = scratch.options(target);
    migrate_some(&options, Some(steps)).await?;
    fill(backup, &scratch.path).await?;
    migrate_up(&options).await?;
    // Somebody may have begun a shop meanwhile.
    check_empty(&path, &target.url).await?;
    scratch
        .take_the_name_of(&path)
        .map_err(BackupError::of_file(&path))
}

/// There is no shop at this path, and nobody has the file open.
async fn check_empty(path: &Path, url: &str) -> Result<(), BackupError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BackupError::of_file(path)(error)),
        Ok(_) => {}
    }
    let name = place::name_of(url);
    let foreign = |error| match error {
        BackupError::Store(StoreError::Storage {
            fault: StorageFault::Damaged,
            ..
        }) => BackupError::ForeignTarget(name.clone()),
        other => other,
    };
    let mut connection = open_alone(url).await.map_err(foreign)?;
    let state = contents(&mut connection).await;
    run(&mut connection, "ROLLBACK").await?;
    connection.close().await?;
    match state? {
        Contents::Nothing => Ok(()),
        Contents::OtherTables => Err(BackupError::ForeignTarget(name)),
        Contents::Shop => Err(BackupError::NotEmpty(name)),
    }
}

/// What is in a file.
enum Contents {
    /// Nothing that would be missed.
    Nothing,
    Shop,
    OtherTables,
}

async fn contents(connection: &mut SqliteConnection) -> Result<Contents, BackupError> {
    if count(connection, IS_SHOP).await? == 0 {
        let all = count(connection, "SELECT COUNT(*) FROM sqlite_master").await?;
        return Ok(if all == 0 {
            Contents::Nothing
        } else {
            Contents::OtherTables
        });
    }
    let is_there =
        |table: &str| format!("SELECT COUNT(*) FROM sqlite_master WHERE name = '{table}'");
    Ok(if is_sold_in(connection, is_there).await? {
        Contents::Shop
    } else {
        Contents::Nothing
    })
}

/// A file that is being filled, in a folder of its own beside its place. It is deleted unless it gets
/// its name.
struct Scratch {
    path: PathBuf,
    _folder: TempDir,
}

impl Scratch {
    fn beside(path: &Path) -> io::Result<Self> {
        let parent = path.parent().unwrap_or(Path::new("."));
        let mut missing = fs::DirBuilder::new();
        missing.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut missing, 0o700);
        missing.create(parent)?;
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(path.file_name().unwrap_or_default());
        prefix.push(".restoring-");
        let folder = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(parent)?;
        Ok(Self {
            path: folder.path().join("shop.db"),
            _folder: folder,
        })
    }

    fn options(&self, target: &StoreOptions) -> StoreOptions {
        StoreOptions {
            url: place::url_of(&self.path),
            missing_file: MissingFile::Create,
            ..target.clone()
        }
    }

    fn take_the_name_of(&self, path: &Path) -> io::Result<()> {
        if place::has_log(&self.path) {
            return Err(io::Error::other("the log was not copied into the file"));
        }
        File::open(&self.path)?.sync_all()?;
        // What an empty file has beside it would be replayed over the new one.
        for ending in ["-wal", "-shm"] {
            remove(&place::beside(path, ending))?;
        }
        fs::rename(&self.path, path)?;
        sync_folder_of(path)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

async fn fill(backup: &Backup, path: &Path) -> Result<(), BackupError> {
    let mut connection = sqlite::options(&place::url_of(path))?
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .locking_mode(SqliteLockingMode::Exclusive)
        .foreign_keys(false)
        .pragma("cache_size", CACHE)
        .pragma("temp_store", "FILE")
        .connect()
        .await?;
    run(&mut connection, "BEGIN").await?;
    let tables = sqlite::tables(&mut connection).await?;
    let tables = matched(backup, tables)?;
    let made_again = drop_made(&mut connection).await?;
    let mut rows = backup.rows()?;
    for (table, head) in &tables {
        run(
            &mut connection,
            &format!("DELETE FROM {}", quoted(&table.name)),
        )
        .await?;
        insert_all(&mut connection, table, head.rows, &mut rows).await?;
    }
    for sql in &made_again.indexes {
        run(&mut connection, sql).await?;
    }
    derive(&mut connection).await?;
    for (table, head) in &tables {
        let sum = sqlite::read(&mut connection, table, &mut |_| Ok(())).await?;
        compare(table, sum, head)?;
    }
    for sql in &made_again.triggers {
        run(&mut connection, sql).await?;
    }
    run(
        &mut connection,
        "UPDATE counters SET value = random() & 4611686018427387903 WHERE name = 'shop_identity'",
    )
    .await?;
    run(&mut connection, "COMMIT").await?;
    Ok(connection.close().await?)
}

/// What is dropped before the rows come, as statements that make it again.
struct MadeAgain {
    indexes: Vec<String>,
    triggers: Vec<String>,
}

async fn drop_made(connection: &mut SqliteConnection) -> Result<MadeAgain, BackupError> {
    Ok(MadeAgain {
        indexes: drop_all(connection, "index").await?,
        triggers: drop_all(connection, "trigger").await?,
    })
}

async fn drop_all(
    connection: &mut SqliteConnection,
    kind: &'static str,
) -> Result<Vec<String>, BackupError> {
    let sql =
        "SELECT name, sql FROM sqlite_master WHERE type = $1 AND sql IS NOT NULL ORDER BY rowid";
    let made: Vec<(String, String)> = sqlx::query_as(sql)
        .bind(kind)
        .fetch_all(&mut *connection)
        .await?;
    let mut again = Vec::with_capacity(made.len());
    for (name, sql) in made {
        run(connection, &format!("DROP {kind} {}", quoted(&name))).await?;
        again.push(sql);
    }
    Ok(again)
}

async fn derive(connection: &mut SqliteConnection) -> Result<(), BackupError> {
    for (table, sql) in DERIVED {
        let exists = "SELECT COUNT(*) FROM sqlite_master WHERE name = $1";
        let (is_there,): (i64,) = sqlx::query_as(exists)
            .bind(*table)
            .fetch_one(&mut *connection)
            .await?;
        if is_there == 0 {
            continue;
        }
        if !table.starts_with(migration::copied::SEARCH_INDEX) {
            run(connection, &format!("DELETE FROM {}", quoted(table))).await?;
        }
        run(connection, sql).await?;
    }
    Ok(())
}

/// Inserts this many rows.
async fn insert_all(
    connection: &mut SqliteConnection,
    table: &Table,
    rows: u64,
    reader: &mut RowReader,
) -> Result<(), BackupError> {
    let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
    let at_once = (VALUES_AT_ONCE / kinds.len().max(1)).clamp(1, ROWS_AT_ONCE);
    let whole = insert_sql(table, at_once);
    let mut line = Vec::with_capacity(512);
    let mut left = rows;
    while left > 0 {
        let count = usize::try_from(left).map_or(at_once, |left| left.min(at_once));
        let mut arguments = SqliteArguments::default();
        arguments.reserve(count * kinds.len(), 0);
        for _ in 0..count {
            reader.next_into(&mut line)?;
            bind(&mut arguments, &line, &kinds)?;
        }
        let rest;
        let sql = if count == at_once {
            &whole
        } else {
            rest = insert_sql(table, count);
            &rest
        };
        sqlx::query_with(AssertSqlSafe(sql.as_str()), arguments)
            .execute(&mut *connection)
            .await?;
        left -= count as u64;
    }
    Ok(())
}

fn insert_sql(table: &Table, rows: usize) -> String {
    let marks = vec!["?"; table.columns.len()].join(", ");
    format!(
        "INSERT INTO {} ({}) VALUES {}",
        quoted(&table.name),
        table.column_list(),
        vec![format!("({marks})"); rows].join(", ")
    )
}

fn bind(arguments: &mut SqliteArguments, line: &[u8], kinds: &[Kind]) -> Result<(), BackupError> {
    let mut fields = line.split(|byte| *byte == b'\t');
    for kind in kinds {
        let field = fields
            .next()
            .ok_or_else(|| BackupError::value("a row with too few fields".into()))?;
        let added = match kind {
            _ if field == line::NULL => arguments.add(None::<i64>),
            Kind::Int => arguments.add(line::int_of(field)?),
            Kind::Text => arguments.add(line::text_of(field)?),
            Kind::Blob => arguments.add(line::bytes_of(field)?),
        };
        added.map_err(BackupError::value)?;
    }
    Ok(())
}
