//! What differs between `SQLite` and `PostgreSQL`, in one place.

use sea_orm::DbBackend;

/// Bits of the lower part of a wide sum. Two thousand million such parts fit into 64 bits.
pub(crate) const LOWER_BITS: u32 = 32;
const LOWER_MASK: i64 = (1 << LOWER_BITS) - 1;

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A file, with one writer.
    Sqlite,
    /// A server.
    Postgres,
}

impl Dialect {
    /// The dialect of a database URL.
    pub(crate) fn of_url(url: &str) -> Self {
        if url.starts_with("postgres") {
            Self::Postgres
        } else {
            Self::Sqlite
        }
    }

    pub(crate) const fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }

    /// `FOR UPDATE` where rows are locked one by one; empty on `SQLite`, where a writing transaction
    /// locks the whole file.
    #[must_use]
    pub const fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// A sum of big integers as a big integer (`PostgreSQL` returns NUMERIC otherwise). Both
    /// databases refuse a sum above 64 bits, so use it only where a limit keeps sums below that.
    #[must_use]
    pub fn sum(self, expression: &str) -> String {
        format!("CAST(COALESCE(SUM({expression}), 0) AS BIGINT)")
    }

    /// A sum of any size under a name, to be read as an `i128`: two columns, the upper and the lower
    /// 32 bits.
    #[must_use]
    pub fn wide_sum(self, expression: &str, name: &str) -> String {
        // PostgreSQL shifts a 32-bit integer by 32 to itself.
        let upper = self.sum(&format!("CAST({expression} AS BIGINT) >> {LOWER_BITS}"));
        let lower = self.sum(&format!("CAST({expression} AS BIGINT) & {LOWER_MASK}"));
        format!("{upper} AS {name}, {lower} AS {name}_lower")
    }
}
