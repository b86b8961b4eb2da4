//! Counts: what a person saw is compared with what the books showed at that moment.
//!
//! A count is true at its moment. Later movements are added to it. Some movements happened at that
//! moment or before but are recorded later: by an offline till, from a late delivery note, from an
//! earlier count's sheet, or as a sale that waited during the count. Their effect was on the shelf
//! when it was counted, so the count includes it. Such a movement is posted together with a
//! correction, dated at the count, that takes its effect on today's stock back.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Code, FieldError, Problem, Quantity, Timestamp};
use store::{ColumnKind, Tx, json_rows, to_json};
use uuid::Uuid;

use super::{
    by_product::{Asked, sum_of_deltas},
    held::{Held, KEY_COLUMNS, LevelState, Levels, OfLevel},
    movement::{LevelKey, MovementKind, StockMove},
    witness::is_witness,
};
use crate::{error::SalesResult, ledger_time::happened_after};

store::selection! {
    Later(later: i64)
    FirstCount(at_us: Timestamp, counted_at: Timestamp)
    Corrected(corrected_at: Timestamp)
}

/// The stock in the books at an instant, by when things happened.
async fn stock_at(
    tx: &Tx,
    levels: &Levels,
    keys: &[LevelKey],
    at: Timestamp,
) -> SalesResult<BTreeMap<LevelKey, Quantity>> {
    let source = json_rows(tx.dialect(), 1, KEY_COLUMNS);
    let condition = format!(
        "movement.location_id = wanted.location_id AND {}",
        happened_after("$2")
    );
    let asked = Asked {
        product: "wanted.product_id",
        condition: &condition,
    };
    let sql = format!(
        "SELECT wanted.product_id, wanted.location_id, {} AS later FROM {source} AS wanted",
        sum_of_deltas(tx.dialect(), asked)
    );
    let mut stock = BTreeMap::new();
    let values = [to_json(keys).into(), at.micros().into()];
    for (key, later) in tx.select::<(OfLevel, Later)>(&sql, values).await? {
        stock.insert(key, Quantity::from_milli(on_hand(levels, key) - later));
    }
    Ok(stock)
}

fn on_hand(levels: &Levels, key: LevelKey) -> i64 {
    levels.get(&key).map_or(0, |level| level.on_hand_milli)
}

/// What a person counted of one product at one location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The counted product and location.
    pub level: LevelKey,
    /// The counted quantity.
    pub seen: Quantity,
}

/// The movements of a count at an instant, in the order of its lines, each level once: the difference
/// from the books at that time. The levels are locked.
///
/// # Errors
/// `stock.count_contradicted` (`/lines/<position>`) if less was counted than has left since.
pub async fn count_moves(
    tx: &Tx,
    held: &Held,
    counted: &[Counted],
    at: Timestamp,
) -> SalesResult<Vec<StockMove>> {
    let keys: Vec<LevelKey> = counted.iter().map(|one| one.level).collect();
    let expected = stock_at(tx, &held.levels, &keys, at).await?;
    let was = |one: &Counted| expected.get(&one.level).copied().unwrap_or_default();
    let moves: Vec<StockMove> = counted
        .iter()
        .map(|one| {
            let (product_id, location_id) = one.level;
            StockMove {
                product_id,
                location_id,
                delta: Quantity::from_milli(one.seen.milli() - was(one).milli()),
                kind: MovementKind::Count,
                reference_id: None,
                unit_cost_minor: None,
                reason: None,
                actor_id: None,
                occurred_at: at,
            }
        })
        .collect();
    let counts = CountsSince::find(tx, &held.levels, moves.iter()).await?;
    for (position, (found, one)) in moves.iter().zip(counted).enumerate() {
        let is = on_hand(&held.levels, one.level);
        if is + found.delta.milli() < 0 && counts.of(found).is_none() {
            let is = Quantity::from_milli(is);
            return Err(contradiction(position, one.seen, was(one), is).into());
        }
    }
    Ok(moves)
}

fn contradiction(position: usize, counted: Quantity, was: Quantity, is: Quantity) -> Problem {
    let detail =
        format!("{counted} counted where the books had {was}, but only {is} are left by now");
    let figure = |q: Quantity| serde_json::to_value(q).unwrap_or_default();
    let error = FieldError::new(
        format!("/lines/{position}"),
        Code::CountContradicted.as_str(),
        detail,
    )
    .with("counted", figure(counted))
    .with("expected", figure(was))
    .with("available", figure(is));
    Problem::of(Code::CountContradicted).at(error)
}

/// The reason of a correction for clients. The program never reads it.
const SEEN: &str = "entered after a count that had seen it";

/// The counts that have seen what is recorded only now.
#[derive(Debug, Default)]
pub struct CountsSince {
    first: BTreeMap<(LevelKey, Timestamp), Timestamp>,
    /// Levels at which the original movement got a correction when it was recorded.
    corrected: BTreeSet<LevelKey>,
}

