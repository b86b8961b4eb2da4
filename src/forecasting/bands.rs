//! Bands with the promised coverage: split-conformal corrections learnt on rolling origins.
//!
//! The boosted 10 % and 90 % quantiles give the shape; the share of backtest days outside gives by how
//! much each edge is moved (conformalised quantile regression, Romano, Patterson and Candès 2019, with
//! one correction for each side). Totals over a lead time have their own residuals, since the errors of
//! neighbouring days are correlated.

use serde::{Deserialize, Serialize};

use super::boosting::quantile_of_sorted;

/// Levels at which the ratios of totals are kept.
pub(crate) const TOTAL_LEVELS: [f64; 19] = [
    0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80,
    0.85, 0.90, 0.95,
];
/// Lengths of the totals, in days, whose residuals are collected.
pub(crate) const TOTAL_DAYS: [usize; 3] = [7, 14, 28];
/// Share of the days that may lie outside of a band.
const OUTSIDE: f64 = 0.19;
/// Fewest scores for a correction.
const FEWEST_SCORES: usize = 60;
/// Largest correction, in widths of the band.
const CORRECTION_CAP: f64 = 0.6;
/// Shrinks corrections of the band towards zero, as if this many extra scores had needed none.
const PSEUDO_SCORES: f64 = 150.0;
/// The models of the backtest are weeks older than those in use, and have larger errors: only this part
/// of the correction is applied.
const TRUST: f64 = 0.35;

/// How far outside of its band each actual value fell, in widths of the band; negative inside.
#[derive(Debug, Clone, Default)]
pub(crate) struct BandScores {
    below: Vec<f64>,
    above: Vec<f64>,
}

impl BandScores {
    pub fn add(&mut self, low: f64, high: f64, level: f64, actual: f64) {
        let width = band_width(low, high, level);
        if width > 0.0 {
            self.below.push((low - actual) / width);
            self.above.push((actual - high) / width);
        }
    }

    /// One correction for each side. Half of the share that one side does not use (no value is below 0)
    /// goes to the other.
    pub fn correction(mut self) -> BandCorrection {
        if self.below.len() < FEWEST_SCORES {
            return BandCorrection::default();
        }
        self.below.sort_by(f64::total_cmp);
        self.above.sort_by(f64::total_cmp);
        let count = u32::try_from(self.below.len()).map_or(f64::MAX, f64::from);
        let trust = TRUST * count / (count + PSEUDO_SCORES);
        let each = OUTSIDE / 2.0;
        let below =
            quantile_of_sorted(&self.below, 1.0 - each).clamp(-CORRECTION_CAP, CORRECTION_CAP);
        let outside_below = f64::from(
            u32::try_from(
                self.below
                    .iter()
                    .filter(|score| **score > below.max(0.0))
                    .count(),
            )
            .unwrap_or(0),
        ) / count;
        let upper_share = each + 0.35 * (each - outside_below).max(0.0);
        let above = quantile_of_sorted(&self.above, 1.0 - upper_share)
            .clamp(-CORRECTION_CAP, CORRECTION_CAP);
        BandCorrection {
            below: trust * below,
            above: trust * above,
        }
    }
}

fn band_width(low: f64, high: f64, level: f64) -> f64 {
    (high - low).max(0.1 * level)
}

/// How far each edge of a band is moved outwards, in widths of the band.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct BandCorrection {
    below: f64,
    above: f64,
}

impl BandCorrection {
    /// The corrected band; the edges are never below 0 and never cross.
    pub fn apply(self, low: f64, high: f64, level: f64) -> (f64, f64) {
        let width = band_width(low, high, level);
        let low = (low - self.below * width).max(0.0);
        (low, (high + self.above * width).max(low))
    }
}

/// Quantiles of actual total over forecast total, for each of `TOTAL_DAYS`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TotalRatios {
    quantiles: [Vec<f64>; 3],
}

impl TotalRatios {
    /// Learns from the ratios of the backtest; `None` where there are too few.
    pub fn learn(mut ratios: [Vec<f64>; 3]) -> Option<Self> {
        if ratios.iter().any(|list| list.len() < 20) {
            return None;
        }
        let quantiles = std::array::from_fn(|index| {
            let Some(list) = ratios.get_mut(index) else {
                return Vec::new();
            };
            list.sort_by(f64::total_cmp);
            TOTAL_LEVELS
                .iter()
                .map(|level| quantile_of_sorted(list, *level))
                .collect()
        });
        Some(Self { quantiles })
    }

    /// The quantiles for a total over `days` days: those of the nearest length.
    pub fn for_days(&self, days: usize) -> &[f64] {
        let [week, fortnight, month] = &self.quantiles;
        if days <= 10 {
            week
        } else if days <= 20 {
            fortnight
        } else {
            month
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::SplitMix64;
    use super::*;

    #[test]
    fn a_band_that_is_too_narrow_is_widened() {
        let mut random = SplitMix64::new(3);
        let mut scores = BandScores::default();
        let draws: Vec<f64> = (0..4_000).map(|_| 100.0 * random.uniform()).collect();
        for actual in &draws {
            scores.add(30.0, 70.0, 50.0, *actual);
        }
        let (low, high) = scores.correction().apply(30.0, 70.0, 50.0);
        let inside = draws
            .iter()
            .filter(|actual| (low..=high).contains(*actual))
            .count();
        let share = f64::from(u32::try_from(inside).unwrap()) / 4_000.0;
        assert!(
            (0.48..0.65).contains(&share),
            "a third of the way from 0.4 to 0.8: {share}"
        );
    }

    #[test]
    fn bands_never_cross_nor_fall_below_zero() {
        let correction = BandCorrection {
            below: 5.0,
            above: -5.0,
        };
        let (low, high) = correction.apply(2.0, 3.0, 1.0);
        assert!(low >= 0.0 && high >= low);
    }
}
