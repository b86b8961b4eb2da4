//! The features of one series at one origin for one target day, as input of the pooled models.
//!
//! All are ratios to the series' own level at the origin, so that slow and fast products of a shop can
//! be learnt from together. No day after the origin is read.

use chrono::Datelike;

use super::calendar::{DayNumber, date_of, weekday_of};
use super::frame::{Frame, Window};

/// Number of features of a row.
pub(crate) const FEATURES: usize = 36;
/// Largest horizon given to the models: further away they repeat the last shape.
pub(crate) const HORIZON_CAP: i32 = 28;
/// Largest ratio.
const RATIO_CAP: f64 = 12.0;

/// The level of a series at an origin; every ratio and target is divided by it.
pub(crate) fn level_at(frame: &Frame, origin: DayNumber) -> f64 {
    let overall = frame.window(frame.first, origin).mean_or(0.0);
    let recent = frame.window(origin - 90, origin);
    let level = (recent.sum + 7.0 * overall) / (recent.days + 7.0);
    level.max(0.05 * overall)
}

fn ratio(value: f64, level: f64) -> f64 {
    if level > 0.0 {
        (value / level).clamp(-RATIO_CAP, RATIO_CAP)
    } else {
        0.0
    }
}

/// Mean of the same weekday over the weeks `skip..skip + weeks` before the origin.
fn weekday_mean(
    frame: &Frame,
    origin: DayNumber,
    target: DayNumber,
    skip: i32,
    weeks: i32,
) -> Option<f64> {
    let newest = target - 7 * ((target - origin + 6).div_euclid(7));
    let (mut sum, mut count) = (0.0, 0.0);
    for week in skip..skip + weeks {
        let day = newest - 7 * week;
        if day < frame.first {
            break;
        }
        if let Some(value) = frame.value(day) {
            sum += value;
            count += 1.0;
        }
    }
    (count > 0.0).then(|| sum / count)
}

/// Means of the same weekday in the same and in the other week of a fortnight, over `pairs` fortnights.
pub(crate) fn fortnight_means(
    frame: &Frame,
    origin: DayNumber,
    target: DayNumber,
    pairs: i32,
) -> (Option<f64>, Option<f64>) {
    let mean = |newest: DayNumber| {
        let mut sum = 0.0;
        let mut count = 0.0;
        for pair in 0..pairs {
            let day = newest - 14 * pair;
            if day < frame.first {
                break;
            }
            if let Some(value) = frame.value(day) {
                sum += value;
                count += 1.0;
            }
        }
        (count > 0.0).then(|| sum / count)
    };
    let same = target - 14 * ((target - origin + 13).div_euclid(14));
    let other_target = target + 7;
    let other = other_target - 14 * ((other_target - origin + 13).div_euclid(14));
    (mean(same), mean(other))
}

/// Last year's sales around the target, relative to the same origin a year ago.
fn yearly_ratio(frame: &Frame, origin: DayNumber, target: DayNumber) -> Option<f64> {
    let then = frame.window(target - 364 - 4, target - 364 + 4);
    let base = frame.window(origin - 364 - 41, origin - 364);
    if then.days < 4.0 || base.days < 20.0 || base.sum <= 0.0 {
        return None;
    }
    // Shrunk to 1: a handful of days a year ago is weak evidence for a slow product.
    let level = base.sum / base.days;
    Some((then.sum + 4.0 * level) / ((then.days + 4.0) * level))
}

/// Days from a day to the nearest closed day in one direction, at most 7.
fn closed_gap(frame: &Frame, target: DayNumber, step: i32) -> f64 {
    for distance in 1..7 {
        if frame.calendar.contains(target + step * distance) {
            return f64::from(distance);
        }
    }
    7.0
}

/// The last usable days before an origin.
struct Recent {
    /// At most 60 values, newest first.
    values: Vec<f64>,
    /// The newest 56 in rising order.
    sorted: Vec<f64>,
}

impl Recent {
    fn before(frame: &Frame, origin: DayNumber) -> Self {
        let values = frame.last_values(origin, 60);
        let mut sorted: Vec<f64> = values.iter().take(56).copied().collect();
        sorted.sort_by(f64::total_cmp);
        Self { values, sorted }
    }

    /// Mean with exponentially falling weights.
    fn smooth(&self) -> f64 {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (value, age) in self.values.iter().zip(0_i32..) {
            let fading = 0.88_f64.powi(age);
            sum += fading * value;
            weight += fading;
        }
        if weight > 0.0 { sum / weight } else { 0.0 }
    }

    /// Days since the last sale.
    fn silence(&self) -> f64 {
        let days = self.values.iter().take_while(|value| **value <= 0.0);
        f64::from(u32::try_from(days.count()).unwrap_or(u32::MAX))
    }

    fn quantile(&self, percent: usize) -> f64 {
        let place = self.sorted.len() * percent / 100;
        self.sorted.get(place).copied().unwrap_or(0.0)
    }

