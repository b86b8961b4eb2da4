//! What adjustments and counts took out of stock, from the ledger, through an index of their own.

use kernel::{
    Period,
    ids::ProductId,
    read::{CorrectionFacts, CorrectionKind},
};
use store::{ReadDb, selection};

use crate::error::SalesResult;

selection! {
    struct CorrectionRow { product_id: ProductId, is_count: i32, cost_minor: i64, delta_milli: i128 }
}

/// The corrections of a period, by product, kind and cost. What left did so at the cost of that time.
/// Corrections for what a count had already seen have the same kind as counts and are added to them.
pub(super) async fn between(
    read: &ReadDb,
    period: &Period,
    limit: u32,
) -> SalesResult<Vec<CorrectionFacts>> {
    let delta = read.dialect().wide_sum("delta_milli", "delta_milli");
    let sql = format!(
        "SELECT product_id, is_count, cost_minor, {delta} FROM (
             SELECT movement.product_id, CASE WHEN movement.kind = 'count' THEN 1 ELSE 0 END AS is_count, movement.delta_milli,
                 COALESCE(movement.unit_cost_minor,
                     (SELECT change.cost_minor FROM price_changes AS change
                      WHERE change.product_id = movement.product_id AND change.changed_at_us <= movement.recorded_at_us
                      ORDER BY change.changed_at_us DESC, change.id DESC LIMIT 1),
                     product.cost_minor) AS cost_minor
             FROM stock_movements AS movement JOIN products AS product ON product.id = movement.product_id
             WHERE movement.kind IN ('adjustment', 'count') AND movement.occurred_at_us >= $1 AND movement.occurred_at_us < $2
         ) AS correction
         GROUP BY product_id, is_count, cost_minor ORDER BY product_id, is_count, cost_minor LIMIT {limit}"
    );
    let values = [period.start().micros().into(), period.end().micros().into()];
    let corrections = read.select::<CorrectionRow>(&sql, values).await?;
    let corrections = corrections.into_iter().map(|row| CorrectionFacts {
        product_id: row.product_id,
        kind: if row.is_count == 1 {
            CorrectionKind::Count
        } else {
            CorrectionKind::Adjustment
        },
        unit_cost_minor: row.cost_minor,
        delta_milli: row.delta_milli,
    });
    Ok(corrections.collect())
}
