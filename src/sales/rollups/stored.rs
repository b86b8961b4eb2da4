//! Writing the rollups: sums are added to sums, row by row in the order of their keys.

use serde_json::{Value, json};
use store::{ColumnKind, Dialect, Tx, json_rows, to_json};

use super::{measures::COLUMNS, tally::Tally};
use crate::error::SalesResult;

use ColumnKind::{Int, Text, Uuid};

/// A rollup: its table, its key, what else stands there, and what is added up.
struct Table {
    name: &'static str,
    keys: &'static [(&'static str, ColumnKind)],
    fixed: &'static [(&'static str, ColumnKind)],
    sums: &'static [&'static str],
}

static DAYS: Table = Table {
    name: "rollup_days",
    keys: &[("day", Int), ("location_id", Uuid), ("cashier_id", Uuid)],
    fixed: &[],
    sums: &COLUMNS,
};
static HOURS: Table = Table {
    name: "rollup_hours",
    keys: &[("day", Int), ("hour", Int), ("location_id", Uuid)],
    fixed: &[("local_hour", Int)],
    sums: &COLUMNS,
};
static PRODUCTS: Table = Table {
    name: "rollup_products",
    keys: &[("day", Int), ("product_id", Uuid)],
    fixed: &[],
    sums: &COLUMNS,
};
static PAYMENTS: Table = Table {
    name: "rollup_payments",
    keys: &[("day", Int), ("method", Text), ("currency", Text)],
    fixed: &[],
    sums: &["payments", "amount_minor", "base_minor"],
};

/// Rows that are ready to be added: rendered before the transaction, where nobody waits for it.
pub(super) struct Ready(Vec<(&'static Table, String)>);

impl Ready {
    /// Renders a tally. The tables always come in this order, and the rows of each in that of their
    /// keys, so that two who add at once do not wait for each other in a circle.
    pub(super) fn of(tally: &Tally) -> Self {
        let days = tally.days.iter().map(|((day, location, cashier), sum)| {
            row(
                [json!(day), json!(location), json!(cashier)],
                &sum.to_array(),
            )
        });
        let hours = tally
            .hours
            .iter()
            .map(|((day, hour, location, local_hour), sum)| {
                let keys = [json!(day), json!(hour), json!(location), json!(local_hour)];
                row(keys, &sum.to_array())
            });
        let products = tally
            .products
            .iter()
            .map(|((day, product), sum)| row([json!(day), json!(product)], &sum.to_array()));
        let payments = tally.payments.iter().map(|((day, method, currency), sum)| {
            row([json!(day), json!(method), json!(currency)], &sum.0)
        });
        let tables: [(&'static Table, Vec<Vec<Value>>); 4] = [
            (&DAYS, days.collect()),
            (&HOURS, hours.collect()),
            (&PRODUCTS, products.collect()),
            (&PAYMENTS, payments.collect()),
        ];
        let filled = tables.into_iter().filter(|(_, rows)| !rows.is_empty());
        Self(
            filled
                .map(|(table, rows)| (table, to_json(&rows)))
                .collect(),
        )
    }

    /// Adds the rows to the rollups.
    pub(super) async fn add(&self, tx: &Tx) -> SalesResult<()> {
        for (table, rows) in &self.0 {
            let sql = upsert(tx.dialect(), table);
            tx.execute(&sql, [rows.as_str().into()]).await?;
        }
        Ok(())
    }
}

/// Empties the rollups.
pub(super) async fn clear(tx: &Tx) -> SalesResult<()> {
    for table in [&DAYS, &HOURS, &PRODUCTS, &PAYMENTS] {
        tx.execute(&format!("DELETE FROM {}", table.name), [])
            .await?;
    }
    Ok(())
}

fn row<const N: usize>(keys: [Value; N], sums: &[i64]) -> Vec<Value> {
    keys.into_iter()
        .chain(sums.iter().map(|sum| json!(sum)))
        .collect()
}

fn upsert(dialect: Dialect, table: &Table) -> String {
    let sums = table.sums.iter().map(|sum| (*sum, Int));
    let columns: Vec<_> = table
        .keys
        .iter()
        .chain(table.fixed)
        .copied()
        .chain(sums)
        .collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let keys: Vec<&str> = table.keys.iter().map(|(name, _)| *name).collect();
    let name = table.name;
    let added: Vec<String> = table
        .sums
        .iter()
        .map(|sum| format!("{sum} = {name}.{sum} + excluded.{sum}"))
        .collect();
    // WHERE true: without it SQLite takes ON for the beginning of a join.
    format!(
        "INSERT INTO {name} ({names}) SELECT {names} FROM {source} AS new_rows WHERE true
         ON CONFLICT ({keys}) DO UPDATE SET {added}",
        names = names.join(", "),
        source = json_rows(dialect, 1, &columns),
        keys = keys.join(", "),
        added = added.join(", "),
    )
}
