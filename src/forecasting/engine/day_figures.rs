//! The figures of one day of a forecast.

use chrono::NaiveDate;

use crate::outcome::ForecastDay;

/// How far the point of an even product is moved towards its median.
const EVEN_SHARE: f64 = 0.4;
/// How far the point of a slow product is moved towards its median.
const SLOW_SHARE: f64 = 0.6;
/// Part of its total that the points of a series with a constant rate may lose.
const CONSTANT_LOSS: f64 = 0.03;
/// Units a day at which the move of a slow product has fallen to a third.
const SLOW_UNITS: f64 = 3.0;

/// The figures of one day, before the calendar is applied.
pub(super) struct DayFigures {
    pub mean: f64,
    pub median: f64,
    pub point: f64,
    pub low: f64,
    pub high: f64,
}

impl DayFigures {
    /// The figures of a day that is open with probability `chance` and sells nothing otherwise: each
    /// quantile keeps its probability. The 90 % quantile of a day that is open less than one time in ten
    /// is 0; the upper edge is then the mean, since a range from 0 to 0 would claim that the day is
    /// certain.
    pub fn if_open(self, chance: f64) -> Self {
        if chance >= 1.0 {
            return self;
        }
        let quantile = |level: f64| {
            let of_open = if chance > 0.0 {
                (level - (1.0 - chance)) / chance
            } else {
                -1.0
            };
            let between = |from: f64, to: f64, part: f64| from + part * (to - from);
            match of_open {
                below if below <= 0.0 => 0.0,
                low if low < 0.1 => between(0.0, self.low, low / 0.1),
                lower if lower < 0.5 => between(self.low, self.median, (lower - 0.1) / 0.4),
                upper => between(self.median, self.high, ((upper - 0.5) / 0.4).min(1.0)),
            }
        };
        let mean = chance * self.mean;
        Self {
            mean,
            median: quantile(0.5),
            point: chance * self.point,
            low: quantile(0.1),
            high: quantile(0.9).max(mean),
        }
    }

    /// The figures of a date that is open with probability `chance`; none is negative or infinite.
    pub fn on(self, date: NaiveDate, chance: f64, closed: bool) -> ForecastDay {
        let figures = self.if_open(chance);
        let sound = |value: f64| {
            if value.is_finite() {
                value.max(0.0)
            } else {
                0.0
            }
        };
        let low = sound(figures.low);
        ForecastDay {
            date,
            mean: sound(figures.mean),
            median: sound(figures.median),
            point: sound(figures.point),
            low,
            high: sound(figures.high).max(low),
            closed,
        }
    }
}

/// Moves the point of each day from the mean towards the median where this loses little of the total:
/// for slow products, whose typical day has no sale, and for even ones, whose median and mean hardly
/// differ. A fast product with rare large orders keeps its mean. So does a slow one whose rate is
/// `constant` (1 = certainly), except for [`CONSTANT_LOSS`]: only its total is well known.
pub(super) fn draw_points(figures: &mut [DayFigures], constant: f64) {
    let days = f64::from(u32::try_from(figures.len()).unwrap_or(u32::MAX)).max(1.0);
    let mean = figures.iter().map(|day| day.mean).sum::<f64>() / days;
    let median = figures.iter().map(|day| day.median).sum::<f64>() / days;
    let evenness = if mean > 0.0 { median / mean } else { 0.0 };
    let even = EVEN_SHARE * ((evenness - 0.75) / 0.15).clamp(0.0, 1.0);
    let slow = SLOW_SHARE * (-mean / SLOW_UNITS).exp();
    let free = even.max(slow);
    let bound = free.min(CONSTANT_LOSS / (1.0 - evenness).abs().max(CONSTANT_LOSS));
    let share = free + constant * (bound - free);
    for day in figures {
        day.point = (1.0 - share) * day.mean + share * day.median;
    }
}
