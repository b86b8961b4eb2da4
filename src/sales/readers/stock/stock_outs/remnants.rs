//! When the rest of a product was too little to sell: 0.25 kg of what customers buy by the kilo is an
//! empty shelf, whatever the ledger says.
//!
//! Only products with such rests are examined: those sold by weight or measure, and those sold by the
//! dozen. The ledger is read in the order of writing, part by part.

use std::collections::BTreeMap;

use kernel::Period;
use store::{ColumnKind, ReadDb, json_rows, selection, to_json};
use uuid::Uuid;

use super::TimeSpan;
use crate::error::SalesResult;

/// Ledger entries in one query.
const CHUNK: i64 = 20_000;
/// A unit in thousandths.
const UNIT_MILLI: i64 = 1_000;
/// Days for computing the usual line.
const USUAL_DAYS: i64 = 182;
/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

selection! {
    Level in movement (product_id: Uuid, location_id: Uuid)
    Entry in movement (occurred_at_us: i64, balance_after_milli: i64)
    struct Usual { product_id: Uuid, sold: i64, lines: i64, measured: i64 }
}

/// By product and location.
pub(super) type Spans = BTreeMap<Uuid, BTreeMap<Uuid, Vec<TimeSpan>>>;

/// The times with less than half of a usual line, from at most `limit` entries.
pub(super) async fn too_little(read: &ReadDb, period: &Period, limit: u32) -> SalesResult<Spans> {
    let least = least_lines(read, period, limit).await?;
    let mut spans = Spans::new();
    if least.is_empty() {
        return Ok(spans);
    }
    let last = "SELECT COALESCE(MAX(position), 0) FROM stock_movements";
    let last: i64 = read.value(last, []).await?.unwrap_or(0);
    let rows: Vec<(Uuid,)> = least.keys().map(|product| (*product,)).collect();
    let wanted = json_rows(read.dialect(), 1, &[("product_id", ColumnKind::Uuid)]);
    let mut since: BTreeMap<(Uuid, Uuid), i64> = BTreeMap::new();
    // What a file of sales brings in and takes out says nothing about the shelf.
    let sql = format!(
        "SELECT {}, {} FROM stock_movements AS movement JOIN {wanted} AS wanted ON wanted.product_id = movement.product_id
         WHERE movement.position > $2 AND movement.position <= $3
           AND NOT EXISTS (SELECT 1 FROM imports AS file WHERE file.id = movement.reference_id AND file.kind = 'sales')
           AND NOT EXISTS (SELECT 1 FROM sales AS sale WHERE sale.id = movement.reference_id AND sale.import_id IS NOT NULL)
         ORDER BY movement.position",
        Level::SELECT,
        Entry::SELECT
    );
    let wanted = to_json(&rows);
    let oldest = (last - i64::from(limit)).max(0);
    let mut after = oldest;
    while after < last {
        let until = (after + CHUNK).min(last);
        let values = [wanted.clone().into(), after.into(), until.into()];
        for (key, (at, balance)) in read.select::<(Level, Entry)>(&sql, values).await? {
            let enough = least.get(&key.0).is_none_or(|least| balance >= *least);
            if !enough {
                since.entry(key).or_insert(at);
            } else if let Some(from) = since.remove(&key) {
                let product = spans.entry(key.0).or_default();
                product.entry(key.1).or_default().push((from, at));
            }
        }
        after = until;
    }
    for ((product, location), from) in since {
        let locations = spans.entry(product).or_default();
        locations
            .entry(location)
            .or_default()
            .push((from, i64::MAX));
    }
    let (start, end) = (period.start().micros(), period.end().micros());
    for locations in spans.values_mut() {
        for spans in locations.values_mut() {
            spans.retain(|(from, to)| *from < end && *to > start);
        }
        locations.retain(|_, spans| !spans.is_empty());
    }
    spans.retain(|_, locations| !locations.is_empty());
    Ok(spans)
}

/// Half of the usual line, for products that can have a smaller rest.
async fn least_lines(
    read: &ReadDb,
    period: &Period,
    limit: u32,
) -> SalesResult<BTreeMap<Uuid, i64>> {
    // Days count from 1970-01-01. A day more or less at the ends changes no mean.
    let end = period.end().micros().div_euclid(DAY_US);
    let dialect = read.dialect();
    let (sold, lines) = (dialect.sum("sold_milli"), dialect.sum("sales"));
    let sql = format!(
        "SELECT product_id, {sold} AS sold, {lines} AS lines,
                CAST(MAX(CASE WHEN sold_milli % {UNIT_MILLI} <> 0 THEN 1 ELSE 0 END) AS BIGINT) AS measured
         FROM rollup_products WHERE day > $1 AND day <= $2 AND sales > 0
         GROUP BY product_id ORDER BY product_id LIMIT {limit}"
    );
    let values = [(end - USUAL_DAYS).into(), end.into()];
    let mut least = BTreeMap::new();
    for row in read.select::<Usual>(&sql, values).await? {
        let half = row.sold / row.lines.max(1) / 2;
        if half > UNIT_MILLI || (row.measured > 0 && half > 1) {
            least.insert(row.product_id, half);
        }
    }
    Ok(least)
}
