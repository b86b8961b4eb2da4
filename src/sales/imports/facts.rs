//! What the preview and the commit of a file both ask the database.

use sea_orm::Value;
use store::{ColumnKind, ReadDb, Row, Tx, json_rows, to_json};

use crate::error::SalesResult;

/// Most things in one question.
pub(super) const ASK: usize = 10_000;

/// The handle for a question: the read pool for a preview, the open transaction for a commit.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Read(&'a ReadDb),
    Tx(&'a Tx),
}

impl Source<'_> {
    const fn dialect(self) -> store::Dialect {
        match self {
            Self::Read(read) => read.dialect(),
            Self::Tx(tx) => tx.dialect(),
        }
    }

    pub(super) async fn rows(
        self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> SalesResult<Vec<Row>> {
        Ok(match self {
            Self::Read(read) => read.rows(sql, values).await?,
            Self::Tx(tx) => tx.rows(sql, values).await?,
        })
    }
}

/// Which of these invoice numbers the shop has recorded.
pub(super) async fn recorded_invoices(
    source: Source<'_>,
    numbers: &[String],
) -> SalesResult<Vec<String>> {
    let wanted = json_rows(source.dialect(), 1, &[("number", ColumnKind::Text)]);
    let sql = format!(
        "SELECT wanted.number FROM {wanted} AS wanted
         WHERE EXISTS (SELECT 1 FROM sales WHERE external_number = wanted.number)
            OR EXISTS (SELECT 1 FROM refunds WHERE external_number = wanted.number)"
    );
    let mut recorded = Vec::new();
    for chunk in numbers.chunks(ASK) {
        let rows: Vec<_> = chunk.iter().map(|number| (number,)).collect();
        for row in source.rows(&sql, [to_json(&rows).into()]).await? {
            recorded.push(row.get(0)?);
        }
    }
    Ok(recorded)
}
