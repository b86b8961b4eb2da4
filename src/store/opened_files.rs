//! Which files a `SQLite` database was opened from.
//!
//! `SQLite` keeps its files open and never checks their names again. If somebody deletes, moves or
//! replaces a file, `SQLite` goes on writing into a file that nobody will find.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use sea_orm::sqlx::{self, sqlite::SqliteConnectOptions};

use crate::{StorageFault, StoreError};

/// The files of a database at the time when they were opened.
#[derive(Debug)]
pub(crate) struct OpenedFiles {
    path: Option<PathBuf>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    database: Option<Identity>,
    log: Option<(PathBuf, Identity)>,
    /// The log was lost, and everything in it has been copied into the file.
    is_log_saved: bool,
}

impl OpenedFiles {
    /// The files of the database at this URL. A database without files (in memory, a server) always
    /// passes the checks.
    pub(crate) fn of(url: &str) -> Arc<Self> {
        let options = url
            .starts_with("sqlite:")
            .then(|| url.parse::<SqliteConnectOptions>());
        let path = options
            .and_then(Result::ok)
            .map(|options| options.get_filename().to_owned());
        Arc::new(Self {
            path,
            seen: Mutex::default(),
        })
    }

    /// Called for each new connection: the first one defines the file, later ones must lead to the
    /// same file.
    pub(crate) fn opened(&self) -> Result<(), sqlx::Error> {
        let mut seen = self.lock();
        let Some(found) = self.path.as_deref().and_then(Identity::of) else {
            return match seen.database {
                None => Ok(()),
                Some(_) => Err(another_file()),
            };
        };
        if *seen.database.get_or_insert(found) == found {
            Ok(())
        } else {
            Err(another_file())
        }
    }

    /// The same for the writing connection, which opens the write-ahead log anew.
    pub(crate) fn opened_for_writing(&self) -> Result<(), sqlx::Error> {
        let mut seen = self.lock();
        seen.log = None;
        seen.is_log_saved = false;
        drop(seen);
        self.opened()
    }

    /// Called when a transaction has begun, so the log is open.
    pub(crate) fn remember_log(&self) {
        let mut seen = self.lock();
        if seen.log.is_some() || seen.database.is_none() {
            return;
        }
        // SQLite puts the log beside the file itself, not beside a symbolic link to it.
        let file = self
            .path
            .as_deref()
            .and_then(|path| path.canonicalize().ok());
        seen.log = file.and_then(|file| {
            let mut name = file.into_os_string();
            name.push("-wal");
            let path = PathBuf::from(name);
            Identity::of(&path).map(|identity| (path, identity))
        });
    }

    /// Checks that the paths still lead to the opened files.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let seen = self.lock();
        let is_same = |path: &Path, opened: Identity| Identity::of(path) == Some(opened);
        let has_file = match (self.path.as_deref(), seen.database) {
            (Some(path), Some(opened)) => is_same(path, opened),
            _ => true,
        };
        let has_log = seen
            .log
            .as_ref()
            .is_none_or(|(path, opened)| is_same(path, *opened));
        if has_file && has_log {
            Ok(())
        } else {
            Err(StoreError::storage(StorageFault::Replaced))
        }
    }

    /// Whether the log is gone and holds commits that the file does not have yet, while the file is
    /// still the opened one.
    pub(crate) fn has_lost_log(&self) -> bool {
        let seen = self.lock();
        let is_gone = |(path, _): &(PathBuf, Identity)| !path.exists();
        !seen.is_log_saved
            && seen.log.as_ref().is_some_and(is_gone)
            && seen.database == self.path.as_deref().and_then(Identity::of)
    }

    /// Called when the lost log has been saved.
    pub(crate) fn log_is_saved(&self) {
        self.lock().is_log_saved = true;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn another_file() -> sqlx::Error {
    sqlx::Error::Configuration(StorageFault::Replaced.sentence().into())
}

/// The file that a path leads to, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::metadata(path).ok()?;
        Some(Self {
            device: found.dev(),
            inode: found.ino(),
        })
    }

    /// On other systems an open file cannot be deleted or replaced.
    #[cfg(not(unix))]
    fn of(_: &Path) -> Option<Self> {
        None
    }
}
