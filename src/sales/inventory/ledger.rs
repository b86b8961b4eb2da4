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
    ids::{LocationId, MovementId, ProductId, UserId},
};
use serde::{Deserialize, Serialize};
use store::{ColumnKind, Dialect, Tx, insert_from_json, json_rows, to_json};
use uuid::Uuid;

use super::counting::is_correction;
use crate::error::SalesResult;

/// Why stock moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// The stock with which a product began.
    Opening,
    /// Goods came in.
    Receipt,
    /// Goods were sold.
    Sale,
    /// Goods came back and can be sold again.
    Refund,
    /// A sale was voided.
    Void,
    /// A correction with a reason.
    Adjustment,
    /// The difference that a count found.
    Count,
    /// From one location to another.
    Transfer,
    /// A file.
    Import,
}

impl MovementKind {
    const ALL: [Self; 9] = [
        Self::Opening,
        Self::Receipt,
        Self::Sale,
        Self::Refund,
        Self::Void,
        Self::Adjustment,
        Self::Count,
        Self::Transfer,
        Self::Import,
    ];

    /// The word used in JSON and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Receipt => "receipt",
            Self::Sale => "sale",
            Self::Refund => "refund",
            Self::Void => "void",
            Self::Adjustment => "adjustment",
            Self::Count => "count",
            Self::Transfer => "transfer",
            Self::Import => "import",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A movement that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockMove {
    /// Which product.
    pub product_id: ProductId,
    /// Where.
    pub location_id: LocationId,
    /// By how much: positive comes in, negative goes out.
    pub delta: Quantity,
    /// Why.
    pub kind: MovementKind,
    /// The sale, refund, document or import behind it.
    pub reference_id: Option<Uuid>,
    /// What a unit cost, when goods come in.
    pub unit_cost_minor: Option<i64>,
    /// In words.
    pub reason: Option<String>,
    /// Who.
    pub actor_id: Option<UserId>,
    /// When it happened.
    pub occurred_at: Timestamp,
}

impl StockMove {
    /// The level that it moves.
    #[must_use]
    pub const fn level(&self) -> LevelKey {
        (self.product_id, self.location_id)
    }
}

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

/// A level: product and location, in the order in which rows are locked.
pub type LevelKey = (ProductId, LocationId);

/// What a set of movements does to one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// Sum of the deltas, thousandths.
    pub total_milli: i64,
    /// What must be there before the first movement, so that no balance on the way is negative.
    pub need_milli: i64,
    /// Number of movements.
    pub count: i64,
    /// True when something comes in, so that a missing level is made.
    pub brings_in: bool,
}

/// A level after the update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelAfter {
    /// What lies there now.
    pub on_hand_milli: i64,
    /// Number of its last movement.
    pub seq: i64,
}

/// Moves a set of goods, all or nothing: levels and ledger, in the caller's transaction.
/// Answers the movements in the order in which they were wanted.
///
/// # Errors
/// `stock.insufficient` with every short line (`/lines/<position in moves>`); the caller must then
/// roll its transaction back.
pub async fn move_stock(
    tx: &Tx,
    moves: &[StockMove],
    recorded_at: Timestamp,
) -> SalesResult<Vec<PostedMovement>> {
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let demands = demands_of(moves);
    open_missing_levels(tx, &demands).await?;
    let after = match tx.dialect() {
        Dialect::Sqlite => met(&read_levels(tx, demands.keys().copied()).await?, &demands),
        Dialect::Postgres => change_levels(tx, &demands).await?,
    };
    if after.len() < demands.len() {
        let available = read_levels(tx, demands.keys().copied()).await?;
        return Err(shortage(moves, &demands, &available).into());
    }
    let posted = replay(moves, &after, recorded_at);
    insert_movements(tx, &posted).await?;
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
        demand.brings_in |= wanted.delta.milli() >= 0;
    }
    demands
}

