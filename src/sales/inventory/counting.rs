//! Counts: what a person saw is compared with what the books said at that moment.
//!
//! A count is the truth of its moment. What moved after it is kept. What moved before it but is
//! learnt only later (a till without a network) had left the shelf before somebody counted, so the
//! count knew it already: such a late entry is posted together with a `count` movement that takes
//! its effect on today's stock back.

use std::collections::BTreeMap;

use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, ProductId},
};
use store::{ColumnKind, Tx, json_rows, to_json};

use super::{
    by_product::{Asked, sum_of_deltas},
    ledger::{LevelKey, MovementKind, StockMove, read_levels},
};
use crate::error::SalesResult;

/// What the books said lay there at an instant, by when things happened. Locks the levels.
pub(super) async fn stock_at(
    tx: &Tx,
    keys: &[LevelKey],
    at: Timestamp,
) -> SalesResult<BTreeMap<LevelKey, Quantity>> {
    let levels = read_levels(tx, keys.iter().copied()).await?;
    let rows: Vec<_> = keys
        .iter()
        .map(|(product, location)| (product, location))
        .collect();
    let source = json_rows(
        tx.dialect(),
        1,
        &[
            ("product_id", ColumnKind::Uuid),
            ("location_id", ColumnKind::Uuid),
        ],
    );
    let asked = Asked {
        product: "wanted.product_id",
        condition: "movement.location_id = wanted.location_id AND movement.occurred_at_us > $2",
    };
    let sql = format!(
        "SELECT wanted.product_id, wanted.location_id, {} FROM {source} AS wanted",
        sum_of_deltas(tx.dialect(), asked)
    );
    let mut later: BTreeMap<LevelKey, i64> = BTreeMap::new();
    for row in tx
        .rows(&sql, [to_json(&rows).into(), at.micros().into()])
        .await?
    {
        let key = (
            ProductId::from_uuid(row.get(0)?),
            LocationId::from_uuid(row.get(1)?),
        );
        later.insert(key, row.get(2)?);
    }
    Ok(keys
        .iter()
        .map(|key| {
            let now = levels.get(key).map_or(0, |level| level.on_hand_milli);
            (
                *key,
                Quantity::from_milli(now - later.get(key).copied().unwrap_or(0)),
            )
        })
        .collect())
}

/// Adds to each late movement the correction that a later count asks for, in front of it, so that
/// goods which had left before the count need not be in stock now.
pub async fn respecting_counts(
    tx: &Tx,
    moves: Vec<StockMove>,
    recorded_at: Timestamp,
) -> SalesResult<Vec<StockMove>> {
    let late: Vec<_> = moves
        .iter()
        .filter(|wanted| wanted.occurred_at < recorded_at)
        .map(|wanted| (wanted.product_id, wanted.location_id))
        .collect();
    if late.is_empty() {
        return Ok(moves);
    }
    let counted = last_counts(tx, &late).await?;
    let mut all = Vec::with_capacity(moves.len());
    for wanted in moves {
        let count = counted
            .get(&(wanted.product_id, wanted.location_id))
            .copied();
        if count.is_some_and(|at| wanted.occurred_at <= at) {
            all.push(StockMove {
                delta: -wanted.delta,
                kind: MovementKind::Count,
                unit_cost_minor: None,
                reason: Some("entered after a count that had seen it".to_owned()),
                ..wanted.clone()
            });
        }
        all.push(wanted);
    }
    Ok(all)
}

async fn last_counts(tx: &Tx, keys: &[LevelKey]) -> SalesResult<BTreeMap<LevelKey, Timestamp>> {
    let rows: Vec<_> = keys
        .iter()
        .map(|(product, location)| (product, location))
        .collect();
    let source = json_rows(
        tx.dialect(),
        1,
        &[
            ("product_id", ColumnKind::Uuid),
            ("location_id", ColumnKind::Uuid),
        ],
    );
    // A correction of a late entry is no count of its own: its reference is a sale, and the
    // document of a real count is one of ours.
    let sql = format!(
        "SELECT wanted.product_id, wanted.location_id, MAX(movement.occurred_at_us)
         FROM {source} AS wanted
         JOIN stock_movements AS movement
           ON movement.product_id = wanted.product_id AND movement.location_id = wanted.location_id
         JOIN stock_documents AS document ON document.id = movement.reference_id AND document.kind = 'count'
         WHERE movement.kind = 'count'
         GROUP BY wanted.product_id, wanted.location_id"
    );
    let mut counted = BTreeMap::new();
    for row in tx.rows(&sql, [to_json(&rows).into()]).await? {
        let key = (
            ProductId::from_uuid(row.get(0)?),
            LocationId::from_uuid(row.get(1)?),
        );
        counted.insert(key, Timestamp::from_micros(row.get(2)?));
    }
    Ok(counted)
}
