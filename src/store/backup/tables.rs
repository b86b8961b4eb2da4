//! The tables of a shop, and the columns that a backup carries.

use migration::copied::{COLUMNS_LEFT_OUT, LEFT_OUT, SEARCH_INDEX};
use serde::{Deserialize, Serialize};

use super::{
    BackupError, TableHead,
    line::{Kind, Sum},
};

/// A table of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    /// In the order of their names, which is the same on both databases.
    pub(super) columns: Vec<Column>,
}

/// A column, and how its database stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) form: Form,
}

/// How a database stores a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As a backup has it.
    Plain,
    /// `uuid`: with hyphens.
    Uuid,
    /// `boolean`: t or f.
    Truth,
    /// `bytea`: digits behind `\x`.
    Bytes,
}

/// A column in the head of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnHead {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

impl Table {
    /// As the head of a backup has it.
    pub(super) fn head(&self, sum: Sum) -> TableHead {
        let columns = self.columns.iter().map(|column| ColumnHead {
            name: column.name.clone(),
            kind: column.kind,
        });
        TableHead {
            name: self.name.clone(),
            columns: columns.collect(),
            rows: sum.rows,
            digest: sum.digest(),
        }
    }

    /// Whether a backup's table has the same columns.
    pub(super) fn fits(&self, head: &TableHead) -> bool {
        self.head(Sum::default()).columns == head.columns
    }

    /// The names of the columns, quoted.
    pub(super) fn column_list(&self) -> String {
        let names = self.columns.iter().map(|column| quoted(&column.name));
        names.collect::<Vec<_>>().join(", ")
    }
}

/// A name in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Makes the list of carried tables of what a database lists: table, column, type.
pub(super) fn carried(
    listed: impl IntoIterator<Item = (String, String, String)>,
) -> Result<Vec<Table>, BackupError> {
    let mut tables: Vec<Table> = Vec::new();
    for (name, column, declared) in listed {
        if is_left_out(&name) || COLUMNS_LEFT_OUT.contains(&(name.as_str(), column.as_str())) {
            continue;
        }
        let (kind, form) = kind_of(&declared)
            .ok_or_else(|| BackupError::UnknownType(format!("{name}.{column} {declared}")))?;
        let column = Column {
            name: column,
            kind,
            form,
        };
        match tables.iter_mut().find(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table {
                name,
                columns: vec![column],
            }),
        }
    }
    for table in &mut tables {
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
    }
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

fn is_left_out(table: &str) -> bool {
    LEFT_OUT.contains(&table) || table.starts_with(SEARCH_INDEX)
}

fn kind_of(declared: &str) -> Option<(Kind, Form)> {
    Some(match declared {
        "INTEGER" | "bigint" => (Kind::Int, Form::Plain),
        "boolean" => (Kind::Int, Form::Truth),
        "TEXT" | "text" => (Kind::Text, Form::Plain),
        "BLOB" => (Kind::Blob, Form::Plain),
        "uuid" => (Kind::Blob, Form::Uuid),
        "bytea" => (Kind::Blob, Form::Bytes),
        _ => return None,
    })
}