/// Makes a level of zero where goods come in for the first time.
async fn open_missing_levels(tx: &Tx, demands: &BTreeMap<LevelKey, Demand>) -> SalesResult<()> {
    let rows: Vec<_> = demands
        .iter()
        .filter(|(_, demand)| demand.brings_in)
        .map(|((product, location), _)| (product, location))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let source = json_rows(
        tx.dialect(),
        1,
        &[
            ("product_id", ColumnKind::Uuid),
            ("location_id", ColumnKind::Uuid),
        ],
    );
    // `WHERE true` keeps SQLite's parser from reading ON as the condition of a join.
    let sql = format!(
        "INSERT INTO stock_levels (product_id, location_id, on_hand_milli, seq)
         SELECT product_id, location_id, 0, 0 FROM {source} AS wanted WHERE true
         ON CONFLICT (product_id, location_id) DO NOTHING"
    );
    tx.execute(&sql, [to_json(&rows).into()]).await?;
    Ok(())
}

/// What levels will be once demands are met, where nobody else can change them meanwhile. Those that
/// have not enough are missing from the answer.
#[must_use]
pub fn met(
    levels: &BTreeMap<LevelKey, LevelAfter>,
    demands: &BTreeMap<LevelKey, Demand>,
) -> BTreeMap<LevelKey, LevelAfter> {
    let meet = |(key, demand): (&LevelKey, &Demand)| {
        let level = levels.get(key)?;
        (level.on_hand_milli >= demand.need_milli).then_some((
            *key,
            LevelAfter {
                on_hand_milli: level.on_hand_milli + demand.total_milli,
                seq: level.seq + demand.count,
            },
        ))
    };
    demands.iter().filter_map(meet).collect()
}

/// Changes every level that has enough, on `PostgreSQL`. Levels that have not are missing from the
/// answer.
pub async fn change_levels(
    tx: &Tx,
    demands: &BTreeMap<LevelKey, Demand>,
) -> SalesResult<BTreeMap<LevelKey, LevelAfter>> {
    let columns = [
        ("product_id", ColumnKind::Uuid),
        ("location_id", ColumnKind::Uuid),
        ("total", ColumnKind::Int),
        ("need", ColumnKind::Int),
        ("moves", ColumnKind::Int),
    ];
    let source = json_rows(tx.dialect(), 1, &columns);
    // An UPDATE locks rows in the order of its plan; the CTE locks them sorted before it.
    let sql = format!(
        "WITH wanted AS MATERIALIZED (SELECT * FROM {source} AS rows),
         locked AS MATERIALIZED (
             SELECT level.product_id, level.location_id FROM stock_levels AS level
             JOIN wanted ON level.product_id = wanted.product_id AND level.location_id = wanted.location_id
             ORDER BY level.product_id, level.location_id FOR UPDATE OF level)
         UPDATE stock_levels
         SET on_hand_milli = stock_levels.on_hand_milli + wanted.total, seq = stock_levels.seq + wanted.moves
         FROM wanted JOIN locked USING (product_id, location_id)
         WHERE stock_levels.product_id = wanted.product_id
           AND stock_levels.location_id = wanted.location_id
           AND stock_levels.on_hand_milli >= wanted.need
         RETURNING stock_levels.product_id, stock_levels.location_id, stock_levels.on_hand_milli, stock_levels.seq"
    );
    levels_from(tx.rows(&sql, [demand_rows(demands).into()]).await?)
}

/// Demands as one JSON parameter, in the order of the levels.
fn demand_rows(demands: &BTreeMap<LevelKey, Demand>) -> String {
    let rows: Vec<_> = demands
        .iter()
        .map(|((product, location), d)| (product, location, d.total_milli, d.need_milli, d.count))
        .collect();
    to_json(&rows)
}

