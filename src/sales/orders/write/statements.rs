//! The statements that write a group of sales, one for each database and form of a group.

use std::sync::LazyLock;

use store::{ColumnKind, Dialect, insert_from_json};

use super::{
    KEY_COLUMNS, LINE_COLUMNS, PAYMENT_COLUMNS, PAYMENT_OPTIONAL, SALE_COLUMNS, SALE_OPTIONAL,
};
use crate::inventory::ledger::{MOVEMENT_COLUMNS, MOVEMENT_OPTIONAL};

/// A table that a group writes; its rows are the parameter of its place.
struct Table {
    name: &'static str,
    columns: &'static [(&'static str, ColumnKind)],
    /// How many of the last columns hold nothing for most sales, which is their default. Each column
    /// of each row costs a search in its JSON, so they are left out where no sale of the group has one.
    optional: usize,
}

const TABLES: [Table; 5] = [
    Table {
        name: "sales",
        columns: SALE_COLUMNS,
        optional: SALE_OPTIONAL,
    },
    Table {
        name: "sale_lines",
        columns: LINE_COLUMNS,
        optional: 0,
    },
    Table {
        name: "payments",
        columns: PAYMENT_COLUMNS,
        optional: PAYMENT_OPTIONAL,
    },
    Table {
        name: "stock_movements",
        columns: MOVEMENT_COLUMNS,
        optional: MOVEMENT_OPTIONAL,
    },
    Table {
        name: "idempotency_keys",
        columns: KEY_COLUMNS,
        optional: 0,
    },
];

/// Which of the statements fits a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Some request has a key.
    pub has_keys: bool,
    /// Some row has something in an optional column.
    pub has_optional: bool,
}

/// The statements of all forms.
pub(super) type Statements = LazyLock<[String; 4]>;

pub(super) static POSTGRES: Statements = LazyLock::new(|| statements(postgres_statement));
pub(super) static SQLITE: Statements = LazyLock::new(|| statements(sqlite_statements));

fn statements(build: fn(&[Table], Form) -> String) -> [String; 4] {
    [(false, false), (false, true), (true, false), (true, true)].map(|(has_keys, has_optional)| {
        let tables = if has_keys { &TABLES[..] } else { &TABLES[..4] };
        let form = Form {
            has_keys,
            has_optional,
        };
        build(tables, form)
    })
}

impl Form {
    pub(super) fn of(self, [plain, optional, keyed, both]: &[String; 4]) -> &str {
        match (self.has_keys, self.has_optional) {
            (false, false) => plain,
            (false, true) => optional,
            (true, false) => keyed,
            (true, true) => both,
        }
    }

    fn columns(self, table: &Table) -> &'static [(&'static str, ColumnKind)] {
        let left_out = if self.has_optional { 0 } else { table.optional };
        let written = table.columns.len() - left_out;
        table.columns.get(..written).unwrap_or(table.columns)
    }
}

/// One statement: the inserts as common table expressions.
fn postgres_statement(tables: &[Table], form: Form) -> String {
    let mut sql = String::from("WITH ");
    let last = tables.len();
    for (parameter, table) in (1..).zip(tables) {
        let columns = form.columns(table);
        let insert = insert_from_json(Dialect::Postgres, table.name, columns, parameter);
        if parameter == last {
            sql.push_str(&insert);
        } else {
            let comma = if parameter + 1 == last { " " } else { ", " };
            sql.extend(["into_", table.name, " AS (", &insert, ")", comma]);
        }
    }
    sql
}

/// Several statements in one text: the driver runs them one after the other.
fn sqlite_statements(tables: &[Table], form: Form) -> String {
    let inserts = (1..).zip(tables).map(|(parameter, table)| {
        insert_from_json(Dialect::Sqlite, table.name, form.columns(table), parameter)
    });
    let count = format!(
        "UPDATE counters SET value = value + ${} WHERE name = 'sale'",
        tables.len() + 1
    );
    std::iter::once(count)
        .chain(inserts)
        .collect::<Vec<_>>()
        .join(";\n")
}
