//! Committing a file of stock.

use kernel::{Quantity, import::StockValues};
use serde_json::{Map, Value, json};

use super::{
    CHUNK,
    commit::{Asked, Work, move_all, object, stale},
    repo,
};
use crate::{
    error::SalesResult,
    inventory::{
        ledger::{MovementKind, StockMove},
        locations,
    },
};

pub(super) async fn commit(work: Work<'_>) -> SalesResult<Map<String, Value>> {
    let default = locations::default_location(work.tx).await?;
    let mut asked: Vec<Asked> = Vec::new();
    let mut after = 0;
    loop {
        let rows = repo::rows_to_commit(work.tx, work.import.id, after, CHUNK).await?;
        let Some(last) = rows.last() else { break };
        after = last.row;
        for row in rows {
            let values: StockValues = serde_json::from_value(row.values)
                .map_err(|error| store::StoreError::Corrupt(error.to_string()))?;
            let (Some(product_id), Some(delta)) = (values.product_id, values.stock_delta) else {
                return Err(stale([(row.row, "the row names no product".to_owned())]));
            };
            let location_id = values.location_id.unwrap_or(default);
            asked.push((row.row, import_move(work, product_id, location_id, delta)));
        }
    }
    let moved = asked.len();
    move_all(work, asked).await?;
    Ok(object(json!({ "movements": moved })))
}

/// A movement that the file itself asks for.
pub(super) fn import_move(
    work: Work<'_>,
    product_id: kernel::ids::ProductId,
    location_id: kernel::ids::LocationId,
    delta: Quantity,
) -> StockMove {
    StockMove {
        product_id,
        location_id,
        delta,
        kind: MovementKind::Import,
        reference_id: Some(work.import.id.as_uuid()),
        unit_cost_minor: None,
        reason: None,
        actor_id: work.actor.user_id,
        occurred_at: work.at,
    }
}
