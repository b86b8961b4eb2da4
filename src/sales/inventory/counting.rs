//! Counts: what a person saw is compared with what the books said at that moment.
//!
//! A count is the truth of its moment. What moved after it is kept. What moved before it but is
//! learnt only later (a till without a network, a delivery note from under the counter, the sheet of
//! an earlier count) had its effect on the shelf before somebody counted, so the count knew it
//! already: such a late entry is posted together with a `count` movement, at the moment of the
//! count, that takes its effect on today's stock back.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    Code, FieldError, Problem, Quantity, Timestamp,
    ids::{LocationId, ProductId},
};
use store::{ColumnKind, Dialect, Tx, json_rows, to_json};

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

/// What a person saw of one product at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Which product, and where.
    pub level: LevelKey,
    /// How much lay there.
    pub seen: Quantity,
}

/// The movements of a count at an instant, in the order of what was counted, each level once: the
/// difference to what the books said then. Locks the levels.
///
/// # Errors
/// `stock.count_contradicted` (`/lines/<position>`) where less was counted than has left since.
pub async fn count_moves(
    tx: &Tx,
    counted: &[Counted],
    at: Timestamp,
    recorded_at: Timestamp,
) -> SalesResult<Vec<StockMove>> {
    let keys: Vec<LevelKey> = counted.iter().map(|one| one.level).collect();
    let expected = stock_at(tx, &keys, at).await?;
    let current = read_levels(tx, keys).await?;
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
    let counts = CountsSince::find(tx, moves.iter(), recorded_at).await?;
    for (position, (found, one)) in moves.iter().zip(counted).enumerate() {
        let is = current.get(&one.level).map_or(0, |now| now.on_hand_milli);
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

/// Why a movement stands beside one that was learnt late.
const SEEN: &str = "entered after a count that had seen it";

/// The counts that had seen what is learnt only now.
#[derive(Debug, Default)]
pub struct CountsSince(BTreeMap<(LevelKey, Timestamp), Timestamp>);

impl CountsSince {
    /// Finds, for each movement that is learnt late, the first count that had seen it. On
    /// `PostgreSQL` the levels of all movements are locked before, so that a count which is being
    /// posted meanwhile is seen as well.
    pub async fn find<'a>(
        tx: &Tx,
        moves: impl Iterator<Item = &'a StockMove> + Clone,
        recorded_at: Timestamp,
    ) -> SalesResult<Self> {
        let late: BTreeSet<_> = moves
            .clone()
            .filter(|wanted| wanted.occurred_at < recorded_at)
            .map(place_in_time)
            .collect();
        if late.is_empty() {
            return Ok(Self::default());
        }
        if tx.dialect() == Dialect::Postgres {
            let keys: BTreeSet<LevelKey> = moves.map(StockMove::level).collect();
            read_levels(tx, keys).await?;
        }
        let rows: Vec<_> = late
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
        // A correction of a late sale is no count of its own: its reference is no document.
        let sql = format!(
            "SELECT wanted.product_id, wanted.location_id, wanted.at_us, MIN(movement.occurred_at_us)
             FROM {source} AS wanted
             JOIN stock_movements AS movement
               ON movement.product_id = wanted.product_id AND movement.location_id = wanted.location_id
              AND movement.occurred_at_us >= wanted.at_us
             JOIN stock_documents AS document ON document.id = movement.reference_id AND document.kind = 'count'
             WHERE movement.kind = 'count'
             GROUP BY wanted.product_id, wanted.location_id, wanted.at_us"
        );
        let mut counts = BTreeMap::new();
        for row in tx.rows(&sql, [to_json(&rows).into()]).await? {
            let level = (
                ProductId::from_uuid(row.get(0)?),
                LocationId::from_uuid(row.get(1)?),
            );
            counts.insert(
                (level, Timestamp::from_micros(row.get(2)?)),
                Timestamp::from_micros(row.get(3)?),
            );
        }
        Ok(Self(counts))
    }

    /// The count that had seen a movement.
    #[must_use]
    pub fn of(&self, wanted: &StockMove) -> Option<Timestamp> {
        self.0.get(&place_in_time(wanted)).copied()
    }

    /// Puts beside each movement that a count had seen one that takes its effect back at that count:
    /// before it stock is as it was, from it on as it was counted. What comes in goes first, so that
    /// goods which had left before the count, or came and left, need not lie there now.
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
                kind: MovementKind::Count,
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

/// Whether a movement is one of [`CountsSince::respected`], and no line of what was asked.
#[must_use]
pub fn is_correction(wanted: &StockMove) -> bool {
    wanted.kind == MovementKind::Count && wanted.reason.as_deref() == Some(SEEN)
}

/// A level and the instant from which on a count had seen what happened there. A count that is
/// repeated for the same instant replaces the one before.
fn place_in_time(wanted: &StockMove) -> (LevelKey, Timestamp) {
    let at = match wanted.kind {
        MovementKind::Count => {
            Timestamp::from_micros(wanted.occurred_at.micros().saturating_add(1))
        }
        _ => wanted.occurred_at,
    };
    (wanted.level(), at)
}
