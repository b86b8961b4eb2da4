//! Finds the closed days of a history: from the whole group, and from the series itself.

use chrono::Datelike;

use super::Frame;
use crate::calendar::{ClosedDays, DayNumber, weekday_of};
use crate::history::SeriesHistory;

/// Longest history; older days are cut off.
const HISTORY_LIMIT_DAYS: i32 = 3 * 366;
/// A day counts as closed for the whole group when the share of selling series falls to this part of its
/// usual value.
const GROUP_CLOSED_SHARE: f64 = 0.2;
/// Fewest series expected to sell before a day without sales counts as evidence for the whole group.
const GROUP_EVIDENCE: f64 = 3.0;
/// Share of a weekday's open days with sales from which a series "always" sells on it.
const ALWAYS_SELLS: f64 = 0.96;

/// A history from its first sale to the cut, before the closed days are known.
pub(super) struct Trimmed<'a> {
    source: &'a SeriesHistory,
    first: DayNumber,
    values: Vec<Option<f64>>,
}

impl<'a> Trimmed<'a> {
    pub fn new(source: &'a SeriesHistory, last: DayNumber) -> Option<Self> {
        let start = source.start.num_days_from_ce();
        let mut values: Vec<Option<f64>> = source
            .quantities
            .iter()
            .take(usize::try_from(last - start + 1).unwrap_or(0))
            .map(|value| {
                value
                    .filter(|number| number.is_finite())
                    .map(|number| number.max(0.0))
            })
            .collect();
        let first_sale = values
            .iter()
            .position(|value| value.is_some_and(|number| number > 0.0))?;
        values.drain(..first_sale);
        let mut first = start + i32::try_from(first_sale).ok()?;
        let missing = usize::try_from(last - first + 1)
            .ok()?
            .saturating_sub(values.len());
        if missing > usize::try_from(HISTORY_LIMIT_DAYS).ok()? {
            // The last record is older than the cut.
            return None;
        }
        values.extend(std::iter::repeat_n(None, missing));
        let excess = i32::try_from(values.len()).ok()? - HISTORY_LIMIT_DAYS;
        if excess > 0 {
            values.drain(..usize::try_from(excess).ok()?);
            first += excess;
        }
        Some(Self {
            source,
            first,
            values,
        })
    }

    pub fn name(&self) -> &str {
        &self.source.id
    }

    fn value(&self, day: DayNumber) -> Option<f64> {
        let index = usize::try_from(day - self.first).ok()?;
        self.values.get(index).copied().flatten()
    }

    pub fn frame(&self, last: DayNumber, selling: &SellingShare, group: &ClosedDays) -> Frame {
        let busy = self.busy_weekdays(selling);
        let silent = |day: DayNumber| self.value(day) == Some(0.0);
        let single_closure =
            |day: DayNumber| silent(day) && busy.get(weekday_of(day)).copied().unwrap_or(false);
        let mut calendar = ClosedDays::learn(self.first, last, |day| {
            let value = self.value(day)?;
            Some(
                value <= 0.0
                    && (selling.is_closed(day) || single_closure(day) || selling.is_unclear()),
            )
        });
        if selling.is_unclear() && !self.sells_elsewhere(&calendar, last) {
            calendar = ClosedDays::default();
        }
        if selling.is_unclear() {
            calendar.forget_feasts();
        }
        // The group's calendar applies to a series that has not seen the day or was closed on it.
        let recently_open = |weekday: u8| {
            (self.first.max(last - 69)..=last).any(|day| {
                weekday_of(day) == usize::from(weekday)
                    && self.value(day).is_some_and(|value| value > 0.0)
            })
        };
        calendar.join_group(group, recently_open, self.first > last - 366);
        let days = (self.first..=last)
            .map(|day| {
                let value = self.value(day)?;
                let shut = value <= 0.0
                    && (selling.is_closed(day) || single_closure(day) || calendar.contains(day));
                (!shut).then_some(value)
            })
            .collect();
        Frame::new(
            self.source.id.clone(),
            self.source.category.clone(),
            self.first,
            days,
            calendar,
        )
    }

