//! Moving stock: one function for a set of movements.
//!
//! On `PostgreSQL` a conditional `UPDATE … WHERE on_hand >= need RETURNING …` changes all levels at
//! once, in sorted order, and the movements are written beside it in the caller's transaction. So two
//! writers can never sell the same unit: the condition of the second is checked against what the
//! first one left. `SQLite` has one writer: what it reads stays true until its commit. So the levels
//! are read, and a trigger changes each of them by the written movements, and refuses a movement that
//! does not follow its level. `CHECK (on_hand >= 0)` is the second guard on both.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::{
    Clock, Code, FieldError, Problem, Quantity, Timestamp,
    ids::{MovementId, ProductId},
};
use store::{
    ColumnKind::{self, Bool, Int, Text, Uuid},
    Columns, Dialect, Prepared, Record, Tx, json_rows, to_json,
};

use super::{
    counting::CountsSince,
    held::{Held, Level, LevelState, Levels, OfLevel},
    movement::{LevelKey, MovementKind, StockMove},
};
use crate::error::SalesResult;

/// Levels or movements of one statement.
const CHUNK: usize = 5_000;

/// A recorded movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedMovement {
    /// The movement's own UUID.
    pub id: MovementId,
    /// Its place among the movements of its product and location, from 1, without gaps.
    pub seq: i64,
    /// The stock after it.
    pub balance_after: Quantity,
    /// The requested movement.
    pub wanted: StockMove,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// The effect of a set of movements on one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// The sum of the changes, thousandths.
    pub total_milli: i64,
    /// The stock needed before the first movement, so that no balance is negative.
    pub need_milli: i64,
    /// The number of movements.
    pub count: i64,
    /// The latest count among them.
    pub counted_at: Option<Timestamp>,
}

/// Moves a set of goods, all or nothing: levels and ledger, in the caller's transaction, which has
/// locked the levels. Each movement is compared with the counts in the ledger: what a count has seen
/// does not change the stock after it (see [`super::counting`]). Returns the movements in the
/// requested order, each followed by its correction.
///
/// # Errors
/// `stock.insufficient` with every short line (`/lines/<position in moves>`); the caller must then
/// roll its transaction back.
pub async fn move_stock(
    tx: &Tx,
    held: Held,
    moves: &[StockMove],
) -> SalesResult<Vec<PostedMovement>> {
    let counts = CountsSince::find(tx, &held.levels, moves.iter()).await?;
    post(tx, &held, &counts.respected(moves.to_vec())).await
}

/// Undoes movements as if they had never been: `moves` are their opposites at their times, and
/// `reference_id` is their document. Their corrections are undone with them.
///
/// # Errors
/// As [`move_stock`].
pub async fn take_stock_back(
    tx: &Tx,
    held: Held,
    moves: &[StockMove],
    reference_id: uuid::Uuid,
) -> SalesResult<Vec<PostedMovement>> {
    let counts = CountsSince::find_taking_back(tx, &held.levels, moves, reference_id).await?;
    post(tx, &held, &counts.respected(moves.to_vec())).await
}

/// Moves the goods of an imported history: its sum is zero for every level, so today's stock does not
/// change, and counts of today's stock do not concern it. While the database writes some thousand
/// movements, the next ones are encoded.
///
/// # Errors
/// As [`move_stock`].
pub(crate) async fn move_imported_history(
    tx: &Tx,
    clock: &dyn Clock,
    moves: Vec<StockMove>,
) -> SalesResult<()> {
    let demands = demands_of(&moves);
    let mut before = Levels::new();
    let mut after = Levels::new();
    let mut recorded_at = clock.now();
    let keys: Vec<LevelKey> = demands.keys().copied().collect();
    for chunk in keys.chunks(CHUNK) {
        let held = Held::take(tx, clock, chunk.iter().copied()).await?;
        let wanted = chunk
            .iter()
            .filter_map(|key| Some((*key, *demands.get(key)?)));
        let wanted: BTreeMap<LevelKey, Demand> = wanted.collect();
        after.extend(match tx.dialect() {
            Dialect::Sqlite => met(&held.levels, &wanted),
            Dialect::Postgres => change_levels(tx, &wanted).await?,
        });
        recorded_at = held.recorded_at;
        before.extend(held.levels);
    }
    if after.len() < demands.len() {
        return Err(shortage(&moves, &demands, &before).into());
    }
    let dialect = tx.dialect();
    let (moves, running) = (Arc::new(moves), Arc::new(Mutex::new(before)));
    let parts = (0..moves.len()).step_by(CHUNK).map(|first| {
        let (moves, running) = (Arc::clone(&moves), Arc::clone(&running));
        move || {
            let moves = moves.iter().skip(first).take(CHUNK);
            let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
            let posted: Vec<_> = moves
                .filter_map(|wanted| posted_after(&mut running, wanted, recorded_at))
                .collect();
            Prepared::of(dialect, &[&posted])
        }
    });
    Ok(tx.insert_encoding(parts).await?)
}

