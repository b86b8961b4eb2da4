//! Queries that both the preview and the commit of a file need.

use store::{ColumnKind, Source, json_rows, to_json};

use crate::error::SalesResult;

/// Most keys in one query.
pub(super) const ASK: usize = 10_000;

/// Those of the invoice numbers that the shop has recorded. Those of an undone file can come again.
pub(super) async fn recorded_invoices(
    source: Source<'_>,
    numbers: &[String],
) -> SalesResult<Vec<String>> {
    let wanted = json_rows(source.dialect(), 1, &[("number", ColumnKind::Text)]);
    let sql = format!(
        "SELECT wanted.number FROM {wanted} AS wanted
         WHERE EXISTS (SELECT 1 FROM sales WHERE external_number = wanted.number AND import_id IS NOT NULL AND state <> 'voided')
            OR EXISTS (SELECT 1 FROM refunds AS refund JOIN sales AS sale ON sale.id = refund.sale_id
                       WHERE refund.external_number = wanted.number AND sale.state <> 'voided')"
    );
    let mut recorded = Vec::new();
    for chunk in numbers.chunks(ASK) {
        let rows: Vec<_> = chunk.iter().map(|number| (number,)).collect();
        recorded.extend(
            source
                .values::<String>(&sql, [to_json(&rows).into()])
                .await?,
        );
    }
    Ok(recorded)
}
