//! Facts from the ledger: what counts found missing, and when a product was out of stock.

use kernel::{
    Period,
    read::irregular::{CountLossFacts, EmptySpell},
};
use store::selection;

use super::{IrregularReader, bounds};
use crate::{error::SalesResult, readers::stock::stock_outs};

selection! {
    Missing of CountLossFacts in count {
        document_id, actor_id, counted_at = occurred_at_us, product_id, missing = "-count.found_milli",
        balance_after = balance_after_milli, unit_cost_minor,
    }
}

impl IrregularReader {
    pub(super) async fn missing(
        &self,
        period: &Period,
        limit: u32,
    ) -> SalesResult<Vec<CountLossFacts>> {
        // Entries after a count that had seen them explain a part of what the count found: their
        // corrections are beside the count, at the same instant.
        let explained = self.read.dialect().sum("beside.delta_milli");
        let sql = format!(
            "SELECT {} FROM (
                 SELECT document.id AS document_id, movement.actor_id, movement.occurred_at_us, movement.product_id,
                     movement.delta_milli + (SELECT {explained} FROM stock_movements AS beside
                         WHERE beside.kind = 'count' AND beside.is_correction AND beside.product_id = movement.product_id
                           AND beside.location_id = movement.location_id AND beside.occurred_at_us = movement.occurred_at_us) AS found_milli,
                     movement.balance_after_milli, COALESCE(movement.unit_cost_minor, product.cost_minor) AS unit_cost_minor, movement.id AS place
                 FROM stock_movements AS movement
                 JOIN stock_documents AS document ON document.id = movement.reference_id AND document.kind = 'count'
                 JOIN products AS product ON product.id = movement.product_id
                 WHERE movement.kind = 'count' AND NOT movement.is_correction AND movement.occurred_at_us >= $1 AND movement.occurred_at_us < $2
             ) AS count WHERE found_milli < 0 ORDER BY occurred_at_us, place LIMIT {limit}",
            Missing::SELECT
        );
        Ok(self.read.select::<Missing>(&sql, bounds(period)).await?)
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