async fn post(tx: &Tx, held: &Held, moves: &[StockMove]) -> SalesResult<Vec<PostedMovement>> {
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let demands = demands_of(moves);
    let after = match tx.dialect() {
        Dialect::Sqlite => met(&held.levels, &demands),
        Dialect::Postgres => change_levels(tx, &demands).await?,
    };
    if after.len() < demands.len() {
        return Err(shortage(moves, &demands, &held.levels).into());
    }
    let posted = replay(moves, &after, held.recorded_at);
    tx.insert(&[&posted]).await?;
    Ok(posted)
}

/// Adds movements up by level, sorted: writers that lock rows in different orders would wait for each
/// other.
#[must_use]
pub fn demands_of<'a>(
    moves: impl IntoIterator<Item = &'a StockMove>,
) -> BTreeMap<LevelKey, Demand> {
    let mut demands: BTreeMap<LevelKey, Demand> = BTreeMap::new();
    for wanted in moves {
        let demand = demands
            .entry((wanted.product_id, wanted.location_id))
            .or_default();
        demand.total_milli = demand.total_milli.saturating_add(wanted.delta.milli());
        demand.need_milli = demand.need_milli.max(demand.total_milli.saturating_neg());
        demand.count += 1;
        if wanted.kind.is_count() {
            demand.counted_at = demand.counted_at.max(Some(wanted.occurred_at));
        }
    }
    demands
}

/// The levels after the demands, if nobody else can change them meanwhile. Levels with too little are
/// left out.
#[must_use]
pub fn met(levels: &Levels, demands: &BTreeMap<LevelKey, Demand>) -> Levels {
    let meet = |(key, demand): (&LevelKey, &Demand)| {
        let level = levels.get(key)?;
        (level.on_hand_milli >= demand.need_milli).then_some((
            *key,
            LevelState {
                on_hand_milli: level.on_hand_milli + demand.total_milli,
                seq: level.seq + demand.count,
                counted_at: level.counted_at.max(demand.counted_at),
            },
        ))
    };
    demands.iter().filter_map(meet).collect()
}

/// Changes every level that has enough, on `PostgreSQL`. Levels with too little are left out. It
/// waits for levels that others have locked. Its result includes what those have done, such as a
/// count, although the ledger as this statement sees it does not.
pub async fn change_levels(tx: &Tx, demands: &BTreeMap<LevelKey, Demand>) -> SalesResult<Levels> {
    let columns = [
        ("product_id", ColumnKind::Uuid),
        ("location_id", ColumnKind::Uuid),
        ("total", ColumnKind::Int),
        ("need", ColumnKind::Int),
        ("moves", ColumnKind::Int),
        ("counted", ColumnKind::Int),
    ];
    let source = json_rows(tx.dialect(), 1, &columns);
    // An UPDATE locks rows in the order of its plan. The CTE before it locks them sorted.
    let sql = format!(
        "WITH wanted AS MATERIALIZED (SELECT * FROM {source} AS rows),
         locked AS MATERIALIZED (
             SELECT level.product_id, level.location_id FROM stock_levels AS level
             JOIN wanted ON level.product_id = wanted.product_id AND level.location_id = wanted.location_id
             ORDER BY level.product_id, level.location_id FOR UPDATE OF level)
         UPDATE stock_levels AS level
         SET on_hand_milli = level.on_hand_milli + wanted.total, seq = level.seq + wanted.moves,
             counted_at_us = GREATEST(level.counted_at_us, wanted.counted),
             changed_in = CAST(CAST(pg_current_xact_id() AS text) AS bigint)
         FROM wanted JOIN locked USING (product_id, location_id)
         WHERE level.product_id = wanted.product_id
           AND level.location_id = wanted.location_id
           AND level.on_hand_milli >= wanted.need
         RETURNING {}, {}",
        OfLevel::SELECT,
        Level::SELECT
    );
    let levels = tx.select::<(OfLevel, Level)>(&sql, [demand_rows(demands).into()]);
    Ok(levels.await?.into_iter().collect())
}

