//! Series of single pieces with a constant rate: their four-weekly sales scatter no more than chance
//! explains.
//!
//! For them a model that follows the last weeks follows chance: for a product that sold one piece on 58
//! days of a year, in no order, it forecast anything from two to six pieces for the next four weeks. The
//! best forecast is the series' own mean. The better a constant rate explains the past, the more the
//! blend is shrunk towards it.

use crate::frame::Frame;

use super::day_figures::DayFigures;

/// Days of a block, and the number of blocks that are tested.
const BLOCK_DAYS: i32 = 28;
const MOST_BLOCKS: i32 = 26;
/// Fewest blocks from which a constant rate can be distinguished from a changing one.
const FEWEST_BLOCKS: f64 = 8.0;
/// Fewest known days of a block.
const FEWEST_DAYS: f64 = 20.0;
/// Variance of a day divided by its mean. Up to the first value the series sells single pieces. From the
/// second on, large sales make its mean, and the blend is not changed.
const SMALL_COUNTS: (f64, f64) = (1.0, 1.1);
/// How fast the share falls as the scatter of the blocks exceeds chance.
const STEEPNESS: f64 = 2.0;

/// Days from which the level of a forecast is taken.
pub(super) const LEVEL_DAYS: usize = 28;

/// A constant rate.
pub(super) struct Constant {
    mean: f64,
    /// How certain it is that the rate is constant, 0 to 1.
    pub share: f64,
}

impl Constant {
    /// `None` when the series is too young, or its rate changes.
    pub fn of(frame: &Frame) -> Option<Self> {
        let whole = frame.window(frame.last - BLOCK_DAYS * MOST_BLOCKS + 1, frame.last);
        let (mean, variance) = (whole.mean_or(0.0), whole.variance());
        if mean <= 0.0 || variance <= 0.0 {
            return None;
        }
        let (mut scatter, mut blocks) = (0.0, 0.0);
        for back in 0..MOST_BLOCKS {
            let to = frame.last - BLOCK_DAYS * back;
            if to - BLOCK_DAYS + 1 < frame.first {
                break;
            }
            let block = frame.window(to - BLOCK_DAYS + 1, to);
            if block.days >= FEWEST_DAYS {
                // Squared error of the block's mean, as a multiple of its variance for independent days.
                scatter += (block.mean_or(0.0) - mean).powi(2) * block.days / variance;
                blocks += 1.0;
            }
        }
        if blocks < FEWEST_BLOCKS {
            return None;
        }
        let scatter = scatter / (blocks - 1.0);
        // Two standard deviations above 1; the second term is the kurtosis of rare sales.
        let by_chance = 1.0
            + 2.0 * (2.0 / (blocks - 1.0) + 1.0 / (blocks * mean * f64::from(BLOCK_DAYS))).sqrt();
        let constant = 1.0 - STEEPNESS * (scatter - by_chance).max(0.0);
        let (low, high) = SMALL_COUNTS;
        let small = ((high - variance / mean) / (high - low)).clamp(0.0, 1.0);
        let share = constant.max(0.0) * small;
        (share > 0.0).then_some(Self { mean, share })
    }

    /// Shrinks the level of the figures towards the mean and keeps their shape. `figures` hold at least
    /// the four weeks from which their level is taken, so that it does not depend on the horizon.
    pub fn draw(&self, figures: &mut [DayFigures]) {
        let weeks = figures.iter().take(LEVEL_DAYS);
        let (sum, days) = weeks.fold((0.0, 0.0), |all, day| (all.0 + day.mean, all.1 + 1.0));
        if sum <= 0.0 {
            return;
        }
        let factor = (self.mean * days / sum).clamp(0.2, 5.0);
        let factor = 1.0 + self.share * (factor - 1.0);
        for day in figures {
            day.mean *= factor;
            day.point *= factor;
        }
    }
}
