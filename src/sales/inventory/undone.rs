//! What a file did to levels, undone as if the file had never come.
//!
//! The movements that undo are dated at the moment of the file, as those of a void are: what happened
//! since stays true, a later count is still what was counted, and the past shows the stock without the
//! file. A count of the file is withdrawn by a correction of itself at its own instant; from then on
//! it has seen nothing ([`super::witness::is_witness`]).
//!
//! Where something depends on what the file did, the level stays as it is, and is named.

use std::collections::{BTreeMap, HashSet};

use kernel::{
    Amount, Clock, Quantity, Timestamp,
    ids::{ProductId, UserId},
};
use store::Tx;
use uuid::Uuid;

use super::{
    held::{Held, Levels, OfLevel},
    ledger::take_stock_back,
    movement::{LevelKey, MovementKind, StockMove},
    witness::is_witness,
};
use crate::error::SalesResult;

/// Levels in one statement.
const CHUNK: usize = 5_000;

/// A file that moved stock.
#[derive(Debug, Clone)]
pub(crate) struct FileMoves {
    /// The file: what it added refers to it.
    pub import_id: Uuid,
    /// The document of what it counted.
    pub count_id: Option<Uuid>,
    /// Why it is undone, for its movements.
    pub reason: String,
    /// The user who undoes it.
    pub actor_id: Option<UserId>,
}

/// Why a level stays as the file left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reliance {
    /// Goods that the file brought in have left since.
    GoodsLeft,
    /// Something was recorded later that the count of the file had seen.
    CountUsed,
}

/// What was undone, and what was not.
#[derive(Debug, Default)]
pub(crate) struct Undone {
    /// The levels that were undone.
    pub levels: usize,
    /// When their movements happened.
    pub moments: Vec<Timestamp>,
    /// The levels that stay, and why.
    pub kept: Vec<(LevelKey, Reliance)>,
}

store::selection! {
    /// What a file did to a level, and what relies on it.
    struct FileEffect { at_us: Timestamp, moved_milli: i64, counts: i64, relying: i64, cost_minor: Option<Amount>, lowest_milli: Option<i64> }
}

/// Undoes what a file did to levels, except to those of some products. The products are locked.
pub(crate) async fn undo_file(
    tx: &Tx,
    clock: &dyn Clock,
    file: &FileMoves,
    except: &HashSet<ProductId>,
) -> SalesResult<Undone> {
    let keys: Vec<LevelKey> = levels_of(tx, file)
        .await?
        .into_iter()
        .filter(|(product, _)| !except.contains(product))
        .collect();
    let mut levels = Levels::new();
    let mut recorded_at = clock.now();
    for chunk in keys.chunks(CHUNK) {
        let held = Held::take(tx, clock, chunk.iter().copied()).await?;
        levels.extend(held.levels);
        recorded_at = held.recorded_at;
    }
    let mut undone = Undone::default();
    let (mut added, mut counted) = (Vec::new(), Vec::new());
    for (level, done) in deeds_of(tx, file).await? {
        if !levels.contains_key(&level) {
            continue;
        }
        if let Some(reliance) = reliance_of(&done) {
            undone.kept.push((level, reliance));
            continue;
        }
        let of_count = done.counts > 0;
        let own = opposite(file, level, &done);
        if of_count { &mut counted } else { &mut added }.push(own);
    }
    undone.levels = added.len() + counted.len();
    let counts = file.count_id.map(|id| (id, counted));
    for (reference, moves) in counts.into_iter().chain([(file.import_id, added)]) {
        for chunk in moves.chunks(CHUNK) {
            let states = chunk.iter().filter_map(|moved| {
                let key = moved.level();
                levels.get(&key).map(|state| (key, *state))
            });
            let held = Held {
                levels: states.collect(),
                recorded_at,
            };
            let posted = take_stock_back(tx, held, chunk, reference).await?;
            undone
                .moments
                .extend(posted.iter().map(|moved| moved.wanted.occurred_at));
        }
    }
    Ok(undone)
}

/// What the file brought in must have lain there ever since: otherwise it was sold, or left in another
/// way.
const fn reliance_of(done: &FileEffect) -> Option<Reliance> {
    if done.counts > 0 && done.relying > 0 {
        return Some(Reliance::CountUsed);
    }
    let lowest = match done.lowest_milli {
        Some(lowest) => lowest,
        None => 0,
    };
    if done.moved_milli > 0 && lowest < done.moved_milli {
        return Some(Reliance::GoodsLeft);
    }
    None
}

