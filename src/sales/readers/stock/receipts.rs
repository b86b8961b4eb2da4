//! What suppliers brought, from the ledger: an index of its own finds the few receipts among the many
//! movements.

use kernel::{Period, Timestamp, ids::ProductId, read::ReceiptFacts};
use store::ReadDb;

use crate::error::SalesResult;

/// The receipts of a period, the newest first.
pub(super) async fn between(
    read: &ReadDb,
    period: &Period,
    limit: u32,
) -> SalesResult<Vec<ReceiptFacts>> {
    let sql = format!(
        "SELECT movement.product_id, document.supplier, movement.occurred_at_us
         FROM stock_movements AS movement
         LEFT JOIN stock_documents AS document ON document.id = movement.reference_id
         WHERE movement.kind = 'receipt' AND movement.occurred_at_us >= $1 AND movement.occurred_at_us < $2
           AND movement.delta_milli > 0
         ORDER BY movement.occurred_at_us DESC, movement.product_id LIMIT {limit}"
    );
    let values = [period.start().micros().into(), period.end().micros().into()];
    let rows = read.rows(&sql, values).await?;
    rows.iter()
        .map(|row| {
            Ok(ReceiptFacts {
                product_id: ProductId::from_uuid(row.get(0)?),
                supplier: row.get(1)?,
                received_at: Timestamp::from_micros(row.get(2)?),
            })
        })
        .collect()
}
