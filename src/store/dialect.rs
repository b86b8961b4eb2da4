//! What differs between `SQLite` and `PostgreSQL`, in one place.

use std::fmt::Write as _;

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

/// The type of a column in a set of rows passed as one JSON parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A UUID written as 36 characters.
    Uuid,
    /// A 64-bit integer.
    Int,
    /// Text.
    Text,
    /// True or false.
    Bool,
}

/// A table expression over one JSON parameter that holds an array of arrays: one statement writes
/// any number of rows, whatever the limit on parameters.
///
/// `json_rows(dialect, 1, &[("id", ColumnKind::Uuid), …])` yields
/// `(SELECT … AS id, … FROM jsonb_each($1))`, to be used in `FROM` with an alias.
/// A JSON null becomes NULL.
#[must_use]
pub fn json_rows(dialect: Dialect, parameter: usize, columns: &[(&str, ColumnKind)]) -> String {
    let mut sql = String::from("(SELECT ");
    for (index, (name, kind)) in columns.iter().enumerate() {
        if index > 0 {
            sql.push_str(", ");
        }
        let _infallible = match (dialect, kind) {
            (Dialect::Sqlite, ColumnKind::Uuid) => write!(
                sql,
                "unhex(json_extract(value, '$[{index}]'), '-') AS {name}"
            ),
            (Dialect::Sqlite, _) => write!(sql, "json_extract(value, '$[{index}]') AS {name}"),
            (Dialect::Postgres, ColumnKind::Uuid) => {
                write!(sql, "(value->>{index})::uuid AS {name}")
            }
            (Dialect::Postgres, ColumnKind::Int) => {
                write!(sql, "(value->>{index})::bigint AS {name}")
            }
            (Dialect::Postgres, ColumnKind::Text) => write!(sql, "(value->>{index}) AS {name}"),
            (Dialect::Postgres, ColumnKind::Bool) => {
                write!(sql, "(value->>{index})::boolean AS {name}")
            }
        };
    }
    let _infallible = match dialect {
        // The rows arrive parsed: with `json_each` every column would parse the text of its row again.
        Dialect::Sqlite => write!(sql, " FROM jsonb_each(${parameter}))"),
        Dialect::Postgres => write!(sql, " FROM jsonb_array_elements(${parameter}::jsonb))"),
    };
    sql
}
