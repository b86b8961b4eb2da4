//! A shop as one file: made from either database while the program sells, and restored into either.
//!
//! The file holds rows, not pages, so that it moves a shop between `SQLite` and `PostgreSQL`
//! (ADR 0034). Everything streams: memory does not grow with the shop.

mod error;
mod file;
mod fit;
mod line;
mod load;
mod load_postgres;
mod load_sqlite;
mod moment;
mod postgres;
mod source;
mod sqlite;
mod tables;

use std::path::Path;

use kernel::Timestamp;

use crate::StoreOptions;

pub use error::BackupError;
pub use file::{Backup, DRAFT, Head, Position, TableHead};
pub use load::restore;

use file::Draft;
use source::OpenShop;

/// Who makes a backup, and when.
#[derive(Debug, Clone, Copy)]
pub struct Maker<'a> {
    /// The version of the program, for people.
    pub program: &'a str,
    /// The time that the backup is given.
    pub at: Timestamp,
}

/// Whether others may use the shop while it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// They may: the backup shows one moment.
    Shared,
    /// They may not, as the shop moves away. `SQLite` only: nobody else may have the file open.
    Alone,
}

/// Writes a backup of the shop into a file that does not exist yet. The file has its name only once
/// it is complete and on the disk.
///
/// # Errors
/// [`BackupError`]. Then there is no file.
pub async fn make(
    options: &StoreOptions,
    usage: Access,
    maker: Maker<'_>,
    path: &Path,
) -> Result<Head, BackupError> {
    let mut draft = Draft::create(path)?;
    let mut source = OpenShop::open(&options.url, usage).await?;
    let mut head = source.begin(maker).await?;
    let tables = source.tables().await?;
    for table in &tables {
        let sum = source
            .read(table, &mut |line| draft.body()?.write_line(line))
            .await?;
        head.tables.push(table.head(sum));
    }
    source.end().await?;
    draft.finish(head)
}

/// What a database is and how far its shop is, without its rows. Changes nothing.
///
/// # Errors
/// [`BackupError`].
pub async fn look(options: &StoreOptions) -> Result<Head, BackupError> {
    let mut source = OpenShop::open(&options.url, Access::Shared).await?;
    let nobody = Maker {
        program: "",
        at: kernel::clock::EARLIEST,
    };
    let head = source.begin(nobody).await?;
    source.end().await?;
    Ok(head)
}

/// The contents of a shop, table by table: to compare two databases.
///
/// # Errors
/// [`BackupError`].
pub async fn digests(options: &StoreOptions) -> Result<Vec<TableHead>, BackupError> {
    let mut source = OpenShop::open(&options.url, Access::Shared).await?;
    let mut found = Vec::new();
    for table in &source.tables().await? {
        let sum = source.read(table, &mut |_| Ok(())).await?;
        found.push(table.head(sum));
    }
    source.end().await?;
    Ok(found)
}
