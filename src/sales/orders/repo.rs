//! Reading sales: headers of a page first, then their lines, their money and their refunds, each in
//! one query.

pub mod refunds;
pub mod stored;

use std::collections::HashMap;

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, SaleLineId, UserId},
    paging::Page,
};
use store::{ColumnKind, ReadDb, Row, Tx, json_rows, to_json};
use uuid::Uuid;

use super::model::{
    Sale, SaleLine, SaleState,
    money::{Change, Payment},
};
use crate::{conditions::Conditions, error::SalesResult, shop_reader::TaxMode};

use stored::{MONEY_COLUMNS, Source, currency, payment_from, word};

const HEADER: &str = "SELECT id, number, state, currency, tax_mode, subtotal_minor, discount_minor, tax_minor, total_minor, rounding_minor, change_minor, location_id, cashier_id, note, external_number, occurred_at_us, recorded_at_us, voided_at_us, void_reason, recorded_by, entered_late FROM sales";

/// Which sales.
#[derive(Debug, Clone, Copy, Default)]
pub struct SaleFilter {
    /// Happened at or after.
    pub from: Option<Timestamp>,
    /// Happened before.
    pub until: Option<Timestamp>,
    /// In this state.
    pub state: Option<SaleState>,
    /// Sold by.
    pub cashier_id: Option<UserId>,
    /// With this number.
    pub number: Option<i64>,
    /// Entered late, or not.
    pub entered_late: Option<bool>,
}

/// One sale with all that belongs to it.
pub async fn find(read: &ReadDb, id: SaleId) -> SalesResult<Option<Sale>> {
    let rows = read
        .rows(&format!("{HEADER} WHERE id = $1"), [id.as_uuid().into()])
        .await?;
    Ok(complete(Source::Read(read), rows).await?.pop())
}

/// One sale with all that belongs to it, its row locked until the end of the transaction.
pub async fn lock(tx: &Tx, id: SaleId) -> SalesResult<Option<Sale>> {
    let sql = format!("{HEADER} WHERE id = $1{}", tx.dialect().for_update());
    let rows = tx.rows(&sql, [id.as_uuid().into()]).await?;
    Ok(complete(Source::Tx(tx), rows).await?.pop())
}

/// Sales with all that belongs to them, their rows locked in the order of their ids until the end of
/// the transaction; unknown ones are missing.
pub async fn lock_all(tx: &Tx, ids: &[SaleId]) -> SalesResult<Vec<Sale>> {
    let wanted = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let lock = tx.dialect().for_update();
    let sql = format!(
        "{HEADER} WHERE id IN (SELECT wanted.id FROM {wanted} AS wanted) ORDER BY id{lock}"
    );
    let ids: Vec<_> = ids.iter().map(|id| (id,)).collect();
    let rows = tx.rows(&sql, [to_json(&ids).into()]).await?;
    complete(Source::Tx(tx), rows).await
}

/// Sales with all that belongs to them; unknown ones are missing.
pub async fn find_in(tx: &Tx, ids: &[SaleId]) -> SalesResult<Vec<Sale>> {
    let wanted = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!("{HEADER} WHERE id IN (SELECT wanted.id FROM {wanted} AS wanted)");
    let ids: Vec<_> = ids.iter().map(|id| (id,)).collect();
    let rows = tx.rows(&sql, vec![to_json(&ids).into()]).await?;
    complete(Source::Tx(tx), rows).await
}

/// Sales, newest first, behind `before`.
pub async fn list(
    read: &ReadDb,
    filter: SaleFilter,
    before: Option<(i64, SaleId)>,
    limit: u32,
) -> SalesResult<Page<Sale>> {
    let mut conditions = Conditions::default();
    conditions.require_if("occurred_at_us >= ?", filter.from.map(Timestamp::micros));
    conditions.require_if("occurred_at_us < ?", filter.until.map(Timestamp::micros));
    conditions.require_if("state = ?", filter.state.map(SaleState::as_str));
    conditions.require_if("cashier_id = ?", filter.cashier_id.map(UserId::as_uuid));
    conditions.require_if("number = ?", filter.number);
    // As words, so that the partial index is seen to fit.
    if let Some(is_late) = filter.entered_late {
        conditions.push(if is_late {
            "entered_late"
        } else {
            "NOT entered_late"
        });
    }
    let before = before.map(|(at, id)| (at, id.as_uuid()));
    conditions.require_behind("occurred_at_us, id", before);
    let (conditions, values) = conditions.into_parts();
    let sql = format!(
        "{HEADER} WHERE {conditions} ORDER BY occurred_at_us DESC, id DESC LIMIT {}",
        i64::from(limit) + 1
    );
    let rows = read.rows(&sql, values).await?;
    let sales = complete(Source::Read(read), rows).await?;
    Ok(Page::from_probe(sales, limit))
}

