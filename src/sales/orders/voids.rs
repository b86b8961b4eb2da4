//! Voids: the sale never happened, and its goods never left. It keeps its number and its place in the
//! books; its payment references become free.
//!
//! Past days do not change: a sale can be voided on its own business day only, and later returns are
//! refunds. The movements of a void are dated at the moment of the sale, so that a count then or
//! later has already seen the goods in place.

use chrono_tz::Tz;
use kernel::{
    Clock, Code, Problem, Timestamp,
    ids::{SaleId, UserId},
};
use serde_json::json;
use store::{ColumnKind, Tx, json_rows, to_json};

use super::{
    Orders,
    draft::moves_of,
    meters,
    model::{Sale, SaleState},
    repo,
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
        ledger::take_stock_back,
        movement::{MovementKind, StockMove},
        products::lock_products,
    },
    rollups,
};

impl Orders {
    /// Voids a completed sale without refunds, until midnight of its business day in the shop's time
    /// zone.
    ///
    /// # Errors
    /// `resource.not_found`, `sale.wrong_state`, `sale.imported`, `sale.too_late_to_void`.
    pub async fn void(
        &self,
        actor: &Actor,
        id: SaleId,
        reason: &str,
        key: Option<&RequestKey>,
    ) -> SalesResult<Answer> {
        let ctx = self.context();
        let at = actor.asked_at(&*ctx.clock);
        let zone = ctx.shop.current().await?.time_zone;
        let asked = VoidRequest {
            clock: &*ctx.clock,
            at,
            zone,
        };
        let answer = idempotency::once(
            &ctx.write,
            &ctx.in_flight,
            &*ctx.clock,
            key,
            async |tx: &Tx| {
                let sale = void_in(tx, asked, actor, id, reason).await?;
                changes::record_days(tx, zone, ctx.clock.now(), [sale.occurred_at]);
                Answer::first(200, &sale)
            },
        )
        .await?;
        if !answer.is_replay {
            meters::count_void();
        }
        Ok(answer)
    }
}

/// When a void was requested, and the shop's settings then.
#[derive(Clone, Copy)]
struct VoidRequest<'a> {
    clock: &'a dyn Clock,
    at: Timestamp,
    zone: Tz,
}

fn check(sale: &Sale, asked: VoidRequest<'_>) -> Result<(), Problem> {
    if sale.state != SaleState::Completed {
        let detail = format!(
            "The sale is {}; only a completed sale without refunds can be voided.",
            sale.state.as_str()
        );
        return Err(Problem::new(Code::SaleState, detail));
    }
    if sale.is_imported {
        let detail = "The sale came with a file of old sales and never moved the stock. \
                      If goods come back, refund it.";
        return Err(Problem::new(Code::SaleImported, detail));
    }
    let day = sale.occurred_at.date_in(asked.zone);
    if day < asked.at.date_in(asked.zone) {
        let detail =
            format!("The sale is of {day}, a day that is over. Refund it: a refund counts today.");
        return Err(Problem::new(Code::TooLateToVoid, detail));
    }
    Ok(())
}

async fn void_in(
    tx: &Tx,
    asked: VoidRequest<'_>,
    actor: &Actor,
    id: SaleId,
    reason: &str,
) -> SalesResult<Sale> {
    let sale = repo::lock(tx, id)
        .await?
        .ok_or_else(|| Problem::not_found("sale"))?;
    check(&sale, asked)?;
    mark_voided(tx, id, asked.at, actor, reason).await?;
    let recorded_at = take_goods_back(tx, asked.clock, actor, &sale, reason).await?;
    let voided = Sale {
        state: SaleState::Voided,
        voided_at: Some(asked.at),
        void_reason: Some(reason.to_owned()),
        ..sale.clone()
    };
    let before = json!({
        "state": sale.state,
        "number": sale.number,
        "total_minor": sale.total_minor,
    });
    let entry = Entry::of(Deed::SaleVoid, id)
        .before(before)
        .after(json!({ "state": voided.state, "reason": reason }));
    audit::record(tx, actor, recorded_at, entry).await?;
    rollups::correct::take_out_sale(tx, id).await?;
    Ok(voided)
}

/// Marks the sale as voided, and frees the references of its payments.
async fn mark_voided(
    tx: &Tx,
    id: SaleId,
    at: Timestamp,
    actor: &Actor,
    reason: &str,
) -> SalesResult<()> {
    tx.execute(
        "UPDATE sales SET state = 'voided', voided_at_us = $2, voided_by = $3, void_reason = $4 WHERE id = $1",
        [
            id.as_uuid().into(),
            at.micros().into(),
            actor.user_id.map(UserId::as_uuid).into(),
            reason.into(),
        ],
    )
    .await?;
    tx.execute(
        "UPDATE payments SET is_live = $2 WHERE sale_id = $1",
        [id.as_uuid().into(), false.into()],
    )
    .await?;
    Ok(())
}

/// Who undoes a file of sales, when and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VoidedBy<'a> {
    /// When it was undone.
    pub at: Timestamp,
    /// The user; `None` for the command line.
    pub user_id: Option<UserId>,
    /// Why, as it is shown with each sale.
    pub reason: &'a str,
}

/// Marks sales of an imported history as voided, those that the same history refunded as well, and
/// frees the references of their payments. The caller moves the stock and corrects the figures.
pub(crate) async fn void_imported(tx: &Tx, ids: &[SaleId], by: VoidedBy<'_>) -> SalesResult<()> {
    let rows: Vec<_> = ids.iter().map(|id| (id,)).collect();
    let rows = to_json(&rows);
    let wanted = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "UPDATE sales SET state = 'voided', voided_at_us = $2, voided_by = $3, void_reason = $4
         WHERE import_id IS NOT NULL AND id IN (SELECT wanted.id FROM {wanted} AS wanted)"
    );
    let values = [
        rows.as_str().into(),
        by.at.micros().into(),
        by.user_id.map(UserId::as_uuid).into(),
        by.reason.into(),
    ];
    tx.execute(&sql, values).await?;
    let sql = format!(
        "UPDATE payments SET is_live = $2 WHERE sale_id IN (SELECT wanted.id FROM {wanted} AS wanted)"
    );
    tx.execute(&sql, [rows.into(), false.into()]).await?;
    Ok(())
}

/// Returns the goods to stock at the moment of the sale and at the cost at which they left. Returns
/// the time at which the levels were locked: that is when the void is recorded.
async fn take_goods_back(
    tx: &Tx,
    clock: &dyn Clock,
    actor: &Actor,
    sale: &Sale,
    reason: &str,
) -> SalesResult<Timestamp> {
    let back: Vec<StockMove> = moves_of(sale, actor.user_id)
        .into_iter()
        .zip(&sale.lines)
        .map(|(sold, line)| StockMove {
            delta: -sold.delta,
            kind: MovementKind::Void,
            unit_cost_minor: Some(line.unit_cost_minor),
            reason: Some(reason.to_owned()),
            ..sold
        })
        .collect();
    lock_products(tx, back.iter().map(|moved| moved.product_id)).await?;
    let held = Held::take(tx, clock, back.iter().map(StockMove::level)).await?;
    let recorded_at = held.recorded_at;
    // The goods are worth what they were when they left, as if they had stayed.
    let incoming = Incoming::of(&back, sale.lines.iter().map(|line| line.cost_minor));
    let counts = CountsSince::find_taking_back(tx, &held.levels, &back, sale.id.as_uuid()).await?;
    costing::take_in(tx, actor, &held, &counts, &incoming).await?;
    take_stock_back(tx, held, &back, sale.id.as_uuid()).await?;
    Ok(recorded_at)
}
