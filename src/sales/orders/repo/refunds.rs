//! Refunds in the database: headers of a page first, then their lines and their money, each in one
//! query.

use std::collections::HashMap;

use kernel::{
    Quantity, Timestamp,
    ids::{RefundId, SaleId, SaleLineId, UserId},
    paging::Page,
};
use store::{ColumnKind, ReadDb, Row, Tx, json_rows, to_json};

use super::{
    super::model::{
        money::Payment,
        refund::{Refund, RefundLine},
    },
    stored::{MONEY_COLUMNS, Source, payment_from},
};
use crate::{conditions::Conditions, error::SalesResult};

const HEADER: &str = "SELECT refund.id, refund.number, refund.sale_id, refund.total_minor, refund.tax_minor, refund.rounding_minor, refund.reason, refund.actor_id, refund.occurred_at_us, refund.recorded_at_us";

/// Which refunds.
#[derive(Debug, Clone, Copy, Default)]
pub struct RefundFilter {
    /// Happened at or after.
    pub from: Option<Timestamp>,
    /// Happened before.
    pub until: Option<Timestamp>,
    /// Of one sale.
    pub sale_id: Option<SaleId>,
    /// Of the sales of one cashier.
    pub cashier_id: Option<UserId>,
    /// With this number.
    pub number: Option<i64>,
}

/// Refunds, newest first by when they happened, behind `before`.
pub async fn list(
    read: &ReadDb,
    filter: RefundFilter,
    before: Option<(i64, RefundId)>,
    limit: u32,
) -> SalesResult<Page<Refund>> {
    let mut conditions = Conditions::default();
    let (from, until) = (filter.from, filter.until);
    conditions.require_if("refund.occurred_at_us >= ?", from.map(Timestamp::micros));
    conditions.require_if("refund.occurred_at_us < ?", until.map(Timestamp::micros));
    conditions.require_if("refund.sale_id = ?", filter.sale_id.map(SaleId::as_uuid));
    conditions.require_if("refund.number = ?", filter.number);
    let own = "EXISTS (SELECT 1 FROM sales AS sale WHERE sale.id = refund.sale_id AND sale.cashier_id = ?)";
    conditions.require_if(own, filter.cashier_id.map(UserId::as_uuid));
    let before = before.map(|(at, id)| (at, id.as_uuid()));
    conditions.require_behind("refund.occurred_at_us, refund.id", before);
    let (conditions, values) = conditions.into_parts();
    let sql = format!(
        "{HEADER} FROM refunds AS refund WHERE {conditions} ORDER BY refund.occurred_at_us DESC, refund.id DESC LIMIT {}",
        i64::from(limit) + 1
    );
    let rows = read.rows(&sql, values).await?;
    let refunds = complete(Source::Read(read), rows).await?;
    Ok(Page::from_probe(refunds, limit))
}

/// One refund with all that belongs to it.
pub(in crate::orders) async fn find(tx: &Tx, id: RefundId) -> SalesResult<Option<Refund>> {
    let sql = format!("{HEADER} FROM refunds AS refund WHERE refund.id = $1");
    let rows = tx.rows(&sql, [id.as_uuid().into()]).await?;
    Ok(complete(Source::Tx(tx), rows).await?.pop())
}

/// The refunds of sales, each sale's in the order of their numbers.
pub(super) async fn of_sales(
    source: Source<'_>,
    sales: &[SaleId],
) -> SalesResult<HashMap<SaleId, Vec<Refund>>> {
    let mut refunds: HashMap<SaleId, Vec<Refund>> = HashMap::new();
    if sales.is_empty() {
        return Ok(refunds);
    }
    let wanted = json_rows(source.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let ids: Vec<_> = sales.iter().map(|id| (id,)).collect();
    let sql = format!(
        "{HEADER} FROM {wanted} AS wanted JOIN refunds AS refund ON refund.sale_id = wanted.id ORDER BY refund.number"
    );
    let rows = source.rows(&sql, vec![to_json(&ids).into()]).await?;
    for refund in complete(source, rows).await? {
        refunds.entry(refund.sale_id).or_default().push(refund);
    }
    Ok(refunds)
}

async fn complete(source: Source<'_>, headers: Vec<Row>) -> SalesResult<Vec<Refund>> {
    let mut refunds = headers
        .iter()
        .map(header_from)
        .collect::<SalesResult<Vec<_>>>()?;
    if refunds.is_empty() {
        return Ok(refunds);
    }
    let ids: Vec<_> = refunds.iter().map(|refund| (refund.id,)).collect();
    let wanted = json_rows(source.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let ids = to_json(&ids);
    let mut lines = lines_of(source, &wanted, &ids).await?;
    let mut payments = payments_of(source, &wanted, &ids).await?;
    for refund in &mut refunds {
        refund.lines = lines.remove(&refund.id).unwrap_or_default();
        refund.payments = payments.remove(&refund.id).unwrap_or_default();
    }
    Ok(refunds)
}

fn header_from(row: &Row) -> SalesResult<Refund> {
    Ok(Refund {
        id: RefundId::from_uuid(row.get(0)?),
        number: row.get(1)?,
        sale_id: SaleId::from_uuid(row.get(2)?),
        lines: Vec::new(),
        total_minor: row.get(3)?,
        tax_minor: row.get(4)?,
        rounding_minor: row.get(5)?,
        payments: Vec::new(),
        reason: row.get(6)?,
        actor_id: UserId::from_uuid(row.get(7)?),
        occurred_at: Timestamp::from_micros(row.get(8)?),
        recorded_at: Timestamp::from_micros(row.get(9)?),
    })
}

async fn lines_of(
    source: Source<'_>,
    wanted: &str,
    ids: &str,
) -> SalesResult<HashMap<RefundId, Vec<RefundLine>>> {
    let sql = format!(
        "SELECT part.refund_id, part.sale_line_id, part.quantity_milli, part.total_minor, part.tax_minor, part.restock
         FROM {wanted} AS wanted JOIN refund_lines AS part ON part.refund_id = wanted.id ORDER BY part.refund_id, part.sale_line_id"
    );
    let mut lines: HashMap<RefundId, Vec<RefundLine>> = HashMap::new();
    for row in source.rows(&sql, vec![ids.into()]).await? {
        let line = RefundLine {
            sale_line_id: SaleLineId::from_uuid(row.get(1)?),
            quantity: Quantity::from_milli(row.get(2)?),
            total_minor: row.get(3)?,
            tax_minor: row.get(4)?,
            restock: row.get(5)?,
        };
        lines
            .entry(RefundId::from_uuid(row.get(0)?))
            .or_default()
            .push(line);
    }
    Ok(lines)
}

async fn payments_of(
    source: Source<'_>,
    wanted: &str,
    ids: &str,
) -> SalesResult<HashMap<RefundId, Vec<Payment>>> {
    let sql = format!(
        "SELECT payment.refund_id, {MONEY_COLUMNS}
         FROM {wanted} AS wanted JOIN refund_payments AS payment ON payment.refund_id = wanted.id
         LEFT JOIN payment_accounts AS account ON account.id = payment.account_id
         ORDER BY payment.refund_id, payment.position"
    );
    let mut payments: HashMap<RefundId, Vec<Payment>> = HashMap::new();
    for row in source.rows(&sql, vec![ids.into()]).await? {
        payments
            .entry(RefundId::from_uuid(row.get(0)?))
            .or_default()
            .push(payment_from(&row, 1)?);
    }
    Ok(payments)
}
