//! Voiding: a sale is taken back as a whole. It keeps its number and its place in the books; its
//! goods go back to stock and its payment references are free again.

use kernel::{Code, Problem, ids::SaleId};
use store::Tx;

use super::{
    Orders,
    draft::moves_of,
    model::{Sale, SaleState},
    repo,
};
use crate::{
    actor::Actor,
    audit::{self, Deed},
    changes,
    error::SalesResult,
    idempotency::{self, Answer, RequestKey},
    inventory::ledger::{MovementKind, StockMove, move_stock},
    rollups,
};

impl Orders {
    /// Voids a completed sale of which nothing was refunded.
    ///
    /// # Errors
    /// `resource.not_found`, `sale.wrong_state`.
    pub async fn void(
        &self,
        actor: &Actor,
        id: SaleId,
        reason: &str,
        key: Option<&RequestKey>,
    ) -> SalesResult<Answer> {
        let ctx = self.context();
        let zone = ctx.shop.current().await?.time_zone;
        idempotency::once(
            &ctx.write,
            &ctx.in_flight,
            &*ctx.clock,
            key,
            async |tx: &Tx| {
                let now = ctx.clock.now();
                let sale = void_in(tx, now, actor, id, reason).await?;
                changes::record_days(tx, zone, now, [sale.occurred_at]).await?;
                Answer::first(200, &sale)
            },
        )
        .await
    }
}

async fn void_in(
    tx: &Tx,
    at: kernel::Timestamp,
    actor: &Actor,
    id: SaleId,
    reason: &str,
) -> SalesResult<Sale> {
    let sale = repo::lock(tx, id)
        .await?
        .ok_or_else(|| Problem::not_found("sale"))?;
    if sale.state != SaleState::Completed {
        let detail = format!(
            "The sale is {}; only a completed sale without refunds can be voided.",
            sale.state.as_str()
        );
        return Err(Problem::new(Code::SaleState, detail).into());
    }
    tx.execute(
        "UPDATE sales SET state = 'voided', voided_at_us = $2, voided_by = $3, void_reason = $4 WHERE id = $1",
        [
            id.as_uuid().into(),
            at.micros().into(),
            actor.user_id.map(kernel::ids::UserId::as_uuid).into(),
            reason.into(),
        ],
    )
    .await?;
    tx.execute(
        "UPDATE payments SET is_live = $2 WHERE sale_id = $1",
        [id.as_uuid().into(), false.into()],
    )
    .await?;
    let back: Vec<StockMove> = moves_of(&sale, actor.user_id)
        .into_iter()
        .map(|sold| StockMove {
            delta: -sold.delta,
            kind: MovementKind::Void,
            reason: Some(reason.to_owned()),
            occurred_at: at,
            ..sold
        })
        .collect();
    move_stock(tx, &back, at).await?;
    let voided = Sale {
        state: SaleState::Voided,
        voided_at: Some(at),
        void_reason: Some(reason.to_owned()),
        ..sale.clone()
    };
    let deed = Deed {
        action: "sale.void",
        entity: "sale",
        entity_id: id.to_string(),
        before: Some(
            serde_json::json!({ "state": sale.state, "number": sale.number, "total_minor": sale.total_minor }),
        ),
        after: Some(serde_json::json!({ "state": voided.state, "reason": reason })),
    };
    audit::record(tx, actor, at, deed).await?;
    rollups::correct::take_out_sale(tx, id).await?;
    Ok(voided)
}
