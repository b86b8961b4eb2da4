//! The handle that answers questions and can do nothing else.
//!
//! It does not implement `ConnectionTrait` or `TransactionTrait`, does not deref to a connection
//! and never hands one out: `sea-orm` would happily run a DELETE on anything that did. A statement
//! that writes all the same (a CTE may hold an INSERT) is refused by the database: the pool is
//! opened read-only, and the boot probe proves it.

use std::{future::Future, sync::Arc, time::Duration};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait,
    FromQueryResult, IsolationLevel, PaginatorTrait, QueryResult, Select, SqliteTransactionMode,
    Statement, TransactionOptions, TryGetable, Value,
};

use crate::{
    Dialect, StoreError,
    dialect::LOWER_BITS,
    error::Retry,
    presence::{Presence, Watched},
    standby::{REPLICA_PATIENCE, Standby},
};

/// Read-only access to the shop's database.
#[derive(Clone, Debug)]
pub struct ReadDb {
    pool: Watched,
    dialect: Dialect,
    /// Where the connection is that of a replica.
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

    /// The same for other pools of the same replica and the same primary: all of them know how the
    /// replica is.
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

    /// Whether the replica answers; `None` where there is none.
    #[must_use]
    pub fn replica_answers(&self) -> Option<bool> {
        self.standby.as_ref().map(|standby| !standby.is_needed())
    }

    /// Puts a question to the database, and where a replica does not answer it, to the primary.
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

    /// The dialect that its statements must be written in.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Every row of a query. Bind integers as `i64` only: the driver caches statements by text.
    pub async fn rows(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        self.ask(|pool| {
            let statement = statement.clone();
            async move { rows_of(&pool.connection, statement).await }
        })
        .await
    }

    /// The first row of a query, if there is one.
    pub async fn row(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Row>, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        self.ask(|pool| {
            let statement = statement.clone();
            async move { row_of(&pool.connection, statement).await }
        })
        .await
    }

    /// Opens a snapshot: all that is asked of it sees the shop at one moment, that of its first
    /// question.
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

    /// Moments at which to put several questions: where a replica gives up between them, all can be
    /// put to the primary.
    #[must_use]
    pub const fn moments(&self) -> Moments<'_> {
        Moments {
            read: self,
            primary: None,
        }
    }

    fn snapshot_options(&self) -> TransactionOptions {
        match self.dialect {
            // A transaction of SQLite sees one moment by itself.
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

    /// Every entity of a selection.
    pub async fn all<E>(&self, select: Select<E>) -> Result<Vec<E::Model>, StoreError>
    where
        E: EntityTrait,
        E::Model: FromQueryResult + Sized + Send + Sync,
    {
        self.ask(|pool| {
            let select = select.clone();
            async move { select.all(&pool.connection).await }
        })
        .await
    }

    /// The first entity of a selection, if there is one.
    pub async fn one<E>(&self, select: Select<E>) -> Result<Option<E::Model>, StoreError>
    where
        E: EntityTrait,
        E::Model: FromQueryResult + Sized + Send + Sync,
    {
        self.ask(|pool| {
            let select = select.clone();
            async move { select.one(&pool.connection).await }
        })
        .await
    }

    /// How many entities a selection has.
    pub async fn count<E>(&self, select: Select<E>) -> Result<u64, StoreError>
    where
        E: EntityTrait,
        E::Model: FromQueryResult + Sized + Send + Sync,
    {
        self.ask(|pool| {
            let select = select.clone();
            async move { select.count(&pool.connection).await }
        })
        .await
    }

    /// Does the database answer?
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.ask(|pool| async move { Box::pin(pool.connection.ping()).await })
            .await
    }

    /// For this crate only: whoever else had it could write.
    pub(crate) const fn connection(&self) -> &DatabaseConnection {
        &self.pool.connection
    }

    /// Ends the probes of its servers.
    pub(crate) fn stop_probes(&self) {
        self.pool.presence.close();
        if let Some(standby) = &self.standby {
            standby.primary().presence.close();
        }
    }

    /// Tries a write that would change nothing. `Ok(true)` means that it went through: the handle
    /// is not read-only, and the program must not start.
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

/// What several questions at one moment are tried on: see [`ReadDb::moments`].
#[derive(Debug)]
pub struct Moments<'a> {
    read: &'a ReadDb,
    /// Where the replica has given up.
    primary: Option<ReadDb>,
}

impl Moments<'_> {
    /// Opens the next.
    pub async fn next(&self) -> Result<Snapshot, StoreError> {
        self.primary.as_ref().unwrap_or(self.read).snapshot().await
    }

    /// Whether there is another one after this failure.
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

/// The shop at one moment, to be read only. Like a [`ReadDb`] it never hands out what it stands on.
/// Dropped, it ends.
#[derive(Debug)]
pub struct Snapshot {
    inner: DatabaseTransaction,
    presence: Presence,
    dialect: Dialect,
    /// Longest wait for an answer, where somebody else can give it.
    patience: Option<Duration>,
}

impl Snapshot {
    /// The dialect that its statements must be written in.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Every row of a query. Bind integers as `i64` only: the driver caches statements by text.
    pub async fn rows(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        self.in_time(rows_of(&self.inner, statement)).await
    }

    /// The first row of a query, if there is one.
    pub async fn row(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Row>, StoreError> {
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        self.in_time(row_of(&self.inner, statement)).await
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

pub(crate) async fn rows_of(
    connection: &impl ConnectionTrait,
    statement: Statement,
) -> Result<Vec<Row>, DbErr> {
    let rows = connection.query_all_raw(statement).await?;
    Ok(rows.into_iter().map(Row).collect())
}

pub(crate) async fn row_of(
    connection: &impl ConnectionTrait,
    statement: Statement,
) -> Result<Option<Row>, DbErr> {
    Ok(connection.query_one_raw(statement).await?.map(Row))
}

/// One row of a query, read by position.
#[derive(Debug)]
pub struct Row(pub(crate) QueryResult);

impl Row {
    /// The value at a position, from zero.
    ///
    /// # Errors
    /// [`StoreError`] when the column has another type or is NULL where it must not be.
    pub fn get<T: TryGetable>(&self, position: usize) -> Result<T, StoreError> {
        Ok(self.0.try_get_by_index(position)?)
    }

    /// The sum that [`Dialect::wide_sum`] asked for, from two positions on.
    ///
    /// # Errors
    /// [`StoreError`] when one of the columns has another type or is NULL.
    pub fn wide(&self, first: usize) -> Result<i128, StoreError> {
        let [upper, lower] = self.integers(first)?;
        Ok((i128::from(upper) << LOWER_BITS) + i128::from(lower))
    }

    /// So many integers from a position on.
    ///
    /// # Errors
    /// [`StoreError`] when one of the columns has another type or is NULL.
    pub fn integers<const N: usize>(&self, first: usize) -> Result<[i64; N], StoreError> {
        let mut values = [0; N];
        for (position, value) in (first..).zip(&mut values) {
            *value = self.get(position)?;
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use static_assertions::assert_not_impl_any;

    use super::*;

    // The third lock on analytics: what reads cannot be used as a connection.
    assert_not_impl_any!(ReadDb: ConnectionTrait, sea_orm::TransactionTrait, std::ops::Deref, AsRef<DatabaseConnection>, std::borrow::Borrow<DatabaseConnection>, Into<DatabaseConnection>);
    assert_not_impl_any!(Snapshot: ConnectionTrait, sea_orm::TransactionTrait, std::ops::Deref, AsRef<DatabaseTransaction>, std::borrow::Borrow<DatabaseTransaction>, Into<DatabaseTransaction>);
}
