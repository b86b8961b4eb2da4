//! Sales that are entered late: by a till that was offline, or by a manager from its queue.
//!
//! A cashier may enter sales that are at most a day old (`sales.late_entry_hours`), since an old date
//! would choose an old rate and price. A line without a price takes the price of the time when it was
//! sold. Tax and cost are those of the time when it is recorded.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use kernel::{
    Amount, Code, FieldError, Permission, Problem, Timestamp,
    ids::{ProductId, UserId},
};
use serde_json::json;
use store::{ColumnKind, Tx, json_rows, to_json};

use super::model::{NewLine, NewSale, Sale};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::SalesResult,
};

/// A sale that arrives later than this after it happened is marked.
const LATE_SECONDS: i64 = 15 * 60;

/// Whether a sale is marked as entered late.
pub(super) fn is_late(occurred_at: Timestamp, arrived_at: Timestamp) -> bool {
    occurred_at < arrived_at.plus_seconds(-LATE_SECONDS)
}

/// Data about the past that the orders of a group need.
#[derive(Debug, Default)]
pub struct Past {
    late_entry_hours: i64,
    /// The price of a product at a time at which an order says that it was sold.
    prices: BTreeMap<(ProductId, Timestamp), Amount>,
    /// Those of the named cashiers who exist.
    sellers: BTreeSet<UserId>,
}

impl Past {
    /// Looks up what these orders name. If none names a time or a cashier, no query runs.
    pub(super) async fn look_up<'a>(
        tx: &Tx,
        late_entry_hours: i64,
        orders: impl Iterator<Item = &'a NewSale>,
    ) -> SalesResult<Self> {
        let (mut products, mut cashiers) = (BTreeSet::new(), BTreeSet::new());
        for order in orders {
            if let Some(at) = order.occurred_at {
                let unpriced = order.lines.iter();
                let unpriced = unpriced.filter(|line| line.unit_price_minor.is_none());
                products.extend(unpriced.map(|line| (line.product_id, at)));
            }
            cashiers.extend(order.cashier_id);
        }
        Ok(Self {
            late_entry_hours,
            prices: prices_at(tx, &products).await?,
            sellers: known_users(tx, &cashiers).await?,
        })
    }

    /// The cashier: the user who sends the sale, unless it names another one.
    ///
    /// # Errors
    /// `auth.forbidden` if the role may not name another cashier, `request.unknown_reference`.
    pub(super) fn seller(
        &self,
        actor: &Actor,
        sender: UserId,
        order: &NewSale,
    ) -> Result<UserId, Problem> {
        let Some(named) = order.cashier_id.filter(|named| *named != sender) else {
            return Ok(sender);
        };
        if !actor.may(Permission::EnterLateSales) {
            let detail = "Your role does not allow sales of somebody else.";
            return Err(Problem::new(Code::Forbidden, detail).at_pointer("/cashier_id"));
        }
        if !self.sellers.contains(&named) {
            let problem = Problem::new(Code::UnknownReference, "There is no such user.");
            return Err(problem.at_pointer("/cashier_id"));
        }
        Ok(named)
    }

    /// Refuses a sale that is older than the role may enter.
    ///
    /// # Errors
    /// `sale.too_late`.
    pub(super) fn check_age(
        &self,
        actor: &Actor,
        occurred_at: Timestamp,
        arrived_at: Timestamp,
    ) -> Result<(), Problem> {
        let hours = self.late_entry_hours;
        let oldest = arrived_at.plus_seconds(-hours.saturating_mul(3600));
        if occurred_at >= oldest || actor.may(Permission::EnterLateSales) {
            return Ok(());
        }
        let detail = format!("your role enters sales of the last {hours} hours");
        let error = FieldError::new("/occurred_at", Code::SaleTooLate.as_str(), detail);
        Err(Problem::of(Code::SaleTooLate).at(error.with("hours", hours)))
    }

    /// The lines of an order. Lines without a price get the price of the time that the order names.
    pub(super) fn with_prices<'a>(&self, order: &'a NewSale) -> Cow<'a, [NewLine]> {
        let Some(at) = order.occurred_at.filter(|_| !self.prices.is_empty()) else {
            return Cow::Borrowed(&order.lines);
        };
        let priced = order.lines.iter().map(|line| NewLine {
            unit_price_minor: line
                .unit_price_minor
                .or_else(|| self.prices.get(&(line.product_id, at)).copied()),
            ..line.clone()
        });
        priced.collect()
    }
}

store::selection! {
    Moment(id: ProductId, at: Timestamp)
    Price(price: Option<Amount>)
}

/// The price of each product at a time; before its first price, the first one.
async fn prices_at(
    tx: &Tx,
    wanted: &BTreeSet<(ProductId, Timestamp)>,
) -> SalesResult<BTreeMap<(ProductId, Timestamp), Amount>> {
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<_> = wanted.iter().map(|(id, at)| (id, at.micros())).collect();
    let columns = [("id", ColumnKind::Uuid), ("at", ColumnKind::Int)];
    let source = json_rows(tx.dialect(), 1, &columns);
    let of = |condition: &str, order: &str| {
        format!(
            "(SELECT price.price_minor FROM price_changes AS price WHERE price.product_id = wanted.id {condition}
              ORDER BY price.changed_at_us {order}, price.id {order} LIMIT 1)"
        )
    };
    let sql = format!(
        "SELECT wanted.id, wanted.at, COALESCE({}, {}) AS price FROM {source} AS wanted",
        of("AND price.changed_at_us <= wanted.at", "DESC"),
        of("", "ASC")
    );
    let prices = tx.select::<(Moment, Price)>(&sql, [to_json(&rows).into()]);
    let known = prices.await?.into_iter();
    Ok(known
        .filter_map(|(moment, price)| Some((moment, price?)))
        .collect())
}

async fn known_users(tx: &Tx, named: &BTreeSet<UserId>) -> SalesResult<BTreeSet<UserId>> {
    if named.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<_> = named.iter().map(|id| (id,)).collect();
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT person.id FROM {source} AS wanted JOIN users AS person ON person.id = wanted.id"
    );
    let ids = tx.values(&sql, [to_json(&rows).into()]).await?;
    Ok(ids.into_iter().collect())
}

/// Writes the audit log for a sale that was entered late or for another cashier.
pub(super) async fn record(tx: &Tx, actor: &Actor, sale: &Sale) -> SalesResult<()> {
    if !sale.entered_late && sale.recorded_by == sale.cashier_id {
        return Ok(());
    }
    let entry = Entry::of(Deed::SaleEnterLate, sale.id).after(json!({
        "number": sale.number,
        "total_minor": sale.total_minor,
        "cashier_id": sale.cashier_id,
        "entered_late": sale.entered_late,
        "occurred_at": sale.occurred_at,
        "recorded_at": sale.recorded_at,
    }));
    audit::record(tx, actor, sale.recorded_at, entry).await
}