async fn complete(source: Source<'_>, headers: Vec<Row>) -> SalesResult<Vec<Sale>> {
    let mut sales = headers
        .into_iter()
        .map(header_from)
        .collect::<SalesResult<Vec<_>>>()?;
    if sales.is_empty() {
        return Ok(sales);
    }
    let ids: Vec<_> = sales.iter().map(|sale| (sale.id,)).collect();
    let wanted = json_rows(source.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let mut lines = lines_of(source, &wanted, &to_json(&ids)).await?;
    let mut money = money_of(source, &wanted, &to_json(&ids)).await?;
    let refunded: Vec<SaleId> = sales
        .iter()
        .filter(|sale| sale.state.is_refunded())
        .map(|sale| sale.id)
        .collect();
    let mut refunds = refunds::of_sales(source, &refunded).await?;
    for sale in &mut sales {
        sale.lines = lines.remove(&sale.id).unwrap_or_default();
        (sale.payments, sale.change) = money.remove(&sale.id).unwrap_or_default();
        sale.refunds = refunds.remove(&sale.id).unwrap_or_default();
    }
    Ok(sales)
}

async fn lines_of(
    source: Source<'_>,
    wanted: &str,
    ids: &str,
) -> SalesResult<HashMap<SaleId, Vec<SaleLine>>> {
    let sql = format!(
        "SELECT line.sale_id, line.id, line.product_id, line.product_name, line.quantity_milli, line.unit_price_minor, line.discount_minor, line.tax_rate_bp, line.tax_minor, line.total_minor, line.refunded_milli, line.unit_cost_minor, line.cost_minor, line.unit
         FROM {wanted} AS wanted JOIN sale_lines AS line ON line.sale_id = wanted.id ORDER BY line.sale_id, line.id"
    );
    let mut lines: HashMap<SaleId, Vec<SaleLine>> = HashMap::new();
    for row in source.rows(&sql, vec![ids.into()]).await? {
        let line = SaleLine {
            id: SaleLineId::from_uuid(row.get(1)?),
            product_id: ProductId::from_uuid(row.get(2)?),
            product_name: row.get(3)?,
            quantity: Quantity::from_milli(row.get(4)?),
            unit: row.get(13)?,
            unit_price_minor: row.get(5)?,
            discount_minor: row.get(6)?,
            tax_rate_bp: row.get(7)?,
            tax_minor: row.get(8)?,
            total_minor: row.get(9)?,
            refunded_quantity: Quantity::from_milli(row.get(10)?),
            unit_cost_minor: row.get(11)?,
            cost_minor: row.get(12)?,
        };
        lines
            .entry(SaleId::from_uuid(row.get(0)?))
            .or_default()
            .push(line);
    }
    Ok(lines)
}

/// What came in for a sale, and what went out.
type Money = (Vec<Payment>, Vec<Change>);

async fn money_of(
    source: Source<'_>,
    wanted: &str,
    ids: &str,
) -> SalesResult<HashMap<SaleId, Money>> {
    let sql = format!(
        "SELECT payment.sale_id, payment.direction = 'in', {MONEY_COLUMNS}
         FROM {wanted} AS wanted JOIN payments AS payment ON payment.sale_id = wanted.id
         LEFT JOIN payment_accounts AS account ON account.id = payment.account_id
         ORDER BY payment.sale_id, payment.position"
    );
    let mut money: HashMap<SaleId, Money> = HashMap::new();
    for row in source.rows(&sql, vec![ids.into()]).await? {
        let (payments, change) = money.entry(SaleId::from_uuid(row.get(0)?)).or_default();
        let line = payment_from(&row, 2)?;
        if row.get(1)? {
            payments.push(line);
        } else {
            change.push(Change::of(
                line.currency,
                line.amount_minor,
                line.rate(),
                line.base_minor,
            ));
        }
    }
    Ok(money)
}

fn header_from(row: Row) -> SalesResult<Sale> {
    let cashier_id = UserId::from_uuid(row.get(12)?);
    let recorded_by = row.get::<Option<Uuid>>(19)?.map(UserId::from_uuid);
    Ok(Sale {
        id: SaleId::from_uuid(row.get(0)?),
        number: row.get(1)?,
        state: word(&row.get::<String>(2)?, SaleState::parse)?,
        currency: currency(&row.get::<String>(3)?)?,
        tax_mode: word(&row.get::<String>(4)?, TaxMode::parse)?,
        lines: Vec::new(),
        subtotal_minor: row.get(5)?,
        discount_minor: row.get(6)?,
        tax_minor: row.get(7)?,
        total_minor: row.get(8)?,
        rounding_minor: row.get(9)?,
        payments: Vec::new(),
        change: Vec::new(),
        change_minor: row.get(10)?,
        refunds: Vec::new(),
        location_id: LocationId::from_uuid(row.get::<Uuid>(11)?),
        cashier_id,
        recorded_by: recorded_by.unwrap_or(cashier_id),
        entered_late: row.get(20)?,
        note: row.get(13)?,
        external_number: row.get(14)?,
        occurred_at: Timestamp::from_micros(row.get(15)?),
        recorded_at: Timestamp::from_micros(row.get(16)?),
        voided_at: row.get::<Option<i64>>(17)?.map(Timestamp::from_micros),
        void_reason: row.get(18)?,
    })
}
