//! The training rows of the pooled models: many origins and horizons of every series.

use super::super::boosting::quantile_of_sorted;
use super::super::features::{FEATURES, HORIZON_CAP, OriginView};
use super::super::frame::GroupFrame;
use super::super::random::SplitMix64;

/// Days between two origins: a week, so that each has the weekday of the real one.
const ORIGIN_STEP_DAYS: i32 = 7;
/// Oldest origin.
const OLDEST_ORIGIN_DAYS: i32 = 2 * 364;
/// Fewest days of a series before its first origin.
const FIRST_ORIGIN_DAYS: i32 = 28;
/// Days in which the weight of an origin halves.
const HALF_LIFE_DAYS: f64 = 500.0;
/// Quantile at which targets of models with squared loss are cut.
const WINSOR_LEVEL: f64 = 0.995;

/// Rows, targets (ratios to the level at the origin) and weights.
pub(super) struct Sample {
    pub rows: Vec<[f64; FEATURES]>,
    pub targets: Vec<f64>,
    pub weights: Vec<f64>,
}

impl Sample {
    /// Draws about `limit` rows, the same for the same seed. Targets are days up to the origin of the
    /// group, never later.
    pub fn draw(group: &GroupFrame, limit: usize, has_years: bool, seed: u64) -> Self {
        let share = draw_share(group, limit);
        let mut sample = Self {
            rows: Vec::new(),
            targets: Vec::new(),
            weights: Vec::new(),
        };
        for frame in &group.series {
            // Each series has its own random numbers: its rows do not depend on the others.
            let mut random = SplitMix64::named(seed, &frame.id);
            let mut origin = frame.last - ORIGIN_STEP_DAYS;
            while origin - frame.first + 1 >= FIRST_ORIGIN_DAYS
                && frame.last - origin <= OLDEST_ORIGIN_DAYS
            {
                let view = OriginView::new(frame, &group.pulse, origin);
                let weight = 0.5_f64.powf(f64::from(frame.last - origin) / HALF_LIFE_DAYS);
                for target in origin + 1..=(origin + HORIZON_CAP).min(frame.last) {
                    let drawn = random.uniform() < share;
                    let Some(value) = frame.value(target).filter(|_| drawn && view.level > 0.0)
                    else {
                        continue;
                    };
                    sample
                        .rows
                        .push(view.row(frame, &group.pulse, origin, target, has_years));
                    sample.targets.push((value / view.level).min(40.0));
                    sample.weights.push(weight);
                }
                origin -= ORIGIN_STEP_DAYS;
            }
        }
        sample
    }

    /// Targets with the few largest cut.
    pub fn winsorised(&self) -> Vec<f64> {
        let mut sorted = self.targets.clone();
        sorted.sort_by(f64::total_cmp);
        let cap = quantile_of_sorted(&sorted, WINSOR_LEVEL);
        self.targets.iter().map(|target| target.min(cap)).collect()
    }
}

fn draw_share(group: &GroupFrame, limit: usize) -> f64 {
    let mut rows = 0.0;
    for frame in &group.series {
        let origins =
            (frame.length() - FIRST_ORIGIN_DAYS).min(OLDEST_ORIGIN_DAYS) / ORIGIN_STEP_DAYS;
        rows += f64::from(origins.max(0)) * f64::from(HORIZON_CAP);
    }
    let limit = f64::from(u32::try_from(limit).unwrap_or(u32::MAX));
    if rows > limit { limit / rows } else { 1.0 }
}
