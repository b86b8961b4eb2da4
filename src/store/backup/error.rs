//! Why a backup cannot be made or restored, as sentences that say what to do.

use std::{
    io,
    path::{Path, PathBuf},
};

use sea_orm::{DbErr, RuntimeErr};
use sqlx::error::BoxDynError;

use crate::StoreError;

/// Why a backup cannot be made or restored. Nothing was changed, unless the sentence says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be read or written.
    #[error(
        "{0} cannot be read or written: look at its folder, at their rights and at the space on the disk"
    )]
    File(PathBuf, #[source] io::Error),
    /// There is a file of this name.
    #[error("there is a file {0} already: give the backup another name")]
    Exists(PathBuf),
    /// There is nothing to back up.
    #[error("there is no shop in {0}: look at database.url")]
    NoShop(String),
    /// The file was not made by this program.
    #[error("{0} is not a backup of SalesFlow")]
    Foreign(PathBuf),
    /// The file has a newer format.
    #[error(
        "{path} was made by a newer program (format {found}; this one reads format {known}): install that program, or a later one, and restore the backup with it"
    )]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest known format.
        known: u32,
    },
    /// The shop has tables of a newer program.
    #[error(
        "{path} was made by the newer program {program}, which has the change {migration} that this one does not know: install that program, or a later one, and restore the backup with it"
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The version of its program.
        program: String,
        /// The first unknown migration.
        migration: String,
    },
    /// The shop has tables that this program never made in this order.
    #[error(
        "{path} was made by the program {program}, whose tables lack the change {migration} but have later ones: restore it with that program, and let it run once with its newest version"
    )]
    OtherSchema {
        /// The file.
        path: PathBuf,
        /// The version of its program.
        program: String,
        /// The first missing migration.
        migration: String,
    },
    /// The end of the file is missing.
    #[error(
        "{path} is cut: it should have {expected} bytes and has {found}. Copy it again, or take an older backup"
    )]
    Cut {
        /// The file.
        path: PathBuf,
        /// Its size when it was made.
        expected: u64,
        /// Its size.
        found: u64,
    },
    /// The contents differ from the checksum.
    #[error("{0} is damaged: its checksum is wrong. Copy it again, or take an older backup")]
    Damaged(PathBuf),
    /// There is a shop where the backup should go.
    #[error(
        "there is a shop in {0} already: a backup is restored into an empty database only. Name another one with --to, or move this one away first"
    )]
    NotEmpty(String),
    /// There are tables of another program where the backup should go.
    #[error("{0} is the database of another program: name an empty one with --to")]
    ForeignTarget(String),
    /// A program has the database open.
    #[error("another program has {0} open: stop it first")]
    InUse(String),
    /// A table is not what the backup says after it was written.
    #[error(
        "the table {0} differs from the backup after it was written: the backup was not restored"
    )]
    Differs(String),
    /// A column has a type that a backup does not know: a defect.
    #[error("the column {0} has a type that a backup does not know")]
    UnknownType(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    /// An error of the file at this path.
    pub(super) fn of_file(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |error| Self::File(path.to_owned(), error)
    }

    /// A value that cannot be stored.
    pub(super) fn value(error: BoxDynError) -> Self {
        Self::from(sqlx::Error::Encode(error))
    }
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(DbErr::Exec(RuntimeErr::SqlxError(error.into())).into())
    }
}

impl From<DbErr> for BackupError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}
