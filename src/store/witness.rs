//! Checks the reports of the `SQLite` driver against what `SQLite` did.
//!
//! After a failed write (a full disk, an I/O error) `SQLite` rolls back by itself. The driver's own
//! ROLLBACK then fails, and the driver still counts an open transaction: its next "begin" is a
//! SAVEPOINT and its next "commit" a RELEASE, so acknowledged data is never stored. Three rules
//! prevent that:
//!
//! 1. A connection on which the driver counts a transaction after its end is closed, not used again.
//! 2. A commit counts only once the commit hook has fired. `SQLite` calls it for the COMMIT of a
//!    transaction and for the outermost RELEASE, never for an inner one.
//! 3. The path still leads to the opened file, and so does that of the write-ahead log. A commit into
//!    a file that nobody will find does not count.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use sea_orm::{
    ConnectOptions,
    sqlx::{self, Connection as _, sqlite::SqliteConnection},
};

use crate::{Dialect, StorageFault, StoreError, opened_files::OpenedFiles, storage::Storage};

/// What is known of the writes of a handle, and the witness of its commits.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub(crate) storage: Arc<Storage>,
    /// `SQLite` only.
    witness: Option<Arc<Witness>>,
}

impl Watch {
    /// Watches the connections that are opened with these options.
    pub(crate) fn over(
        options: &mut ConnectOptions,
        dialect: Dialect,
        files: &Arc<OpenedFiles>,
    ) -> Self {
        let storage = Arc::<Storage>::default();
        let witness = match dialect {
            Dialect::Sqlite => Some(Arc::new(Witness::new(files, &storage))),
            Dialect::Postgres => None,
        };
        if let Some(witness) = &witness {
            witness.watch(options);
        }
        Self { storage, witness }
    }

    /// Remembers a storage fault.
    pub(crate) fn note<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        self.storage.note(outcome)
    }

    /// Checks that a transaction would be written into the opened file.
    pub(crate) fn check_files(&self) -> Result<(), StoreError> {
        self.witness
            .as_ref()
            .map_or(Ok(()), |witness| witness.files.check())
    }

    /// The files of the database, if it has files.
    pub(crate) fn files(&self) -> Option<&OpenedFiles> {
        self.witness.as_ref().map(|witness| witness.files.as_ref())
    }

    /// Called when a transaction could not begin although nobody held the lock.
    pub(crate) fn distrust(&self) {
        if let Some(witness) = &self.witness {
            witness.distrust();
        }
    }

    /// Called when a transaction has begun.
    pub(crate) fn begun(&self) -> Option<Mark> {
        self.witness.as_ref().map(|witness| witness.begun())
    }

    /// Called when the driver has reported the commit of the transaction that began at this mark.
    pub(crate) fn confirm(&self, began: Option<Mark>) -> Result<(), StoreError> {
        match (&self.witness, began) {
            (Some(witness), Some(began)) => witness.confirm(began),
            _ => Ok(()),
        }
    }
}

/// The number of commits that the one writing connection has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(u64);

/// Watches the one writing connection of `SQLite`.
#[derive(Debug)]
struct Witness {
    commits: Arc<AtomicU64>,
    /// Whether the connection must be closed at the next opportunity.
    is_distrusted: AtomicBool,
    files: Arc<OpenedFiles>,
    storage: Arc<Storage>,
}

impl Witness {
    fn new(files: &Arc<OpenedFiles>, storage: &Arc<Storage>) -> Self {
        Self {
            commits: Arc::default(),
            is_distrusted: AtomicBool::new(false),
            files: Arc::clone(files),
            storage: Arc::clone(storage),
        }
    }

    /// Watches the connections that are opened with these options. Only one may exist at a time: the
    /// commits of several could not be told apart.
    fn watch(self: &Arc<Self>, options: &mut ConnectOptions) {
        let (opening, releasing, acquiring) =
            (Arc::clone(self), Arc::clone(self), Arc::clone(self));
        options.map_sqlx_sqlite_pool_opts(move |pool| {
            let (opening, releasing) = (Arc::clone(&opening), Arc::clone(&releasing));
            pool.after_connect(move |connection, _| {
                let witness = Arc::clone(&opening);
                Box::pin(async move { witness.opened(connection).await })
            })
            .after_release(move |connection, _| {
                let witness = Arc::clone(&releasing);
                Box::pin(async move {
                    let is_sound = is_at_rest(connection).await? && witness.is_trusted();
                    if !is_sound {
                        witness.storage.doubt();
                        tracing::warn!(
                            "a connection whose transaction failed is closed and opened again"
                        );
                    }
                    Ok(is_sound)
                })
            })
        });
        options.map_sqlx_sqlite_before_acquire(move |connection, _| {
            let witness = Arc::clone(&acquiring);
            Box::pin(async move { Ok(is_at_rest(connection).await? && witness.is_trusted()) })
        });
    }

    async fn opened(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        self.files.opened_for_writing()?;
        self.is_distrusted.store(false, Ordering::Release);
        // It runs on the driver's thread during a commit, so it only counts and agrees.
        let commits = Arc::clone(&self.commits);
        let mut handle = connection.lock_handle().await?;
        handle.set_commit_hook(move || {
            commits.fetch_add(1, Ordering::AcqRel);
            true
        });
        Ok(())
    }

    /// Makes sure that the connection is closed before anybody uses it again.
    fn distrust(&self) {
        self.is_distrusted.store(true, Ordering::Release);
        self.storage.doubt();
    }

    /// False once for each connection that must be closed.
    fn is_trusted(&self) -> bool {
        !self.is_distrusted.swap(false, Ordering::AcqRel)
    }

    fn begun(&self) -> Mark {
        self.files.remember_log();
        Mark(self.commits.load(Ordering::Acquire))
    }

    /// Called when the driver has reported the commit of the transaction that began at this mark.
    fn confirm(&self, began: Mark) -> Result<(), StoreError> {
        if self.commits.load(Ordering::Acquire) == began.0 {
            self.distrust();
            return Err(StoreError::storage(StorageFault::Unconfirmed));
        }
        self.files.check()
    }
}

/// Closes reading connections whose snapshot did not end, and opens none to another file.
pub(crate) fn watch_readers(options: &mut ConnectOptions, files: &Arc<OpenedFiles>) {
    let files = Arc::clone(files);
    options.map_sqlx_sqlite_pool_opts(move |pool| {
        let files = Arc::clone(&files);
        pool.after_connect(move |_, _| {
            let files = Arc::clone(&files);
            Box::pin(async move { files.opened() })
        })
        .after_release(|connection, _| Box::pin(is_at_rest(connection)))
    });
    options.map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(is_at_rest(connection)));
}

/// Whether the driver counts no open transaction after finishing its queue.
async fn is_at_rest(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A queued rollback runs before the ping.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}
