//! The calendar of days on which a shop, or one of its series, is closed.
//!
//! Nobody enters it: weekly closing days, fixed dates and dates that move with Easter are learnt from
//! the history, always from days before the origin.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// Days since 1 January of year 1, the unit of all day arithmetic in the engine.
pub(crate) type DayNumber = i32;

/// Offsets from Easter Sunday on which Christian holidays fall, from Good Friday to Corpus Christi.
const EASTER_OFFSETS: [i32; 7] = [-2, 0, 1, 39, 49, 50, 60];
/// Feasts of a fixed date (month * 100 + day) on which shops close, in most countries and in Congo: one
/// year of evidence is enough for these.
const FIXED_FEASTS: [u32; 11] = [101, 104, 116, 117, 501, 517, 630, 801, 1225, 1226, 1231];
/// Other dates count as closed when they were closed in this many years, and never open.
const ENOUGH_YEARS: u32 = 2;
/// Probability that a weekday that was closed once is open the next week.
const WEEKLY_DOUBT: f64 = 0.05;
/// A weekday is a weekly closing day when at least this share of its recent occurrences was closed.
const WEEKLY_SHARE: f64 = 0.85;
/// Recent occurrences of a weekday that decide whether it is a weekly closing day.
const WEEKLY_LOOKBACK: i32 = 10;

/// Weekday of a day number, 0 = Monday.
pub(crate) fn weekday_of(day: DayNumber) -> usize {
    // Day 1 (0001-01-01) was a Monday in the proleptic Gregorian calendar.
    usize::try_from((day - 1).rem_euclid(7)).unwrap_or(0)
}

/// The date of a day number; `None` outside of the calendar's range.
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
///
/// A date is closed by a rule (a weekday, a feast of a fixed date, a feast that moves with Easter) or
/// because it was closed in more than one year: a power cut does not repeat on its date. No closure is
/// certain, see `chance_open`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedDays {
    /// Weekdays (0 = Monday) that are closed every week, with the number of closed ones in a row.
    weekdays: BTreeMap<u8, u32>,
    /// Fixed dates (month * 100 + day) that were closed every year they were seen, with the number of
    /// years.
    dates: BTreeMap<u32, u32>,
    /// Days from Easter Sunday that were closed every year they were seen, with the number of years.
    easter_offsets: BTreeMap<i32, u32>,
    /// Other dates that were closed the one time they were seen: no reason to expect it again, nor to
    /// report it.
    dates_once: BTreeSet<u32>,
    /// How often a feast came again after it had been closed once.
    feasts_again: u32,
    /// How often it was open then.
    feasts_open: u32,
}

impl ClosedDays {
    /// Learns the calendar from the past: `is_closed(day)` for each day of `first..=last`, `None` where
    /// it is unknown.
    pub(crate) fn learn(
        first: DayNumber,
        last: DayNumber,
        is_closed: impl Fn(DayNumber) -> Option<bool>,
    ) -> Self {
        let mut closed = Self {
            weekdays: weekly_closures(first, last, &is_closed),
            ..Self::default()
        };
        let (fixed, moving) = closed.seen_dates(first, last, &is_closed);
        let always = moving.iter().filter(|(_, seen)| seen.is_always_shut());
        closed.easter_offsets = always.map(|(offset, seen)| (*offset, seen.shut)).collect();
        let explained = closed.dates_near_easter(first, last);
        for (date, seen) in (0..).zip(&fixed).filter(|(_, seen)| seen.is_always_shut()) {
            let is_feast = FIXED_FEASTS.contains(&date) && !explained.contains(&date);
            if is_feast || seen.shut >= ENOUGH_YEARS {
                closed.dates.insert(date, seen.shut);
            } else {
                closed.dates_once.insert(date);
            }
        }
        let feasts = (0..).zip(&fixed);
        let feasts = feasts.filter(|(date, _)| FIXED_FEASTS.contains(date));
        for seen in feasts.map(|(_, seen)| seen).chain(moving.values()) {
            closed.feasts_again += seen.again;
            closed.feasts_open += seen.open_again;
        }
        closed
    }

    /// How often each fixed date (month * 100 + day) and each day around Easter was closed.
    fn seen_dates(
        &self,
        first: DayNumber,
        last: DayNumber,
        is_closed: &impl Fn(DayNumber) -> Option<bool>,
    ) -> (Vec<Seen>, BTreeMap<i32, Seen>) {
        let mut fixed = vec![Seen::default(); 1_232];
        let mut moving: BTreeMap<i32, Seen> = BTreeMap::new();
        let (mut year, mut easter) = (i32::MIN, None);
        for day in first..=last {
            let (Some(date), Some(shut)) = (date_of(day), is_closed(day)) else {
                continue;
            };
            // A weekly closing day carries no information about holidays.
            if self.is_weekly(day) {
                continue;
            }
            let place = usize::try_from(month_day(date)).unwrap_or(usize::MAX);
            if let Some(seen) = fixed.get_mut(place) {
                seen.add(shut);
            }
            if date.year() != year {
                (year, easter) = (date.year(), easter_of(date.year()));
            }
            if let Some(offset) = easter.map(|easter| day - easter)
                && EASTER_OFFSETS.contains(&offset)
            {
                moving.entry(offset).or_default().add(shut);
            }
        }
        (fixed, moving)
    }

