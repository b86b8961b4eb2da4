//! Refunds: goods and money go back line by line, never more than was sold.
//!
//! `shares` computes the value of a part, `draft` makes the document, and `payback` decides how the
//! money goes back. Resaleable goods return to stock with their cost, which changes the product's
//! average cost. Damaged goods do not return, and the shop bears their cost.

pub(crate) mod draft;
pub mod payback;
pub(crate) mod write;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use kernel::{
    Clock, Code, FieldError, Problem, Quantity, Timestamp,
    ids::{RefundId, SaleId, SaleLineId},
    paging::Page,
};
use store::Tx;

use super::{
    Orders, meters,
    model::{
        MAX_LINES, Sale, SaleState,
        money::Payment,
        refund::{Goods, NewRefund, NewRefundLine, Refund},
    },
    offers::{self, Rates},
    repeats::is_same_money,
    repo::{self, refunds::RefundFilter},
    tender::drawer::Drawer,
    write::numbers::{Numbered, take_numbers},
};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    changes,
    error::SalesResult,
    idempotency::{self, Answer, RequestKey},
    inventory::{
        costing::{self, Incoming},
        counting::CountsSince,
        held::Held,
        ledger::move_stock,
        movement::StockMove,
        products::lock_products,
    },
    rollups,
};
use draft::{Drafted, RefundParticulars, ReturnedPart, Returns, goods_minor};

impl Orders {
    /// Refunds lines of a sale.
    ///
    /// # Errors
    /// `resource.not_found`, `sale.wrong_state`, `refund.exceeds_sold`, `refund.exists`,
    /// `quantity.not_whole`, and those of the payments.
    pub async fn refund(
        &self,
        actor: &Actor,
        sale: SaleId,
        new: &NewRefund,
        key: Option<&RequestKey>,
    ) -> SalesResult<Answer> {
        let ctx = self.context();
        let asked_at = actor.asked_at(&*ctx.clock);
        let shop = ctx.shop.current().await?;
        let made = Mutex::new(None);
        let answer = idempotency::once(
            &ctx.write,
            &ctx.in_flight,
            &*ctx.clock,
            key,
            async |tx: &Tx| {
                let asked = (&*ctx.clock, asked_at);
                let drawer = Drawer::of(&shop);
                let sale = repo::lock(tx, sale)
                    .await?
                    .ok_or_else(|| Problem::not_found("sale"))?;
                // Checked under the lock: another request may just have written the same refund.
                if let Some(again) = recorded(tx, sale.id, new).await? {
                    return Ok(again);
                }
                let (refund, sold_at) = refund_in(tx, asked, actor, drawer, sale, new).await?;
                let moments = [refund.occurred_at, sold_at];
                changes::record_days(tx, shop.time_zone, refund.recorded_at, moments);
                let answer = Answer::first(201, &refund);
                *made.lock().unwrap_or_else(PoisonError::into_inner) = Some(refund);
                answer
            },
        )
        .await?;
        let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(refund) = made.filter(|_| !answer.is_replay) {
            meters::count_refund(&refund);
        }
        Ok(answer)
    }

    /// Lists refunds by the time when they happened, newest first. Cashiers see only those of their
    /// own sales.
    ///
    /// # Errors
    /// `resource.not_found` for an unknown sale or another cashier's.
    pub async fn refunds(
        &self,
        actor: &Actor,
        filter: RefundFilter,
        before: Option<(i64, RefundId)>,
        limit: u32,
    ) -> SalesResult<Page<Refund>> {
        if let Some(sale) = filter.sale_id {
            self.get(actor, sale).await?;
        }
        let filter = RefundFilter {
            cashier_id: self.visible_to(actor),
            ..filter
        };
        repo::refunds::list(&self.context().read, filter, before, limit).await
    }
}

/// Returns the recorded refund with the id of a request if it has the same content, whoever sends it
/// again.
async fn recorded(tx: &Tx, sale: SaleId, new: &NewRefund) -> SalesResult<Option<Answer>> {
    let Some(id) = new.id else { return Ok(None) };
    let Some(refund) = repo::refunds::find(tx, id).await? else {
        return Ok(None);
    };
    if refund.sale_id != sale || !says(new, &refund) {
        let detail = "Another refund with this id is recorded already.";
        return Err(Problem::new(Code::RefundExists, detail)
            .at_pointer("/id")
            .into());
    }
    Ok(Some(Answer {
        is_replay: true,
        ..Answer::first(200, &refund)?
    }))
}

