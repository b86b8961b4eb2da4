//! Gradient-boosted trees on binned features (Friedman 2001; histogram splits grown leaf by leaf as
//! in `LightGBM`, Ke et al. 2017) with a Tweedie and a quantile loss.
//!
//! smartcore's boosting sorts every feature at every node and has squared loss only: 23 s for 100 trees
//! on 12,000 rows, where this takes a fraction of a second.
#![expect(
    clippy::indexing_slicing,
    reason = "rows, features and bins are counted by this module itself"
)]

mod tree;

use serde::{Deserialize, Serialize};

use super::features::FEATURES;
use super::random::SplitMix64;
use tree::{Grower, Tree};

/// Bins of a feature.
pub(super) const BINS: usize = 64;
/// Range of scores on the log link: `exp(6)` times the own level is beyond any demand.
const SCORE_CAP: f64 = 6.0;

/// The loss that the trees minimise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Objective {
    /// The mean of a count-like target with many zeros, log link (Tweedie deviance, `1 < power < 2`).
    Tweedie { power: f64 },
    /// A quantile (pinball loss); leaves hold the quantile of their residuals.
    Quantile { level: f64 },
    /// The mean, squared loss.
    Squared,
}

/// Parameters of growing the trees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    pub trees: usize,
    pub leaves: usize,
    pub smallest_leaf: f64,
    pub rate: f64,
    pub ridge: f64,
    pub row_share: f64,
    pub feature_share: f64,
    pub seed: u64,
}

/// Feature rows as bins, with the edges to bin other rows.
#[derive(Debug, Clone)]
pub(crate) struct BinnedRows {
    pub rows: usize,
    pub bins: Vec<u8>,
    pub edges: Vec<Vec<f64>>,
}