    /// Weekdays on which the series always sells while the group is open: zero sales there mean a
    /// closure.
    fn busy_weekdays(&self, selling: &SellingShare) -> [bool; 7] {
        let mut seen = [0.0_f64; 7];
        let mut sold = [0.0_f64; 7];
        for (day, value) in (self.first..).zip(&self.values) {
            let Some(value) = value else { continue };
            if *value <= 0.0 && selling.is_closed(day) {
                continue;
            }
            let weekday = weekday_of(day);
            if let (Some(all), Some(positive)) = (seen.get_mut(weekday), sold.get_mut(weekday)) {
                *all += 1.0;
                *positive += if *value > 0.0 { 1.0 } else { 0.0 };
            }
        }
        let mut busy = [false; 7];
        for ((flag, all), positive) in busy.iter_mut().zip(seen).zip(sold) {
            *flag = all >= 12.0 && positive / all >= ALWAYS_SELLS - 2.0 / all;
        }
        busy
    }

    /// In a shop of few series a weekly closure counts only for a series that sells on most other days.
    fn sells_elsewhere(&self, calendar: &ClosedDays, last: DayNumber) -> bool {
        let (mut seen, mut sold) = (0.0, 0.0);
        for day in self.first.max(last - 90)..=last {
            if let Some(value) = self.value(day)
                && !calendar.contains(day)
            {
                seen += 1.0;
                sold += if value > 0.0 { 1.0 } else { 0.0 };
            }
        }
        seen >= 10.0 && sold / seen >= 0.7
    }
}

/// The share of the group with sales on each day.
pub(super) struct SellingShare {
    first: DayNumber,
    last: DayNumber,
    share: Vec<Option<f64>>,
    series: Vec<f64>,
    usual: f64,
}

impl SellingShare {
    pub fn measure(trimmed: &[Trimmed<'_>], last: DayNumber) -> Self {
        let first = trimmed
            .iter()
            .map(|one| one.first)
            .min()
            .unwrap_or(last + 1);
        let length = usize::try_from(last - first + 1).unwrap_or(0);
        // Number of series with information about a day, and of those with sales.
        let mut counts = vec![(0.0_f64, 0.0_f64); length];
        for one in trimmed {
            let skipped = usize::try_from(one.first - first).unwrap_or(0);
            for (value, count) in one.values.iter().zip(counts.iter_mut().skip(skipped)) {
                if let Some(value) = value {
                    count.0 += 1.0;
                    count.1 += if *value > 0.0 { 1.0 } else { 0.0 };
                }
            }
        }
        let share: Vec<Option<f64>> = counts
            .iter()
            .map(|(all, sold)| (*all > 0.0).then(|| sold / all))
            .collect();
        let series = counts.iter().map(|(all, _)| *all).collect();
        let mut known: Vec<f64> = share
            .iter()
            .flatten()
            .copied()
            .filter(|value| *value > 0.0)
            .collect();
        known.sort_by(f64::total_cmp);
        let usual = known.get(known.len() / 2).copied().unwrap_or(0.0);
        Self {
            first,
            last,
            share,
            series,
            usual,
        }
    }

    /// True when too few series sell on a usual day to distinguish a closed shop from a quiet one.
    fn is_unclear(&self) -> bool {
        let most = self.series.iter().copied().fold(0.0, f64::max);
        most * self.usual < GROUP_EVIDENCE
    }

    fn is_closed(&self, day: DayNumber) -> bool {
        let Ok(index) = usize::try_from(day - self.first) else {
            return false;
        };
        let (Some(Some(share)), Some(series)) = (self.share.get(index), self.series.get(index))
        else {
            return false;
        };
        series * self.usual >= GROUP_EVIDENCE && *share <= GROUP_CLOSED_SHARE * self.usual
    }

    pub fn calendar(&self) -> ClosedDays {
        if self.is_unclear() {
            return ClosedDays::default();
        }
        ClosedDays::learn(self.first, self.last, |day| {
            let index = usize::try_from(day - self.first).ok()?;
            self.share
                .get(index)
                .copied()
                .flatten()
                .map(|_| self.is_closed(day))
        })
    }
}
