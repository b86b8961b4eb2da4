//! Levels that a transaction has locked, and the time since when.
//!
//! A transaction that moves stock first waits for the levels, and only then takes its recording time.
//! So it knows of everything committed during the wait, above all of counts.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{
    Clock, Timestamp,
    ids::{LocationId, ProductId},
};
use store::{ColumnKind, Dialect, Tx, json_rows, selection, to_json};

use super::movement::LevelKey;
use crate::error::SalesResult;

/// A level as read or left by a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelState {
    /// The stock.
    pub on_hand_milli: i64,
    /// The number of its last movement.
    pub seq: i64,
    /// The latest time at which it was counted.
    pub counted_at: Option<Timestamp>,
}

impl LevelState {
    /// Whether a count may have seen what happened at an instant. Only the ledger knows which count.
    #[must_use]
    pub fn was_counted_since(&self, at: Timestamp) -> bool {
        self.counted_at.is_some_and(|counted_at| counted_at >= at)
    }
}

/// Levels by product and location.
pub type Levels = BTreeMap<LevelKey, LevelState>;

/// Levels that nobody else can change until the end of the transaction.
#[derive(Debug, Clone)]
pub struct Held {
    /// Every requested level. Missing ones were created with zero.
    pub levels: Levels,
    /// When the last of them was locked: the recording time of this transaction.
    pub recorded_at: Timestamp,
}

impl Held {
    /// Waits for a set of levels and locks them in sorted order: writers with different orders would
    /// wait for each other.
    pub async fn take(
        tx: &Tx,
        clock: &dyn Clock,
        keys: impl IntoIterator<Item = LevelKey>,
    ) -> SalesResult<Self> {
        let keys: BTreeSet<LevelKey> = keys.into_iter().collect();
        let mut levels = Levels::new();
        if !keys.is_empty() {
            levels = read_levels(tx, keys.iter().copied()).await?;
            if levels.len() < keys.len() {
                let missing = keys.iter().filter(|key| !levels.contains_key(key));
                open_levels(tx, missing.copied()).await?;
                levels = read_levels(tx, keys).await?;
            }
        }
        Ok(Self {
            levels,
            recorded_at: clock.now(),
        })
    }
}

/// Creates levels of zero, unless they exist by now.
async fn open_levels(tx: &Tx, keys: impl IntoIterator<Item = LevelKey>) -> SalesResult<()> {
    let rows: Vec<_> = keys.into_iter().collect();
    let source = json_rows(tx.dialect(), 1, KEY_COLUMNS);
    // `WHERE true` keeps SQLite's parser from reading ON as a join condition.
    let sql = format!(
        "INSERT INTO stock_levels (product_id, location_id, on_hand_milli, seq)
         SELECT product_id, location_id, 0, 0 FROM {source} AS wanted WHERE true
         ON CONFLICT (product_id, location_id) DO NOTHING"
    );
    tx.execute(&sql, [to_json(&rows).into()]).await?;
    Ok(())
}

/// Reads levels and, on `PostgreSQL`, locks their rows in sorted order until the end of the
/// transaction. Levels that do not exist are left out.
pub async fn read_levels(tx: &Tx, keys: impl IntoIterator<Item = LevelKey>) -> SalesResult<Levels> {
    let rows: Vec<_> = keys.into_iter().collect();
    let source = json_rows(tx.dialect(), 1, KEY_COLUMNS);
    let lock = match tx.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE OF level",
    };
    let sql = format!(
        "SELECT {}, {} FROM {source} AS wanted
         JOIN stock_levels AS level ON level.product_id = wanted.product_id AND level.location_id = wanted.location_id
         ORDER BY level.product_id, level.location_id{lock}",
        OfLevel::SELECT,
        Level::SELECT
    );
    let levels = tx.select::<(OfLevel, Level)>(&sql, [to_json(&rows).into()]);
    Ok(levels.await?.into_iter().collect())
}

pub(super) const KEY_COLUMNS: &[(&str, ColumnKind)] = &[
    ("product_id", ColumnKind::Uuid),
    ("location_id", ColumnKind::Uuid),
];

selection! {
    /// The key of a level.
    pub(super) OfLevel in level (product_id: ProductId, location_id: LocationId)

    /// A stored level.
    pub(super) Level of LevelState in level { on_hand_milli, seq, counted_at = counted_at_us }
}