    /// The fixed dates on which a closed day around Easter fell in the years of the history.
    fn dates_near_easter(&self, first: DayNumber, last: DayNumber) -> BTreeSet<u32> {
        let year = |day| date_of(day).map_or(0, |date| date.year());
        let easters = (year(first)..=year(last)).filter_map(easter_of);
        easters
            .flat_map(|easter| {
                self.easter_offsets
                    .keys()
                    .map(move |offset| easter + offset)
            })
            .filter_map(|day| date_of(day).map(month_day))
            .collect()
    }

    /// Adopts the group's calendar: its weekly closing days, unless `stays_open` says that the series is
    /// open on them, and its feasts for a series with less than a year of history.
    pub(crate) fn join_group(
        &mut self,
        group: &Self,
        stays_open: impl Fn(u8) -> bool,
        is_young: bool,
    ) {
        for (weekday, times) in &group.weekdays {
            if !stays_open(*weekday) {
                let own = self.weekdays.entry(*weekday).or_default();
                *own = (*own).max(*times);
            }
        }
        if is_young {
            for (date, years) in &group.dates {
                self.dates.entry(*date).or_insert(*years);
            }
            self.dates_once.extend(&group.dates_once);
            for (offset, years) in &group.easter_offsets {
                self.easter_offsets.entry(*offset).or_insert(*years);
            }
        }
        if group.feasts_again > self.feasts_again {
            self.feasts_again = group.feasts_again;
            self.feasts_open = group.feasts_open;
        }
    }

    /// Drops the feasts: days without sales of a few series on single dates are chance.
    pub(crate) fn forget_feasts(&mut self) {
        self.dates.clear();
        self.dates_once.clear();
        self.easter_offsets.clear();
    }

    fn is_weekly(&self, day: DayNumber) -> bool {
        let weekday = u8::try_from(weekday_of(day)).unwrap_or(u8::MAX);
        self.weekdays.contains_key(&weekday)
    }

    /// True when the series is expected to be closed on a day.
    pub(crate) fn contains(&self, day: DayNumber) -> bool {
        self.is_weekly(day) || self.years_shut(day).is_some()
    }

    /// True when a closure of the series on a day would be no surprise.
    pub(crate) fn may_contain(&self, day: DayNumber) -> bool {
        self.contains(day)
            || date_of(day).is_some_and(|date| self.dates_once.contains(&month_day(date)))
    }

    /// In how many years the feast of a day was closed; `None` when it is no feast.
    fn years_shut(&self, day: DayNumber) -> Option<u32> {
        let date = date_of(day)?;
        let fixed = self.dates.get(&month_day(date));
        let moving =
            easter_of(date.year()).and_then(|easter| self.easter_offsets.get(&(day - easter)));
        fixed.copied().max(moving.copied())
    }

    /// Probability that a day is open: 1 on a day that is not expected to be closed; otherwise lower the
    /// more often the rule was kept, and never 0.
    ///
    /// One closed day in a week of sales makes a weekly closing day twenty times likelier than not:
    /// shops have those, and rarely close otherwise. Each further week adds the same factor. A feast
    /// that was closed once is open one time in five; each later closed feast lowers that, each open one
    /// raises it.
    pub(crate) fn chance_open(&self, day: DayNumber) -> f64 {
        let weekday = u8::try_from(weekday_of(day)).unwrap_or(u8::MAX);
        let weekly = self
            .weekdays
            .get(&weekday)
            .map(|times| WEEKLY_DOUBT / f64::from((*times).max(1)));
        let feast = self.years_shut(day).map(|years| {
            let again = f64::from(self.feasts_again.max(years.saturating_sub(1)));
            (1.0 + f64::from(self.feasts_open)) / (5.0 + again)
        });
        match (weekly, feast) {
            (None, None) => 1.0,
            (weekly, feast) => weekly.unwrap_or(1.0).min(feast.unwrap_or(1.0)),
        }
    }
}

fn month_day(date: NaiveDate) -> u32 {
    100 * date.month() + date.day()
}

/// What was seen of one date over the years.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    years: u32,
    shut: u32,
    /// Years after the first closed one.
    again: u32,
    /// Those of them in which it was open.
    open_again: u32,
}

impl Seen {
    fn add(&mut self, shut: bool) {
        if self.shut > 0 {
            self.again += 1;
            self.open_again += u32::from(!shut);
        }
        self.years += 1;
        self.shut += u32::from(shut);
    }

