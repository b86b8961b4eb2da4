//! The handle that changes things: transactions, and nothing outside one.

use std::{
    future::Future,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use kernel::{
    Timestamp,
    changes::{ChangeListener, Scope},
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, Statement,
    TransactionOptions, Value,
};

use crate::{
    Dialect, ReadDb, Retry, Row, StoreError, changes,
    presence::{Presence, Watched},
    read::{row_of, rows_of},
};

/// Attempts at a transaction that collides with others.
const MAX_ATTEMPTS: u32 = 5;
/// First pause before another attempt; doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// Writing access to the shop's database.
#[derive(Clone, Debug)]
pub struct WriteDb {
    pool: Watched,
    dialect: Dialect,
    primary: ReadDb,
    listener: Listener,
}

/// Who hears of commits; shared by all clones of a handle.
#[derive(Clone, Default)]
struct Listener(Arc<OnceLock<Arc<dyn ChangeListener>>>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

impl WriteDb {
    pub(crate) fn new(pool: Watched, dialect: Dialect, primary: ReadDb) -> Self {
        Self {
            pool,
            dialect,
            primary,
            listener: Listener::default(),
        }
    }

    /// Names who hears, before a commit is acknowledged, of the changes that were written down in
    /// it. The first who is named stays.
    pub fn listen(&self, listener: Arc<dyn ChangeListener>) {
        if self.listener.0.set(listener).is_err() {
            tracing::debug!("somebody listens to the changes already");
        }
    }

    /// Answers questions from the database that is written to, with the rights of its owner: for
    /// what must not lag behind a commit and what the reading role of a replica may not see (users,
    /// sessions, the audit log). It reads only, like any [`ReadDb`].
    #[must_use]
    pub const fn primary(&self) -> &ReadDb {
        &self.primary
    }

    /// The dialect that its statements must be written in.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Opens a transaction: `BEGIN IMMEDIATE` on `SQLite`, READ COMMITTED on `PostgreSQL`.
    /// Dropped without [`Tx::commit`], it is rolled back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begun = self.pool.begin(options);
        let inner = self.pool.presence.while_there(begun).await?;
        Ok(Tx {
            inner,
            presence: self.pool.presence.clone(),
            dialect: self.dialect,
            touched: Mutex::default(),
            listener: self.listener.clone(),
        })
    }

    /// Runs one use case in one transaction: committed when it answers `Ok`, rolled back when it
    /// answers `Err`, tried again a few times when it collides with another.
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
            // The whole of it: the statements of entities pass by the methods of the transaction.
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

    /// Runs a statement of upkeep that takes no part in the business (`VACUUM INTO`, `ANALYZE`).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn upkeep(&self, sql: &str) -> Result<(), StoreError> {
        let done = self.pool.connection.execute_unprepared(sql);
        self.pool.presence.while_there(done).await?;
        Ok(())
    }

    pub(crate) const fn connection(&self) -> &DatabaseConnection {
        &self.pool.connection
    }
}

/// Waits before another attempt at a transaction: 2, 4, 8, 16 ms.
pub(crate) fn pause(attempt: u32) -> impl Future<Output = ()> {
    tokio::time::sleep(FIRST_PAUSE * 2u32.saturating_pow(attempt.saturating_sub(1)))
}

/// What a transaction has changed for those who keep answers.
#[derive(Debug)]
struct Touched {
    at: Timestamp,
    scopes: Vec<Scope>,
}

/// An open transaction.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    presence: Presence,
    dialect: Dialect,
    /// Written down with the commit.
    touched: Mutex<Option<Touched>>,
    listener: Listener,
}

impl Tx {
    /// The dialect that its statements must be written in.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The ORM's handle, for entities.
    #[must_use]
    pub const fn orm(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Runs a statement; answers the number of rows it touched. Bind integers as `i64` only.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn execute(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        let done = self.inner.execute_raw(statement);
        Ok(self.presence.while_there(done).await?.rows_affected())
    }

    /// Every row that a statement answers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rows(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        let rows = rows_of(&self.inner, statement);
        self.presence.while_there(rows).await
    }

    /// The first row that a statement answers, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn row(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Row>, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        let row = row_of(&self.inner, statement);
        self.presence.while_there(row).await
    }

    /// Makes it so.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was written, except that a connection lost in the middle leaves the
    /// outcome open; the caller must then look, not assume.
    pub async fn commit(self) -> Result<(), StoreError> {
        let touched = self
            .touched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Touched { at, scopes }) = touched else {
            return self.presence.while_there(self.inner.commit()).await;
        };
        let lines = changes::write(&self, at, &scopes).await?;
        let outcome = self.presence.while_there(self.inner.commit()).await;
        if let Some(listener) = self.listener.0.get() {
            match &outcome {
                Ok(()) => listener.committed(&lines),
                Err(_) => listener.unclear(),
            }
        }
        outcome
    }

    /// Remembers, until the commit, what it has changed.
    pub(crate) fn touch(&self, at: Timestamp, scopes: &[Scope]) {
        if scopes.is_empty() {
            return;
        }
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        let touched = touched.get_or_insert_with(|| Touched {
            at,
            scopes: Vec::new(),
        });
        for scope in scopes {
            if !touched.scopes.contains(scope) {
                touched.scopes.push(*scope);
            }
        }
    }

    /// Undoes it. A failure here is no worse than the drop that would have followed.
    pub async fn rollback(self) {
        if self.presence.is_away() {
            return;
        }
        let undone = self.presence.while_there(self.inner.rollback()).await;
        if let Err(error) = undone {
            tracing::debug!(%error, "a rollback found its connection gone");
        }
    }
}
