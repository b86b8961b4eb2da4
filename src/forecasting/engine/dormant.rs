//! Series that stopped selling: how likely they are to sell again, learnt from the group.

use serde::{Deserialize, Serialize};

use super::day_figures::DayFigures;
use crate::bands::TOTAL_LEVELS;
use crate::calendar::DayNumber;
use crate::classical::tsb;
use crate::frame::{Frame, GroupFrame};

/// No sale on this many open days makes a series dormant,
const DORMANT_DAYS: f64 = 56.0;
/// unless this many of its usual intervals are longer.
const DORMANT_INTERVALS: f64 = 4.0;
/// After this many days out of stock the count starts again: earlier days without a sale are dropped.
const EMPTY_SHELF_DAYS: i32 = 7;
/// Days within which a sale counts as coming back.
const BACK_DAYS: i32 = 28;
/// Days between two looks at the past of a series, and how far back they go.
const LOOK_EVERY_DAYS: i32 = 28;
const LOOK_BACK_DAYS: i32 = 728;
/// Prior: one dormant series in seven sells again within four weeks; it weighs as much as this many
/// cases.
const PRIOR_CHANCE: f64 = 0.15;
const PRIOR_CASES: f64 = 10.0;

/// How often dormant series of a group sold again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Revival {
    /// Probability of a sale within the next four weeks.
    chance: f64,
}

/// The days without a sale at the end of a series.
struct Silence {
    /// Days in stock and open since the last sale, or since the product was in stock again.
    days: f64,
    /// The number of days from which the series is dormant.
    limit: f64,
}

impl Silence {
    fn at(frame: &Frame, origin: DayNumber) -> Self {
        let whole = frame.window(frame.first, origin);
        let interval = whole.days / whole.positive.max(1.0);
        let (mut days, mut unknown) = (0.0, 0);
        for day in (frame.first..=origin).rev() {
            match frame.value(day) {
                Some(value) if value > 0.0 => break,
                Some(_) => {
                    days += 1.0;
                    unknown = 0;
                }
                None if frame.calendar.contains(day) => {}
                None => unknown += 1,
            }
            if unknown >= EMPTY_SHELF_DAYS {
                break;
            }
        }
        Self {
            days,
            limit: DORMANT_DAYS.max(DORMANT_INTERVALS * interval),
        }
    }

    /// The longer it lasts, the less likely is a sale.
    fn fading(&self) -> f64 {
        (self.limit / self.days.max(1.0)).min(1.0)
    }
}

/// True when nothing was sold for so long that the series may have ended.
pub(super) fn is_dormant(frame: &Frame, origin: DayNumber) -> bool {
    let silence = Silence::at(frame, origin);
    silence.days >= silence.limit
}

impl Revival {
    /// Counts every dormant period of the group's past.
    pub fn learn(group: &GroupFrame) -> Self {
        let (mut cases, mut back) = (0.0, 0.0);
        for frame in &group.series {
            let mut origin = group.last - BACK_DAYS;
            while origin - frame.first >= LOOK_EVERY_DAYS && group.last - origin <= LOOK_BACK_DAYS {
                let next = frame.window(origin + 1, origin + BACK_DAYS);
                if next.days > 0.0 && is_dormant(frame, origin) {
                    cases += 1.0;
                    back += if next.positive > 0.0 { 1.0 } else { 0.0 };
                }
                origin -= LOOK_EVERY_DAYS;
            }
        }
        Self {
            chance: (back + PRIOR_CASES * PRIOR_CHANCE) / (cases + PRIOR_CASES),
        }
    }

    /// Quantiles of the total of some days: zero in most cases, and an exponential tail with the
    /// remaining mean for those in which it sells again.
    pub fn total_quantiles(self, frame: &Frame, days: usize, mean: f64) -> Vec<(f64, f64)> {
        let fading = Silence::at(frame, frame.last).fading();
        let weeks = f64::from(u32::try_from(days).unwrap_or(u32::MAX)) / f64::from(BACK_DAYS);
        let back = (1.0 - (1.0 - (self.chance * fading).min(0.99)).powf(weeks)).clamp(1e-6, 1.0);
        TOTAL_LEVELS
            .iter()
            .map(|level| {
                let beyond = ((1.0 - level) / back).min(1.0);
                (*level, -beyond.ln() * mean / back)
            })
            .collect()
    }
}

/// The fading rate of a product that is no longer bought.
pub(super) fn dormant_days(frame: &Frame, horizon: usize) -> Vec<DayFigures> {
    let path = tsb(&frame.recent(frame.length()), horizon).unwrap_or_else(|| vec![0.0; horizon]);
    let whole = frame.window(frame.first, frame.last);
    let size = whole.sum / whole.positive.max(1.0);
    path.into_iter()
        .map(|rate| {
            // Most days have no sale; the upper edge rises once a sale is likelier than one in ten.
            let chance = if size > 0.0 { rate / size } else { 0.0 };
            let high = if chance > 0.1 { size } else { rate };
            DayFigures {
                mean: rate,
                median: 0.0,
                point: rate,
                low: 0.0,
                high,
            }
        })
        .collect()
}
