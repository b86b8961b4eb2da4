//! Settings and limits of the engine.

use serde::{Deserialize, Serialize};

/// Longest horizon of a forecast, in days.
pub const HORIZON_LIMIT_DAYS: usize = 366;

/// Settings of a fit. The defaults keep a nightly refit of 100 products within a few seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Seed of every random choice: same data and same seed give the same bits.
    pub seed: u64,
    /// Training rows drawn for the pooled models.
    pub pooled_rows: usize,
    /// Trees of each boosted model.
    pub trees: usize,
    /// Learning rate of the boosted trees.
    pub learning_rate: f64,
    /// Training rows of the random forest.
    pub forest_rows: usize,
    /// Trees of the random forest.
    pub forest_trees: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 20_260_101,
            pooled_rows: 30_000,
            trees: 100,
            learning_rate: 0.06,
            forest_rows: 5_000,
            forest_trees: 40,
        }
    }
}
