//! Quarters of the year. The findings of a quarter depend on its own facts, on those of the half year
//! before it and on the sales of the weeks after it, and on nothing else: they are computed once and kept.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use kernel::Period;

/// Number of earlier quarters from which the usual values are learnt.
const LEARNT_QUARTERS: u32 = 2;
/// Days after a quarter in which one of its findings may still go on: as long as the next quarter, so
/// that a new level is followed for at least three months.
pub(super) const FOLLOWED_DAYS: u64 = 92;

/// A quarter of the year, stored as its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Quarter(NaiveDate);

impl Quarter {
    /// The quarter that contains a day.
    pub(super) fn with(day: NaiveDate) -> Self {
        let first = day.with_day(1).unwrap_or(day);
        let back = Months::new(first.month0() % 3);
        Self(first.checked_sub_months(back).unwrap_or(first))
    }

    /// The quarters that a period touches.
    pub(super) fn of(period: &Period) -> Vec<Self> {
        let mut quarters = vec![Self::with(period.from())];
        while let Some(last) = quarters.last()
            && last.next() > *last
            && last.next().first() <= period.to()
        {
            quarters.push(last.next());
        }
        quarters
    }

    pub(super) const fn first(self) -> NaiveDate {
        self.0
    }

    pub(super) fn last(self) -> NaiveDate {
        self.next().0.pred_opt().unwrap_or(self.0)
    }

    /// The next quarter; itself at the end of time.
    pub(super) fn next(self) -> Self {
        Self(self.0.checked_add_months(Months::new(3)).unwrap_or(self.0))
    }

    /// The quarters from which the usual values are learnt, oldest first.
    pub(super) fn learnt_from(self) -> Vec<Self> {
        (1..=LEARNT_QUARTERS)
            .rev()
            .filter_map(|back| self.0.checked_sub_months(Months::new(3 * back)).map(Self))
            .collect()
    }

    /// First and last day of the facts on which the findings depend.
    pub(super) fn span(self) -> (NaiveDate, NaiveDate) {
        let first = self.learnt_from().first().map_or(self.0, |one| one.0);
        let last = self.last().checked_add_days(Days::new(FOLLOWED_DAYS));
        (first, last.unwrap_or(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_is_divided_into_whole_quarters() {
        let period = Period::new(day("2025-12-31"), day("2026-04-01"), chrono_tz::UTC).unwrap();
        let quarters: Vec<(NaiveDate, NaiveDate)> = Quarter::of(&period)
            .into_iter()
            .map(|quarter| (quarter.first(), quarter.last()))
            .collect();
        assert_eq!(
            quarters,
            [
                (day("2025-10-01"), day("2025-12-31")),
                (day("2026-01-01"), day("2026-03-31")),
                (day("2026-04-01"), day("2026-06-30")),
            ]
        );
    }

    #[test]
    fn a_quarter_depends_on_the_half_year_before_it_and_the_weeks_after_it() {
        let quarter = Quarter::with(day("2026-05-20"));
        assert_eq!(quarter.span(), (day("2025-10-01"), day("2026-09-30")));
    }

    #[test]
    fn the_last_quarter_of_time_has_no_next_one() {
        let last = Quarter::with(NaiveDate::MAX);
        assert!(last.next() >= last && last.span().1 >= last.first());
    }
}
