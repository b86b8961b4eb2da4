//! Rows that are encoded before they are written: the transaction, and everybody who waits for it, spends
//! no time on their JSON.

use tokio::task::spawn_blocking;

use crate::{
    Dialect, Rows, StoreError, Tx,
    records::{Encoded, together},
    rows::insert_with_shared,
};

/// The rows of several tables, ready to be written in one round trip.
#[derive(Debug, Default)]
pub struct Prepared {
    sql: String,
    values: Vec<String>,
}

impl Prepared {
    /// Encodes the rows of these tables, to be written in this order. Tables without rows are left out.
    #[must_use]
    pub fn of(dialect: Dialect, tables: &[&dyn Rows]) -> Self {
        let (mut inserts, mut values) = (Vec::new(), Vec::new());
        for rows in tables.iter().filter(|rows| rows.count() > 0) {
            let Encoded {
                own,
                rows: own_cells,
                shared,
                cells,
            } = rows.encode();
            let parameter = values.len() + 1;
            let table = rows.table();
            let insert = if shared.is_empty() {
                values.push(own_cells);
                crate::insert_from_json(dialect, table, &own, parameter)
            } else {
                values.extend([own_cells, cells]);
                insert_with_shared(dialect, table, &own, &shared, parameter)
            };
            inserts.push((table, insert));
        }
        Self {
            sql: together(dialect, inserts),
            values,
        }
    }
}

impl Tx {
    /// Writes rows that were encoded before.
    pub async fn insert_prepared(&self, prepared: Prepared) -> Result<(), StoreError> {
        if prepared.values.is_empty() {
            return Ok(());
        }
        let values = prepared.values.into_iter().map(Into::into);
        self.execute(&prepared.sql, values).await?;
        Ok(())
    }

    /// Writes the rows of these parts in their order. While the database writes a part, the next one is
    /// encoded.
    pub async fn insert_encoding<F>(
        &self,
        parts: impl IntoIterator<Item = F, IntoIter: Send>,
    ) -> Result<(), StoreError>
    where
        F: FnOnce() -> Prepared + Send + 'static,
    {
        let mut encoded = Prepared::default();
        for part in parts {
            let next = spawn_blocking(part);
            self.insert_prepared(encoded).await?;
            encoded = next
                .await
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        }
        self.insert_prepared(encoded).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColumnKind, Columns, Record};

    struct Note(i64, Option<&'static str>);

    impl Record for Note {
        const TABLE: &'static str = "notes";

        fn put<C: Columns>(&self, row: &mut C) {
            row.column("id", ColumnKind::Int, self.0);
            row.optional("text", ColumnKind::Text, self.1);
        }
    }

    #[test]
    fn every_table_has_its_own_parameters() {
        let (alike, different) = (
            vec![Note(1, None), Note(2, None)],
            vec![Note(3, None), Note(4, Some("b"))],
        );
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let none = Vec::<Note>::new();
            let prepared = Prepared::of(dialect, &[&alike, &none, &different]);
            let expected = ["[[1],[2]]", "[null]", r#"[[3,null],[4,"b"]]"#];
            assert_eq!(prepared.values, expected);
            for parameter in ["$1", "$2", "$3"] {
                assert_eq!(
                    prepared.sql.matches(parameter).count(),
                    1,
                    "{}",
                    prepared.sql
                );
            }
        }
        assert!(Prepared::of(Dialect::Sqlite, &[]).values.is_empty());
    }
}
