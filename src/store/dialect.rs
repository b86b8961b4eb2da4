//! What differs between `SQLite` and `PostgreSQL`, in one place.

use sea_orm::DbBackend;

/// The database that is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded, one writer.
    Sqlite,
    /// A server.
    Postgres,
}

impl Dialect {
    pub(crate) const fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }

    /// `FOR UPDATE` where rows are locked one by one; nothing where a writing transaction has the
    /// whole file.
    #[must_use]
    pub const fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// A sum of big integers as a big integer: `PostgreSQL` answers NUMERIC otherwise.
    #[must_use]
    pub fn sum(self, expression: &str) -> String {
        format!("CAST(COALESCE(SUM({expression}), 0) AS BIGINT)")
    }
}
