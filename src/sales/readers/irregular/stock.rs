//! What the ledger tells: what counts found missing, and when a product was out of stock.

use std::collections::BTreeMap;

use kernel::{
    Period, Quantity, Timestamp,
    ids::{DocumentId, ProductId, UserId},
    read::irregular::{CountLossFacts, EmptySpell},
};
use store::Row;

use super::{IrregularReader, bounds};
use crate::error::SalesResult;

impl IrregularReader {
    pub(super) async fn missing(
        &self,
        period: &Period,
        limit: u32,
    ) -> SalesResult<Vec<CountLossFacts>> {
        // What was learnt after a count that had seen it explains a part of what the count found: the
        // movement that respects the count stands beside it, at the same instant, for a document of
        // another time or for a sale.
        let explained = self.read.dialect().sum("beside.delta_milli");
        let sql = format!(
            "SELECT * FROM (
                 SELECT document.id, movement.actor_id, movement.occurred_at_us, movement.product_id,
                     movement.delta_milli + (SELECT {explained} FROM stock_movements AS beside
                         WHERE beside.kind = 'count' AND beside.product_id = movement.product_id
                           AND beside.location_id = movement.location_id AND beside.occurred_at_us = movement.occurred_at_us
                           AND NOT EXISTS (SELECT 1 FROM stock_documents AS own WHERE own.id = beside.reference_id
                               AND own.kind = 'count' AND own.occurred_at_us = beside.occurred_at_us)) AS found_milli,
                     movement.balance_after_milli, COALESCE(movement.unit_cost_minor, product.cost_minor), movement.id AS place
                 FROM stock_movements AS movement
                 JOIN stock_documents AS document ON document.id = movement.reference_id AND document.kind = 'count'
                  AND document.occurred_at_us = movement.occurred_at_us
                 JOIN products AS product ON product.id = movement.product_id
                 WHERE movement.kind = 'count' AND movement.occurred_at_us >= $1 AND movement.occurred_at_us < $2
             ) AS count WHERE found_milli < 0 ORDER BY occurred_at_us, place LIMIT {limit}"
        );
        let rows = self.read.rows(&sql, bounds(period)).await?;
        let facts = |row: &Row| {
            Ok(CountLossFacts {
                document_id: DocumentId::from_uuid(row.get(0)?),
                actor_id: row.get::<Option<uuid::Uuid>>(1)?.map(UserId::from_uuid),
                counted_at: Timestamp::from_micros(row.get(2)?),
                product_id: ProductId::from_uuid(row.get(3)?),
                missing: Quantity::from_milli(row.get::<i64>(4)?.saturating_neg()),
                balance_after: Quantity::from_milli(row.get(5)?),
                unit_cost_minor: row.get(6)?,
            })
        };
        rows.iter().map(facts).collect()
    }

    pub(super) async fn empty(&self, period: &Period, limit: u32) -> SalesResult<Vec<EmptySpell>> {
        let sql = format!(
            "SELECT last.product_id, last.occurred_at_us,
                    (SELECT next.occurred_at_us FROM stock_movements AS next
                     WHERE next.product_id = last.product_id AND next.location_id = last.location_id AND next.seq = last.seq + 1
                       AND next.balance_after_milli = next.delta_milli) AS until_us,
                    (SELECT COUNT(*) FROM stock_levels AS level WHERE level.product_id = last.product_id)
             FROM stock_movements AS last
             WHERE last.balance_after_milli = 0 AND last.occurred_at_us < $2
               AND COALESCE((SELECT next.occurred_at_us FROM stock_movements AS next
                     WHERE next.product_id = last.product_id AND next.location_id = last.location_id AND next.seq = last.seq + 1
                       AND next.balance_after_milli = next.delta_milli), $2) > $1
             ORDER BY last.product_id, last.occurred_at_us, last.seq LIMIT {limit}"
        );
        let mut by_product: BTreeMap<ProductId, (i64, Vec<Spell>)> = BTreeMap::new();
        for row in self.read.rows(&sql, bounds(period)).await? {
            let spell = Spell {
                from: row.get(1)?,
                until: row.get::<Option<i64>>(2)?.unwrap_or(i64::MAX),
            };
            let product = by_product
                .entry(ProductId::from_uuid(row.get(0)?))
                .or_insert((row.get(3)?, Vec::new()));
            if spell.until > spell.from {
                product.1.push(spell);
            }
        }
        Ok(by_product
            .into_iter()
            .flat_map(|(product_id, (locations, spells))| {
                everywhere(locations, &spells)
                    .into_iter()
                    .map(move |spell| EmptySpell {
                        product_id,
                        from: Timestamp::from_micros(spell.from),
                        until: (spell.until < i64::MAX)
                            .then(|| Timestamp::from_micros(spell.until)),
                    })
            })
            .collect())
    }
}

/// From one instant to another, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spell {
    from: i64,
    until: i64,
}

/// When all of some locations were empty at once.
fn everywhere(locations: i64, spells: &[Spell]) -> Vec<Spell> {
    if locations <= 1 {
        return spells.to_vec();
    }
    let mut edges: Vec<(i64, i64)> = spells
        .iter()
        .flat_map(|spell| [(spell.from, 1), (spell.until, -1)])
        .collect();
    edges.sort_unstable();
    let (mut empty, mut since) = (0, None);
    let mut common = Vec::new();
    for (at, change) in edges {
        empty += change;
        if empty >= locations {
            since = Some(at);
        } else if let Some(from) = since.take().filter(|from| *from < at) {
            common.push(Spell { from, until: at });
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_out_of_stock_when_every_location_is() {
        let spell = |from, until| Spell { from, until };
        assert_eq!(everywhere(1, &[spell(1, 5)]), [spell(1, 5)]);
        assert_eq!(everywhere(2, &[spell(1, 5), spell(3, 9)]), [spell(3, 5)]);
        assert!(everywhere(2, &[spell(1, 5)]).is_empty());
    }
}
