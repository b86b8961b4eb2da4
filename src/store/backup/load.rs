//! Restoring a backup into an empty database, of either kind.
//!
//! The tables are made as they were when the backup was made, filled, compared with the backup, and
//! only then brought up to date. The copy is another shop for caches and for what tills have loaded:
//! it gets an identity of its own, as records that came after the backup are not in it.

use super::{Backup, BackupError, load_postgres, load_sqlite};
use crate::{Dialect, StoreOptions, migration_names};

/// Restores a backup into the database of these options, which must be empty. A `SQLite` file has its
/// name only once it is complete.
///
/// # Errors
/// [`BackupError`]. Then the database is as it was, or empty.
pub async fn restore(backup: &Backup, target: &StoreOptions) -> Result<(), BackupError> {
    let known = migration_names();
    let steps = backup.known_migrations(&known)?;
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    match Dialect::of_url(&target.url) {
        Dialect::Sqlite => load_sqlite::restore(backup, steps, target).await,
        Dialect::Postgres => load_postgres::restore(backup, steps, target).await,
    }
}
