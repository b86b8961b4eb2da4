//! The source of a query that runs both outside and inside a transaction.

use sea_orm::{QueryResult, Statement, Value};

use crate::{Dialect, ReadDb, Snapshot, StoreError, Tx, selection::questions};

/// The source of rows.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The read pool.
    Read(&'a ReadDb),
    /// A snapshot of the shop.
    Snapshot(&'a Snapshot),
    /// An open transaction.
    Tx(&'a Tx),
}

impl Source<'_> {
    /// The dialect for its statements.
    #[must_use]
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::Read(read) => read.dialect(),
            Self::Snapshot(snapshot) => snapshot.dialect(),
            Self::Tx(tx) => tx.dialect(),
        }
    }

    async fn all_rows(self, statement: Statement) -> Result<Vec<QueryResult>, StoreError> {
        match self {
            Self::Read(read) => read.all_rows(statement).await,
            Self::Snapshot(snapshot) => snapshot.all_rows(statement).await,
            Self::Tx(tx) => tx.all_rows(statement).await,
        }
    }

    async fn first_row(self, statement: Statement) -> Result<Option<QueryResult>, StoreError> {
        match self {
            Self::Read(read) => read.first_row(statement).await,
            Self::Snapshot(snapshot) => snapshot.first_row(statement).await,
            Self::Tx(tx) => tx.first_row(statement).await,
        }
    }
}

questions!(Source<'_>);
