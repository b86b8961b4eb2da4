//! Series that repeat themselves: the same quantity on the same weekday, week after week.
//!
//! For such a series other series add no information, and every pooled model deviates a little. The
//! better its own week describes its last eight weeks, the more the blend is moved to that week; above a
//! few percent of deviation it is not changed.

use crate::calendar::{DayNumber, weekday_of};
use crate::frame::Frame;

use super::day_figures::DayFigures;

/// Days in which the week must have repeated itself.
const LOOKBACK_DAYS: i32 = 56;
/// Fewest days that show a repetition: each weekday twice.
const FEWEST_DAYS: f64 = 14.0;
/// Mean deviation from the own week, as a share of the mean, at which the blend is not changed.
const LOOSE: f64 = 0.05;
/// Mean deviation at which only the own week is used.
const TIGHT: f64 = 0.01;

/// The week of a series that repeats itself.
pub(super) struct Steady {
    week: [Option<f64>; 7],
    /// 1 where it repeats itself exactly, 0 where it is not used.
    share: f64,
}

impl Steady {
    /// The week of the last days, if it describes them well enough.
    pub fn of(frame: &Frame) -> Option<Self> {
        let days = frame.recent(LOOKBACK_DAYS);
        let mut sums = [(0.0_f64, 0.0_f64); 7];
        for (day, value) in &days {
            if let (Some(value), Some((sum, count))) = (value, sums.get_mut(weekday_of(*day))) {
                *sum += value;
                *count += 1.0;
            }
        }
        let week = sums.map(|(sum, count)| (count >= 2.0).then(|| sum / count));
        let (mut known, mut sold, mut deviation) = (0.0_f64, 0.0_f64, 0.0_f64);
        for (day, value) in &days {
            let place = weekday_of(*day);
            let (Some(value), Some(Some(mean)), Some((_, count))) =
                (value, week.get(place), sums.get(place))
            else {
                continue;
            };
            known += 1.0;
            sold += value;
            // The mean includes the day itself: with two days it lies half-way between them.
            deviation += (value - mean).abs() * count / (count - 1.0);
        }
        if known < FEWEST_DAYS || sold <= 0.0 {
            return None;
        }
        let share = ((LOOSE - deviation / sold) / (LOOSE - TIGHT)).clamp(0.0, 1.0);
        (share > 0.0).then_some(Self { week, share })
    }

    /// Moves the figures of the days after `last` towards the own week.
    pub fn draw(&self, last: DayNumber, figures: &mut [DayFigures]) {
        for (day, figures) in (last + 1..).zip(figures) {
            let Some(Some(own)) = self.week.get(weekday_of(day)) else {
                continue;
            };
            for figure in [
                &mut figures.mean,
                &mut figures.median,
                &mut figures.point,
                &mut figures.low,
                &mut figures.high,
            ] {
                *figure += self.share * (own - *figure);
            }
        }
    }
}