impl CountsSince {
    /// Finds, for each movement, the first count at its moment or later. The levels are locked, so a
    /// count that was posted during the wait is found as well. If no level was counted since, no
    /// query runs.
    pub async fn find<'a>(
        tx: &Tx,
        levels: &Levels,
        moves: impl Iterator<Item = &'a StockMove>,
    ) -> SalesResult<Self> {
        let was_counted = |(level, at): &(LevelKey, Timestamp)| {
            let level: Option<&LevelState> = levels.get(level);
            level.is_some_and(|level| level.was_counted_since(*at))
        };
        let asked: BTreeSet<_> = moves.map(place_in_time).filter(was_counted).collect();
        if asked.is_empty() {
            return Ok(Self::default());
        }
        let rows: Vec<_> = asked
            .iter()
            .map(|((product, location), at)| (product, location, at.micros()))
            .collect();
        let source = json_rows(
            tx.dialect(),
            1,
            &[
                ("product_id", ColumnKind::Uuid),
                ("location_id", ColumnKind::Uuid),
                ("at_us", ColumnKind::Int),
            ],
        );
        let is_witness = is_witness();
        let sql = format!(
            "SELECT wanted.product_id, wanted.location_id, wanted.at_us, MIN(movement.occurred_at_us) AS counted_at
             FROM {source} AS wanted
             JOIN stock_movements AS movement
               ON movement.product_id = wanted.product_id AND movement.location_id = wanted.location_id
              AND movement.occurred_at_us >= wanted.at_us
             WHERE movement.kind = 'count' AND {is_witness}
             GROUP BY wanted.product_id, wanted.location_id, wanted.at_us"
        );
        let mut counts = BTreeMap::new();
        let found = tx.select::<(OfLevel, FirstCount)>(&sql, [to_json(&rows).into()]);
        for (level, (at, counted_at)) in found.await? {
            counts.insert((level, at), counted_at);
        }
        Ok(Self {
            first: counts,
            corrected: BTreeSet::new(),
        })
    }

    /// The same for movements that undo others, all of one moment. If the others got a correction
    /// before the first count, the correction is undone as well. It may refer to a count that no
    /// longer counts as a witness.
    pub async fn find_taking_back(
        tx: &Tx,
        levels: &Levels,
        moves: &[StockMove],
        reference_id: Uuid,
    ) -> SalesResult<Self> {
        let mut counts = Self::find(tx, levels, moves.iter()).await?;
        let may_be_corrected = |wanted: &&StockMove| {
            let level = levels.get(&wanted.level());
            level.is_some_and(|level| level.counted_at.is_some())
        };
        let asked: BTreeMap<LevelKey, _> = moves
            .iter()
            .filter(may_be_corrected)
            .map(|wanted| (wanted.level(), place_in_time(wanted)))
            .collect();
        if asked.is_empty() {
            return Ok(counts);
        }
        let source = json_rows(tx.dialect(), 1, KEY_COLUMNS);
        let sql = format!(
            "SELECT movement.product_id, movement.location_id, MIN(movement.occurred_at_us) AS corrected_at
             FROM {source} AS wanted
             JOIN stock_movements AS movement
               ON movement.product_id = wanted.product_id AND movement.location_id = wanted.location_id
             WHERE movement.kind = 'count' AND movement.is_correction AND movement.reference_id = $2
             GROUP BY movement.product_id, movement.location_id"
        );
        let keys: Vec<_> = asked.keys().collect();
        let values = [to_json(&keys).into(), reference_id.into()];
        for (level, corrected_at) in tx.select::<(OfLevel, Corrected)>(&sql, values).await? {
            if let Some(place) = asked.get(&level) {
                let seen_at = counts.first.entry(*place).or_insert(corrected_at);
                *seen_at = corrected_at.min(*seen_at);
                counts.corrected.insert(level);
            }
        }
        Ok(counts)
    }

    /// The count that has seen a movement.
    #[must_use]
    pub fn of(&self, wanted: &StockMove) -> Option<Timestamp> {
        self.first.get(&place_in_time(wanted)).copied()
    }

    /// Whether a movement undoes one that was recorded with a correction. Then both are undone, and
    /// the stock never changes.
    #[must_use]
    pub fn goes_back_with_correction(&self, wanted: &StockMove) -> bool {
        self.corrected.contains(&wanted.level())
    }

    /// Adds to each movement that a count has seen a second one, dated at the count, that takes its
    /// effect back: before the count the stock is as it was, from the count on as it was counted.
    /// Incoming goods go first, so that goods which left before the count, or came and left, need not
    /// be there now.
    #[must_use]
    pub fn respected(&self, moves: Vec<StockMove>) -> Vec<StockMove> {
        let mut all = Vec::with_capacity(moves.len());
        for wanted in moves {
            let Some(counted_at) = self.of(&wanted) else {
                all.push(wanted);
                continue;
            };
            let correction = StockMove {
                delta: -wanted.delta,
                kind: MovementKind::Correction,
                unit_cost_minor: None,
                reason: Some(SEEN.to_owned()),
                occurred_at: counted_at,
                ..wanted.clone()
            };
            if wanted.delta.milli() > 0 {
                all.extend([wanted, correction]);
            } else {
                all.extend([correction, wanted]);
            }
        }
        all
    }
}

/// A level and the instant from which a count has seen its events. A repeated count for the same
/// instant replaces the earlier one.
fn place_in_time(wanted: &StockMove) -> (LevelKey, Timestamp) {
    let later = i64::from(wanted.kind.is_count());
    let at = wanted.occurred_at.micros().saturating_add(later);
    (wanted.level(), Timestamp::from_micros(at))
}

#[cfg(test)]
mod tests;
