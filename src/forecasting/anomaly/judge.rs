//! The rules: how far a value is from its expectation, alone and together with the days before.

use serde::{Deserialize, Serialize};

use super::DeviationKind;

/// Standard deviations between the median and the 90 % quantile of a normal distribution.
const NORMAL_P90: f64 = 1.2816;
/// Days of deviations from which the scale of a series is corrected.
const SCALE_MEMORY: usize = 120;
/// Fewest deviations for a correction.
const SCALE_FEWEST: usize = 20;
/// Range of the scale, as a multiple of the bands.
const SCALE_RANGE: (f64, f64) = (0.75, 4.0);

/// Thresholds of the rules, in robust standard deviations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Deviation of one day upwards.
    pub spike: f64,
    /// Deviation of one day downwards.
    pub drop: f64,
    /// Sum of the deviations of neighbouring days beyond `slack`.
    pub shift: f64,
    /// Part of each day's deviation that is subtracted before it is added to the sum.
    pub slack: f64,
    /// Mean deviation of the last two or three days, times the square root of their number.
    pub run: f64,
    /// Smallest spread, as a part of the expectation.
    pub least_spread: f64,
    /// Days after which a shift becomes the new normal.
    pub patience_days: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            spike: 4.5,
            drop: 4.0,
            shift: 7.0,
            slack: 1.0,
            run: 5.0,
            least_spread: 0.08,
            patience_days: 21,
        }
    }
}

/// The expectation of one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expectation {
    pub low: f64,
    pub middle: f64,
    pub high: f64,
    /// Usual level of the series, for the smallest spread.
    pub level: f64,
}

impl Expectation {
    /// Deviation of a value in spreads of this band; the two sides may have different spreads.
    pub fn deviation(&self, value: f64, rules: &Rules) -> f64 {
        let floor = (rules.least_spread * self.middle.max(0.5 * self.level)).max(1e-9);
        let edge = if value >= self.middle {
            self.high - self.middle
        } else {
            self.middle - self.low
        };
        (value - self.middle) / (edge / NORMAL_P90).max(floor)
    }
}

/// The result for one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judgement {
    pub fired: Option<(DeviationKind, f64)>,
}

/// State of one series between its days.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    deviations: Vec<f64>,
    rising: f64,
    falling: f64,
    run_days: u32,
    /// The last deviations, newest last.
    latest: [f64; 3],
}

impl Memory {
    /// How many times wider the series scatters than its bands; robust.
    fn scale(&self) -> f64 {
        if self.deviations.len() < SCALE_FEWEST {
            return 1.0;
        }
        let mut sizes: Vec<f64> = self
            .deviations
            .iter()
            .map(|deviation| deviation.abs())
            .collect();
        sizes.sort_by(f64::total_cmp);
        let at = |part: usize| sizes.get(sizes.len() * part / 100).copied().unwrap_or(1.0);
        // Half and nine tenths of absolute normal deviations lie within 0.6745 and 1.6449.
        (at(50) / 0.6745)
            .max(at(90) / 1.6449)
            .clamp(SCALE_RANGE.0, SCALE_RANGE.1)
    }

    /// Judges a deviation, in spreads of its band.
    pub fn judge(&mut self, excess: f64, is_silent: bool, rules: &Rules) -> Judgement {
        let deviation = excess / self.scale();
        let bounded = deviation.clamp(-4.0, 4.0);
        self.rising = (self.rising + bounded - rules.slack).max(0.0);
        self.falling = (self.falling - bounded - rules.slack).max(0.0);
        self.latest = [self.latest[1], self.latest[2], deviation.clamp(-6.0, 6.0)];
        let [third, second, newest] = self.latest;
        let pair = together(&[second, newest]);
        let triple = together(&[third, second, newest]);
        let below = if is_silent {
            DeviationKind::Silence
        } else {
            DeviationKind::Drop
        };
        let candidates = [
            (DeviationKind::Spike, deviation / rules.spike),
            (below, -deviation / rules.drop),
            (
                DeviationKind::LevelShift,
                self.rising.max(self.falling) / rules.shift,
            ),
            (DeviationKind::LevelShift, pair.max(triple) / rules.run),
            (below, -pair.min(triple) / rules.run),
        ];
        let fired = candidates
            .into_iter()
            .filter(|(_, score)| *score >= 1.0)
            .max_by(|left, right| left.1.total_cmp(&right.1));
        self.run_days = if fired.is_some() {
            self.run_days + 1
        } else {
            0
        };
        if deviation.abs() < rules.slack {
            // An expected day ends a shift.
            self.rising = 0.0;
            self.falling = 0.0;
        }
        Judgement { fired }
    }

    /// True when a run of flagged days has lasted so long that it is the new normal.
    pub fn is_new_normal(&self, rules: &Rules) -> bool {
        self.run_days > rules.patience_days
    }

    /// Resets after a shift has become the new normal.
    pub fn accept(&mut self) {
        *self = Self::default();
    }

    /// Stores the deviation of a day that was not flagged.
    pub fn remember(&mut self, excess: f64) {
        self.deviations.push(excess.clamp(-10.0, 10.0));
        if self.deviations.len() > SCALE_MEMORY {
            self.deviations.remove(0);
        }
    }
}

/// Stouffer's combined deviation when all have the same sign; 0 otherwise.
fn together(deviations: &[f64]) -> f64 {
    let count = u32::try_from(deviations.len()).map_or(1.0, f64::from);
    let sum: f64 = deviations.iter().sum();
    if deviations.iter().all(|deviation| deviation * sum > 0.0) {
        sum / count.sqrt()
    } else {
        0.0
    }
}