/// Reads levels and, on `PostgreSQL`, locks their rows in sorted order until the end of the
/// transaction. A level that does not exist is missing from the answer.
pub async fn read_levels(
    tx: &Tx,
    keys: impl IntoIterator<Item = LevelKey>,
) -> SalesResult<BTreeMap<LevelKey, LevelAfter>> {
    let rows: Vec<_> = keys.into_iter().collect();
    let source = json_rows(
        tx.dialect(),
        1,
        &[
            ("product_id", ColumnKind::Uuid),
            ("location_id", ColumnKind::Uuid),
        ],
    );
    let lock = match tx.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE OF level",
    };
    let sql = format!(
        "SELECT level.product_id, level.location_id, level.on_hand_milli, level.seq
         FROM {source} AS wanted
         JOIN stock_levels AS level ON level.product_id = wanted.product_id AND level.location_id = wanted.location_id
         ORDER BY level.product_id, level.location_id{lock}"
    );
    levels_from(tx.rows(&sql, [to_json(&rows).into()]).await?)
}

fn levels_from(rows: Vec<store::Row>) -> SalesResult<BTreeMap<LevelKey, LevelAfter>> {
    let mut levels = BTreeMap::new();
    for row in rows {
        let key = (
            ProductId::from_uuid(row.get(0)?),
            LocationId::from_uuid(row.get(1)?),
        );
        levels.insert(
            key,
            LevelAfter {
                on_hand_milli: row.get(2)?,
                seq: row.get(3)?,
            },
        );
    }
    Ok(levels)
}

/// Gives each movement its number and its balance, from what the levels are after all of them.
#[must_use]
pub fn replay(
    moves: &[StockMove],
    after: &BTreeMap<LevelKey, LevelAfter>,
    recorded_at: Timestamp,
) -> Vec<PostedMovement> {
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

/// Columns of the ledger, in the order of [`movement_row`].
pub const MOVEMENT_COLUMNS: &[(&str, ColumnKind)] = &[
    ("id", ColumnKind::Uuid),
    ("product_id", ColumnKind::Uuid),
    ("location_id", ColumnKind::Uuid),
    ("seq", ColumnKind::Int),
    ("delta_milli", ColumnKind::Int),
    ("balance_after_milli", ColumnKind::Int),
    ("kind", ColumnKind::Text),
    ("reference_id", ColumnKind::Uuid),
    ("unit_cost_minor", ColumnKind::Int),
    ("reason", ColumnKind::Text),
    ("actor_id", ColumnKind::Uuid),
    ("occurred_at_us", ColumnKind::Int),
    ("recorded_at_us", ColumnKind::Int),
];

/// A movement as a row of the JSON parameter.
#[must_use]
pub fn movement_row(posted: &PostedMovement) -> impl Serialize + '_ {
    let wanted = &posted.wanted;
    (
        posted.id,
        wanted.product_id,
        wanted.location_id,
        posted.seq,
        wanted.delta.milli(),
        posted.balance_after.milli(),
        wanted.kind.as_str(),
        wanted.reference_id,
        wanted.unit_cost_minor,
        wanted.reason.as_deref(),
        wanted.actor_id,
        wanted.occurred_at.micros(),
        posted.recorded_at.micros(),
    )
}

async fn insert_movements(tx: &Tx, posted: &[PostedMovement]) -> SalesResult<()> {
    let rows: Vec<_> = posted.iter().map(movement_row).collect();
    let sql = insert_from_json(tx.dialect(), "stock_movements", MOVEMENT_COLUMNS, 1);
    tx.execute(&sql, [to_json(&rows).into()]).await?;
    Ok(())
}

/// Every short line with what was wanted and what is there.
#[must_use]
pub fn shortage(
    moves: &[StockMove],
    demands: &BTreeMap<LevelKey, Demand>,
    available: &BTreeMap<LevelKey, LevelAfter>,
) -> Problem {
    let mut problem = Problem::of(Code::InsufficientStock);
    let lines = moves.iter().filter(|wanted| !is_correction(wanted));
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
