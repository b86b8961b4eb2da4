//! Migrations, one instance at a time, and the probe that shows that the read pool cannot write.

use std::fs::File;

use migration::Migrator;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use sea_orm_migration::MigratorTrait as _;

use crate::{
    Dialect, NoShop, ReadDb, StoreError, StoreOptions, WriteDb,
    connect::{connect_single, connect_to_look},
    place, selection,
    selection::read_first,
};

/// The key of the advisory lock: eight ASCII letters that no other program uses.
pub(crate) const ADVISORY_LOCK: i64 = 0x5361_6c65_7346_6c6f;

/// A migration and whether it has run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// Its name.
    pub name: String,
    /// True once it has run.
    pub is_applied: bool,
}

/// Brings the schema up to date. Instances that start at the same time wait for each other.
pub async fn migrate_up(options: &StoreOptions) -> Result<(), StoreError> {
    migrate_some(options, None).await
}

/// Runs at most so many of the pending migrations.
pub(crate) async fn migrate_some(
    options: &StoreOptions,
    steps: Option<u32>,
) -> Result<(), StoreError> {
    let lock = Lock::take(options).await?;
    let result = Migrator::up(lock.db.connection(), steps).await;
    lock.release().await;
    Ok(result?)
}

/// Undoes the last `steps` migrations, or all of them.
pub async fn migrate_down(options: &StoreOptions, steps: Option<u32>) -> Result<(), StoreError> {
    let lock = Lock::take(options).await?;
    let result = Migrator::down(lock.db.connection(), steps).await;
    lock.release().await;
    Ok(result?)
}

/// The names of all migrations in order. Each begins with the date on which it was written.
#[must_use]
pub fn migration_names() -> Vec<String> {
    Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect()
}

/// Every migration in order.
pub async fn migration_status(options: &StoreOptions) -> Result<Vec<MigrationState>, StoreError> {
    let lock = Lock::take(options).await?;
    let result = Migrator::get_migration_with_status(lock.db.connection()).await;
    lock.release().await;
    Ok(result?
        .into_iter()
        .map(|migration| MigrationState {
            name: migration.name().to_owned(),
            is_applied: migration.status() == sea_orm_migration::MigrationStatus::Applied,
        })
        .collect())
}

/// Tries a harmless write through the read handle.
///
/// # Errors
/// [`StoreError::Corrupt`] when the write succeeds: the program must not start.
pub async fn probe_read_only(read: &ReadDb) -> Result<(), StoreError> {
    if read.accepts_writes().await {
        return Err(StoreError::Corrupt(
            "the read pool accepts writes".to_owned(),
        ));
    }
    Ok(())
}

/// The right to change the schema: a lock file beside the `SQLite` file, or an advisory lock of one
/// session on `PostgreSQL`. A crash releases both.
struct Lock {
    db: WriteDb,
    file: Option<File>,
}

impl Lock {
    async fn take(options: &StoreOptions) -> Result<Self, StoreError> {
        let dialect = Dialect::of_url(&options.url);
        place::prepare(options)?;
        let file = match place::sqlite_file(&options.url) {
            Some(path) => Some(lock_file(path).await?),
            None => None,
        };
        check_contents(options).await?;
        // A connection of its own, since the advisory lock belongs to a session.
        let db = connect_single(options).await?;
        if dialect == Dialect::Postgres {
            db.connection()
                .execute_unprepared("SET statement_timeout = 0; SET lock_timeout = 0")
                .await?;
            db.connection()
                .execute_unprepared(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})"))
                .await?;
        }
        Ok(Self { db, file })
    }

    async fn release(self) {
        let closed = self.db.connection().clone().close().await;
        if let Err(error) = closed {
            tracing::debug!(%error, "the connection of the migration was gone at its end");
        }
        drop(self.file);
    }
}

/// Checks the contents of the `SQLite` file before anything in it is changed.
async fn check_contents(options: &StoreOptions) -> Result<(), StoreError> {
    let Some(path) = place::sqlite_file(&options.url) else {
        return Ok(());
    };
    let question = Statement::from_string(
        DbBackend::Sqlite,
        "SELECT COUNT(*) AS tables, COUNT(*) FILTER (WHERE name = 'seaql_migrations') AS of_ours
         FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'",
    );
    let connection = connect_to_look(&options.url).await?;
    let row = connection.query_one_raw(question).await;
    connection.close().await?;
    let Some(there) = read_first::<Tables>(row?)? else {
        return Ok(());
    };
    match (there.tables, there.of_ours) {
        (0, _) if !place::may_create(options) => Err(NoShop::Empty(path).into()),
        (1.., 0) => Err(NoShop::Foreign(path).into()),
        _ => Ok(()),
    }
}

selection! {
    struct Tables { tables: i64, of_ours: i64 }
}

async fn lock_file(path: std::path::PathBuf) -> Result<File, StoreError> {
    let lock = move || -> std::io::Result<File> {
        let mut name = path.into_os_string();
        name.push(".lock");
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(name)?;
        file.lock()?;
        Ok(file)
    };
    tokio::task::spawn_blocking(lock)
        .await
        .map_err(|error| StoreError::Corrupt(error.to_string()))?
        .map_err(|error| {
            let what = "the lock file beside the database cannot be taken";
            StoreError::of_folder(what, &error)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MissingFile, presence::Watched};

    #[tokio::test]
    async fn a_read_handle_that_could_write_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            url: format!("sqlite://{}", folder.path().join("shop.db").display()),
            read_url: None,
            read_connections: 1,
            analytics_connections: 1,
            write_connections: 1,
            missing_file: MissingFile::Create,
        };
        migrate_up(&options).await.unwrap();
        let stores = crate::connect(&options).await.unwrap();
        probe_read_only(&stores.read).await.unwrap();
        let writable = ReadDb::new(
            Watched::unwatched(stores.write.connection().clone()),
            stores.write.dialect(),
        );
        let refused = probe_read_only(&writable).await.unwrap_err();
        assert!(refused.to_string().contains("accepts writes"), "{refused}");
        stores.close().await;
    }
}
