//! Deliveries of suppliers, from the ledger, through an index of their own.

use kernel::{Period, read::ReceiptFacts};
use store::{ReadDb, selection};

use crate::error::SalesResult;

selection! {
    Receipt of ReceiptFacts in movement {
        product_id, supplier = "document.supplier", received_at = occurred_at_us,
    }
}

/// The receipts of a period, newest first.
pub(super) async fn between(
    read: &ReadDb,
    period: &Period,
    limit: u32,
) -> SalesResult<Vec<ReceiptFacts>> {
    let sql = format!(
        "SELECT {} FROM stock_movements AS movement
         LEFT JOIN stock_documents AS document ON document.id = movement.reference_id
         WHERE movement.kind = 'receipt' AND movement.occurred_at_us >= $1 AND movement.occurred_at_us < $2
           AND movement.delta_milli > 0
         ORDER BY movement.occurred_at_us DESC, movement.product_id LIMIT {limit}",
        Receipt::SELECT
    );
    let values = [period.start().micros().into(), period.end().micros().into()];
    Ok(read.select::<Receipt>(&sql, values).await?)
}
