//! The statements that write a group of sales. Each form for a database is built once: the database
//! would have to plan a new text again.

use std::{borrow::Cow, sync::OnceLock};

use sea_orm::Value;
use store::{Dialect, Rows, insert_together};

/// What a group writes, one table each: sales, lines, payments, movements and the keys of requests.
pub(super) type Tables<'a> = [&'a dyn Rows; TABLES];

const TABLES: usize = 5;
/// Each table has rows or not, and the optional columns are used or not.
const FORMS: usize = 1 << (TABLES + 1);

type Texts = [OnceLock<String>; FORMS];

static POSTGRES: Texts = [const { OnceLock::new() }; FORMS];
static SQLITE: Texts = [const { OnceLock::new() }; FORMS];

/// The rows of one group.
pub(super) struct Writing<'a> {
    /// The tables that have rows.
    filled: Vec<&'a dyn Rows>,
    with_optional: bool,
    form: usize,
}

impl<'a> Writing<'a> {
    pub(super) fn of(tables: Tables<'a>) -> Self {
        let with_optional = tables.iter().any(|rows| rows.has_optional());
        let mut form = usize::from(with_optional);
        let mut filled = Vec::with_capacity(TABLES + 1);
        for rows in tables {
            let has_rows = rows.count() > 0;
            form = (form << 1) | usize::from(has_rows);
            if has_rows {
                filled.push(rows);
            }
        }
        Self {
            filled,
            with_optional,
            form,
        }
    }

    /// The parameters of its tables.
    pub(super) fn values(&self) -> Vec<Value> {
        let tables = self.filled.iter();
        let rows = tables.map(|rows| rows.to_json(self.with_optional).into());
        rows.collect()
    }

    /// How many rows it writes.
    pub(super) fn rows(&self) -> usize {
        self.filled.iter().map(|rows| rows.count()).sum()
    }

    /// Its tables in one statement.
    pub(super) fn postgres(&self) -> Cow<'static, str> {
        self.text(&POSTGRES, || self.inserts(Dialect::Postgres))
    }

    /// Its tables in one text of several statements, after the one that moves the counter of sales,
    /// whose parameter comes last.
    pub(super) fn sqlite(&self) -> Cow<'static, str> {
        self.text(&SQLITE, || {
            let inserts = self.inserts(Dialect::Sqlite);
            let count = self.filled.len() + 1;
            format!("UPDATE counters SET value = value + ${count} WHERE name = 'sale';\n{inserts}")
        })
    }

    fn inserts(&self, dialect: Dialect) -> String {
        insert_together(dialect, &self.filled, self.with_optional)
    }

    fn text(&self, texts: &'static Texts, build: impl FnOnce() -> String) -> Cow<'static, str> {
        match texts.get(self.form) {
            Some(text) => Cow::Borrowed(text.get_or_init(build)),
            None => Cow::Owned(build()),
        }
    }
}

#[cfg(test)]
mod tests {
    use store::{ColumnKind, Columns, Record};

    use super::*;

    struct Word(&'static str, Option<&'static str>);

    impl Record for Word {
        const TABLE: &'static str = "words";

        fn put<C: Columns>(&self, row: &mut C) {
            row.column("word", ColumnKind::Text, self.0);
            row.optional("note", ColumnKind::Text, self.1);
        }
    }

    #[test]
    fn each_form_of_a_group_has_its_own_text() {
        let (none, one) = (Vec::<Word>::new(), vec![Word("a", None)]);
        let noted = vec![Word("a", None), Word("b", Some("c"))];
        let groups: [Tables<'_>; 4] = [
            [&one, &one, &one, &one, &none],
            [&one, &one, &one, &one, &one],
            [&one, &one, &none, &one, &none],
            [&one, &noted, &one, &one, &none],
        ];
        let mut seen = std::collections::BTreeSet::new();
        for group in groups {
            let writing = Writing::of(group);
            let (postgres, sqlite) = (writing.postgres(), writing.sqlite());
            let tables = group.iter().filter(|rows| rows.count() > 0).count();
            assert_eq!(writing.values().len(), tables);
            assert_eq!(sqlite.matches("INSERT INTO").count(), tables);
            assert_eq!(postgres.matches("INSERT INTO").count(), tables);
            let counter = format!("value + ${} WHERE", tables + 1);
            assert!(sqlite.starts_with("UPDATE counters") && sqlite.contains(&counter));
            assert_eq!(sqlite.contains("note"), writing.with_optional);
            assert!(
                seen.insert(sqlite.into_owned()),
                "another text for each form"
            );
        }
    }
}