/// Whether a request has the content of a refund. Payments are compared if the request names them.
fn says(new: &NewRefund, refund: &Refund) -> bool {
    let asked = new.lines.iter().map(|line| {
        let restock = line.goods == Goods::Resaleable;
        (line.sale_line_id, line.quantity, restock)
    });
    let given = refund.lines.iter();
    let given = given.map(|line| (line.sale_line_id, line.quantity, line.restock));
    let says_money = new.payments.as_ref().is_none_or(|payments| {
        payments.len() == refund.payments.len()
            && payments
                .iter()
                .zip(&refund.payments)
                .all(|(asked, paid)| is_same_money(asked, paid))
    });
    // The lines of a refund are stored in the order of the sale's lines.
    let (mut asked, mut given): (Vec<_>, Vec<_>) = (asked.collect(), given.collect());
    asked.sort_unstable();
    given.sort_unstable();
    says_money && new.reason == refund.reason && asked == given
}

/// Refunds a locked sale in the caller's transaction, and returns when the sale happened, too. The
/// refund happened when it was requested, and is recorded once the levels are locked.
async fn refund_in(
    tx: &Tx,
    (clock, asked_at): (&dyn Clock, Timestamp),
    actor: &Actor,
    drawer: Drawer,
    sale: Sale,
    new: &NewRefund,
) -> SalesResult<(Refund, Timestamp)> {
    if sale.state == SaleState::Voided {
        return Err(Problem::new(
            Code::SaleState,
            "The sale is voided; nothing of it can be refunded.",
        )
        .into());
    }
    let mut returns = Returns::of(&sale);
    let parts = price_refund(&sale, &mut returns, &new.lines)?;
    check_whole_units(&sale, &returns, &parts)?;
    let due = payback::Due {
        sale: &sale,
        goods_minor: goods_minor(&parts)?,
        completes: returns.is_whole(),
    };
    let payments = payments_of(tx, actor, asked_at, drawer, due, new).await?;
    let particulars = RefundParticulars {
        id: new.id,
        external_number: None,
        reason: new.reason.clone(),
        actor_id: actor.user_id.unwrap_or(sale.cashier_id),
        occurred_at: asked_at,
        recorded_at: asked_at,
    };
    let mut drafted = Drafted::of(&sale, parts, payments, particulars)?;
    let reason = reason_of(&sale, &new.reason);
    let recorded_at = take_goods_back(tx, clock, actor, &drafted, &reason).await?;
    drafted.refund.recorded_at = recorded_at;
    // The counter is locked after the levels, as everywhere.
    let mut numbers = take_numbers(tx, Numbered::Refund, 1).await?;
    drafted.refund.number = numbers.next().unwrap_or_default();
    write::insert(tx, std::slice::from_ref(&drafted), None).await?;
    write::mark(tx, std::iter::once(&drafted), MAX_LINES).await?;
    let refund = drafted.refund;
    let entry = Entry::of(Deed::SaleRefund, sale.id)
        .before(serde_json::json!({ "state": sale.state, "number": sale.number }))
        .after(&refund);
    audit::record(tx, actor, recorded_at, entry).await?;
    rollups::correct::add_refunds(tx, &[(sale.id, refund.id)]).await?;
    Ok((refund, sale.occurred_at))
}

/// Returns resaleable goods to stock at the cost at which they left. Returns the time at which the
/// levels were locked: that is when the refund is recorded.
async fn take_goods_back(
    tx: &Tx,
    clock: &dyn Clock,
    actor: &Actor,
    drafted: &Drafted,
    reason: &str,
) -> SalesResult<Timestamp> {
    lock_products(tx, drafted.restocked().map(|part| part.product_id)).await?;
    let back: Vec<StockMove> = drafted.moves(actor.user_id, Some(reason)).collect();
    let held = Held::take(tx, clock, back.iter().map(StockMove::level)).await?;
    let recorded_at = held.recorded_at;
    let incoming = Incoming::of(&back, drafted.restocked().map(|part| part.cost_minor));
    let counts = CountsSince::find(tx, &held.levels, back.iter()).await?;
    costing::take_in(tx, actor, &held, &counts, &incoming).await?;
    move_stock(tx, held, &back).await?;
    Ok(recorded_at)
}

