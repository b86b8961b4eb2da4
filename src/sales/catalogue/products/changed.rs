//! Which products changed, by the numbers of the log of changes.

use kernel::{Timestamp, changes::Scope, ids::ProductId};
use store::{ColumnKind, Dialect, ReadDb, Tx, changes, json_rows, selection, to_json};

use crate::error::SalesResult;

/// Notes at the commit that these products changed.
pub(super) fn note(tx: &Tx, at: Timestamp, ids: impl IntoIterator<Item = ProductId>) {
    let rows: Vec<_> = ids.into_iter().map(|id| (id,)).collect();
    if rows.is_empty() {
        return;
    }
    let source = json_rows(tx.dialect(), 3, &[("id", ColumnKind::Uuid)]);
    let (number, moment) = match tx.dialect() {
        Dialect::Sqlite => ("$1", "$2"),
        Dialect::Postgres => ("CAST($1 AS bigint)", "CAST($2 AS bigint)"),
    };
    // `WHERE true` keeps SQLite's parser from reading ON as a join condition.
    let sql = format!(
        "INSERT INTO changed_products (product_id, seq, recorded_at_us)
         SELECT changed.id, {number}, {moment} FROM {source} AS changed WHERE true
         ON CONFLICT (product_id) DO UPDATE SET seq = excluded.seq, recorded_at_us = excluded.recorded_at_us"
    );
    changes::record_numbered(tx, at, Scope::Catalogue, sql, to_json(&rows));
}

selection! {
    /// The newest change of any product.
    #[derive(Clone, Copy)]
    pub(super) struct LastChange in changed {
        /// The number of its line in the log of changes.
        pub(super) seq: i64,
        /// When it was recorded.
        pub(super) recorded_at: Timestamp = recorded_at_us,
    }
}

/// The newest change of any product; `None` while nothing has changed.
pub(super) async fn latest(read: &ReadDb) -> SalesResult<Option<LastChange>> {
    let sql = format!(
        "SELECT {} FROM changed_products AS changed ORDER BY seq DESC LIMIT 1",
        LastChange::SELECT
    );
    Ok(read.select_one::<LastChange>(&sql, []).await?)
}
