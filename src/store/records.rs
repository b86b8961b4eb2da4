//! Records: the columns of a row, stated once.
//!
//! A [`Record`] names each column beside its value. The columns of the `INSERT`, the rows of its JSON
//! parameter and the choice of optional columns all come from this one list. A new column is added in
//! one place.

use serde::Serialize;

use crate::{ColumnKind, Dialect, insert_from_json};

/// A row to be written.
pub trait Record {
    /// The name of the table.
    const TABLE: &'static str;

    /// Names every column with its value: the same columns in the same order for every record.
    fn put<C: Columns>(&self, row: &mut C);
}

/// Receives the columns of a record.
pub trait Columns {
    /// A column that every row fills.
    fn column<T: Serialize>(&mut self, name: &'static str, kind: ColumnKind, value: T);

    /// A column in which most rows have the default of their type, which must also be the table's
    /// default. If no row has another value, the column is left out: every cell costs a search in its
    /// JSON.
    fn optional<T: Serialize + Default + PartialEq>(
        &mut self,
        name: &'static str,
        kind: ColumnKind,
        value: T,
    );
}

/// Rows of one table, ready to be written.
pub trait Rows: Sync {
    /// The name of the table.
    fn table(&self) -> &'static str;
    /// How many rows there are.
    fn count(&self) -> usize;
    /// Whether some row has a non-default value in an optional column.
    fn has_optional(&self) -> bool;
    /// The columns, with or without the optional ones; empty without rows.
    fn columns(&self, with_optional: bool) -> Vec<(&'static str, ColumnKind)>;
    /// The rows as one JSON parameter, in the order of the columns.
    fn to_json(&self, with_optional: bool) -> String;
    /// The rows with the cells that they share apart.
    fn encode(&self) -> Encoded;
}

/// Rows as two JSON parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// The columns in which rows differ.
    pub(crate) own: Vec<(&'static str, ColumnKind)>,
    /// The rows, in the order of these columns.
    pub(crate) rows: String,
    /// The columns that have the same value in all rows.
    pub(crate) shared: Vec<(&'static str, ColumnKind)>,
    /// Their values.
    pub(crate) cells: String,
}

impl<R: Record + Sync> Rows for Vec<R> {
    fn table(&self) -> &'static str {
        R::TABLE
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn has_optional(&self) -> bool {
        let mut search = Search(false);
        for record in self {
            record.put(&mut search);
            if search.0 {
                break;
            }
        }
        search.0
    }

    fn columns(&self, with_optional: bool) -> Vec<(&'static str, ColumnKind)> {
        let mut names = Names {
            columns: Vec::new(),
            with_optional,
        };
        if let Some(first) = self.first() {
            first.put(&mut names);
        }
        names.columns
    }

    fn to_json(&self, with_optional: bool) -> String {
        let mut text = b"[".to_vec();
        for record in self {
            text.extend_from_slice(if text.len() == 1 { b"[" } else { b",[" });
            let mut row = JsonRow {
                text: &mut text,
                is_first: true,
                with_optional,
            };
            record.put(&mut row);
            text.push(b']');
        }
        text.push(b']');
        String::from_utf8(text).unwrap_or_default()
    }

    fn encode(&self) -> Encoded {
        let mut comparison = Comparison::default();
        for record in self {
            comparison.position = 0;
            record.put(&mut comparison);
            comparison.is_first = false;
        }
        let cells = comparison.cells;
        let mut rows = b"[".to_vec();
        for record in self {
            rows.extend_from_slice(if rows.len() == 1 { b"[" } else { b",[" });
            let mut row = OwnCells {
                row: JsonRow {
                    text: &mut rows,
                    is_first: true,
                    with_optional: true,
                },
                cells: &cells,
                position: 0,
            };
            record.put(&mut row);
            rows.push(b']');
        }
        rows.push(b']');
        let columns = |differ: bool| {
            let of_kind = cells.iter().filter(move |cell| cell.differs == differ);
            of_kind.map(|cell| (cell.name, cell.kind)).collect()
        };
        let shared: Vec<&str> = cells
            .iter()
            .filter(|cell| !cell.differs)
            .map(|cell| str::from_utf8(&cell.first).unwrap_or_default())
            .collect();
        Encoded {
            own: columns(true),
            rows: String::from_utf8(rows).unwrap_or_default(),
            shared: columns(false),
            cells: format!("[{}]", shared.join(",")),
        }
    }
}

/// A column with its value in the first row.
struct FirstCell {
    name: &'static str,
    kind: ColumnKind,
    first: Vec<u8>,
    differs: bool,
}

/// Compares each row with the first one.
struct Comparison {
    cells: Vec<FirstCell>,
    position: usize,
    is_first: bool,
    scratch: Vec<u8>,
}

impl Default for Comparison {
    fn default() -> Self {
        Self {
            cells: Vec::new(),
            position: 0,
            is_first: true,
            scratch: Vec::new(),
        }
    }
}

impl Columns for Comparison {
    fn column<T: Serialize>(&mut self, name: &'static str, kind: ColumnKind, value: T) {
        if self.is_first {
            self.cells.push(FirstCell {
                name,
                kind,
                first: serde_json::to_vec(&value).unwrap_or_default(),
                differs: false,
            });
            return;
        }
        let cell = self.cells.get_mut(self.position);
        self.position += 1;
        if let Some(cell) = cell.filter(|cell| !cell.differs) {
            self.scratch.clear();
            let _infallible = serde_json::to_writer(&mut self.scratch, &value);
            cell.differs = self.scratch != cell.first;
        }
    }

    fn optional<T: Serialize + Default + PartialEq>(
        &mut self,
        name: &'static str,
        kind: ColumnKind,
        value: T,
    ) {
        self.column(name, kind, value);
    }
}

/// Writes the cells of a row in which rows differ.
struct OwnCells<'a> {
    row: JsonRow<'a>,
    cells: &'a [FirstCell],
    position: usize,
}

impl Columns for OwnCells<'_> {
    fn column<T: Serialize>(&mut self, name: &'static str, kind: ColumnKind, value: T) {
        let differs = self.cells.get(self.position).is_some_and(|one| one.differs);
        self.position += 1;
        if differs {
            self.row.column(name, kind, value);
        }
    }