    fn newest(&self) -> f64 {
        self.values.first().copied().unwrap_or(0.0)
    }
}

fn share_with_sales(window: &Window) -> f64 {
    if window.days > 0.0 {
        window.positive / window.days
    } else {
        0.0
    }
}

/// The features that depend on the origin only.
pub(crate) struct OriginView {
    pub level: f64,
    shared: [f64; 20],
    weekday_base: f64,
    pulse_base: f64,
}

impl OriginView {
    pub fn new(frame: &Frame, pulse: &Frame, origin: DayNumber) -> Self {
        let level = level_at(frame, origin);
        let week = frame.window(origin - 6, origin);
        let fortnight = frame.window(origin - 13, origin);
        let month = frame.window(origin - 27, origin);
        let month_before = frame.window(origin - 55, origin - 28);
        let quarter = frame.window(origin - 90, origin);
        let half = frame.window(origin - 181, origin);
        let year = frame.window(origin - 364, origin);
        let recent = Recent::before(frame, origin);
        let spread = quarter.variance().sqrt();
        let size = if quarter.positive > 0.0 {
            quarter.sum / quarter.positive
        } else {
            level
        };
        let pulse_week = pulse.window(origin - 6, origin).mean_or(1.0);
        let pulse_month = pulse.window(origin - 27, origin).mean_or(1.0);
        let pulse_quarter = pulse.window(origin - 90, origin).mean_or(1.0);
        let shared = [
            ratio(week.mean_or(level), level),
            ratio(fortnight.mean_or(level), level),
            ratio(month.mean_or(level), level),
            ratio(month_before.mean_or(level), level),
            ratio(half.mean_or(level), level),
            ratio(year.mean_or(level), level),
            ratio(recent.smooth(), level),
            share_with_sales(&month),
            share_with_sales(&quarter),
            recent.silence(),
            ratio(spread, level),
            ratio(size, level),
            (level + 1e-6).ln(),
            ratio(recent.quantile(50), level),
            ratio(recent.quantile(90), level),
            ratio(recent.quantile(20), level),
            ratio(pulse_week, pulse_month),
            ratio(pulse_month, pulse_quarter),
            f64::from((origin - frame.first + 1).min(400)),
            ratio(recent.newest(), level),
        ];
        let weekday_base = frame.window(origin - 55, origin).mean_or(level);
        let pulse_base = pulse.window(origin - 55, origin).mean_or(1.0);
        Self {
            level,
            shared,
            weekday_base,
            pulse_base,
        }
    }

    /// The row for one target day. `has_years` adds the day of the year, which misleads before a second
    /// year.
    pub fn row(
        &self,
        frame: &Frame,
        pulse: &Frame,
        origin: DayNumber,
        target: DayNumber,
        has_years: bool,
    ) -> [f64; FEATURES] {
        let level = self.level;
        let weekday = weekday_of(target);
        let four = weekday_mean(frame, origin, target, 0, 4).unwrap_or(self.weekday_base);
        let eight = weekday_mean(frame, origin, target, 0, 8).unwrap_or(self.weekday_base);
        let older = weekday_mean(frame, origin, target, 8, 18).unwrap_or(eight);
        let newest = weekday_mean(frame, origin, target, 0, 1).unwrap_or(four);
        let pulse_weekday = weekday_mean(pulse, origin, target, 0, 8).unwrap_or(self.pulse_base);
        let (same, other) = fortnight_means(frame, origin, target, 4);
        let (pulse_same, pulse_other) = fortnight_means(pulse, origin, target, 5);
        let fortnight = match (same, other) {
            (Some(same), Some(other)) => ratio(same - other, level),
            _ => 0.0,
        };
        let pulse_fortnight = match (pulse_same, pulse_other) {
            (Some(same), Some(other)) => ratio(same - other, self.pulse_base),
            _ => 0.0,
        };
        let date = date_of(target);
        let day_of_month = date.map_or(15.0, |date| f64::from(date.day()));
        let day_of_year = if has_years {
            date.map_or(0.0, |date| f64::from(date.ordinal()))
        } else {
            0.0
        };
        let mut row = [0.0; FEATURES];
        let own = [
            f64::from((target - origin).min(HORIZON_CAP)),
            f64::from(u8::try_from(weekday).unwrap_or(0)),
            day_of_month,
            day_of_year,
            ratio(four, level),
            ratio(eight, level),
            ratio(older, level),
            ratio(newest, level),
            ratio(pulse_weekday, self.pulse_base),
            ratio(same.unwrap_or(four), level),
            fortnight,
            pulse_fortnight,
            yearly_ratio(frame, origin, target).unwrap_or(1.0),
            yearly_ratio(pulse, origin, target).unwrap_or(1.0),
            closed_gap(frame, target, -1),
            closed_gap(frame, target, 1),
        ];
        for (slot, value) in row.iter_mut().zip(own.into_iter().chain(self.shared)) {
            *slot = if value.is_finite() { value } else { 0.0 };
        }
        row
    }
}
