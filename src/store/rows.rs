//! Any number of rows as one parameter: a JSON array of arrays, so that no limit on parameters
//! matters.

use std::fmt::Write as _;

use serde::Serialize;

use crate::Dialect;

/// The type of a column in a JSON parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A UUID as 36 characters.
    Uuid,
    /// A 64-bit integer.
    Int,
    /// Text.
    Text,
    /// True or false.
    Bool,
}

/// A table expression over one JSON parameter, an array of arrays: one statement writes any number of
/// rows.
///
/// `json_rows(dialect, 1, &[("id", ColumnKind::Uuid), …])` yields `(SELECT … AS id, … FROM
/// jsonb_each($1))`, to be used in `FROM` with an alias. A JSON null becomes NULL.
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
        // The rows are parsed once: with `json_each` every column would parse the text of its row
        // again.
        Dialect::Sqlite => write!(sql, " FROM jsonb_each(${parameter}))"),
        Dialect::Postgres => write!(sql, " FROM jsonb_array_elements(${parameter}::jsonb))"),
    };
    sql
}

/// `INSERT INTO table (…) SELECT … FROM` one JSON parameter.
#[must_use]
pub fn insert_from_json(
    dialect: Dialect,
    table: &str,
    columns: &[(&str, ColumnKind)],
    parameter: usize,
) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let source = json_rows(dialect, parameter, columns);
    format!("INSERT INTO {table} ({names}) SELECT {names} FROM {source} AS new_rows")
}

/// Rows of plain values as JSON text. It cannot fail: there are no maps and no foreign types.
#[must_use]
pub fn to_json<T: Serialize>(rows: &[T]) -> String {
    serde_json::to_string(rows).unwrap_or_else(|_| "[]".to_owned())
}