/// Demands as one JSON parameter, in the order of the levels.
fn demand_rows(demands: &BTreeMap<LevelKey, Demand>) -> String {
    let rows: Vec<_> = demands
        .iter()
        .map(|((product, location), d)| {
            let counted = d.counted_at.map(Timestamp::micros);
            (
                product,
                location,
                d.total_milli,
                d.need_milli,
                d.count,
                counted,
            )
        })
        .collect();
    to_json(&rows)
}

/// Gives each movement its number and balance, from the levels after all of them.
#[must_use]
pub fn replay(moves: &[StockMove], after: &Levels, recorded_at: Timestamp) -> Vec<PostedMovement> {
    let mut running = after.clone();
    for wanted in moves {
        if let Some(level) = running.get_mut(&(wanted.product_id, wanted.location_id)) {
            level.on_hand_milli -= wanted.delta.milli();
            level.seq -= 1;
        }
    }
    let posted = moves.iter();
    posted
        .filter_map(|wanted| posted_after(&mut running, wanted, recorded_at))
        .collect()
}

/// The next movement of a level, which follows it.
fn posted_after(
    running: &mut Levels,
    wanted: &StockMove,
    recorded_at: Timestamp,
) -> Option<PostedMovement> {
    let level = running.get_mut(&(wanted.product_id, wanted.location_id))?;
    level.on_hand_milli += wanted.delta.milli();
    level.seq += 1;
    Some(PostedMovement {
        id: MovementId::generate(),
        seq: level.seq,
        balance_after: Quantity::from_milli(level.on_hand_milli),
        wanted: wanted.clone(),
        recorded_at,
    })
}

impl Record for PostedMovement {
    const TABLE: &'static str = "stock_movements";

    fn put<C: Columns>(&self, row: &mut C) {
        let wanted = &self.wanted;
        row.column("id", Uuid, self.id);
        row.column("product_id", Uuid, wanted.product_id);
        row.column("location_id", Uuid, wanted.location_id);
        row.column("seq", Int, self.seq);
        row.column("delta_milli", Int, wanted.delta.milli());
        row.column("balance_after_milli", Int, self.balance_after.milli());
        row.column("kind", Text, wanted.kind.as_str());
        row.column("reference_id", Uuid, wanted.reference_id);
        row.column("actor_id", Uuid, wanted.actor_id);
        row.column("occurred_at_us", Int, wanted.occurred_at.micros());
        row.column("recorded_at_us", Int, self.recorded_at.micros());
        row.optional("unit_cost_minor", Int, wanted.unit_cost_minor);
        row.optional("reason", Text, wanted.reason.as_deref());
        row.optional(
            "is_correction",
            Bool,
            wanted.kind == MovementKind::Correction,
        );
    }
}

/// Every short line with the requested and the available quantity.
#[must_use]
pub fn shortage(
    moves: &[StockMove],
    demands: &BTreeMap<LevelKey, Demand>,
    available: &Levels,
) -> Problem {
    let mut problem = Problem::of(Code::InsufficientStock);
    let lines = moves
        .iter()
        .filter(|wanted| wanted.kind != MovementKind::Correction);
    for (position, wanted) in lines.enumerate() {
        let key = wanted.level();
        let need = demands.get(&key).map_or(0, |demand| demand.need_milli);
        let there = available.get(&key).map_or(0, |level| level.on_hand_milli);
        if need > there && wanted.delta.milli() < 0 {
            problem = problem.at(short_line(position, wanted.product_id, need, there));
        }
    }
    problem
}

/// One short line.
#[must_use]
pub fn short_line(
    position: usize,
    product: ProductId,
    need_milli: i64,
    there_milli: i64,
) -> FieldError {
    let (requested, available) = (
        Quantity::from_milli(need_milli),
        Quantity::from_milli(there_milli),
    );
    FieldError::new(
        format!("/lines/{position}"),
        Code::InsufficientStock.as_str(),
        format!("{requested} wanted, {available} in stock"),
    )
    .with("product_id", product.to_string())
    .with(
        "requested",
        serde_json::to_value(requested).unwrap_or_default(),
    )
    .with(
        "available",
        serde_json::to_value(available).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests;
