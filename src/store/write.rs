//! The handle that writes, always in a transaction.

mod happened;
mod lines;

use std::{
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kernel::{
    Timestamp,
    changes::{ChangeListener, Scope},
    happenings::HappeningKind,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, QueryResult, SqliteTransactionMode,
    Statement, TransactionOptions, Value,
};
use tokio::sync::watch;

use crate::{
    Dialect, ReadDb, Retry, StorageFault, StoreError,
    floor::Floor,
    presence::{Presence, Watched},
    records::{Rows, insert_together},
    selection,
    selection::{questions, read_first},
    storage::StorageState,
    witness::{Mark, Watch},
};

use happened::Happened;

/// A write of no meaning. An UPDATE to the same value would not reach the disk.
const TRIAL: &str = "INSERT INTO counters (name, value) VALUES ('storage_trial', 1)
                     ON CONFLICT (name) DO UPDATE SET value = counters.value + 1";
/// Attempts at a transaction that collides with others.
const MAX_ATTEMPTS: u32 = 5;
/// First pause before a repeat; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// Write access to the shop's database.
#[derive(Clone, Debug)]
pub struct WriteDb {
    pool: Watched,
    dialect: Dialect,
    primary: ReadDb,
    listener: Listener,
    commits: Arc<watch::Sender<()>>,
    watch: Watch,
    floor: Option<Floor>,
}

selection! {
    /// What `SQLite` reports of a checkpoint: pages in the log, and those that are in the file.
    Checkpoint(busy: i64, log: i64, checkpointed: i64)
}

/// The listener for commits, shared by all clones of a handle.
#[derive(Clone, Default, derive_more::Debug)]
#[debug("Listener {{ .. }}")]
struct Listener(Arc<OnceLock<Arc<dyn ChangeListener>>>);

impl WriteDb {
    pub(crate) fn new(pool: Watched, dialect: Dialect, primary: ReadDb, watch: Watch) -> Self {
        Self {
            pool,
            dialect,
            primary,
            listener: Listener::default(),
            commits: Arc::new(watch::Sender::new(())),
            watch,
            floor: None,
        }
    }

    /// The same handle for records that the clock dates: it writes nothing while the clock is wrong,
    /// and each commit raises the floor.
    #[must_use]
    pub fn minding(&self, floor: &Floor) -> Self {
        Self {
            floor: Some(floor.clone()),
            ..self.clone()
        }
    }

    /// The same handle for writes that must work whatever the clock shows.
    #[must_use]
    pub fn minding_no_clock(&self) -> Self {
        Self {
            floor: None,
            ..self.clone()
        }
    }

    /// The floor that it minds, if any.
    #[must_use]
    pub const fn floor(&self) -> Option<&Floor> {
        self.floor.as_ref()
    }

    /// Registers who is notified of recorded changes before a commit is acknowledged. The first
    /// listener stays.
    pub fn listen(&self, listener: Arc<dyn ChangeListener>) {
        if self.listener.0.set(listener).is_err() {
            tracing::debug!("somebody listens to the changes already");
        }
    }

    /// Changes with every commit of this process, after it was confirmed. Those of other instances are
    /// found by reading.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<()> {
        self.commits.subscribe()
    }

    /// Reads from the primary with the rights of its owner: for data that must not lag behind a
    /// commit, or that a replica's reading role may not see (users, sessions, the audit log). It is
    /// read-only like any [`ReadDb`].
    #[must_use]
    pub const fn primary(&self) -> &ReadDb {
        &self.primary
    }

    /// The dialect for its statements.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Opens a transaction: `BEGIN IMMEDIATE` on `SQLite`, READ COMMITTED on `PostgreSQL`. If it is
    /// dropped without [`Tx::commit`], it is rolled back.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let raises = match &self.floor {
            Some(floor) => Some((floor.clone(), floor.admit().await?)),
            None => None,
        };
        self.check_files().await?;
        let begun = self.pool.begin(options);
        let begun = self.watch.note(self.pool.presence.while_there(begun).await);
        if matches!(&begun, Err(error) if !matches!(error, StoreError::Unavailable(_))) {
            self.watch.distrust();
        }
        let inner = begun?;
        Ok(Tx {
            inner,
            presence: self.pool.presence.clone(),
            dialect: self.dialect,
            touched: Mutex::default(),
            happened: Mutex::default(),
            listener: self.listener.clone(),
            commits: Arc::clone(&self.commits),
            began: self.watch.begun(),
            watch: self.watch.clone(),
            has_written: AtomicBool::new(false),
            raises,
        })
    }

    /// Whether writes reach the disk, as far as is known. After a failure it tries a small write, at
    /// most about twice a second, so that the result is true again once the fault is gone.
    ///
    /// # Errors
    /// The fault.
    pub async fn check_storage(&self) -> Result<(), StorageFault> {
        let fault = match self.watch.storage.standing() {
            StorageState::Sound => {
                let files = self.check_files().await;
                return files.map_err(|_| StorageFault::Replaced);
            }
            StorageState::Faulty(fault) => return fault.map_or(Ok(()), Err),
            StorageState::TryNow(fault) => fault,
        };
        let trial = async |tx: &Tx| tx.execute(TRIAL, []).await;
        match self.transaction(trial).await {
            Ok(_) => Ok(()),
            Err(StoreError::Storage { fault, .. }) => Err(fault),
            Err(_) => fault.map_or(Ok(()), Err),
        }
    }

    /// Tries a write that is taken back.
    ///
    /// # Errors
    /// Why the database takes none.
    pub async fn try_write(&self) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        let done = tx.execute(TRIAL, []).await;
        tx.rollback().await;
        done.map(|_| ())
    }

    async fn check_files(&self) -> Result<(), StoreError> {
        let files = self.watch.note(self.watch.check_files());
        if files.is_err() {
            self.save_lost_log().await;
        }
        files
    }

    /// Saves a deleted `SQLite` log that only this process still has open: copies it into the file
    /// before a crash can lose it. If another log has taken its place, `SQLite` would replay that one
    /// over the file at the next start, so nothing is touched.
    async fn save_lost_log(&self) {
        let Some(files) = self.watch.files().filter(|files| files.has_lost_log()) else {
            return;
        };
        let sql = "PRAGMA wal_checkpoint(PASSIVE)";
        let statement = Statement::from_string(self.dialect.backend(), sql);
        let outcome = self.pool.connection.query_one_raw(statement).await;
        let pages = outcome
            .map_err(StoreError::from)
            .and_then(read_first::<Checkpoint>);
        match pages {
            Ok(Some((_, in_log, in_file))) if in_log == in_file => {
                files.log_is_saved();
                tracing::warn!(
                    pages = in_file,
                    "the -wal of the database was deleted; what it held has been written into the file"
                );
            }
            other => tracing::warn!(
                ?other,
                "the -wal of the database was deleted; what it held is not in the file yet"
            ),
        }
    }

    /// Runs one use case in one transaction: commits on `Ok`, rolls back on `Err`, and repeats it a
    /// few times when it collides with another.
    ///
    /// # Errors
    /// Those of the use case, and [`StoreError`] turned into them.
    pub async fn transaction<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: Retry,
        F: AsyncFn(&Tx) -> Result<T, E>,
    {
        let mut attempt = 1;
        loop {
            // The whole attempt, since statements of entities bypass the methods of the transaction.
            let attempted = self.attempt(&work);
            let result = self.pool.presence.unless_away(attempted).await;
            match result {
                Err(error) if error.is_collision() && attempt < MAX_ATTEMPTS => {
                    pause(attempt).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn attempt<T, E, F>(&self, work: &F) -> Result<T, E>
    where
        E: Retry,
        F: AsyncFn(&Tx) -> Result<T, E>,
    {
        let tx = self.begin().await?;
        match work(&tx).await {
            Ok(value) => {
                tx.commit().await?;
                Ok(value)
            }
            Err(error) => {
                tx.rollback().await;
                Err(error)
            }
        }
    }

    /// Runs a maintenance statement that does not touch the business (`VACUUM INTO`, `ANALYZE`).
    pub async fn upkeep(&self, sql: &str) -> Result<(), StoreError> {
        let done = self.pool.connection.execute_unprepared(sql);
        self.watch
            .note(self.pool.presence.while_there(done).await)?;
        Ok(())
    }

    pub(crate) const fn connection(&self) -> &DatabaseConnection {
        &self.pool.connection
    }
}

/// Pause before another attempt: 2, 4, 8, 16 ms.
pub(crate) fn pause(attempt: u32) -> impl Future<Output = ()> {
    tokio::time::sleep(FIRST_PAUSE * 2u32.saturating_pow(attempt.saturating_sub(1)))
}

/// What a transaction has changed, for caches.
#[derive(Debug)]
struct Touched {
    at: Timestamp,
    scopes: Vec<Scope>,
    numbered: Vec<Numbered>,
}

/// A statement that the commit runs with the number of the last line, the time and these rows.
#[derive(Debug)]
struct Numbered {
    sql: String,
    rows: String,
}

/// An open transaction.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    presence: Presence,
    dialect: Dialect,
    /// Written at the commit.
    touched: Mutex<Option<Touched>>,
    /// Written at the commit, too.
    happened: Mutex<Vec<Happened>>,
    listener: Listener,
    commits: Arc<watch::Sender<()>>,
    /// Commits seen before it began (`SQLite`).
    began: Option<Mark>,
    watch: Watch,
    has_written: AtomicBool,
    /// The floor that its commit raises, and the new time.
    raises: Option<(Floor, Timestamp)>,
}

impl Tx {
    /// The dialect for its statements.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs a statement and returns the number of rows that it touched. Bind integers as `i64` only.
    pub async fn execute(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        let done = self.inner.execute_raw(statement);
        let done = self.watch.note(self.presence.while_there(done).await)?;
        if done.rows_affected() > 0 {
            self.has_written.store(true, Ordering::Relaxed);
        }
        Ok(done.rows_affected())
    }

    /// Writes the rows of several tables in one round trip, in this order. Tables without rows are
    /// left out.
    pub async fn insert(&self, tables: &[&dyn Rows]) -> Result<(), StoreError> {
        let filled: Vec<&dyn Rows> = tables
            .iter()
            .copied()
            .filter(|rows| rows.count() > 0)
            .collect();
        if filled.is_empty() {
            return Ok(());
        }
        let with_optional = filled.iter().any(|rows| rows.has_optional());
        let sql = insert_together(self.dialect, &filled, with_optional);
        let values = filled.iter().map(|rows| rows.to_json(with_optional).into());
        self.execute(&sql, values).await?;
        Ok(())
    }

    pub(crate) async fn all_rows(
        &self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let rows = self.inner.query_all_raw(statement);
        self.watch.note(self.presence.while_there(rows).await)
    }

    pub(crate) async fn first_row(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, StoreError> {
        let row = self.inner.query_one_raw(statement);
        self.watch.note(self.presence.while_there(row).await)
    }

    /// Commits. `Ok` means that the database itself has confirmed it: on `SQLite` its commit hook has
    /// fired for this transaction, and the path still leads to the file that was written. Nothing may
    /// be acknowledged before.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was written. But after a lost connection, a failed sync or a replaced
    /// file the outcome is unknown; the caller must look, not assume.
    pub async fn commit(self) -> Result<(), StoreError> {
        let touched = self
            .touched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let lines = match touched {
            Some(touched) => Some(lines::write(&self, touched).await?),
            None => None,
        };
        let happened = std::mem::take(&mut *self.lock_happened());
        happened::write(&self, happened).await?;
        let has_written = self.has_written.load(Ordering::Relaxed);
        let done = self.presence.while_there(self.inner.commit()).await;
        let outcome = self
            .watch
            .note(done.and_then(|()| self.watch.confirm(self.began)));
        if outcome.is_ok() && has_written {
            self.watch.storage.trust();
        }
        if outcome.is_ok()
            && let Some((floor, at)) = &self.raises
        {
            floor.raise(*at);
        }
        if outcome.is_ok() {
            self.commits.send_replace(());
        }
        let Some(lines) = lines else {
            return outcome;
        };
        if let Some(listener) = self.listener.0.get() {
            match &outcome {
                Ok(()) => listener.committed(&lines),
                Err(_) => listener.unclear(),
            }
        }
        outcome
    }

    /// Notes what the transaction has changed, to be written at the commit.
    pub(crate) fn touch(&self, at: Timestamp, scopes: &[Scope]) {
        if scopes.is_empty() {
            return;
        }
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        let touched = touched.get_or_insert_with(|| Touched {
            at,
            scopes: Vec::new(),
            numbered: Vec::new(),
        });
        for scope in scopes {
            if !touched.scopes.contains(scope) {
                touched.scopes.push(*scope);
            }
        }
    }

    /// Notes a statement for the commit of a transaction that has touched something.
    pub(crate) fn number(&self, sql: String, rows: String) {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(touched) = touched.as_mut() {
            touched.numbered.push(Numbered { sql, rows });
        }
    }

    /// Notes what the transaction makes happen, to be written at the commit.
    pub(crate) fn note_happening(&self, at: Timestamp, kind: HappeningKind, subject: String) {
        self.lock_happened().push(Happened { at, kind, subject });
    }

    fn lock_happened(&self) -> MutexGuard<'_, Vec<Happened>> {
        self.happened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rolls back. If that fails, the connection is closed, which also discards what was not
    /// committed.
    pub async fn rollback(self) {
        if self.presence.is_away() {
            return;
        }
        let undone = self.presence.while_there(self.inner.rollback()).await;
        if let Err(error) = undone {
            tracing::debug!(%error, "a rollback failed: its connection is closed");
            self.watch.storage.doubt();
        }
    }
}

questions!(Tx);