impl BinnedRows {
    pub fn new(rows: &[[f64; FEATURES]]) -> Self {
        let mut edges = Vec::with_capacity(FEATURES);
        for feature in 0..FEATURES {
            // A sample of the rows is enough to place the edges.
            let step = (rows.len() / 20_000).max(1);
            let mut values: Vec<f64> = rows.iter().step_by(step).map(|row| row[feature]).collect();
            values.sort_by(f64::total_cmp);
            let mut cuts: Vec<f64> = Vec::new();
            for cut in 1..BINS {
                let index = (values.len() * cut / BINS).min(values.len().saturating_sub(1));
                let Some(value) = values.get(index) else {
                    break;
                };
                if cuts.last().is_none_or(|last| last < value) {
                    cuts.push(*value);
                }
            }
            edges.push(cuts);
        }
        let mut bins = Vec::with_capacity(rows.len() * FEATURES);
        for row in rows {
            for (value, cuts) in row.iter().zip(&edges) {
                let bin = cuts.partition_point(|cut| cut < value);
                bins.push(u8::try_from(bin).unwrap_or(u8::MAX));
            }
        }
        Self {
            rows: rows.len(),
            bins,
            edges,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Booster {
    objective: Objective,
    base: f64,
    trees: Vec<Tree>,
}

impl Booster {
    /// Fits the trees; `targets` and `weights` have one entry per row. `None` without rows.
    pub fn fit(
        data: &BinnedRows,
        targets: &[f64],
        weights: &[f64],
        objective: Objective,
        growth: Growth,
    ) -> Option<Self> {
        if data.rows == 0 || targets.len() != data.rows || weights.len() != data.rows {
            return None;
        }
        let base = base_score(targets, weights, objective);
        let mut scores = vec![base; data.rows];
        let mut gradients = vec![[0.0_f64; 2]; data.rows];
        let mut random = SplitMix64::new(growth.seed);
        let mut grower = Grower::new(data, growth);
        let mut trees = Vec::with_capacity(growth.trees);
        for _ in 0..growth.trees {
            for (((slot, score), target), weight) in
                gradients.iter_mut().zip(&scores).zip(targets).zip(weights)
            {
                let [gradient, curvature] = derivatives(objective, *score, *target);
                *slot = [gradient * weight, curvature * weight];
            }
            let mut tree = grower.grow(&gradients, &mut random);
            if let Objective::Quantile { level } = objective {
                tree.refit_leaves(
                    data,
                    |leaf_rows| {
                        quantile_step(leaf_rows, targets, &scores, weights, level) * growth.rate
                    },
                    grower.sampled_rows(),
                );
            }
            if tree.is_stump() {
                // This sample has nothing left to learn; the next one may.
                continue;
            }
            for (row, score) in scores.iter_mut().enumerate() {
                *score += tree.value_of_binned(&data.bins[row * FEATURES..(row + 1) * FEATURES]);
                if matches!(objective, Objective::Tweedie { .. }) {
                    *score = score.clamp(-SCORE_CAP, SCORE_CAP);
                }
            }
            trees.push(tree);
        }
        Some(Self {
            objective,
            base,
            trees,
        })
    }

    /// Predicts one row, in units of the target.
    pub fn predict(&self, row: &[f64; FEATURES]) -> f64 {
        let score = self.base
            + self
                .trees
                .iter()
                .map(|tree| tree.value_of(row))
                .sum::<f64>();
        match self.objective {
            Objective::Tweedie { .. } => score.clamp(-SCORE_CAP, SCORE_CAP).exp(),
            Objective::Quantile { .. } | Objective::Squared => score,
        }
    }
}

fn base_score(targets: &[f64], weights: &[f64], objective: Objective) -> f64 {
    let total: f64 = weights.iter().sum::<f64>().max(1e-12);
    let mean = targets
        .iter()
        .zip(weights)
        .map(|(target, weight)| target * weight)
        .sum::<f64>()
        / total;
    match objective {
        Objective::Tweedie { .. } => mean.max(1e-4).ln(),
        Objective::Squared => mean,
        Objective::Quantile { level } => {
            let mut sorted = targets.to_vec();
            sorted.sort_by(f64::total_cmp);
            quantile_of_sorted(&sorted, level)
        }
    }
}

/// First and second derivative of the loss with respect to the score.
fn derivatives(objective: Objective, score: f64, target: f64) -> [f64; 2] {
    match objective {
        Objective::Tweedie { power } => {
            let low = ((1.0 - power) * score).exp();
            let high = ((2.0 - power) * score).exp();
            [
                high - target * low,
                (2.0 - power) * high - (1.0 - power) * target * low,
            ]
        }
        Objective::Squared => [score - target, 1.0],
        Objective::Quantile { level } => [if target > score { -level } else { 1.0 - level }, 1.0],
    }
}

/// The quantile of the residuals of one leaf.
fn quantile_step(
    rows: &[u32],
    targets: &[f64],
    scores: &[f64],
    weights: &[f64],
    level: f64,
) -> f64 {
    let mut residuals: Vec<(f64, f64)> = rows
        .iter()
        .map(|row| {
            let row = *row as usize;
            (targets[row] - scores[row], weights[row])
        })
        .collect();
    residuals.sort_by(|left, right| left.0.total_cmp(&right.0));
    let total: f64 = residuals.iter().map(|(_, weight)| weight).sum();
    let mut reached = 0.0;
    for (residual, weight) in &residuals {
        reached += weight;
        if reached >= level * total {
            return *residual;
        }
    }
    0.0
}

/// Linear interpolation between order statistics; 0 for an empty slice.
pub(crate) fn quantile_of_sorted(sorted: &[f64], level: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
    let position = level.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "position is in 0..len"
    )]
    let index = position.floor() as usize;
    let low = sorted[index.min(sorted.len() - 1)];
    let high = sorted[(index + 1).min(sorted.len() - 1)];
    low + (high - low) * (position - position.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth() -> Growth {
        Growth {
            trees: 40,
            leaves: 8,
            smallest_leaf: 10.0,
            rate: 0.2,
            ridge: 1.0,
            row_share: 0.8,
            feature_share: 1.0,
            seed: 7,
        }
    }

    fn stairs() -> (Vec<[f64; FEATURES]>, Vec<f64>) {
        let mut random = SplitMix64::new(1);
        (0..1_000)
            .map(|_| {
                let mut row = [0.0; FEATURES];
                row[0] = random.uniform();
                row[1] = random.uniform();
                let target = if row[0] > 0.5 { 4.0 } else { 1.0 };
                (row, target * (0.5 + random.uniform()))
            })
            .unzip()
    }

    #[test]
    fn a_step_is_learnt_by_every_objective() {
        let (rows, targets) = stairs();
        let weights = vec![1.0; rows.len()];
        let data = BinnedRows::new(&rows);
        let mut probe = [0.0; FEATURES];
        for objective in [
            Objective::Tweedie { power: 1.3 },
            Objective::Squared,
            Objective::Quantile { level: 0.5 },
        ] {
            let booster = Booster::fit(&data, &targets, &weights, objective, growth()).unwrap();
            probe[0] = 0.9;
            assert!((booster.predict(&probe) - 4.0).abs() < 0.6, "{objective:?}");
            probe[0] = 0.1;
            assert!((booster.predict(&probe) - 1.0).abs() < 0.3, "{objective:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bits() {
        let (rows, targets) = stairs();
        let weights = vec![1.0; rows.len()];
        let data = BinnedRows::new(&rows);
        let objective = Objective::Quantile { level: 0.9 };
        let once = Booster::fit(&data, &targets, &weights, objective, growth()).unwrap();
        let twice = Booster::fit(&data, &targets, &weights, objective, growth()).unwrap();
        assert_eq!(
            once.predict(&rows[3]).to_bits(),
            twice.predict(&rows[3]).to_bits()
        );
    }

    #[test]
    fn constant_features_and_zero_targets_are_accepted() {
        let rows = vec![[1.0; FEATURES]; 50];
        let data = BinnedRows::new(&rows);
        let booster = Booster::fit(
            &data,
            &[0.0; 50],
            &[1.0; 50],
            Objective::Tweedie { power: 1.3 },
            growth(),
        )
        .unwrap();
        assert!(booster.predict(&rows[0]).is_finite());
    }

    #[test]
    fn no_rows_give_no_model() {
        let data = BinnedRows::new(&[]);
        assert!(Booster::fit(&data, &[], &[], Objective::Squared, growth()).is_none());
    }
}
