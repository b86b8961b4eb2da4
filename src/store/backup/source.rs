//! A shop that is read at one moment, on either database.

use super::{
    Access, BackupError, Head, Maker, line::Sum, moment::Sink, postgres::PostgresSource,
    sqlite::SqliteSource, tables::Table,
};
use crate::Dialect;

/// A shop at one moment.
pub(super) enum OpenShop {
    Sqlite(SqliteSource),
    Postgres(PostgresSource),
}

impl OpenShop {
    /// Connects, and fixes the moment.
    pub(super) async fn open(url: &str, usage: Access) -> Result<Self, BackupError> {
        Ok(match Dialect::of_url(url) {
            Dialect::Sqlite => Self::Sqlite(SqliteSource::open(url, usage).await?),
            Dialect::Postgres => Self::Postgres(PostgresSource::open(url).await?),
        })
    }

    /// What is known before the rows are read.
    pub(super) async fn begin(&mut self, maker: Maker<'_>) -> Result<Head, BackupError> {
        let mut head = match self {
            Self::Sqlite(source) => source.begin().await?,
            Self::Postgres(source) => source.begin().await?,
        };
        maker.program.clone_into(&mut head.program);
        head.taken_at = maker.at.to_string();
        Ok(head)
    }

    /// The tables that a backup carries.
    pub(super) async fn tables(&mut self) -> Result<Vec<Table>, BackupError> {
        match self {
            Self::Sqlite(source) => super::sqlite::tables(source.connection()).await,
            Self::Postgres(source) => super::postgres::tables(source.connection()).await,
        }
    }

    /// Reads a table.
    pub(super) async fn read(&mut self, table: &Table, sink: Sink<'_>) -> Result<Sum, BackupError> {
        match self {
            Self::Sqlite(source) => super::sqlite::read(source.connection(), table, sink).await,
            Self::Postgres(source) => super::postgres::read(source.connection(), table, sink).await,
        }
    }

    /// Lets the moment go.
    pub(super) async fn end(self) -> Result<(), BackupError> {
        match self {
            Self::Sqlite(source) => source.end().await,
            Self::Postgres(source) => source.end().await,
        }
    }
}
