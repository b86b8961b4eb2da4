//! The calendar of days on which a shop, or one of its series, is closed.
//!
//! Nobody types it in: weekly closing days, fixed dates and dates that move with Easter are learnt
//! from the history, always from days before the origin.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// Days since 1 January of year 1, the unit of all day arithmetic in the engine.
pub(crate) type DayNumber = i32;

/// Offsets from Easter Sunday on which Christian holidays fall, from Good Friday to Corpus Christi.
const EASTER_OFFSETS: [i32; 7] = [-2, 0, 1, 39, 49, 50, 60];
/// A weekday is a weekly closing day when at least this share of its recent occurrences was closed.
const WEEKLY_SHARE: f64 = 0.85;
/// How many recent occurrences of a weekday decide whether it is a weekly closing day.
const WEEKLY_LOOKBACK: i32 = 10;

/// Weekday of a day number, 0 = Monday.
pub(crate) fn weekday_of(day: DayNumber) -> usize {
    // Day 1 (0001-01-01) was a Monday in the proleptic Gregorian calendar.
    usize::try_from((day - 1).rem_euclid(7)).unwrap_or(0)
}

/// The date of a day number, or `None` far outside of the calendar.
pub(crate) fn date_of(day: DayNumber) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(day)
}

/// Easter Sunday of a year (Meeus/Jones/Butcher algorithm for the Gregorian calendar).
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the published algorithm"
)]
pub(crate) fn easter_of(year: i32) -> Option<DayNumber> {
    let a = year.rem_euclid(19);
    let b = year.div_euclid(100);
    let c = year.rem_euclid(100);
    let d = b / 4;
    let e = b % 4;
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let i = c / 4;
    let k = c % 4;
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let month = (h + l - 7 * m + 114) / 31;
    let day = (h + l - 7 * m + 114) % 31 + 1;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
        .map(|date| date.num_days_from_ce())
}

/// What the history says about the days on which one series cannot sell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedDays {
    /// Weekdays (0 = Monday) that are closed every week.
    pub weekdays: BTreeSet<u8>,
    /// Fixed dates (month, day) that were closed every year they were seen.
    pub dates: BTreeSet<(u32, u32)>,
    /// Days from Easter Sunday that were closed every year they were seen.
    pub easter_offsets: BTreeSet<i32>,
}

impl ClosedDays {
    /// Learns the calendar from the past: `is_closed(day)` says what is known of each day of
    /// `first..=last`, `None` where nothing is.
    pub(crate) fn learn(
        first: DayNumber,
        last: DayNumber,
        is_closed: impl Fn(DayNumber) -> Option<bool>,
    ) -> Self {
        let mut closed = Self {
            weekdays: weekly_closures(first, last, &is_closed),
            ..Self::default()
        };
        let mut fixed: BTreeMap<(u32, u32), (u32, u32)> = BTreeMap::new();
        let mut moving: BTreeMap<i32, (u32, u32)> = BTreeMap::new();
        for day in first..=last {
            let (Some(date), Some(shut)) = (date_of(day), is_closed(day)) else {
                continue;
            };
            // A weekly closing day says nothing about holidays.
            if closed
                .weekdays
                .iter()
                .any(|weekday| usize::from(*weekday) == weekday_of(day))
            {
                continue;
            }
            count(fixed.entry((date.month(), date.day())).or_default(), shut);
            if let Some(easter) = easter_of(date.year()) {
                let offset = day - easter;
                if EASTER_OFFSETS.contains(&offset) {
                    count(moving.entry(offset).or_default(), shut);
                }
            }
        }
        closed.easter_offsets = always_closed(&moving);
        closed.dates = always_closed(&fixed);
        // With a single year behind us a moving holiday looks like a fixed one too.
        if last - first < 2 * 366 {
            let offsets = &closed.easter_offsets;
            let explained: BTreeSet<(u32, u32)> = (first..=last)
                .filter_map(|day| {
                    let date = date_of(day)?;
                    let easter = easter_of(date.year())?;
                    offsets
                        .contains(&(day - easter))
                        .then_some((date.month(), date.day()))
                })
                .collect();
            closed.dates.retain(|date| !explained.contains(date));
        }
        closed
    }

    /// Whether the series is expected to be closed on a day.
    pub(crate) fn contains(&self, day: DayNumber) -> bool {
        if self
            .weekdays
            .iter()
            .any(|weekday| usize::from(*weekday) == weekday_of(day))
        {
            return true;
        }
        let Some(date) = date_of(day) else {
            return false;
        };
        self.dates.contains(&(date.month(), date.day()))
            || easter_of(date.year())
                .is_some_and(|easter| self.easter_offsets.contains(&(day - easter)))
    }
}

fn count(seen: &mut (u32, u32), shut: bool) {
    seen.0 += 1;
    seen.1 += u32::from(shut);
}

fn always_closed<K: Copy + Ord>(seen: &BTreeMap<K, (u32, u32)>) -> BTreeSet<K> {
    seen.iter()
        .filter(|(_, (all, shut))| *shut > 0 && shut == all)
        .map(|(key, _)| *key)
        .collect()
}

fn weekly_closures(
    first: DayNumber,
    last: DayNumber,
    is_closed: &impl Fn(DayNumber) -> Option<bool>,
) -> BTreeSet<u8> {
    let mut weekdays = BTreeSet::new();
    for weekday in 0..7_u8 {
        let (mut seen, mut shut) = (0.0, 0.0);
        let from = first.max(last - 7 * WEEKLY_LOOKBACK + 1);
        for day in from..=last {
            if weekday_of(day) != usize::from(weekday) {
                continue;
            }
            if let Some(closed) = is_closed(day) {
                seen += 1.0;
                shut += if closed { 1.0 } else { 0.0 };
            }
        }
        if seen > 0.0 && shut / seen >= WEEKLY_SHARE {
            weekdays.insert(weekday);
        }
    }
    // A series that looks closed all week has stopped selling; that is not a calendar.
    if weekdays.len() == 7 {
        BTreeSet::new()
    } else {
        weekdays
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> DayNumber {
        NaiveDate::from_ymd_opt(year, month, day)
            .unwrap()
            .num_days_from_ce()
    }

    #[test]
    fn easter_falls_on_the_published_dates() {
        assert_eq!(easter_of(2013), Some(day(2013, 3, 31)));
        assert_eq!(easter_of(2015), Some(day(2015, 4, 5)));
        assert_eq!(easter_of(2026), Some(day(2026, 4, 5)));
    }

    #[test]
    fn the_first_of_january_2024_is_a_monday() {
        assert_eq!(weekday_of(day(2024, 1, 1)), 0);
    }

    #[test]
    fn weekly_fixed_and_moving_closures_are_learnt() {
        let shut = |d: DayNumber| {
            let date = date_of(d).unwrap();
            weekday_of(d) == 6
                || (date.month(), date.day()) == (12, 25)
                || easter_of(date.year()) == Some(d - 39)
        };
        let closed = ClosedDays::learn(day(2022, 1, 1), day(2024, 12, 31), |d| Some(shut(d)));
        assert!(
            closed.contains(day(2025, 5, 29)),
            "Ascension day moves with Easter"
        );
        assert!(closed.contains(day(2025, 12, 25)));
        assert!(closed.contains(day(2025, 6, 1)), "a Sunday");
        assert!(
            !closed.contains(day(2025, 5, 9)),
            "the date of Ascension in another year"
        );
    }

    #[test]
    fn a_series_that_never_sells_has_no_calendar() {
        let closed = ClosedDays::learn(0, 400, |_| Some(true));
        assert!(closed.weekdays.is_empty());
    }
}
