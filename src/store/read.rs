//! The handle that can only read.
//!
//! It does not implement `ConnectionTrait` or `TransactionTrait`, does not deref to a connection and
//! never returns one: `sea-orm` would run a DELETE on any of those. A query that writes all the same
//! (a CTE may contain an INSERT) is refused by the database: the pool is read-only, and a probe at
//! start proves it.

use std::{future::Future, sync::Arc, time::Duration};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, Value,
};

use crate::{
    Dialect, StoreError,
    error::Retry,
    presence::{Presence, Watched},
    selection::questions,
    standby::{REPLICA_PATIENCE, Standby},
};

/// Read-only access to the shop's database.
#[derive(Clone, Debug)]
pub struct ReadDb {
    pool: Watched,
    dialect: Dialect,
    /// Set where the connection leads to a replica.
    standby: Option<Arc<Standby>>,
}

impl ReadDb {
    pub(crate) const fn new(pool: Watched, dialect: Dialect) -> Self {
        Self {
            pool,
            dialect,
            standby: None,
        }
    }

    /// A handle to a replica, and to the primary that answers while the replica is away.
    pub(crate) fn of_replica(replica: Watched, primary: Watched, dialect: Dialect) -> Self {
        Self {
            pool: replica,
            dialect,
            standby: Some(Arc::new(Standby::new(primary))),
        }
    }

    /// The same for other pools of the same replica and primary. All of them share the replica's
    /// state.
    pub(crate) fn of_same_replica(&self, replica: Watched, primary: Watched) -> Self {
        let standby = match &self.standby {
            Some(standby) => standby.beside(primary),
            None => Standby::new(primary),
        };
        Self {
            pool: replica,
            dialect: self.dialect,
            standby: Some(Arc::new(standby)),
        }
    }

    /// Whether the replica answers; `None` without a replica.
    #[must_use]
    pub fn replica_answers(&self) -> Option<bool> {
        self.standby.as_ref().map(|standby| !standby.is_needed())
    }

    /// Runs a query on the database, or on the primary if a replica does not answer.
    async fn ask<T, Answer>(&self, question: impl Fn(Watched) -> Answer) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Answer: Future<Output = Result<T, DbErr>> + Send + 'static,
    {
        match &self.standby {
            Some(standby) => standby.ask(&self.pool, question).await,
            None => self.pool.ask(question).await,
        }
    }

    /// The dialect for its statements.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) async fn all_rows(
        &self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, StoreError> {
        self.ask(|pool| {
            let statement = statement.clone();
            async move { pool.connection.query_all_raw(statement).await }
        })
        .await
    }

    pub(crate) async fn first_row(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, StoreError> {
        self.ask(|pool| {
            let statement = statement.clone();
            async move { pool.connection.query_one_raw(statement).await }
        })
        .await
    }

    /// Opens a snapshot: all its queries see the shop as it was at the first one.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let (inner, presence) = self
            .ask(|pool| {
                let options = self.snapshot_options();
                async move { Ok((pool.begin(options).await?, pool.presence)) }
            })
            .await?;
        Ok(Snapshot {
            inner,
            presence,
            dialect: self.dialect,
            patience: self.standby.as_ref().map(|_| REPLICA_PATIENCE),
        })
    }

    /// For several queries at one moment: if a replica gives up half-way, all are repeated on the
    /// primary.
    #[must_use]
    pub const fn moments(&self) -> Moments<'_> {
        Moments {
            read: self,
            primary: None,
        }
    }

    fn snapshot_options(&self) -> TransactionOptions {
        match self.dialect {
            // A SQLite transaction sees one moment by default.
            Dialect::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            },
            Dialect::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        }
    }

    /// Checks that the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.ask(|pool| async move { Box::pin(pool.connection.ping()).await })
            .await
    }

    /// For this crate only: the connection itself could write.
    pub(crate) const fn connection(&self) -> &DatabaseConnection {
        &self.pool.connection
    }

    /// Stops the probes of its servers.
    pub(crate) fn stop_probes(&self) {
        self.pool.presence.close();
        if let Some(standby) = &self.standby {
            standby.primary().presence.close();
        }
    }

    /// Tries a write that would change nothing. True means that the handle is not read-only and the
    /// program must not start.
    pub(crate) async fn accepts_writes(&self) -> bool {
        let attempt = "UPDATE counters SET value = value WHERE name = 'sale'";
        let standby = self.standby.as_ref().map(|standby| standby.primary());
        for pool in std::iter::once(&self.pool).chain(standby) {
            if pool.connection.execute_unprepared(attempt).await.is_ok() {
                return true;
            }
        }
        false
    }
}

/// The databases on which several queries at one moment are tried: see [`ReadDb::moments`].
#[derive(Debug)]
pub struct Moments<'a> {
    read: &'a ReadDb,
    /// Set after the replica gave up.
    primary: Option<ReadDb>,
}

impl Moments<'_> {
    /// Opens the next snapshot.
    pub async fn next(&self) -> Result<Snapshot, StoreError> {
        self.primary.as_ref().unwrap_or(self.read).snapshot().await
    }

    /// Whether the queries can be repeated elsewhere after this error.
    pub fn go_on_after(&mut self, error: &impl Retry) -> bool {
        let Some(standby) = &self.read.standby else {
            return false;
        };
        if self.primary.is_some() || !(error.is_absence() || error.is_collision()) {
            return false;
        }
        standby.leave_alone("it gave up in the middle of an answer");
        self.primary = Some(ReadDb::new(standby.primary().clone(), self.read.dialect));
        true
    }
}

/// A read-only view of the shop at one moment. Like a [`ReadDb`], it never returns its connection.
/// Dropping it ends it.
#[derive(Debug)]
pub struct Snapshot {
    inner: DatabaseTransaction,
    presence: Presence,
    dialect: Dialect,
    /// Longest wait for an answer, if another server can answer instead.
    patience: Option<Duration>,
}

impl Snapshot {
    /// The dialect for its statements.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) async fn all_rows(
        &self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, StoreError> {
        self.in_time(self.inner.query_all_raw(statement)).await
    }

    pub(crate) async fn first_row(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, StoreError> {
        self.in_time(self.inner.query_one_raw(statement)).await
    }

    async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, StoreError> {
        let answer = self.presence.while_there(answer);
        let Some(patience) = self.patience else {
            return answer.await;
        };
        match tokio::time::timeout(patience, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(StoreError::Unavailable(DbErr::Custom(
                "it does not answer in time".to_owned(),
            ))),
        }
    }
}

questions!(ReadDb);
questions!(Snapshot);

#[cfg(test)]
mod tests {
    use static_assertions::assert_not_impl_any;

    use super::*;

    // The third lock on analytics: a reading handle cannot be used as a connection.
    assert_not_impl_any!(ReadDb: ConnectionTrait, sea_orm::TransactionTrait, std::ops::Deref, AsRef<DatabaseConnection>, std::borrow::Borrow<DatabaseConnection>, Into<DatabaseConnection>);
    assert_not_impl_any!(Snapshot: ConnectionTrait, sea_orm::TransactionTrait, std::ops::Deref, AsRef<DatabaseTransaction>, std::borrow::Borrow<DatabaseTransaction>, Into<DatabaseTransaction>);
}
