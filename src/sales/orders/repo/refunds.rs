//! Reads refunds: first the headers of a page, then lines and money, each in one query.

use std::collections::HashMap;

use kernel::{
    Timestamp,
    ids::{RefundId, SaleId, UserId},
    paging::Page,
};
use store::{ColumnKind, ReadDb, Source, Tx, json_rows, selection, to_json};

use super::{
    super::model::{
        money::Payment,
        refund::{Refund, RefundLine},
    },
    stored::MoneyLine,
};
use crate::{conditions::Conditions, error::SalesResult};

selection! {
    /// A refund without what belongs to it.
    Header of Refund in refund {
        id, number, sale_id, total_minor, tax_minor, rounding_minor, reason, actor_id,
        occurred_at = occurred_at_us, recorded_at = recorded_at_us,
    } with { lines: Vec::new(), payments: Vec::new() }

    OfRefund(refund_id: RefundId)

    Line of RefundLine in part {
        sale_line_id, quantity = quantity_milli, total_minor, tax_minor, restock,
    }
}

/// A filter for refunds.
#[derive(Debug, Clone, Copy, Default)]
pub struct RefundFilter {
    /// Earliest time when it happened.
    pub from: Option<Timestamp>,
    /// End of that time, not included.
    pub until: Option<Timestamp>,
    /// Only refunds of this sale.
    pub sale_id: Option<SaleId>,
    /// Only refunds of this cashier's sales.
    pub cashier_id: Option<UserId>,
    /// Only the refund with this number.
    pub number: Option<i64>,
}

/// Reads refunds after `before`, newest first by when they happened.
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
        "SELECT {} FROM refunds AS refund WHERE {conditions} ORDER BY refund.occurred_at_us DESC, refund.id DESC LIMIT {}",
        Header::SELECT,
        i64::from(limit) + 1
    );
    let refunds = read.select::<Header>(&sql, values).await?;
    let refunds = complete(Source::Read(read), refunds).await?;
    Ok(Page::from_probe(refunds, limit))
}

/// Reads a complete refund.
pub(in crate::orders) async fn find(tx: &Tx, id: RefundId) -> SalesResult<Option<Refund>> {
    let columns = Header::SELECT;
    let sql = format!("SELECT {columns} FROM refunds AS refund WHERE refund.id = $1");
    let refunds = tx.select::<Header>(&sql, [id.as_uuid().into()]).await?;
    Ok(complete(Source::Tx(tx), refunds).await?.pop())
}

/// Reads the refunds of sales, in the order of their numbers for each sale.
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
        "SELECT {} FROM {wanted} AS wanted JOIN refunds AS refund ON refund.sale_id = wanted.id ORDER BY refund.number",
        Header::SELECT
    );
    let found = source.select::<Header>(&sql, [to_json(&ids).into()]);
    for refund in complete(source, found.await?).await? {
        refunds.entry(refund.sale_id).or_default().push(refund);
    }
    Ok(refunds)
}

async fn complete(source: Source<'_>, mut refunds: Vec<Refund>) -> SalesResult<Vec<Refund>> {
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

async fn lines_of(
    source: Source<'_>,
    wanted: &str,
    ids: &str,
) -> SalesResult<HashMap<RefundId, Vec<RefundLine>>> {
    let sql = format!(
        "SELECT part.refund_id, {} FROM {wanted} AS wanted JOIN refund_lines AS part ON part.refund_id = wanted.id ORDER BY part.refund_id, part.sale_line_id",
        Line::SELECT
    );
    let mut lines: HashMap<RefundId, Vec<RefundLine>> = HashMap::new();
    let rows = source.select::<(OfRefund, Line)>(&sql, [ids.into()]);
    for (refund, line) in rows.await? {
        lines.entry(refund).or_default().push(line);
    }
    Ok(lines)
}

async fn payments_of(
    source: Source<'_>,
    wanted: &str,
    ids: &str,
) -> SalesResult<HashMap<RefundId, Vec<Payment>>> {
    let sql = format!(
        "SELECT payment.refund_id, {}
         FROM {wanted} AS wanted JOIN refund_payments AS payment ON payment.refund_id = wanted.id
         LEFT JOIN payment_accounts AS account ON account.id = payment.account_id
         ORDER BY payment.refund_id, payment.position",
        MoneyLine::SELECT
    );
    let mut payments: HashMap<RefundId, Vec<Payment>> = HashMap::new();
    let rows = source.select::<(OfRefund, MoneyLine)>(&sql, [ids.into()]);
    for (refund, payment) in rows.await? {
        payments.entry(refund).or_default().push(payment);
    }
    Ok(payments)
}