fn opposite(file: &FileMoves, (product_id, location_id): LevelKey, done: &FileEffect) -> StockMove {
    let (kind, reference_id) = if done.counts > 0 {
        (MovementKind::Correction, file.count_id)
    } else {
        (MovementKind::Import, Some(file.import_id))
    };
    StockMove {
        product_id,
        location_id,
        delta: Quantity::from_milli(-done.moved_milli),
        kind,
        reference_id,
        // What a count found is a loss at the cost of its time, and so is taking it back.
        unit_cost_minor: done.cost_minor,
        reason: Some(file.reason.clone()),
        actor_id: file.actor_id,
        occurred_at: done.at_us,
    }
}

/// The levels that a file touched, in the order in which they are locked.
async fn levels_of(tx: &Tx, file: &FileMoves) -> SalesResult<Vec<LevelKey>> {
    let sql = "SELECT movement.product_id, movement.location_id FROM stock_movements AS movement
               WHERE movement.reference_id IN ($1, $2)
               GROUP BY movement.product_id, movement.location_id";
    let mut levels = tx.select::<OfLevel>(sql, references(file)).await?;
    levels.sort_unstable();
    Ok(levels)
}

fn references(file: &FileMoves) -> [sea_orm::Value; 2] {
    let count_id = file.count_id.unwrap_or(file.import_id);
    [file.import_id.into(), count_id.into()]
}

/// What the file did to each level. The stock from then until the next count is looked at by when
/// things happened: it must not become less than nothing.
async fn deeds_of(tx: &Tx, file: &FileMoves) -> SalesResult<BTreeMap<LevelKey, FileEffect>> {
    let moved = tx
        .dialect()
        .sum("CASE WHEN movement.is_correction THEN 0 ELSE movement.delta_milli END");
    let witness = is_witness();
    let same_level = |one: &str, other: &str| {
        format!("{one}.product_id = {other}.product_id AND {one}.location_id = {other}.location_id")
    };
    let sql = format!(
        "WITH own AS (
             SELECT movement.product_id, movement.location_id, {moved} AS moved_milli,
                 MIN(CASE WHEN movement.is_correction THEN NULL ELSE movement.occurred_at_us END) AS at_us,
                 CAST(MAX(CASE WHEN movement.kind = 'count' AND NOT movement.is_correction THEN 1 ELSE 0 END) AS BIGINT) AS counts,
                 MAX(CASE WHEN movement.kind = 'count' AND NOT movement.is_correction THEN COALESCE(movement.unit_cost_minor,
                     (SELECT change.cost_minor FROM price_changes AS change
                      WHERE change.product_id = movement.product_id AND change.changed_at_us <= movement.recorded_at_us
                      ORDER BY change.changed_at_us DESC, change.id DESC LIMIT 1)) END) AS cost_minor
             FROM stock_movements AS movement WHERE movement.reference_id IN ($1, $2)
             GROUP BY movement.product_id, movement.location_id
         ), span AS (
             SELECT own.product_id, own.location_id, own.moved_milli, own.at_us, own.counts, own.cost_minor,
                 (SELECT MIN(movement.occurred_at_us) FROM stock_movements AS movement
                  WHERE {of_span} AND movement.kind = 'count' AND movement.occurred_at_us >= own.at_us + own.counts AND {witness}) AS until_us,
                 (SELECT COUNT(*) FROM stock_movements AS movement
                  WHERE {of_span} AND movement.kind = 'count' AND movement.is_correction AND movement.occurred_at_us = own.at_us
                    AND movement.reference_id NOT IN ($1, $2)) AS relying
             FROM own
         ), running AS (
             SELECT movement.product_id, movement.location_id, movement.occurred_at_us AS instant_us,
                 SUM(movement.delta_milli) OVER (PARTITION BY movement.product_id, movement.location_id
                                                 ORDER BY movement.occurred_at_us, movement.seq) AS balance_milli
             FROM own JOIN stock_movements AS movement ON {of_own}
         )
         SELECT span.product_id, span.location_id, span.at_us, span.moved_milli, span.counts, span.relying, span.cost_minor,
             CAST(MIN(running.balance_milli) AS BIGINT) AS lowest_milli
         FROM span LEFT JOIN running ON {running} AND running.instant_us >= span.at_us
             AND (span.until_us IS NULL OR running.instant_us < span.until_us)
         GROUP BY span.product_id, span.location_id, span.at_us, span.moved_milli, span.counts, span.relying, span.cost_minor",
        of_span = same_level("movement", "own"),
        of_own = same_level("movement", "own"),
        running = same_level("running", "span"),
    );
    let deeds = tx.select::<(OfLevel, FileEffect)>(&sql, references(file));
    Ok(deeds.await?.into_iter().collect())
}
