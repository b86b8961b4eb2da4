//! Writes the rollups: adds sums to stored sums, row by row in the order of weights and keys.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use store::{ColumnKind, Dialect, Tx, json_rows, to_json};

use super::{
    measures::{COLUMNS, MONEY_COLUMNS, Sums, WEIGHTS, Weight},
    tally::Tally,
};
use crate::error::SalesResult;

use ColumnKind::{Int, Text, Uuid};

/// A rollup: its table, its key, its other columns, and its sums.
struct Table {
    name: &'static str,
    keys: &'static [(&'static str, ColumnKind)],
    fixed: &'static [(&'static str, ColumnKind)],
    sums: &'static [&'static str],
}

static DAYS: Table = Table {
    name: "rollup_days",
    keys: &[
        ("weight", Int),
        ("day", Int),
        ("location_id", Uuid),
        ("cashier_id", Uuid),
    ],
    fixed: &[],
    sums: &COLUMNS,
};
static HOURS: Table = Table {
    name: "rollup_hours",
    keys: &[
        ("weight", Int),
        ("day", Int),
        ("hour", Int),
        ("location_id", Uuid),
    ],
    fixed: &[("local_hour", Int)],
    sums: &COLUMNS,
};
static PRODUCTS: Table = Table {
    name: "rollup_products",
    keys: &[("weight", Int), ("day", Int), ("product_id", Uuid)],
    fixed: &[],
    sums: &COLUMNS,
};
static PAYMENTS: Table = Table {
    name: "rollup_payments",
    keys: &[
        ("weight", Int),
        ("day", Int),
        ("method", Text),
        ("account_id", Uuid),
        ("currency", Text),
    ],
    fixed: &[],
    sums: &MONEY_COLUMNS,
};

/// Rows that are ready to be added, rendered before the transaction.
pub(super) struct Ready(Vec<(&'static Table, String)>);

impl Ready {
    /// Renders a tally. Tables and rows always have the same order, so that two writers do not wait
    /// for each other in a circle.
    pub(super) fn of(tally: &Tally) -> SalesResult<Self> {
        let days = rows(&tally.days, |(day, location, cashier)| {
            vec![json!(day), json!(location), json!(cashier)]
        })?;
        let hours = rows(&tally.hours, |(day, hour, location, local_hour)| {
            vec![json!(day), json!(hour), json!(location), json!(local_hour)]
        })?;
        let products = rows(&tally.products, |(day, product)| {
            vec![json!(day), json!(product)]
        })?;
        let payments = rows(&tally.payments, |(day, method, account, currency)| {
            vec![json!(day), json!(method), json!(account), json!(currency)]
        })?;
        let tables: [(&'static Table, Vec<Vec<Value>>); 4] = [
            (&DAYS, days),
            (&HOURS, hours),
            (&PRODUCTS, products),
            (&PAYMENTS, payments),
        ];
        let filled = tables.into_iter().filter(|(_, rows)| !rows.is_empty());
        Ok(Self(
            filled
                .map(|(table, rows)| (table, to_json(&rows)))
                .collect(),
        ))
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

/// The rows of sums: all lower parts, then the upper parts of sums that have one.
fn rows<K, const N: usize>(
    sums: &BTreeMap<K, Sums<N>>,
    key: impl Fn(&K) -> Vec<Value>,
) -> SalesResult<Vec<Vec<Value>>> {
    let row = |weight: Weight, key: Vec<Value>, sums: &[i64]| {
        let mut row = vec![json!(weight.stored())];
        row.extend(key);
        row.extend(sums.iter().map(|sum| json!(sum)));
        row
    };
    let [one, many] = WEIGHTS;
    let mut rows = Vec::with_capacity(sums.len());
    let mut upper_rows = Vec::new();
    for (of, sums) in sums {
        let [lower, upper] = sums.parts()?;
        rows.push(row(one, key(of), &lower));
        if upper != [0; N] {
            upper_rows.push(row(many, key(of), &upper));
        }
    }
    rows.append(&mut upper_rows);
    Ok(rows)
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