    fn optional<T: Serialize + Default + PartialEq>(
        &mut self,
        name: &'static str,
        kind: ColumnKind,
        value: T,
    ) {
        self.column(name, kind, value);
    }
}

/// Whether an optional column has a value.
struct Search(bool);

impl Columns for Search {
    fn column<T: Serialize>(&mut self, _: &'static str, _: ColumnKind, _: T) {}

    fn optional<T: Serialize + Default + PartialEq>(
        &mut self,
        _: &'static str,
        _: ColumnKind,
        value: T,
    ) {
        self.0 |= value != T::default();
    }
}

struct Names {
    columns: Vec<(&'static str, ColumnKind)>,
    with_optional: bool,
}

impl Columns for Names {
    fn column<T: Serialize>(&mut self, name: &'static str, kind: ColumnKind, _: T) {
        self.columns.push((name, kind));
    }

    fn optional<T: Serialize + Default + PartialEq>(
        &mut self,
        name: &'static str,
        kind: ColumnKind,
        _: T,
    ) {
        if self.with_optional {
            self.columns.push((name, kind));
        }
    }
}

struct JsonRow<'a> {
    text: &'a mut Vec<u8>,
    is_first: bool,
    with_optional: bool,
}

impl Columns for JsonRow<'_> {
    fn column<T: Serialize>(&mut self, _: &'static str, _: ColumnKind, value: T) {
        if !std::mem::take(&mut self.is_first) {
            self.text.push(b',');
        }
        // Writing plain values into memory cannot fail. If it did, the text would be invalid JSON,
        // which the database refuses.
        let _infallible = serde_json::to_writer(&mut *self.text, &value);
    }

