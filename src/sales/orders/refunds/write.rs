//! Writes refunds: their rows, and the marks on the sold lines.

use std::collections::BTreeMap;

use kernel::ids::{ImportId, RefundId, SaleId, SaleLineId};
use store::{
    ColumnKind::{Bool, Int, Text, Uuid},
    Columns, Record, Tx, json_rows, to_json,
};

use super::draft::{Drafted, ReturnedPart};
use crate::{
    error::SalesResult,
    orders::{model::money::MoneyLine, write::put_money},
};

struct RefundRow<'a> {
    drafted: &'a Drafted,
    import_id: Option<ImportId>,
}

impl Record for RefundRow<'_> {
    const TABLE: &'static str = "refunds";

    fn put<C: Columns>(&self, row: &mut C) {
        let refund = &self.drafted.refund;
        let cost = self.drafted.parts.iter();
        let cost: i128 = cost.map(|part| i128::from(part.cost_minor)).sum();
        row.column("id", Uuid, refund.id);
        row.column("number", Int, refund.number);
        row.column("sale_id", Uuid, refund.sale_id);
        row.column("total_minor", Int, refund.total_minor);
        row.column("tax_minor", Int, refund.tax_minor);
        row.column("cost_minor", Int, cost);
        row.column("rounding_minor", Int, refund.rounding_minor);
        row.column(
            "paid_minor",
            Int,
            i128::from(refund.total_minor) + i128::from(refund.rounding_minor),
        );
        row.column("reason", Text, refund.reason.as_str());
        row.column("actor_id", Uuid, refund.actor_id);
        row.column(
            "external_number",
            Text,
            self.drafted.external_number.as_deref(),
        );
        row.column("import_id", Uuid, self.import_id);
        row.column("occurred_at_us", Int, refund.occurred_at.micros());
        row.column("recorded_at_us", Int, refund.recorded_at.micros());
    }
}

struct PartRow<'a> {
    refund_id: RefundId,
    sale_id: SaleId,
    part: &'a ReturnedPart,
}

impl Record for PartRow<'_> {
    const TABLE: &'static str = "refund_lines";

    fn put<C: Columns>(&self, row: &mut C) {
        let line = &self.part.line;
        row.column("refund_id", Uuid, self.refund_id);
        row.column("sale_id", Uuid, self.sale_id);
        row.column("sale_line_id", Uuid, line.sale_line_id);
        row.column("quantity_milli", Int, line.quantity.milli());
        row.column("total_minor", Int, line.total_minor);
        row.column("tax_minor", Int, line.tax_minor);
        row.column("cost_minor", Int, self.part.cost_minor);
        row.column("restock", Bool, line.restock);
    }
}

/// A money line of a refund.
struct RefundPaymentRow<'a> {
    refund_id: RefundId,
    sale_id: SaleId,
    position: i64,
    money: MoneyLine<'a>,
}

impl Record for RefundPaymentRow<'_> {
    const TABLE: &'static str = "refund_payments";

    fn put<C: Columns>(&self, row: &mut C) {
        row.column("refund_id", Uuid, self.refund_id);
        row.column("position", Int, self.position);
        row.column("sale_id", Uuid, self.sale_id);
        put_money(row, &self.money);
    }
}

/// Writes refunds with all their rows in one round trip. `import_id` is the file that they came from.
pub(crate) async fn insert(
    tx: &Tx,
    refunds: &[Drafted],
    import_id: Option<ImportId>,
) -> SalesResult<()> {
    let headers: Vec<_> = refunds
        .iter()
        .map(|drafted| RefundRow { drafted, import_id })
        .collect();
    let parts: Vec<_> = refunds.iter().flat_map(parts_of).collect();
    let payments: Vec<_> = refunds.iter().flat_map(payments_of).collect();
    Ok(tx.insert(&[&headers, &parts, &payments]).await?)
}

fn parts_of(drafted: &Drafted) -> impl Iterator<Item = PartRow<'_>> {
    drafted.parts.iter().map(|part| PartRow {
        refund_id: drafted.refund.id,
        sale_id: drafted.refund.sale_id,
        part,
    })
}

fn payments_of(drafted: &Drafted) -> impl Iterator<Item = RefundPaymentRow<'_>> {
    let lines = drafted.refund.payments.iter().zip(0_i64..);
    lines.map(|(line, position)| RefundPaymentRow {
        refund_id: drafted.refund.id,
        sale_id: drafted.refund.sale_id,
        position,
        money: MoneyLine::from(line),
    })
}

/// Marks on the lines and on the sales what has come back. The sales are locked. Each line is in a
/// statement once, however many refunds return it.
pub(crate) async fn mark<'a>(
    tx: &Tx,
    refunds: impl Iterator<Item = &'a Drafted>,
    lines_at_once: usize,
) -> SalesResult<()> {
    let mut back: BTreeMap<(SaleId, SaleLineId), i64> = BTreeMap::new();
    for drafted in refunds {
        for part in &drafted.parts {
            let key = (drafted.refund.sale_id, part.line.sale_line_id);
            *back.entry(key).or_default() += part.line.quantity.milli();
        }
    }
    let lines: Vec<_> = back
        .into_iter()
        .map(|((sale, line), quantity)| (sale, line, quantity))
        .collect();
    let columns = [("sale_id", Uuid), ("id", Uuid), ("quantity", Int)];
    let source = json_rows(tx.dialect(), 1, &columns);
    for chunk in lines.chunks(lines_at_once) {
        let json = to_json(chunk);
        let sql = format!(
            "UPDATE sale_lines SET refunded_milli = refunded_milli + back.quantity FROM {source} AS back
             WHERE sale_lines.sale_id = back.sale_id AND sale_lines.id = back.id"
        );
        tx.execute(&sql, [json.as_str().into()]).await?;
        let sql = format!(
            "UPDATE sales SET state = CASE WHEN EXISTS (
                 SELECT 1 FROM sale_lines AS line WHERE line.sale_id = sales.id AND line.refunded_milli < line.quantity_milli
             ) THEN 'partially_refunded' ELSE 'refunded' END
             WHERE id IN (SELECT sale_id FROM {source} AS back)"
        );
        tx.execute(&sql, [json.into()]).await?;
    }
    Ok(())
}