    const fn is_always_shut(&self) -> bool {
        self.shut > 0 && self.shut == self.years
    }
}

fn weekly_closures(
    first: DayNumber,
    last: DayNumber,
    is_closed: &impl Fn(DayNumber) -> Option<bool>,
) -> BTreeMap<u8, u32> {
    let mut weekdays = BTreeMap::new();
    for weekday in 0..7_u8 {
        let newest = (last - 6..=last).find(|day| weekday_of(*day) == usize::from(weekday));
        let Some(newest) = newest else { continue };
        let (mut seen, mut shut, mut in_a_row, mut unbroken) = (0, 0.0, 0, true);
        let mut day = newest;
        while day >= first {
            if let Some(closed) = is_closed(day) {
                unbroken &= closed;
                in_a_row += u32::from(unbroken);
                if newest - day < 7 * WEEKLY_LOOKBACK {
                    seen += 1;
                    shut += if closed { 1.0 } else { 0.0 };
                }
            }
            if !unbroken && newest - day >= 7 * WEEKLY_LOOKBACK {
                break;
            }
            day -= 7;
        }
        if seen > 0 && shut / f64::from(seen) >= WEEKLY_SHARE {
            weekdays.insert(weekday, in_a_row);
        }
    }
    // A series that looks closed all week has stopped selling; that is no calendar.
    if weekdays.len() == 7 {
        BTreeMap::new()
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
    fn a_date_that_was_closed_once_is_open_a_year_later() {
        // Two days without power, and Whit Monday of 2014, which was 9 June.
        let shut = [day(2024, 8, 13), day(2024, 8, 14), day(2014, 6, 9)];
        for (first, last) in [(2022, 2024), (2024, 2024), (2012, 2014)] {
            let (first, last) = (day(first, 1, 1), day(last, 12, 31));
            let closed = ClosedDays::learn(first, last, |d| Some(shut.contains(&d)));
            assert!(!closed.contains(day(2025, 8, 13)) && !closed.contains(day(2025, 8, 14)));
            assert!(!closed.contains(day(2015, 6, 9)));
        }
        // On a Sunday in 2013, on which the shop is closed anyway.
        let closed = ClosedDays::learn(day(2013, 1, 1), day(2014, 12, 31), |d| {
            Some(weekday_of(d) == 6 || d == day(2014, 6, 9) || d == day(2013, 5, 20))
        });
        assert!(!closed.contains(day(2015, 6, 9)));
        assert!(closed.contains(day(2015, 5, 25)), "Whit Monday moves");
        assert!(closed.may_contain(day(2015, 6, 9)), "not reported");
    }

    #[test]
    fn a_date_of_two_years_is_closed_and_an_open_feast_is_not() {
        let shut = |d: DayNumber| {
            let date = date_of(d).unwrap();
            (date.month(), date.day()) == (9, 8)
                || (date.year() == 2023 && (date.month(), date.day()) == (5, 1))
        };
        let closed = ClosedDays::learn(day(2023, 1, 1), day(2024, 12, 31), |d| Some(shut(d)));
        assert!(closed.contains(day(2025, 9, 8)));
        assert!(!closed.contains(day(2025, 5, 1)), "open in 2024");
    }

    #[test]
    fn no_closure_is_certain_and_each_kept_one_raises_its_probability() {
        let feasts = [101, 501, 1225];
        let chance = |years: i32, d: DayNumber| {
            let closed = ClosedDays::learn(day(2024 - years, 1, 2), day(2024, 12, 28), |d| {
                let date = date_of(d).unwrap();
                Some(feasts.contains(&month_day(date)) || weekday_of(d) == 6)
            });
            closed.chance_open(d)
        };
        let christmas = day(2025, 12, 25);
        assert!((chance(0, christmas) - 0.2).abs() < 1e-9);
        assert!(chance(1, christmas) < 0.2 && chance(2, christmas) <= chance(1, christmas));
        assert!(chance(2, christmas) > 0.0);
        let sunday = day(2025, 6, 1);
        assert!(chance(2, sunday) > 0.0, "no closure is certain");
        assert!(chance(2, sunday) < 0.001 && chance(2, sunday) < chance(0, sunday));
        assert!((chance(2, day(2025, 6, 2)) - 1.0).abs() < f64::EPSILON);
        let young = ClosedDays::learn(day(2024, 1, 1), day(2024, 1, 14), |d| {
            Some(weekday_of(d) == 6)
        });
        assert!(young.chance_open(day(2024, 1, 21)) > 0.01);
    }

    #[test]
    fn a_series_that_never_sells_has_no_calendar() {
        let closed = ClosedDays::learn(0, 400, |_| Some(true));
        assert!(closed.weekdays.is_empty());
    }
}