/// Refuses a fraction of a product sold in whole units, unless it is the rest of its line.
fn check_whole_units(
    sale: &Sale,
    returns: &Returns,
    parts: &[ReturnedPart],
) -> Result<(), Problem> {
    for (position, part) in parts.iter().enumerate() {
        let line = &part.line;
        let completes = returns.left(line.sale_line_id) == Some(Quantity::ZERO);
        let mut sold = sale.lines.iter();
        let sold = sold.find(|sold| sold.id == line.sale_line_id);
        if !completes && sold.is_some_and(|sold| !line.quantity.fits(&sold.unit)) {
            return Err(Problem::of(Code::FractionalQuantity)
                .at_pointer(format!("/lines/{position}/quantity")));
        }
    }
    Ok(())
}

/// The reason of the movement. Goods of an imported sale never left this stock: they add to it, and
/// the ledger says so.
fn reason_of(sale: &Sale, reason: &str) -> String {
    match &sale.external_number {
        Some(number) if sale.is_imported => {
            format!("{reason} (goods of the imported sale {number} come in)")
        }
        _ => reason.to_owned(),
    }
}

/// The money that goes out: as requested, or the way it came. A currency of the sale keeps its rate;
/// others use the present rate.
async fn payments_of(
    tx: &Tx,
    actor: &Actor,
    at: Timestamp,
    drawer: Drawer,
    due: payback::Due<'_>,
    new: &NewRefund,
) -> SalesResult<Vec<Payment>> {
    let Some(offered) = &new.payments else {
        return payback::pay_back(due, drawer);
    };
    let sale = due.sale;
    let paid = sale
        .payments
        .iter()
        .map(|line| (line.currency, line.rate()));
    let change = sale.change.iter().map(|line| (line.currency, line.rate()));
    let mut rates = Rates::new(drawer.base, at).with(paid.chain(change));
    let payments = offers::payments(tx, actor, offered, &mut rates).await?;
    payback::check_payments(due, &payments, drawer)?;
    Ok(payments)
}

/// The value of each part. Pure.
///
/// # Errors
/// `request.unknown_reference` for a line of another sale, `refund.exceeds_sold`, or a line that is
/// named twice; all errors at once.
fn price_refund(
    sale: &Sale,
    returns: &mut Returns,
    lines: &[NewRefundLine],
) -> Result<Vec<ReturnedPart>, Problem> {
    let mut priced = Vec::with_capacity(lines.len());
    let mut faults: Option<Problem> = None;
    let mut fault = |code: Code, pointer: String, detail: String, left: Option<Quantity>| {
        let mut error = FieldError::new(pointer, code.as_str(), detail);
        if let Some(left) = left {
            error = error.with("available", serde_json::to_value(left).unwrap_or_default());
        }
        faults = Some(faults.take().unwrap_or_else(|| Problem::of(code)).at(error));
    };
    // What was left of the lines named so far, before this refund.
    let mut seen: BTreeMap<SaleLineId, Quantity> = BTreeMap::new();
    for (position, wanted) in lines.iter().enumerate() {
        let pointer = format!("/lines/{position}");
        let id = wanted.sale_line_id;
        let Some(left) = returns.left(id) else {
            fault(
                Code::UnknownReference,
                format!("{pointer}/sale_line_id"),
                "is no line of this sale".to_owned(),
                None,
            );
            continue;
        };
        if let Some(left) = seen.get(&id) {
            fault(
                Code::RefundExceedsSold,
                format!("{pointer}/sale_line_id"),
                "is named twice".to_owned(),
                Some(*left),
            );
            continue;
        }
        seen.insert(id, left);
        if let Some(part) = returns.take(sale, id, wanted.quantity, wanted.goods) {
            priced.push(part);
        } else {
            let detail = format!(
                "{} to refund, {left} left of what was sold",
                wanted.quantity
            );
            fault(
                Code::RefundExceedsSold,
                format!("{pointer}/quantity"),
                detail,
                Some(left),
            );
        }
    }
    faults.map_or(Ok(priced), Err)
}

#[cfg(test)]
mod tests;
