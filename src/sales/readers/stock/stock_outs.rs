//! When a product was out of stock at all locations, or had too little to sell, from the ledger.
//!
//! The database finds the movements that emptied a location, through an index, and the movement after
//! each. The locations are compared here. Queries are split into parts, so that none takes long.

mod remnants;

use std::collections::BTreeMap;

use kernel::{Period, Timestamp, ids::ProductId, read::StockOutFacts};
use store::{ReadDb, selection};
use uuid::Uuid;

use crate::error::SalesResult;

/// From one instant to another, in microseconds.
type TimeSpan = (i64, i64);

/// Movements in one query.
const CHUNK: u32 = 2_000;

selection! {
    FirstEntry(product_id: Uuid, location_id: Uuid, opened_at: Option<i64>)
    Level in emptying (product_id: Uuid, location_id: Uuid, seq: i64)
    Empty(emptied_at: i64, followed_at: Option<i64>)
}

/// The stock-outs that overlap a period, from at most `limit` movements.
pub(in crate::readers) async fn between(
    read: &ReadDb,
    period: &Period,
    limit: u32,
) -> SalesResult<Vec<StockOutFacts>> {
    let mut products = emptied(read, period, limit).await?;
    for (product, locations) in remnants::too_little(read, period, limit).await? {
        let known = products.entry(product).or_default();
        for (location, spans) in locations {
            known.entry(location).or_default().extend(spans);
        }
    }
    if products.is_empty() {
        return Ok(Vec::new());
    }
    let opened = format!(
        "SELECT level.product_id, level.location_id, opening.occurred_at_us AS opened_at
         FROM stock_levels AS level
         LEFT JOIN stock_movements AS opening ON opening.product_id = level.product_id
              AND opening.location_id = level.location_id AND opening.seq = 1
              AND opening.balance_after_milli = opening.delta_milli
         ORDER BY level.product_id, level.location_id LIMIT {limit}"
    );
    for (product, location, opened_at) in read.select::<FirstEntry>(&opened, []).await? {
        if let Some(locations) = products.get_mut(&product) {
            let spans = locations.entry(location).or_default();
            spans.push((i64::MIN, opened_at.unwrap_or(i64::MAX)));
        }
    }
    let facts = products.into_iter().flat_map(|(product, locations)| {
        empty_everywhere(locations.into_values())
            .into_iter()
            .map(move |(from, to)| StockOutFacts {
                product_id: ProductId::from_uuid(product),
                from: Timestamp::from_micros(from),
                to: (to < i64::MAX).then(|| Timestamp::from_micros(to)),
            })
    });
    Ok(facts.collect())
}

/// The times when a location was empty, by product and location.
async fn emptied(
    read: &ReadDb,
    period: &Period,
    limit: u32,
) -> SalesResult<BTreeMap<Uuid, BTreeMap<Uuid, Vec<TimeSpan>>>> {
    let mut products: BTreeMap<Uuid, BTreeMap<Uuid, Vec<TimeSpan>>> = BTreeMap::new();
    let (mut after, mut left) = ((Uuid::nil(), Uuid::nil(), 0_i64), limit);
    while left > 0 {
        let asked = left.min(CHUNK);
        // What follows an empty shelf, or starts one, leaves what it brought; a small index finds
        // those. A file of sales brings in exactly what it takes out, so it says nothing about the
        // shelf.
        let sql = format!(
            "SELECT {}, emptying.occurred_at_us AS emptied_at, following.occurred_at_us AS followed_at
             FROM stock_movements AS emptying
             LEFT JOIN stock_movements AS following ON following.product_id = emptying.product_id
                  AND following.location_id = emptying.location_id AND following.seq = emptying.seq + 1
                  AND following.balance_after_milli = following.delta_milli
             WHERE emptying.balance_after_milli = 0 AND emptying.occurred_at_us < $2
               AND NOT EXISTS (SELECT 1 FROM imports AS file WHERE file.id = emptying.reference_id AND file.kind = 'sales')
               AND NOT EXISTS (SELECT 1 FROM sales AS sale WHERE sale.id = emptying.reference_id AND sale.import_id IS NOT NULL)
               AND (following.occurred_at_us IS NULL OR following.occurred_at_us > $1)
               AND (emptying.product_id, emptying.location_id, emptying.seq) > ($3, $4, $5)
             ORDER BY emptying.product_id, emptying.location_id, emptying.seq LIMIT {asked}",
            Level::SELECT
        );
        let values = [
            period.start().micros().into(),
            period.end().micros().into(),
            after.0.into(),
            after.1.into(),
            after.2.into(),
        ];
        let rows = read.select::<(Level, Empty)>(&sql, values).await?;
        let found = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        for (level, (emptied_at, followed_at)) in rows {
            after = level;
            let spans = products.entry(level.0).or_default();
            let spans = spans.entry(level.1).or_default();
            spans.push((emptied_at, followed_at.unwrap_or(i64::MAX)));
        }
        if found < asked {
            break;
        }
        left -= found;
    }
    Ok(products)
}

/// The times when all locations were empty, without the time before the very first movement.
fn empty_everywhere(locations: impl Iterator<Item = Vec<TimeSpan>>) -> Vec<TimeSpan> {
    let common = locations.map(merged).reduce(|one, other| {
        let pairs = one
            .iter()
            .flat_map(|a| other.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
        merged(pairs.filter(|(from, to)| from < to).collect())
    });
    let mut spans = common.unwrap_or_default();
    spans.retain(|(from, _)| *from > i64::MIN);
    spans
}

/// Sorted, without empty spans, and with adjacent ones joined.
fn merged(mut spans: Vec<TimeSpan>) -> Vec<TimeSpan> {
    spans.sort_unstable();
    let mut whole: Vec<TimeSpan> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match whole.last_mut() {
            _ if from >= to => {}
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => whole.push((from, to)),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_out_when_every_location_is() {
        let shop = vec![(i64::MIN, 10), (20, 30), (40, 60), (60, i64::MAX)];
        let depot = vec![(i64::MIN, 5), (25, 50)];
        assert_eq!(
            empty_everywhere([shop.clone(), depot].into_iter()),
            [(25, 30), (40, 50)]
        );
        assert_eq!(
            empty_everywhere([shop].into_iter()),
            [(20, 30), (40, i64::MAX)]
        );
        assert_eq!(empty_everywhere(std::iter::empty()), []);
    }

    #[test]
    fn a_location_that_never_held_any_does_not_count() {
        let unused = vec![(i64::MIN, i64::MAX)];
        let shop = vec![(i64::MIN, 1), (7, 9)];
        assert_eq!(empty_everywhere([unused, shop].into_iter()), [(7, 9)]);
    }

    #[test]
    fn an_entry_that_was_made_late_makes_no_time_of_its_own() {
        assert_eq!(merged(vec![(50, 40), (1, 2)]), [(1, 2)]);
    }
}
