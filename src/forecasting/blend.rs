//! Weights of the members: non-negative least squares over rolling origins, per demand class, shrunk
//! half-way to weights that worked on other data.
//!
//! The members are blended, not picked: choosing one winner per series from a short window was no better
//! than simple smoothing, weights were. The algorithm is coordinate descent on the normal equations (a
//! convex problem, so the result does not depend on the order of the steps).

use serde::{Deserialize, Serialize};

use super::members::MEMBERS;

/// Rounds of coordinate descent; ten members converge far sooner.
const ROUNDS: usize = 200;
/// How far the learnt weights are shrunk to the prior ones.
const SHRINKAGE: f64 = 0.5;

/// Prior weights in the order of `Member::ALL`: half on the boosted mean, the rest spread. The median
/// member has no weight in a mean.
const PRIOR: [f64; MEMBERS] = [0.04, 0.12, 0.46, 0.0, 0.06, 0.08, 0.10, 0.06, 0.02, 0.06];

/// Weights of the members, in the order of `Member::ALL`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Weights([f64; MEMBERS]);

impl Default for Weights {
    fn default() -> Self {
        Self(PRIOR)
    }
}

impl Weights {
    /// Weighted mean of the members; the weights of members without a value go to the others. `None`
    /// without any value.
    pub fn mix(&self, values: &[Option<f64>; MEMBERS]) -> Option<f64> {
        let (mut sum, mut weight) = (0.0, 0.0);
        let (mut plain, mut count) = (0.0, 0.0);
        for ((value, share), prior) in values.iter().zip(self.0).zip(PRIOR) {
            if let Some(value) = value {
                sum += share * value;
                weight += share;
                if prior > 0.0 {
                    plain += value;
                    count += 1.0;
                }
            }
        }
        if weight > 1e-9 {
            Some(sum / weight)
        } else if count > 0.0 {
            Some(plain / count)
        } else {
            None
        }
    }

    pub fn shares(&self) -> [f64; MEMBERS] {
        self.0
    }
}

/// The normal equations of the least squares, filled day by day.
#[derive(Debug, Clone)]
pub(crate) struct NormalEquations {
    gram: [[f64; MEMBERS]; MEMBERS],
    cross: [f64; MEMBERS],
}

impl NormalEquations {
    pub fn new() -> Self {
        Self {
            gram: [[0.0; MEMBERS]; MEMBERS],
            cross: [0.0; MEMBERS],
        }
    }

    /// Adds one day: the members' forecasts and the actual value, both divided by `scale`.
    pub fn add(&mut self, values: &[Option<f64>; MEMBERS], actual: f64, scale: f64) {
        if scale <= 0.0 || !actual.is_finite() {
            return;
        }
        // A member without a value gets the prior blend, so that it neither gains nor loses.
        let Some(stand_in) = Weights::default().mix(values) else {
            return;
        };
        let scaled = values.map(|value| value.unwrap_or(stand_in) / scale);
        for ((gram_row, cross), left) in self.gram.iter_mut().zip(&mut self.cross).zip(scaled) {
            for (cell, right) in gram_row.iter_mut().zip(scaled) {
                *cell += left * right;
            }
            *cross += left * actual / scale;
        }
    }

    /// Solves for non-negative weights, scales them to sum 1, and shrinks them to the prior.
    pub fn solve(&self) -> Weights {
        let mut weights = PRIOR;
        for _ in 0..ROUNDS {
            for index in 0..MEMBERS {
                let (Some(row), Some(cross), Some(prior)) = (
                    self.gram.get(index),
                    self.cross.get(index),
                    PRIOR.get(index),
                ) else {
                    continue;
                };
                let diagonal = row.get(index).copied().unwrap_or(0.0);
                if diagonal <= 1e-12 || *prior <= 0.0 {
                    continue;
                }
                let explained: f64 = row
                    .iter()
                    .zip(weights)
                    .map(|(cell, weight)| cell * weight)
                    .sum();
                if let Some(weight) = weights.get_mut(index) {
                    *weight = (*weight + (cross - explained) / diagonal).max(0.0);
                }
            }
        }
        let total: f64 = weights.iter().sum();
        if !total.is_finite() || total <= 1e-9 {
            return Weights::default();
        }
        let mut shrunk = PRIOR;
        for (slot, weight) in shrunk.iter_mut().zip(weights) {
            *slot = SHRINKAGE * *slot + (1.0 - SHRINKAGE) * weight / total;
        }
        Weights(shrunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_member_that_is_right_gains_weight() {
        let mut equations = NormalEquations::new();
        for day in 0..200 {
            let truth = f64::from(day % 13);
            let mut values = [Some(f64::from((day * 7) % 11)); MEMBERS];
            values[6] = Some(truth);
            equations.add(&values, truth, 1.0);
        }
        let shares = equations.solve().shares();
        assert!(shares[6] > 0.5, "{shares:?}");
        assert!(shares.iter().all(|share| *share >= 0.0));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn no_evidence_keeps_the_prior() {
        let shares = NormalEquations::new().solve().shares();
        for (share, prior) in shares.iter().zip(PRIOR) {
            assert!((share - prior).abs() < 1e-9);
        }
    }

    #[test]
    fn weights_of_members_without_a_value_go_to_the_others() {
        let mut values = [None; MEMBERS];
        values[4] = Some(3.0);
        assert_eq!(Weights::default().mix(&values), Some(3.0));
        assert_eq!(Weights::default().mix(&[None; MEMBERS]), None);
    }
}
