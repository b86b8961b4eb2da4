//! Sales that are sent again: under another key, by another user, or from another till's queue. The
//! content of the request is compared with the recorded sale, not with a stored answer. If they are
//! the same, anybody who may sell gets the sale as it is now.

use std::collections::HashMap;

use kernel::{
    Code, Problem, Timestamp,
    ids::{LocationId, SaleId},
    money,
};
use store::Tx;

use super::{
    model::{
        NewLine, NewSale, Sale, SaleLine,
        money::{NewPayment, Payment, PaymentMethod},
    },
    repo,
};
use crate::{
    error::{SalesError, SalesResult},
    idempotency::Answer,
    inventory::documents::MAX_AHEAD_SECONDS,
};

/// The verdicts on orders whose sale is already recorded, by position. `default` is the location of
/// orders that name none.
pub(super) async fn recorded(
    tx: &Tx,
    orders: &[(usize, &NewSale)],
    default: LocationId,
) -> SalesResult<Vec<(usize, SalesResult<Answer>)>> {
    let named: Vec<(usize, SaleId, &NewSale)> = orders
        .iter()
        .filter_map(|(place, order)| Some((*place, order.id?, *order)))
        .collect();
    let ids: Vec<SaleId> = named.iter().map(|(_, id, _)| *id).collect();
    let sales = repo::find_in(tx, &ids).await?;
    let sales: HashMap<SaleId, Sale> = sales.into_iter().map(|sale| (sale.id, sale)).collect();
    named
        .into_iter()
        .filter_map(|(place, id, order)| Some((place, order, sales.get(&id)?)))
        .map(|(place, order, sale)| Ok((place, verdict(order, sale, default)?)))
        .collect()
}

fn verdict(order: &NewSale, sale: &Sale, default: LocationId) -> SalesResult<SalesResult<Answer>> {
    if !says(order, sale, default) {
        let detail = "Another sale with this id is recorded already.";
        let problem = Problem::new(Code::SaleExists, detail).at_pointer("/id");
        return Ok(Err(SalesError::from(problem)));
    }
    let again = Answer {
        is_replay: true,
        ..Answer::first(200, sale)?
    };
    Ok(Ok(again))
}

/// Whether an order has the content of a sale. What it leaves open (prices, rates, the time) was
/// decided when the sale was recorded.
fn says(order: &NewSale, sale: &Sale, default: LocationId) -> bool {
    says_lines(order, sale)
        && says_payments(order, sale)
        && says_change(order, sale)
        && order.location_id.unwrap_or(default) == sale.location_id
        && order
            .occurred_at
            .is_none_or(|at| is_same_moment(at, sale.occurred_at))
        && order.cashier_id.is_none_or(|by| by == sale.cashier_id)
        && order.note == sale.note
        && order.external_number == sale.external_number
        && order.discount_reason == sale.discount_reason
}

/// A clock that runs ahead may name a future time, which was recorded as the time of arrival.
fn is_same_moment(asked: Timestamp, recorded: Timestamp) -> bool {
    (recorded..=recorded.plus_seconds(MAX_AHEAD_SECONDS)).contains(&asked)
}

fn says_lines(order: &NewSale, sale: &Sale) -> bool {
    // A discount on the cart is part of the lines' discounts.
    let own = order.lines.iter().map(|line| line.discount_minor);
    let discounts = money::sum(own.chain([order.discount_minor]));
    let of_lines = |(asked, sold): (&NewLine, &SaleLine)| {
        asked.product_id == sold.product_id
            && asked.quantity == sold.quantity
            && asked
                .unit_price_minor
                .is_none_or(|price| price == sold.unit_price_minor)
            && asked.discount_minor <= sold.discount_minor
    };
    order.lines.len() == sale.lines.len()
        && discounts == Ok(sale.discount_minor)
        && order.lines.iter().zip(&sale.lines).all(of_lines)
}

fn says_payments(order: &NewSale, sale: &Sale) -> bool {
    let Some(offered) = &order.payments else {
        // The exact total in cash was assumed.
        return sale.payments.iter().all(|paid| {
            paid.method == PaymentMethod::Cash
                && paid.currency == sale.currency
                && paid.reference.is_none()
        }) && sale.payments.len() <= 1
            && sale.change_minor == 0;
    };
    offered.len() == sale.payments.len()
        && offered
            .iter()
            .zip(&sale.payments)
            .all(|(asked, paid)| is_same_money(asked, paid))
}

/// Whether a requested payment is the recorded one.
pub(super) fn is_same_money(asked: &NewPayment, paid: &Payment) -> bool {
    asked.method == paid.method
        && asked.account == paid.account
        && asked.currency == paid.currency
        && asked.amount_minor == paid.amount_minor
        && asked.reference == paid.reference
        && asked.rate.is_none_or(|rate| rate == paid.rate())
}

fn says_change(order: &NewSale, sale: &Sale) -> bool {
    let Some(asked) = &order.change else {
        return sale
            .change
            .iter()
            .all(|given| given.currency == sale.currency);
    };
    let asked = asked.iter().map(|line| (line.currency, line.amount_minor));
    let given = sale
        .change
        .iter()
        .map(|line| (line.currency, line.amount_minor));
    asked
        .filter(|(_, amount)| *amount != 0)
        .eq(given.filter(|(_, amount)| *amount != 0))
}
