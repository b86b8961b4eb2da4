//! Sales, refunds and voids as those who watch get them.

use std::collections::HashMap;

use kernel::{
    Amount, Currency, Timestamp,
    ids::{LocationId, RefundId, SaleId, UserId},
};
use serde::Serialize;
use store::{ColumnKind, ReadDb, json_rows, selection, to_json};
use utoipa::ToSchema;

use crate::{error::SalesResult, orders::model::SaleState};

/// A sale that was recorded. `GET /sales/{id}` has its lines and payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SaleMade {
    /// Id of the sale.
    pub id: SaleId,
    /// The sale's number, without gaps.
    pub number: i64,
    /// Its state when the event was made: a stream that is resumed may find it voided already.
    pub state: SaleState,
    /// The shop's base currency.
    pub currency: Currency,
    /// The amount due, minor units of `currency`, with tax and after discounts.
    pub total_minor: Amount,
    /// The location from which the goods left.
    pub location_id: LocationId,
    /// The user who sold.
    pub cashier_id: UserId,
    /// The present name of the user who sold.
    pub cashier_name: String,
    /// True when it arrived more than 15 minutes after it happened.
    pub entered_late: bool,
    /// When the sale happened.
    pub occurred_at: Timestamp,
    /// When the sale was recorded.
    pub recorded_at: Timestamp,
}

/// A refund that was recorded. `GET /sales/{id}/refunds` has its lines and payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RefundMade {
    /// Id of the refund.
    pub id: RefundId,
    /// The refund's number, without gaps.
    pub number: i64,
    /// The sale that goods came back from.
    pub sale_id: SaleId,
    /// The number of the sale that was refunded.
    pub sale_number: i64,
    /// The shop's base currency.
    pub currency: Currency,
    /// What the returned goods were worth, minor units of `currency`, with tax.
    pub total_minor: Amount,
    /// Why the goods came back.
    pub reason: String,
    /// The cashier of the sale.
    pub cashier_id: UserId,
    /// The user who refunded.
    pub actor_id: UserId,
    /// The present name of the user who refunded.
    pub actor_name: String,
    /// When the refund happened.
    pub occurred_at: Timestamp,
    /// When the refund was recorded.
    pub recorded_at: Timestamp,
}

/// A sale that was voided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VoidedSale {
    /// Id of the sale.
    pub id: SaleId,
    /// The sale's number.
    pub number: i64,
    /// The shop's base currency.
    pub currency: Currency,
    /// The amount that was due, minor units of `currency`.
    pub total_minor: Amount,
    /// The user who had sold.
    pub cashier_id: UserId,
    /// The user who voided it; null for the command line.
    pub voided_by: Option<UserId>,
    /// Why it was voided.
    pub void_reason: String,
    /// When it was voided.
    pub voided_at: Timestamp,
}

selection! {
    SoldRow of SaleMade in sale {
        id, number, state, currency, total_minor, location_id, cashier_id,
        cashier_name = "cashier.name", entered_late,
        occurred_at = occurred_at_us, recorded_at = recorded_at_us,
    }
    SaleOrigin in sale (is_imported: bool = "(sale.import_id IS NOT NULL)")

    RefundedRow of RefundMade in refund {
        id, number, sale_id, sale_number = "sale.number", currency = "sale.currency", total_minor,
        reason, cashier_id = "sale.cashier_id", actor_id, actor_name = "actor.name",
        occurred_at = occurred_at_us, recorded_at = recorded_at_us,
    }
    RefundOrigin in refund (is_imported: bool = "(refund.import_id IS NOT NULL)")

    VoidRow of VoidedSale in sale {
        id, number, currency, total_minor, cashier_id, voided_by, void_reason,
        voided_at = voided_at_us,
    }
}

/// The sales behind a number and up to another one, each with whether it came with a file.
pub(super) async fn sales(
    read: &ReadDb,
    after: i64,
    up_to: i64,
    limit: u32,
) -> SalesResult<Vec<(bool, SaleMade)>> {
    let (origin, columns) = (SaleOrigin::SELECT, SoldRow::SELECT);
    let sql = format!(
        "SELECT {origin}, {columns} FROM sales AS sale JOIN users AS cashier ON cashier.id = sale.cashier_id
         WHERE sale.number > $1 AND sale.number <= $2 ORDER BY sale.number LIMIT $3"
    );
    let values = [after.into(), up_to.into(), i64::from(limit).into()];
    Ok(read.select::<(SaleOrigin, SoldRow)>(&sql, values).await?)
}

/// The refunds behind a number and up to another one, each with whether it came with a file.
pub(super) async fn refunds(
    read: &ReadDb,
    after: i64,
    up_to: i64,
    limit: u32,
) -> SalesResult<Vec<(bool, RefundMade)>> {
    let (origin, columns) = (RefundOrigin::SELECT, RefundedRow::SELECT);
    let sql = format!(
        "SELECT {origin}, {columns} FROM refunds AS refund
         JOIN sales AS sale ON sale.id = refund.sale_id JOIN users AS actor ON actor.id = refund.actor_id
         WHERE refund.number > $1 AND refund.number <= $2 ORDER BY refund.number LIMIT $3"
    );
    let values = [after.into(), up_to.into(), i64::from(limit).into()];
    Ok(read
        .select::<(RefundOrigin, RefundedRow)>(&sql, values)
        .await?)
}

/// The voided sales among these.
pub(super) async fn voids(
    read: &ReadDb,
    ids: &[SaleId],
) -> SalesResult<HashMap<SaleId, VoidedSale>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<_> = ids.iter().map(|id| (id,)).collect();
    let wanted = json_rows(read.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let columns = VoidRow::SELECT;
    let sql = format!(
        "SELECT {columns} FROM {wanted} AS wanted JOIN sales AS sale ON sale.id = wanted.id WHERE sale.state = 'voided'"
    );
    let found = read
        .select::<VoidRow>(&sql, [to_json(&rows).into()])
        .await?;
    Ok(found.into_iter().map(|sale| (sale.id, sale)).collect())
}
