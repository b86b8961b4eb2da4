//! What lay at a past instant, with the cost of a unit at that time.

use kernel::{Timestamp, ids::ProductId, paging::Page, read::ValuedFacts};
use store::{ReadDb, selection};
use uuid::Uuid;

use crate::{
    error::SalesResult,
    ledger_time::{first_since, happened_after},
};

selection! {
    Level of ValuedFacts in level { product_id, on_hand = on_hand_milli, unit_cost_minor }
}

/// The levels of an instant: those of now without what happened later. What a wrong clock dated later
/// happened, at the latest, when the clock was put right (as the list of levels has it). The cost is that
/// of the last change up to then; before the first change, the first one's.
pub(super) async fn page(
    read: &ReadDb,
    at: Timestamp,
    after: Option<ProductId>,
    limit: u32,
) -> SalesResult<Page<ValuedFacts>> {
    let dialect = read.dialect();
    let (there, moved) = (
        dialect.sum("level.on_hand_milli"),
        dialect.sum("movement.delta_milli"),
    );
    let probe = limit.saturating_add(1);
    // Only what was recorded since then can have happened later.
    let first = first_since(read, at).await?;
    let later = happened_after("$1");
    let sql = format!(
        "WITH later AS MATERIALIZED (
             SELECT movement.product_id, {moved} AS milli FROM stock_movements AS movement
             WHERE movement.position >= $3 AND {later}
             GROUP BY movement.product_id),
         there AS MATERIALIZED (
             SELECT level.product_id, {there} AS milli FROM stock_levels AS level GROUP BY level.product_id)
         SELECT {} FROM (SELECT product.id AS product_id, there.milli - COALESCE(later.milli, 0) AS on_hand_milli,
             COALESCE(
                 (SELECT change.cost_minor FROM price_changes AS change
                  WHERE change.product_id = product.id AND change.changed_at_us <= $1
                  ORDER BY change.changed_at_us DESC, change.id DESC LIMIT 1),
                 (SELECT change.cost_minor FROM price_changes AS change
                  WHERE change.product_id = product.id ORDER BY change.changed_at_us, change.id LIMIT 1),
                 product.cost_minor) AS unit_cost_minor
         FROM there JOIN products AS product ON product.id = there.product_id
         LEFT JOIN later ON later.product_id = product.id
         WHERE there.milli - COALESCE(later.milli, 0) <> 0 AND product.id > $2
         ORDER BY product.id LIMIT {probe}) AS level ORDER BY level.product_id",
        Level::SELECT
    );
    let after = after.map_or(Uuid::nil(), ProductId::as_uuid);
    let facts = read
        .select::<Level>(&sql, [at.micros().into(), after.into(), first.into()])
        .await?;
    Ok(Page::from_probe(facts, limit))
}
