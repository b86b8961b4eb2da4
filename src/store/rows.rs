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
        let cell = cell(dialect, *kind, "value", index);
        let _infallible = write!(sql, "{cell} AS {name}");
    }
    let _infallible = match dialect {
        // The rows are parsed once: with `json_each` every column would parse the text of its row
        // again.
        Dialect::Sqlite => write!(sql, " FROM jsonb_each(${parameter}))"),
        Dialect::Postgres => write!(sql, " FROM jsonb_array_elements(${parameter}::jsonb))"),
    };
    sql
}

/// A cell of a JSON array by its position.
fn cell(dialect: Dialect, kind: ColumnKind, array: &str, index: usize) -> String {
    match (dialect, kind) {
        (Dialect::Sqlite, ColumnKind::Uuid) => {
            format!("unhex(json_extract({array}, '$[{index}]'), '-')")
        }
        (Dialect::Sqlite, _) => format!("json_extract({array}, '$[{index}]')"),
        (Dialect::Postgres, ColumnKind::Uuid) => format!("({array}->>{index})::uuid"),
        (Dialect::Postgres, ColumnKind::Int) => format!("({array}->>{index})::bigint"),
        (Dialect::Postgres, ColumnKind::Text) => format!("({array}->>{index})"),
        (Dialect::Postgres, ColumnKind::Bool) => format!("({array}->>{index})::boolean"),
    }
}

/// `INSERT INTO table (…) SELECT … FROM` two JSON parameters: the rows, and one array of the cells that
/// are the same in all of them. Each cell of a row costs a search in its JSON, a shared one costs
/// one for the statement.
pub(crate) fn insert_with_shared(
    dialect: Dialect,
    table: &str,
    own: &[(&str, ColumnKind)],
    shared: &[(&str, ColumnKind)],
    parameter: usize,
) -> String {
    let names: Vec<&str> = own.iter().chain(shared).map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let of_row = own.iter().enumerate();
    let mut cells: Vec<String> = of_row
        .map(|(index, (_, kind))| cell(dialect, *kind, "value", index))
        .collect();
    let array = match dialect {
        // SQLite computes a function of a parameter once.
        Dialect::Sqlite => format!("${}", parameter + 1),
        Dialect::Postgres => format!("${}::jsonb", parameter + 1),
    };
    let of_all = shared.iter().enumerate();
    let of_all = of_all.map(|(index, (_, kind))| cell(dialect, *kind, &array, index));
    match dialect {
        Dialect::Sqlite => {
            cells.extend(of_all);
            let cells = cells.join(", ");
            format!("INSERT INTO {table} ({names}) SELECT {cells} FROM jsonb_each(${parameter})")
        }
        // `OFFSET 0` keeps the planner from computing the shared cells for each row.
        Dialect::Postgres => {
            let of_all: Vec<String> = of_all
                .zip(shared)
                .map(|(cell, (name, _))| format!("{cell} AS {name}"))
                .collect();
            cells.extend(shared.iter().map(|(name, _)| format!("shared.{name}")));
            let (cells, of_all) = (cells.join(", "), of_all.join(", "));
            format!(
                "INSERT INTO {table} ({names}) SELECT {cells}
                 FROM jsonb_array_elements(${parameter}::jsonb), (SELECT {of_all} OFFSET 0) AS shared"
            )
        }
    }
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
