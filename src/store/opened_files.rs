//! Which files a `SQLite` database was opened from.
//!
//! `SQLite` holds its files open and never looks at their names again. When somebody deletes,
//! moves or replaces one of them, it goes on writing into a file that nobody will find any more.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use sea_orm::sqlx::{self, sqlite::SqliteConnectOptions};

use crate::{StorageFault, StoreError};

/// The files of a database as they were when they were opened.
#[derive(Debug)]
pub(crate) struct OpenedFiles {
    path: Option<PathBuf>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    database: Option<Identity>,
    log: Option<(PathBuf, Identity)>,
    /// The log was lost, and all that it held is in the file.
    is_log_saved: bool,
}

impl OpenedFiles {
    /// Of a database at this URL. One that is no file (in memory, a server) is always the right one.
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

    /// A connection was opened: the first names the file, the others must lead to the same.
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

    /// The same for the connection that writes, which opens the write-ahead log anew.
    pub(crate) fn opened_for_writing(&self) -> Result<(), sqlx::Error> {
        let mut seen = self.lock();
        seen.log = None;
        seen.is_log_saved = false;
        drop(seen);
        self.opened()
    }

    /// A transaction has begun, so the log is open.
    pub(crate) fn remember_log(&self) {
        let mut seen = self.lock();
        if seen.log.is_some() || seen.database.is_none() {
            return;
        }
        // SQLite puts it beside the file itself, not beside a link that leads to it.
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

    /// Whether the paths still lead to what was opened.
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

    /// Whether the log is gone while the file is still the one that was opened, and holds commits
    /// that are not in the file yet.
    pub(crate) fn has_lost_log(&self) -> bool {
        let seen = self.lock();
        let is_gone = |(path, _): &(PathBuf, Identity)| !path.exists();
        !seen.is_log_saved
            && seen.log.as_ref().is_some_and(is_gone)
            && seen.database == self.path.as_deref().and_then(Identity::of)
    }

    /// Nothing more is to be saved from a log that is gone.
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

/// Which file a path leads to, whatever its name.
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

    /// Elsewhere an open file can be neither deleted nor replaced.
    #[cfg(not(unix))]
    fn of(_: &Path) -> Option<Self> {
        None
    }
}
