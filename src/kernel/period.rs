//! Periods: whole business days in the shop's time zone, both ends included.

use chrono::{Days, Months, NaiveDate};
use chrono_tz::Tz;

use crate::clock::Timestamp;

/// Longest period of a query: twenty years of days.
pub const MAX_DAYS: i64 = 366 * 20;

/// The days from `from` to `to`, both included, in the time zone `zone`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    from: NaiveDate,
    to: NaiveDate,
    zone: Tz,
}

/// Why two dates are not a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// `from` lies after `to`.
    #[error("the period ends before it begins")]
    Reversed,
    /// Longer than [`MAX_DAYS`].
    #[error("the period is longer than 20 years")]
    TooLong,
    /// Outside the years 1970 to 9999.
    #[error("the period lies outside the years 1970 to 9999")]
    OutOfRange,
}

impl Period {
    /// The period between two dates.
    ///
    /// # Errors
    /// [`PeriodError`] tells which rule the dates break.
    pub fn new(from: NaiveDate, to: NaiveDate, zone: Tz) -> Result<Self, PeriodError> {
        use chrono::Datelike as _;
        if from.year() < 1970 || to.year() > 9999 || to.year() < 1970 {
            return Err(PeriodError::OutOfRange);
        }
        if from > to {
            return Err(PeriodError::Reversed);
        }
        if (to - from).num_days() >= MAX_DAYS {
            return Err(PeriodError::TooLong);
        }
        Ok(Self { from, to, zone })
    }

    /// First day.
    #[must_use]
    pub const fn from(&self) -> NaiveDate {
        self.from
    }

    /// Last day, included.
    #[must_use]
    pub const fn to(&self) -> NaiveDate {
        self.to
    }

    /// The time zone of its days.
    #[must_use]
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// Start of the period.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        Timestamp::start_of_day(self.from, self.zone)
    }

    /// End of the period, not included.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        Timestamp::start_of_day(
            self.to.checked_add_days(Days::new(1)).unwrap_or(self.to),
            self.zone,
        )
    }

    /// Number of days.
    #[must_use]
    pub fn days(&self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// Its days, in order.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let to = self.to;
        self.from.iter_days().take_while(move |day| *day <= to)
    }

    /// The period of the same length that ends where this one begins; `None` where the calendar has
    /// none.
    #[must_use]
    pub fn previous(&self) -> Option<Self> {
        let days = Days::new(u64::try_from(self.days()).ok()?);
        Self::new(
            self.from.checked_sub_days(days)?,
            self.to.checked_sub_days(days)?,
            self.zone,
        )
        .ok()
    }

    /// The same days of the year before; the 28th instead of a 29th of February. `None` where the
    /// calendar has none.
    #[must_use]
    pub fn last_year(&self) -> Option<Self> {
        let year = Months::new(12);
        Self::new(
            self.from.checked_sub_months(year)?,
            self.to.checked_sub_months(year)?,
            self.zone,
        )
        .ok()
    }

    /// The last period of the same length and the same weekdays before this one: so many whole weeks
    /// earlier that the two share no day. When the length is not a whole number of weeks, up to six days
    /// lie between them.
    #[must_use]
    pub fn previous_weekdays(&self) -> Option<Self> {
        let weeks = u64::try_from(self.days()).ok()?.div_ceil(7);
        let days = Days::new(7 * weeks);
        Self::new(
            self.from.checked_sub_days(days)?,
            self.to.checked_sub_days(days)?,
            self.zone,
        )
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_of_the_shop_is_cut_in_its_time_zone() {
        let period = Period::new(
            day("2026-11-22"),
            day("2026-11-22"),
            chrono_tz::Africa::Lubumbashi,
        )
        .unwrap();
        assert_eq!(period.start().to_string(), "2026-11-21T22:00:00Z");
        assert_eq!(period.end().to_string(), "2026-11-22T22:00:00Z");
    }

    #[test]
    fn last_year_has_the_same_days_of_the_year() {
        let zone = chrono_tz::Africa::Lubumbashi;
        let of = |from: &str, to: &str| Period::new(day(from), day(to), zone).unwrap();
        let leap = of("2028-02-29", "2028-03-01").last_year().unwrap();
        assert_eq!(leap, of("2027-02-28", "2027-03-01"));
        let november = of("2026-11-01", "2026-11-28").last_year().unwrap();
        assert_eq!(november, of("2025-11-01", "2025-11-28"));
    }

    #[test]
    fn a_day_with_a_clock_change_has_23_hours() {
        let period = Period::new(
            day("2026-03-29"),
            day("2026-03-29"),
            chrono_tz::Europe::Brussels,
        )
        .unwrap();
        assert_eq!(
            (period.end().micros() - period.start().micros()) / 3_600_000_000,
            23
        );
    }

    #[test]
    fn reversed_and_endless_periods_are_refused() {
        let zone = chrono_tz::UTC;
        assert_eq!(
            Period::new(day("2026-02-02"), day("2026-02-01"), zone),
            Err(PeriodError::Reversed)
        );
        assert_eq!(
            Period::new(day("1990-02-02"), day("2026-02-01"), zone),
            Err(PeriodError::TooLong)
        );
        assert_eq!(
            Period::new(day("1890-02-02"), day("1890-02-03"), zone),
            Err(PeriodError::OutOfRange)
        );
    }

    #[test]
    fn the_previous_period_ends_the_day_before() {
        let week = Period::new(day("2026-11-16"), day("2026-11-22"), chrono_tz::UTC).unwrap();
        let before = week.previous().unwrap();
        assert_eq!(
            (before.from(), before.to()),
            (day("2026-11-09"), day("2026-11-15"))
        );
    }

    #[test]
    fn the_same_weekdays_lie_whole_weeks_back_without_overlap() {
        for (from, to, before) in [
            ("2026-11-22", "2026-11-22", ("2026-11-15", "2026-11-15")),
            ("2026-11-16", "2026-11-22", ("2026-11-09", "2026-11-15")),
            // Ten days: a fortnight back.
            ("2026-11-11", "2026-11-20", ("2026-10-28", "2026-11-06")),
        ] {
            let period = Period::new(day(from), day(to), chrono_tz::UTC).unwrap();
            let found = period.previous_weekdays().unwrap();
            assert_eq!((found.from(), found.to()), (day(before.0), day(before.1)));
            assert_eq!(found.days(), period.days());
            assert!(found.to() < period.from());
        }
        let first = Period::new(day("1970-01-02"), day("1970-01-03"), chrono_tz::UTC).unwrap();
        assert_eq!(first.previous_weekdays(), None);
    }
}
