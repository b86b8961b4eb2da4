//! Refunds: goods and money come back, line by line, never more than was sold.
//!
//! What a part is worth is worked out in `shares`. Resaleable goods go back to stock with their
//! cost, which moves the average of the product; damaged goods stay out, and their cost stays with the
//! shop. How the money goes back is
//! worked out in `payback`.

pub mod http;
pub mod payback;
pub mod repo;

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    Clock, Code, FieldError, Problem, Quantity, Timestamp,
    ids::{RefundId, SaleId, SaleLineId, UserId},
    money,
    paging::Page,
};
use serde::Serialize;
use store::Tx;

use super::{
    Orders,
    model::{NewPayment, Payment, Sale, SaleLine, SaleState},
    offers::{self, Rates},
    repeats::is_same_money,
    repo as sales,
    shares::{LineShares, PaidBack},
    tender::Drawer,
    write::{Numbered, take_numbers},
};
use crate::{
    actor::Actor,
    audit::{self, Deed},
    changes,
    error::SalesResult,
    idempotency::{self, Answer, RequestKey},
    inventory::{
        costing::{self, Incoming},
        counting::CountsSince,
        held::Held,
        ledger::{MovementKind, StockMove, move_stock},
        products::lock_products,
    },
    rollups,
};

/// A refund that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// The client's own id for it.
    pub id: Option<RefundId>,
    /// What comes back.
    pub lines: Vec<NewRefundLine>,
    /// How the money goes back; the way it came when absent.
    pub payments: Option<Vec<NewPayment>>,
    /// Why.
    pub reason: String,
}

/// A line that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRefundLine {
    /// Of which line of the sale.
    pub sale_line_id: SaleLineId,
    /// How much.
    pub quantity: Quantity,
    /// Whether it can be sold again.
    pub goods: Goods,
}

/// What happens to goods that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goods {
    /// They go back on the shelf.
    Resaleable,
    /// They are damaged, eaten or lost.
    Damaged,
}

/// A line of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefundLine {
    /// Of which line of the sale.
    pub sale_line_id: SaleLineId,
    /// How much.
    pub quantity: Quantity,
    /// What the customer gets back for it.
    pub total_minor: i64,
    /// Tax in the total.
    pub tax_minor: i64,
    /// True when it went back to stock.
    pub restock: bool,
}

/// A refund as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// Its number: without gaps, in the order of recording, apart from the numbers of sales.
    pub number: i64,
    /// Of which sale.
    pub sale_id: SaleId,
    /// What came back.
    pub lines: Vec<RefundLine>,
    /// What the goods that came back were sold for, base currency.
    pub total_minor: i64,
    /// Tax in the total.
    pub tax_minor: i64,
    /// What the smallest cash step added or took: payments = total + rounding.
    pub rounding_minor: i64,
    /// The money that went out. `unknown` is the method of refunds of a time when it was not written down.
    pub payments: Vec<Payment>,
    /// Why.
    pub reason: String,
    /// Who gave it.
    pub actor_id: UserId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// One line of a refund with what is kept inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedRefundLine {
    /// What a client sees.
    pub line: RefundLine,
    /// Cost that goes back into stock with it.
    pub cost_minor: i64,
    /// The line of the sale.
    pub sold: SaleLine,
}

impl Orders {
    /// Refunds some lines of a sale.
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
        idempotency::once(
            &ctx.write,
            &ctx.in_flight,
            &*ctx.clock,
            key,
            async |tx: &Tx| {
                let asked = (&*ctx.clock, asked_at);
                let drawer = Drawer::of(&shop);
                let sale = sales::lock(tx, sale)
                    .await?
                    .ok_or_else(|| Problem::not_found("sale"))?;
                // Asked under the lock: the same refund may just have been written by another.
                if let Some(again) = recorded(tx, sale.id, new).await? {
                    return Ok(again);
                }
                let (refund, sold_at) = refund_in(tx, asked, actor, drawer, sale, new).await?;
                let moments = [refund.occurred_at, sold_at];
                changes::record_days(tx, shop.time_zone, refund.recorded_at, moments);
                Answer::first(201, &refund)
            },
        )
        .await
    }

    /// Refunds, newest first by when they happened. A cashier sees those of own sales.
    ///
    /// # Errors
    /// `resource.not_found` for a sale that is not there, or is somebody else's.
    pub async fn refunds(
        &self,
        actor: &Actor,
        filter: repo::RefundFilter,
        before: Option<(i64, RefundId)>,
        limit: u32,
    ) -> SalesResult<Page<Refund>> {
        if let Some(sale) = filter.sale_id {
            self.get(actor, sale).await?;
        }
        let filter = repo::RefundFilter {
            cashier_id: self.visible_to(actor),
            ..filter
        };
        repo::list(&self.context().read, filter, before, limit).await
    }
}

