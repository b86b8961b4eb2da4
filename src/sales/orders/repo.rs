//! Reads sales: first the headers of a page, then lines, money and refunds, each in one query.

pub mod list;
pub mod refunds;
pub mod stored;

use std::collections::HashMap;

use kernel::ids::SaleId;
use store::{ColumnKind, ReadDb, Source, Tx, json_rows, selection, to_json};

use super::model::{
    Sale, SaleLine,
    money::{Change, Payment},
};
use crate::error::SalesResult;

use stored::MoneyLine;

selection! {
    /// A sale without what belongs to it.
    Header of Sale in sale {
        id, number, state, currency, tax_mode, subtotal_minor, discount_minor, tax_minor, total_minor,
        rounding_minor, change_minor, location_id, cashier_id,
        recorded_by = "COALESCE(sale.recorded_by, sale.cashier_id)",
        entered_late, note, external_number, discount_reason,
        is_imported = "(sale.import_id IS NOT NULL)", occurred_at = occurred_at_us, recorded_at = recorded_at_us,
        voided_at = voided_at_us, void_reason,
    } with { lines: Vec::new(), payments: Vec::new(), change: Vec::new(), refunds: Vec::new() }

    OfSale in line (sale_id: SaleId)

    Line of SaleLine in line {
        id, product_id, product_name, quantity = quantity_milli, unit, unit_price_minor, discount_minor,
        tax_rate_bp, tax_minor, total_minor, refunded_quantity = refunded_milli, unit_cost_minor,
        cost_minor,
    }

    Moved(sale_id: SaleId, came_in: bool)
}

/// The query of sales with a condition.
fn of_sales(condition: &str) -> String {
    format!(
        "SELECT {} FROM sales AS sale WHERE {condition}",
        Header::SELECT
    )
}

/// Reads a complete sale.
pub async fn find(read: &ReadDb, id: SaleId) -> SalesResult<Option<Sale>> {
    let sql = of_sales("sale.id = $1");
    let sales = read.select::<Header>(&sql, [id.as_uuid().into()]);
    Ok(complete(Source::Read(read), sales.await?).await?.pop())
}

/// Reads a complete sale and locks its row until the end of the transaction.
pub async fn lock(tx: &Tx, id: SaleId) -> SalesResult<Option<Sale>> {
    let sql = of_sales(&format!("sale.id = $1{}", tx.dialect().for_update()));
    let sales = tx.select::<Header>(&sql, [id.as_uuid().into()]).await?;
    Ok(complete(Source::Tx(tx), sales).await?.pop())
}

/// Reads complete sales and locks their rows, in the order of their ids, until the end of the
/// transaction. Unknown ids are left out.
pub async fn lock_all(tx: &Tx, ids: &[SaleId]) -> SalesResult<Vec<Sale>> {
    let lock = tx.dialect().for_update();
    find_with(tx, ids, &format!(" ORDER BY sale.id{lock}")).await
}

/// Reads complete sales. Unknown ids are left out.
pub async fn find_in(tx: &Tx, ids: &[SaleId]) -> SalesResult<Vec<Sale>> {
    find_with(tx, ids, "").await
}

async fn find_with(tx: &Tx, ids: &[SaleId], rest: &str) -> SalesResult<Vec<Sale>> {
    let wanted = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = of_sales(&format!(
        "sale.id IN (SELECT wanted.id FROM {wanted} AS wanted){rest}"
    ));
    let ids: Vec<_> = ids.iter().map(|id| (id,)).collect();
    let sales = tx.select::<Header>(&sql, [to_json(&ids).into()]).await?;
    complete(Source::Tx(tx), sales).await
}

async fn complete(source: Source<'_>, mut sales: Vec<Sale>) -> SalesResult<Vec<Sale>> {
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
        "SELECT {}, {} FROM {wanted} AS wanted JOIN sale_lines AS line ON line.sale_id = wanted.id ORDER BY line.sale_id, line.id",
        OfSale::SELECT,
        Line::SELECT
    );
    let mut lines: HashMap<SaleId, Vec<SaleLine>> = HashMap::new();
    for (sale, line) in source.select::<(OfSale, Line)>(&sql, [ids.into()]).await? {
        lines.entry(sale).or_default().push(line);
    }
    Ok(lines)
}

/// The money that came in for a sale and the money that went out.
type SaleMoney = (Vec<Payment>, Vec<Change>);

async fn money_of(
    source: Source<'_>,
    wanted: &str,
    ids: &str,
) -> SalesResult<HashMap<SaleId, SaleMoney>> {
    let sql = format!(
        "SELECT payment.sale_id, payment.direction = 'in' AS came_in, {}
         FROM {wanted} AS wanted JOIN payments AS payment ON payment.sale_id = wanted.id
         LEFT JOIN payment_accounts AS account ON account.id = payment.account_id
         ORDER BY payment.sale_id, payment.position",
        MoneyLine::SELECT
    );
    let mut money: HashMap<SaleId, SaleMoney> = HashMap::new();
    let rows = source.select::<(Moved, MoneyLine)>(&sql, [ids.into()]);
    for ((sale, came_in), line) in rows.await? {
        let (payments, change) = money.entry(sale).or_default();
        if came_in {
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
