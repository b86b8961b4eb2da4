//! Prepared histories: trimmed to the first sale, with closed and unknown days marked and window sums in
//! constant time; and the whole group as one more series.

mod closures;

use serde::{Deserialize, Serialize};

use super::calendar::{ClosedDays, DayNumber};
use super::history::SeriesHistory;
use closures::{SellingShare, Trimmed};

/// Sums over the usable days of a window.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window {
    pub sum: f64,
    pub squares: f64,
    pub days: f64,
    pub positive: f64,
}

impl Window {
    /// Mean per usable day, or `fallback` for an empty window.
    pub fn mean_or(&self, fallback: f64) -> f64 {
        if self.days > 0.0 {
            self.sum / self.days
        } else {
            fallback
        }
    }

    pub fn variance(&self) -> f64 {
        if self.days < 2.0 {
            return 0.0;
        }
        let mean = self.sum / self.days;
        (self.squares / self.days - mean * mean).max(0.0)
    }
}

/// One series from its first sale to the origin, with constant-time window sums.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub id: String,
    pub category: Option<String>,
    /// Day of the first sale.
    pub first: DayNumber,
    /// The origin: the last day that may be used.
    pub last: DayNumber,
    pub calendar: ClosedDays,
    values: Vec<f64>,
    usable: Vec<bool>,
    #[serde(skip)]
    sums: Vec<Window>,
}

impl Frame {
    /// Builds a frame over `first..=first + values.len() - 1`; days that are not usable hold 0.
    pub fn new(
        id: String,
        category: Option<String>,
        first: DayNumber,
        days: Vec<Option<f64>>,
        calendar: ClosedDays,
    ) -> Self {
        let usable: Vec<bool> = days.iter().map(Option::is_some).collect();
        let values: Vec<f64> = days.into_iter().map(|value| value.unwrap_or(0.0)).collect();
        let last = first + i32::try_from(values.len()).unwrap_or(i32::MAX / 2) - 1;
        let mut frame = Self {
            id,
            category,
            first,
            last,
            calendar,
            values,
            usable,
            sums: Vec::new(),
        };
        frame.index();
        frame
    }

    /// Rebuilds the window sums, which are not stored.
    pub fn index(&mut self) {
        let mut sums = Vec::with_capacity(self.values.len() + 1);
        let mut total = Window::default();
        sums.push(total);
        for (value, usable) in self.values.iter().zip(&self.usable) {
            if *usable {
                total.sum += value;
                total.squares += value * value;
                total.days += 1.0;
                total.positive += if *value > 0.0 { 1.0 } else { 0.0 };
            }
            sums.push(total);
        }
        self.sums = sums;
    }

    /// Days from the first sale to the origin, both included.
    pub fn length(&self) -> i32 {
        self.last - self.first + 1
    }

    fn offset(&self, day: DayNumber) -> usize {
        usize::try_from((day - self.first).clamp(0, self.length())).unwrap_or(0)
    }

    /// Sums over the usable days of `from..=to`.
    pub fn window(&self, from: DayNumber, to: DayNumber) -> Window {
        if to < from {
            return Window::default();
        }
        let (Some(low), Some(high)) = (
            self.sums.get(self.offset(from)),
            self.sums.get(self.offset(to + 1)),
        ) else {
            return Window::default();
        };
        Window {
            sum: high.sum - low.sum,
            squares: high.squares - low.squares,
            days: high.days - low.days,
            positive: high.positive - low.positive,
        }
    }

    /// The value of a usable day.
    pub fn value(&self, day: DayNumber) -> Option<f64> {
        let index = usize::try_from(day - self.first).ok()?;
        if *self.usable.get(index)? {
            self.values.get(index).copied()
        } else {
            None
        }
    }

    /// The last `limit` days, oldest first, `None` where a day is not usable.
    pub fn recent(&self, limit: i32) -> Vec<(DayNumber, Option<f64>)> {
        let from = self.first.max(self.last - limit + 1);
        (from..=self.last)
            .map(|day| (day, self.value(day)))
            .collect()
    }

    /// The last usable values up to `to`, newest first.
    pub fn last_values(&self, to: DayNumber, limit: usize) -> Vec<f64> {
        (self.first..=to.min(self.last))
            .rev()
            .filter_map(|day| self.value(day))
            .take(limit)
            .collect()
    }

    /// Mean of all usable days.
    pub fn mean(&self) -> f64 {
        self.window(self.first, self.last).mean_or(0.0)
    }
}

/// All series of a group up to one day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GroupFrame {
    pub last: DayNumber,
    /// Series with at least one sale, ordered by id: the result for a group does not depend on the order
    /// of its input.
    pub series: Vec<Frame>,
    /// Mean over the series of sales divided by their own mean: the common course of the group.
    pub pulse: Frame,
}

impl GroupFrame {
    /// Cuts the histories at `last` and marks closed days. Reads nothing after `last`.
    pub fn build(histories: &[SeriesHistory], last: DayNumber) -> Self {
        let mut trimmed: Vec<Trimmed<'_>> = histories
            .iter()
            .filter_map(|history| Trimmed::new(history, last))
            .collect();
        trimmed.sort_by(|left, right| left.name().cmp(right.name()));
        let selling = SellingShare::measure(&trimmed, last);
        let group_calendar = selling.calendar();
        let series: Vec<Frame> = trimmed
            .iter()
            .map(|one| one.frame(last, &selling, &group_calendar))
            .collect();
        let pulse = build_pulse(&series, last, group_calendar, PulseWeight::Equal);
        Self {
            last,
            series,
            pulse,
        }
    }

    /// Rebuilds what is not stored, after reading a stored group.
    pub fn index(&mut self) {
        self.pulse.index();
        for frame in &mut self.series {
            frame.index();
        }
    }

    /// The frame of a series.
    pub fn find(&self, id: &str) -> Option<&Frame> {
        let place = self
            .series
            .binary_search_by(|frame| frame.id.as_str().cmp(id));
        place.ok().and_then(|place| self.series.get(place))
    }
}

/// How much each series counts in a pulse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PulseWeight {
    /// All the same: the course of a typical series.
    Equal,
    /// By mean sales: units sold over usual units. The estimate of a common factor with the least
    /// variance when sales scatter as counts do (Poisson).
    Sales,
}

/// Weighted mean over the series of sales divided by own mean, day by day.
pub(crate) fn build_pulse<'a>(
    series: impl IntoIterator<Item = &'a Frame> + Clone,
    last: DayNumber,
    calendar: ClosedDays,
    weight: PulseWeight,
) -> Frame {
    let first = series
        .clone()
        .into_iter()
        .map(|frame| frame.first)
        .min()
        .unwrap_or(last + 1);
    let length = usize::try_from(last - first + 1).unwrap_or(0);
    let mut totals = vec![(0.0_f64, 0.0_f64); length];
    for frame in series {
        let mean = frame.mean();
        if mean <= 0.0 {
            continue;
        }
        let share = match weight {
            PulseWeight::Equal => 1.0,
            PulseWeight::Sales => mean,
        };
        for (day, total) in (first..).zip(&mut totals) {
            if let Some(value) = frame.value(day) {
                // One huge order must not set the pulse of the whole group.
                total.0 += share * (value / mean).min(8.0);
                total.1 += share;
            }
        }
    }
    let days = totals
        .into_iter()
        .map(|(sum, count)| (count > 0.0).then(|| sum / count))
        .collect();
    Frame::new(String::new(), None, first, days, calendar)
}
