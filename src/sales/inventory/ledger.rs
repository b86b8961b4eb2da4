//! Moving stock: one function, and it takes a set.
//!
//! On `PostgreSQL` a conditional `UPDATE … WHERE on_hand >= need RETURNING …` changes every level at
//! once, in sorted order, and the movement rows are written beside it in the caller's transaction.
//! Two writers can therefore never sell the same unit: the second one's condition is checked against
//! what the first one left. `SQLite` has one writer: what it reads stays true until its commit, so
//! the levels are read, and a trigger moves each of them by the movements that are written; one
//! that does not follow its level is refused. `CHECK (on_hand >= 0)` is the second fence on both.

use std::collections::BTreeMap;

use kernel::{
    Code, FieldError, Problem, Quantity, Timestamp,
    ids::{MovementId, ProductId},
};
use store::{
    ColumnKind::{self, Bool, Int, Text, Uuid},
    Columns, Dialect, Record, Tx, json_rows, to_json,
};

use super::{
    counting::CountsSince,
    held::{Held, Level, LevelState, Levels, OfLevel},
    movement::{LevelKey, MovementKind, StockMove},
};
use crate::error::SalesResult;

/// A movement that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedMovement {
    /// Its id.
    pub id: MovementId,
    /// Its place in the ledger of its product and location, from 1, without gaps.
    pub seq: i64,
    /// What lay there after it.
    pub balance_after: Quantity,
    /// What was wanted.
    pub wanted: StockMove,
    /// When we learnt it.
    pub recorded_at: Timestamp,
}

/// What a set of movements does to one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// Sum of the deltas, thousandths.
    pub total_milli: i64,
    /// What must be there before the first movement, so that no balance on the way is negative.
    pub need_milli: i64,
    /// Number of movements.
    pub count: i64,
    /// The latest count among them.
    pub counted_at: Option<Timestamp>,
}

/// Moves a set of goods, all or nothing: levels and ledger, in the caller's transaction, which holds
/// the levels. Each movement is compared with the counts in the ledger: what one of them had seen
/// moves nothing after it (see [`super::counting`]). Answers the movements in the order in which
/// they were wanted, each correction beside its own.
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

/// Takes movements back as if they had never been: `moves` are their opposites, at their moments, and
/// `reference_id` is what was behind them. A correction that they were given goes back with them.
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

/// Moves what comes and goes with an imported history: its sum is zero for every level, so that it
/// leaves today's stock alone, and no count of today's stock has anything to say about it.
///
/// # Errors
/// As [`move_stock`].
pub(crate) async fn move_imported_history(
    tx: &Tx,
    held: Held,
    moves: &[StockMove],
) -> SalesResult<()> {
    post(tx, &held, moves).await?;
    Ok(())
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

/// Adds a set of movements up by level, sorted: two writers that lock rows in different orders
/// would wait for each other.
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

/// What levels will be once demands are met, where nobody else can change them meanwhile. Those that
/// have not enough are missing from the answer.
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

/// Changes every level that has enough, on `PostgreSQL`. Levels that have not are missing from the
/// answer. It waits for levels that others hold; what those have done meanwhile, the latest count
/// included, is in the answer, although the ledger as this statement sees it knows nothing of it.
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
    // An UPDATE locks rows in the order of its plan; the CTE locks them sorted before it.
    let sql = format!(
        "WITH wanted AS MATERIALIZED (SELECT * FROM {source} AS rows),
         locked AS MATERIALIZED (
             SELECT level.product_id, level.location_id FROM stock_levels AS level
             JOIN wanted ON level.product_id = wanted.product_id AND level.location_id = wanted.location_id
             ORDER BY level.product_id, level.location_id FOR UPDATE OF level)
         UPDATE stock_levels AS level
         SET on_hand_milli = level.on_hand_milli + wanted.total, seq = level.seq + wanted.moves,
             counted_at_us = GREATEST(level.counted_at_us, wanted.counted)
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

/// Gives each movement its number and its balance, from what the levels are after all of them.
#[must_use]
pub fn replay(moves: &[StockMove], after: &Levels, recorded_at: Timestamp) -> Vec<PostedMovement> {
    let mut running = after.clone();
    for wanted in moves {
        if let Some(level) = running.get_mut(&(wanted.product_id, wanted.location_id)) {
            level.on_hand_milli -= wanted.delta.milli();
            level.seq -= 1;
        }
    }
    let mut posted = Vec::with_capacity(moves.len());
    for wanted in moves {
        let Some(level) = running.get_mut(&(wanted.product_id, wanted.location_id)) else {
            continue;
        };
        level.on_hand_milli += wanted.delta.milli();
        level.seq += 1;
        posted.push(PostedMovement {
            id: MovementId::generate(),
            seq: level.seq,
            balance_after: Quantity::from_milli(level.on_hand_milli),
            wanted: wanted.clone(),
            recorded_at,
        });
    }
    posted
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

/// Every short line with what was wanted and what is there.
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
