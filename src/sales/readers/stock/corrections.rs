//! What adjustments and counts took out of stock, from the ledger, through an index of their own.

use kernel::{
    Amount, Period,
    ids::ProductId,
    read::{CorrectionFacts, CorrectionKind, LossFacts},
};
use store::{ReadDb, selection};

use crate::error::SalesResult;

selection! {
    struct CorrectionRow { product_id: ProductId, is_count: i32, cost_minor: Amount, delta_milli: i128 }
    Why(reason: Option<String>, movements: i64)
}

/// Adjustments and counts of a period, each with the cost of a unit at its time.
const CORRECTED: &str = "(
    SELECT movement.product_id, CASE WHEN movement.kind = 'count' THEN 1 ELSE 0 END AS is_count, movement.delta_milli, movement.reason,
        COALESCE(movement.unit_cost_minor,
            (SELECT change.cost_minor FROM price_changes AS change
             WHERE change.product_id = movement.product_id AND change.changed_at_us <= movement.recorded_at_us
             ORDER BY change.changed_at_us DESC, change.id DESC LIMIT 1),
            product.cost_minor) AS cost_minor
    FROM stock_movements AS movement JOIN products AS product ON product.id = movement.product_id
    WHERE movement.kind IN ('adjustment', 'count') AND movement.occurred_at_us >= $1 AND movement.occurred_at_us < $2
) AS correction";

impl From<CorrectionRow> for CorrectionFacts {
    fn from(row: CorrectionRow) -> Self {
        Self {
            product_id: row.product_id,
            kind: if row.is_count == 1 {
                CorrectionKind::Count
            } else {
                CorrectionKind::Adjustment
            },
            unit_cost_minor: row.cost_minor,
            delta_milli: row.delta_milli,
        }
    }
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
        "SELECT product_id, is_count, cost_minor, {delta} FROM {CORRECTED}
         GROUP BY product_id, is_count, cost_minor ORDER BY product_id, is_count, cost_minor LIMIT {limit}"
    );
    let values = [period.start().micros().into(), period.end().micros().into()];
    let corrections = read.select::<CorrectionRow>(&sql, values).await?;
    Ok(corrections.into_iter().map(CorrectionFacts::from).collect())
}

/// The same, also by reason, with the number of movements.
pub(super) async fn by_reason(
    read: &ReadDb,
    period: &Period,
    limit: u32,
) -> SalesResult<Vec<LossFacts>> {
    let delta = read.dialect().wide_sum("delta_milli", "delta_milli");
    let sql = format!(
        "SELECT product_id, is_count, cost_minor, {delta}, reason, COUNT(*) AS movements FROM {CORRECTED}
         GROUP BY product_id, is_count, cost_minor, reason ORDER BY product_id, is_count, cost_minor, reason LIMIT {limit}"
    );
    let values = [period.start().micros().into(), period.end().micros().into()];
    let losses = read.select::<(CorrectionRow, Why)>(&sql, values).await?;
    let losses = losses
        .into_iter()
        .map(|(row, (reason, movements))| LossFacts {
            correction: row.into(),
            reason,
            movements,
        });
    Ok(losses.collect())
}