/// The refund with the id of a request, where it is recorded already and says the same: as it stands,
/// whoever sends it again.
async fn recorded(tx: &Tx, sale: SaleId, new: &NewRefund) -> SalesResult<Option<Answer>> {
    let Some(id) = new.id else { return Ok(None) };
    let Some(refund) = repo::find(tx, id).await? else {
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

/// Whether a request says what a refund is. How the money went is compared where it is said.
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
    // The lines of a refund are kept in the order of the lines of the sale.
    let (mut asked, mut given): (Vec<_>, Vec<_>) = (asked.collect(), given.collect());
    asked.sort_unstable();
    given.sort_unstable();
    says_money && new.reason == refund.reason && asked == given
}

/// Refunds a locked sale inside the caller's transaction; returns as well when the sale had happened. The refund
/// happened when it was asked for, and is recorded once the levels are held.
async fn refund_in(
    tx: &Tx,
    (clock, asked_at): (&dyn Clock, Timestamp),
    actor: &Actor,
    drawer: Drawer,
    sale: Sale,
    new: &NewRefund,
) -> SalesResult<(Refund, Timestamp)> {
    let sale_id = sale.id;
    if sale.state == SaleState::Voided {
        return Err(Problem::new(
            Code::SaleState,
            "The sale is voided; nothing of it can be refunded.",
        )
        .into());
    }
    let priced = price_refund(&sale, &new.lines)?;
    for (position, part) in priced.iter().enumerate() {
        let completes =
            part.sold.refunded_quantity.checked_add(part.line.quantity) == Some(part.sold.quantity);
        if !part.line.quantity.fits(&part.sold.unit) && !completes {
            return Err(Problem::of(Code::FractionalQuantity)
                .at_pointer(format!("/lines/{position}/quantity"))
                .into());
        }
    }
    let total_minor = money::sum(priced.iter().map(|part| part.line.total_minor))?;
    let due = payback::Due {
        sale: &sale,
        goods_minor: total_minor,
        completes: completes(&sale, &priced),
    };
    let payments = payments_of(tx, actor, asked_at, drawer, due, new).await?;
    let paid = money::sum(payments.iter().map(|line| line.base_minor))?;
    let restocked: Vec<_> = priced.iter().filter(|part| part.line.restock).collect();
    lock_products(tx, restocked.iter().map(|part| part.sold.product_id)).await?;
    let levels = restocked
        .iter()
        .map(|part| (part.sold.product_id, sale.location_id));
    let held = Held::take(tx, clock, levels).await?;
    let recorded_at = held.recorded_at;
    let mut refund = Refund {
        id: new.id.unwrap_or_else(RefundId::generate),
        number: 0,
        sale_id,
        total_minor,
        tax_minor: money::sum(priced.iter().map(|part| part.line.tax_minor))?,
        rounding_minor: paid - total_minor,
        payments,
        lines: priced.iter().map(|part| part.line.clone()).collect(),
        reason: new.reason.clone(),
        actor_id: actor.user_id.unwrap_or(sale.cashier_id),
        occurred_at: asked_at,
        recorded_at,
    };
    let back: Vec<StockMove> = restocked
        .iter()
        .map(|part| StockMove {
            product_id: part.sold.product_id,
            location_id: sale.location_id,
            delta: part.line.quantity,
            kind: MovementKind::Refund,
            reference_id: Some(refund.id.as_uuid()),
            unit_cost_minor: Some(part.sold.unit_cost_minor),
            reason: Some(reason_of(&sale, &new.reason)),
            actor_id: actor.user_id,
            occurred_at: asked_at,
        })
        .collect();
    let worth = restocked.iter().map(|part| part.cost_minor);
    let incoming: Vec<Incoming<'_>> = back
        .iter()
        .zip(worth)
        .map(|(moved, value_minor)| Incoming { moved, value_minor })
        .collect();
    let counts = CountsSince::find(tx, &held.levels, back.iter()).await?;
    costing::take_in(tx, actor, &held, &counts, &incoming).await?;
    move_stock(tx, held, &back).await?;
    // The counter comes after the levels, as everywhere.
    refund.number = take_numbers(tx, Numbered::Refund, 1).await?;
    repo::write(tx, &refund, &priced).await?;
    let deed = Deed {
        action: "sale.refund",
        entity: "sale",
        entity_id: sale_id.to_string(),
        before: Some(serde_json::json!({ "state": sale.state, "number": sale.number })),
        after: serde_json::to_value(&refund).ok(),
    };
    audit::record(tx, actor, recorded_at, deed).await?;
    rollups::correct::add_refunds(tx, &[(sale_id, refund.id)]).await?;
    Ok((refund, sale.occurred_at))
}

/// Why goods come in. Those of a sale that came with a file of old sales never left: they are more
/// than lay there before, and the ledger says why.
fn reason_of(sale: &Sale, reason: &str) -> String {
    match &sale.external_number {
        Some(number) => format!("{reason} (goods of the imported sale {number} come in)"),
        None => reason.to_owned(),
    }
}

/// Whether nothing of the sale is left once these parts have come back.
fn completes(sale: &Sale, priced: &[PricedRefundLine]) -> bool {
    sale.lines.iter().all(|line| {
        let part = priced.iter().find(|part| part.sold.id == line.id);
        let back = part.map_or(Quantity::ZERO, |part| part.line.quantity);
        line.refunded_quantity.checked_add(back) == Some(line.quantity)
    })
}

/// The money that goes out: as the request says, or the way it came. A currency of the sale keeps the
/// rate of the sale, another takes the present one.
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

/// What each part is worth. Pure.
///
/// # Errors
/// `request.unknown_reference` for a line of another sale, `refund.exceeds_sold`, or a line that is
/// named twice; every fault at once.
pub fn price_refund(
    sale: &Sale,
    lines: &[NewRefundLine],
) -> Result<Vec<PricedRefundLine>, Problem> {
    let mut priced = Vec::with_capacity(lines.len());
    let mut faults: Option<Problem> = None;
    let mut fault = |code: Code, pointer: String, detail: String, left: Option<Quantity>| {
        let mut error = FieldError::new(pointer, code.as_str(), detail);
        if let Some(left) = left {
            error = error.with("available", serde_json::to_value(left).unwrap_or_default());
        }
        faults = Some(faults.take().unwrap_or_else(|| Problem::of(code)).at(error));
    };
    let back = paid_back(sale);
    let mut seen = BTreeSet::new();
    for (position, wanted) in lines.iter().enumerate() {
        let pointer = format!("/lines/{position}");
        let Some(sold) = sale
            .lines
            .iter()
            .find(|line| line.id == wanted.sale_line_id)
        else {
            fault(
                Code::UnknownReference,
                format!("{pointer}/sale_line_id"),
                "is no line of this sale".to_owned(),
                None,
            );
            continue;
        };
        let left = Quantity::from_milli(sold.quantity.milli() - sold.refunded_quantity.milli());
        if !seen.insert(wanted.sale_line_id) {
            fault(
                Code::RefundExceedsSold,
                format!("{pointer}/sale_line_id"),
                "is named twice".to_owned(),
                Some(left),
            );
        } else if let Some(part) = price_part(sale, sold, &back, wanted) {
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

/// What went back of each line so far, in money.
fn paid_back(sale: &Sale) -> BTreeMap<SaleLineId, PaidBack> {
    let mut back: BTreeMap<SaleLineId, PaidBack> = BTreeMap::new();
    for line in sale.refunds.iter().flat_map(|refund| &refund.lines) {
        let of_line = back.entry(line.sale_line_id).or_default();
        of_line.total_minor = of_line.total_minor.saturating_add(line.total_minor);
        of_line.tax_minor = of_line.tax_minor.saturating_add(line.tax_minor);
    }
    back
}

/// What a part of a line is worth; nothing when less than that is left.
fn price_part(
    sale: &Sale,
    sold: &SaleLine,
    back: &BTreeMap<SaleLineId, PaidBack>,
    wanted: &NewRefundLine,
) -> Option<PricedRefundLine> {
    let mut shares = LineShares {
        sold_milli: sold.quantity.milli(),
        total_minor: sold.total_minor,
        tax_minor: sold.tax_minor,
        cost_minor: sold.cost_minor,
        tax_mode: sale.tax_mode,
        currency: sale.currency,
        back: PaidBack {
            milli: sold.refunded_quantity.milli(),
            ..back.get(&sold.id).copied().unwrap_or_default()
        },
    };
    let share = shares.take(wanted.quantity.milli())?;
    let restock = wanted.goods == Goods::Resaleable;
    Some(PricedRefundLine {
        line: RefundLine {
            sale_line_id: sold.id,
            quantity: wanted.quantity,
            total_minor: share.total_minor,
            tax_minor: share.tax_minor,
            restock,
        },
        cost_minor: if restock { share.cost_minor } else { 0 },
        sold: sold.clone(),
    })
}