    fn optional<T: Serialize + Default + PartialEq>(
        &mut self,
        name: &'static str,
        kind: ColumnKind,
        value: T,
    ) {
        if self.with_optional {
            self.column(name, kind, value);
        }
    }
}

/// The SQL that writes several tables in one round trip, with the rows of each table as one
/// parameter. `PostgreSQL`: one statement with common table expressions. `SQLite`: several statements
/// that the driver runs one after the other.
#[must_use]
pub fn insert_together(dialect: Dialect, tables: &[&dyn Rows], with_optional: bool) -> String {
    let inserts = (1..).zip(tables).map(|(parameter, rows)| {
        let columns = rows.columns(with_optional);
        let insert = insert_from_json(dialect, rows.table(), &columns, parameter);
        (rows.table(), insert)
    });
    together(dialect, inserts.collect())
}

/// Joins statements that insert into different tables into one text.
pub(crate) fn together(dialect: Dialect, mut inserts: Vec<(&str, String)>) -> String {
    if dialect == Dialect::Sqlite {
        let texts: Vec<String> = inserts.into_iter().map(|(_, insert)| insert).collect();
        return texts.join(";\n");
    }
    let Some((_, last)) = inserts.pop() else {
        return String::new();
    };
    let others: Vec<String> = inserts
        .into_iter()
        .map(|(table, insert)| format!("into_{table} AS ({insert})"))
        .collect();
    if others.is_empty() {
        last
    } else {
        format!("WITH {} {last}", others.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Note {
        id: i64,
        text: Option<&'static str>,
        is_late: bool,
    }

    impl Record for Note {
        const TABLE: &'static str = "notes";

        fn put<C: Columns>(&self, row: &mut C) {
            row.column("id", ColumnKind::Int, self.id);
            row.optional("text", ColumnKind::Text, self.text);
            row.column("twice", ColumnKind::Int, self.id * 2);
            row.optional("is_late", ColumnKind::Bool, self.is_late);
        }
    }

    fn note(id: i64, text: Option<&'static str>, is_late: bool) -> Note {
        Note { id, text, is_late }
    }

    #[test]
    fn optional_columns_are_written_where_a_row_has_them() {
        let plain = vec![note(1, None, false), note(2, None, false)];
        assert!(!plain.has_optional());
        assert_eq!(plain.to_json(false), "[[1,2],[2,4]]");
        let names: Vec<_> = plain.columns(false).iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["id", "twice"]);
        for other in [note(3, Some("a\"b"), false), note(3, None, true)] {
            let mut rows = vec![note(1, None, false)];
            rows.push(other);
            assert!(rows.has_optional());
        }
        let rows = vec![note(1, None, false), note(3, Some("a\"b"), true)];
        assert_eq!(
            rows.to_json(true),
            r#"[[1,null,2,false],[3,"a\"b",6,true]]"#
        );
        let names: Vec<_> = rows.columns(true).iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["id", "text", "twice", "is_late"]);
        assert_eq!(Vec::<Note>::new().to_json(true), "[]");
    }

    #[test]
    fn cells_that_all_rows_share_are_written_once() {
        let rows = vec![note(1, Some("a"), true), note(2, Some("a"), true)];
        let encoded = rows.encode();
        assert_eq!(encoded.rows, "[[1,2],[2,4]]");
        assert_eq!(encoded.own.len(), 2);
        assert_eq!(encoded.cells, r#"["a",true]"#);
        let names: Vec<_> = encoded.shared.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["text", "is_late"]);
        // The last row differs from the first.
        let rows = vec![
            note(1, None, false),
            note(1, None, false),
            note(1, Some("b"), false),
        ];
        let encoded = rows.encode();
        assert_eq!(encoded.rows, r#"[[null],[null],["b"]]"#);
        assert_eq!(encoded.cells, "[1,2,false]");
        let alone = vec![note(1, None, true)].encode();
        assert_eq!(
            (alone.rows.as_str(), alone.cells.as_str()),
            ("[[]]", "[1,null,2,true]")
        );
    }

    #[test]
    fn several_tables_go_in_one_trip() {
        let rows = vec![note(1, None, false)];
        let both: [&dyn Rows; 2] = [&rows, &rows];
        let sqlite = insert_together(Dialect::Sqlite, &both, false);
        let texts: Vec<&str> = sqlite.split(";\n").collect();
        assert_eq!(texts.len(), 2);
        assert!(texts[0].contains("$1") && texts[1].contains("$2"));
        let postgres = insert_together(Dialect::Postgres, &both, false);
        assert!(postgres.starts_with("WITH into_notes AS (INSERT INTO notes (id, twice)"));
        assert!(postgres.contains("$1") && postgres.contains(") INSERT INTO notes"));
        let one: [&dyn Rows; 1] = [&rows];
        let alone = insert_together(Dialect::Postgres, &one, false);
        assert!(alone.starts_with("INSERT INTO notes"));
    }
}
