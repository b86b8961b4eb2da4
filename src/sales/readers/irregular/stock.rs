//! What the ledger tells: what counts found missing, and when a product was out of stock.

use kernel::{
    Period, Quantity, Timestamp,
    ids::{DocumentId, ProductId, UserId},
    read::irregular::{CountLossFacts, EmptySpell},
};
use store::Row;

use super::{IrregularReader, bounds};
use crate::{error::SalesResult, readers::stock::stock_outs};

impl IrregularReader {
    pub(super) async fn missing(
        &self,
        period: &Period,
        limit: u32,
    ) -> SalesResult<Vec<CountLossFacts>> {
        // What was entered after a count that had seen it explains a part of what the count found: its
        // correction stands beside the count, at the same instant.
        let explained = self.read.dialect().sum("beside.delta_milli");
        let sql = format!(
            "SELECT * FROM (
                 SELECT document.id, movement.actor_id, movement.occurred_at_us, movement.product_id,
                     movement.delta_milli + (SELECT {explained} FROM stock_movements AS beside
                         WHERE beside.kind = 'count' AND beside.is_correction AND beside.product_id = movement.product_id
                           AND beside.location_id = movement.location_id AND beside.occurred_at_us = movement.occurred_at_us) AS found_milli,
                     movement.balance_after_milli, COALESCE(movement.unit_cost_minor, product.cost_minor), movement.id AS place
                 FROM stock_movements AS movement
                 JOIN stock_documents AS document ON document.id = movement.reference_id AND document.kind = 'count'
                 JOIN products AS product ON product.id = movement.product_id
                 WHERE movement.kind = 'count' AND NOT movement.is_correction AND movement.occurred_at_us >= $1 AND movement.occurred_at_us < $2
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
        let outs = stock_outs::between(&self.read, period, limit).await?;
        let spells = outs.into_iter().map(|out| EmptySpell {
            product_id: out.product_id,
            from: out.from,
            until: out.to,
        });
        Ok(spells.collect())
    }
}
