//! When work recurs: by a cron expression in the shop's time zone, or at an interval.

use chrono_tz::Tz;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};

use crate::{clock::Timestamp, jobs::JobKind};

/// Most characters in a cron expression.
pub const MAX_EXPRESSION_LENGTH: usize = 100;
/// Shortest time between two due moments: what is needed more often is not a job.
pub const MIN_INTERVAL_SECONDS: i64 = 15 * 60;
/// Longest interval: a year.
pub const MAX_INTERVAL_SECONDS: i64 = 366 * 86_400;
/// Most schedules of one person; `migration` keeps the same number.
pub const MAX_SCHEDULES_PER_PERSON: i64 = 20;
/// Most schedules of all persons of a shop together.
pub const MAX_SCHEDULES_OF_PERSONS: i64 = 100;

/// Minutes of an hour, as the pattern of a cron expression counts them.
const HOUR_MINUTES: u16 = 60;
const DAY_HOURS: u16 = 24;

/// When something recurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing(Rule);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Cron(Box<Cron>),
    Every(i64),
}

/// Why something is not a timing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimingError {
    /// It does not have five valid fields.
    #[error("is not a cron expression of five fields: {0}")]
    Invalid(String),
    /// It is due too often.
    #[error("comes due more often than every {} minutes", MIN_INTERVAL_SECONDS / 60)]
    TooOften,
    /// It is due less than once a year.
    #[error("comes due less than once in {} days", MAX_INTERVAL_SECONDS / 86_400)]
    TooSeldom,
    /// There is no such day, as the 30th of February.
    #[error("never comes due")]
    Never,
}

impl Timing {
    /// By a cron expression: minute, hour, day of the month, month, day of the week.
    ///
    /// # Errors
    /// [`TimingError`].
    pub fn cron(expression: &str) -> Result<Self, TimingError> {
        if expression.chars().count() > MAX_EXPRESSION_LENGTH {
            let detail = format!("it has more than {MAX_EXPRESSION_LENGTH} characters");
            return Err(TimingError::Invalid(detail));
        }
        let cron = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(expression)
            .map_err(|error| TimingError::Invalid(error.to_string()))?;
        if shortest_gap_minutes(&cron) * 60 < MIN_INTERVAL_SECONDS {
            return Err(TimingError::TooOften);
        }
        if cron
            .find_next_occurrence(&Timestamp::from_micros(0).to_utc(), true)
            .is_err()
        {
            return Err(TimingError::Never);
        }
        Ok(Self(Rule::Cron(Box::new(cron))))
    }

    /// At an interval, counted from the last due moment.
    ///
    /// # Errors
    /// [`TimingError::TooOften`], [`TimingError::TooSeldom`].
    pub const fn every_seconds(seconds: i64) -> Result<Self, TimingError> {
        if seconds < MIN_INTERVAL_SECONDS {
            return Err(TimingError::TooOften);
        }
        if seconds > MAX_INTERVAL_SECONDS {
            return Err(TimingError::TooSeldom);
        }
        Ok(Self(Rule::Every(seconds)))
    }

    /// The cron expression, where it is one.
    #[must_use]
    pub fn expression(&self) -> Option<&str> {
        match &self.0 {
            Rule::Cron(cron) => Some(cron.as_str()),
            Rule::Every(_) => None,
        }
    }

    /// The interval in seconds, where it is one.
    #[must_use]
    pub const fn interval_seconds(&self) -> Option<i64> {
        match &self.0 {
            Rule::Cron(_) => None,
            Rule::Every(seconds) => Some(*seconds),
        }
    }

    /// The newest due moment after `last` and up to `now`, if there is one. All moments between
    /// `last` and it count as one.
    ///
    /// A cron expression is read in `zone`. A time of day that a change of the clocks leaves out is
    /// due right after the gap, and one that exists twice is due once; an expression with `*` or a
    /// list of hours goes on hour by hour.
    #[must_use]
    pub fn due(&self, zone: Tz, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let due = match &self.0 {
            Rule::Cron(cron) => {
                let now = now.to_utc().with_timezone(&zone);
                let due = cron.find_previous_occurrence(&now, true).ok()?;
                Timestamp::from_micros(due.timestamp_micros())
            }
            Rule::Every(seconds) => {
                let passed = now.micros().saturating_sub(last.micros());
                let intervals = passed.div_euclid(seconds.saturating_mul(1_000_000));
                last.plus_seconds(intervals.saturating_mul(*seconds))
            }
        };
        (due > last).then_some(due)
    }

    /// The first due moment after `after`; `None` where there is none. What [`Self::due`] finds when time
    /// has come to it.
    #[must_use]
    pub fn next(&self, zone: Tz, last: Timestamp, after: Timestamp) -> Option<Timestamp> {
        match &self.0 {
            Rule::Cron(cron) => {
                let after = after.to_utc().with_timezone(&zone);
                let next = cron.find_next_occurrence(&after, false).ok()?;
                Some(Timestamp::from_micros(next.timestamp_micros()))
            }
            Rule::Every(seconds) => {
                let passed = after.micros().saturating_sub(last.micros()).max(0);
                let intervals = passed.div_euclid(seconds.saturating_mul(1_000_000));
                let intervals = intervals.saturating_add(1);
                Some(last.plus_seconds(intervals.saturating_mul(*seconds)))
            }
        }
    }
}

/// The shortest time between two due moments of a day, or of two days that follow each other.
fn shortest_gap_minutes(cron: &Cron) -> i64 {
    let minutes = cron.pattern.minutes.values();
    let hours = cron.pattern.hours.values();
    let (Some(first), Some(last)) = (minutes.first(), minutes.last()) else {
        return 0;
    };
    let within_an_hour = minutes
        .windows(2)
        .filter_map(|pair| Some(pair.last()?.abs_diff(*pair.first()?)));
    let into_the_next = hours
        .iter()
        .any(|hour| hours.contains(&((hour + 1) % DAY_HOURS)))
        .then(|| HOUR_MINUTES - last + first);
    within_an_hour
        .chain(into_the_next)
        .min()
        .unwrap_or(HOUR_MINUTES)
        .into()
}

/// A schedule of the program itself, as the handler of a job declares it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurring<P> {
    /// Names the schedule, also in later versions: its row is found by it.
    pub name: &'static str,
    /// The times at which it is due, in the time zone of the shop.
    pub timing: Timing,
    /// What each job gets.
    pub payload: P,
}

/// A schedule of the program itself, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Names the schedule, also in later versions: its row is found by it.
    pub name: &'static str,
    /// The name of the kind of job.
    pub kind: &'static str,
    /// The times at which it is due, in the time zone of the shop.
    pub timing: Timing,
    /// What each job gets, as JSON.
    pub payload: String,
}

impl Definition {
    /// A schedule of a kind of job.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON.
    pub fn of<J: JobKind>(recurring: Recurring<J::Payload>) -> Result<Self, serde_json::Error> {
        Ok(Self {
            name: recurring.name,
            kind: J::KIND,
            timing: recurring.timing,
            payload: serde_json::to_string(&recurring.payload)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::NaiveDate;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_due_moment_is_met_once() {
        let timing = Timing::cron("30 3 * * *").unwrap();
        let zone = chrono_tz::Africa::Lubumbashi;
        let began = at("2026-03-01T00:00:00Z");
        assert_eq!(timing.due(zone, began, at("2026-03-01T01:29:59Z")), None);
        let first = at("2026-03-01T01:30:00Z");
        assert_eq!(timing.due(zone, began, first), Some(first));
        assert_eq!(timing.due(zone, first, at("2026-03-01T12:00:00Z")), None);
    }

    #[test]
    fn of_the_moments_that_were_missed_the_last_one_is_due() {
        let zone = chrono_tz::Africa::Lubumbashi;
        let last = at("2026-03-01T01:30:00Z");
        let now = at("2026-03-09T12:00:00Z");
        let nightly = Timing::cron("30 3 * * *").unwrap();
        let due = Some(at("2026-03-09T01:30:00Z"));
        assert_eq!(nightly.due(zone, last, now), due);
        let hourly = Timing::every_seconds(3600).unwrap();
        let due = at("2026-03-09T11:30:00Z");
        assert_eq!(hourly.due(zone, last, now), Some(due));
        assert_eq!(hourly.due(zone, due, now), None);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_due() {
        let zone = chrono_tz::Europe::Paris;
        let last = at("2026-03-09T12:00:00Z");
        for timing in [Timing::cron("0 * * * *"), Timing::every_seconds(3600)] {
            let timing = timing.unwrap();
            for now in ["2026-03-09T11:59:59Z", "2026-03-09T03:00:00Z"] {
                assert_eq!(timing.due(zone, last, at(now)), None, "{timing:?}");
            }
        }
    }

    /// Walks a year in steps of ten minutes, as an instance that looks regularly would.
    fn runs_by_day(expression: &str, zone: Tz) -> BTreeMap<NaiveDate, u32> {
        let timing = Timing::cron(expression).unwrap();
        let mut now = at("2026-01-01T00:00:00Z");
        let mut last = now;
        let mut runs = BTreeMap::new();
        while now < at("2026-12-31T00:00:00Z") {
            if let Some(found) = timing.due(zone, last, now) {
                last = found;
                *runs.entry(found.date_in(zone)).or_default() += 1;
            }
            now = now.plus_seconds(600);
        }
        runs
    }

    #[test]
    fn a_nightly_job_runs_once_a_day_also_when_the_clocks_change() {
        // 02:30 does not exist on 29 March and exists twice on 25 October in Paris.
        for zone in [
            chrono_tz::Europe::Paris,
            chrono_tz::America::New_York,
            chrono_tz::Africa::Lubumbashi,
        ] {
            let runs = runs_by_day("30 2 * * *", zone);
            assert!(runs.len() >= 363, "{zone}: {}", runs.len());
            let wrong: Vec<_> = runs.iter().filter(|(_, runs)| **runs != 1).collect();
            assert!(wrong.is_empty(), "{zone}: {wrong:?}");
        }
    }

    #[test]
    fn an_hourly_job_runs_every_hour_that_the_day_has() {
        let runs = runs_by_day("0 * * * *", chrono_tz::Europe::Paris);
        let of = |text: &str| runs[&text.parse::<NaiveDate>().unwrap()];
        let days = ["2026-03-28", "2026-03-29", "2026-10-25"].map(of);
        assert_eq!(days, [24, 23, 25]);
    }

    #[test]
    fn the_shops_own_midnight_and_monday_count() {
        let zone = chrono_tz::Africa::Lubumbashi;
        let last = at("2026-05-01T00:00:00Z");
        let now = at("2026-05-05T12:00:00Z");
        // 4 May 2026 is a Monday.
        let monday = Timing::cron("0 0 * * 1").unwrap();
        assert_eq!(
            monday.due(zone, last, now),
            Some(at("2026-05-03T22:00:00Z"))
        );
    }

    /// Walks some days minute by minute: what is due next is what comes due.
    fn next_is_what_comes_due(expression: &str, zone: Tz, from: &str, days: i64) {
        let timing = Timing::cron(expression).unwrap();
        let (mut now, mut last) = (at(from), at(from));
        let end = now.plus_seconds(days * 86_400);
        let mut next = timing.next(zone, last, now);
        let mut came = 0;
        while now < end {
            now = now.plus_seconds(60);
            if let Some(found) = timing.due(zone, last, now) {
                assert_eq!(Some(found), next, "{expression} in {zone}");
                last = found;
                next = timing.next(zone, last, now);
                assert!(next > Some(now), "{expression} in {zone}");
                came += 1;
            }
        }
        assert!(came > 0, "{expression} in {zone} from {from}");
    }

    #[test]
    fn what_is_due_next_is_what_comes_due_also_when_the_clocks_change() {
        // The days around the changes of the clocks.
        for (zone, springs, falls) in [
            (
                chrono_tz::Europe::Paris,
                "2026-03-27T00:00:00Z",
                "2026-10-23T00:00:00Z",
            ),
            (
                chrono_tz::America::New_York,
                "2026-03-06T00:00:00Z",
                "2026-10-30T00:00:00Z",
            ),
            (
                chrono_tz::Africa::Lubumbashi,
                "2026-03-27T00:00:00Z",
                "2026-12-29T00:00:00Z",
            ),
        ] {
            // Times that a change of the clocks leaves out or repeats, and hours of a list.
            for expression in ["30 2 * * *", "30 1 * * *", "0 * * * *", "15 1-3 * * *"] {
                next_is_what_comes_due(expression, zone, springs, 5);
                next_is_what_comes_due(expression, zone, falls, 5);
            }
            next_is_what_comes_due("0 7 1 * *", zone, "2026-03-30T00:00:00Z", 4);
        }
    }

    #[test]
    fn a_time_of_day_that_is_left_out_is_due_after_the_gap_and_one_that_comes_twice_once() {
        let zone = chrono_tz::Europe::Paris;
        let timing = Timing::cron("30 2 * * *").unwrap();
        let next = |after| timing.next(zone, at(after), at(after));
        // On 29 March the clocks go from 02:00 to 03:00.
        assert_eq!(
            next("2026-03-28T12:00:00Z"),
            Some(at("2026-03-29T01:00:00Z"))
        );
        assert_eq!(
            next("2026-03-29T01:00:00Z"),
            Some(at("2026-03-30T00:30:00Z"))
        );
        // On 25 October from 03:00 back to 02:00.
        assert_eq!(
            next("2026-10-24T12:00:00Z"),
            Some(at("2026-10-25T00:30:00Z"))
        );
        assert_eq!(
            next("2026-10-25T00:30:00Z"),
            Some(at("2026-10-26T01:30:00Z"))
        );
        // An interval goes on from the last run.
        let every = Timing::every_seconds(3600).unwrap();
        let (last, now) = (at("2026-03-01T00:00:00Z"), at("2026-03-01T02:30:00Z"));
        assert_eq!(
            every.next(zone, last, now),
            Some(at("2026-03-01T03:00:00Z"))
        );
        assert_eq!(
            every.next(zone, last, last),
            Some(at("2026-03-01T01:00:00Z"))
        );
    }

    #[test]
    fn what_is_not_a_timing_is_refused() {
        for wrong in ["", "every night", "30 3 * *", "0 30 3 * * *", "61 3 * * *"] {
            let refused = Timing::cron(wrong);
            assert!(matches!(refused, Err(TimingError::Invalid(_))), "{wrong}");
        }
        let long = format!("{} 3 * * *", ["0"; 60].join(","));
        assert!(matches!(Timing::cron(&long), Err(TimingError::Invalid(_))));
        for often in [
            "* * * * *",
            "0,5 8 * * 1",
            "0,50 * * * *",
            "0,59 0,23 * * *",
        ] {
            assert_eq!(Timing::cron(often), Err(TimingError::TooOften), "{often}");
        }
        assert_eq!(Timing::cron("0 0 30 2 *"), Err(TimingError::Never));
        for fine in [
            "*/15 * * * *",
            "0,50 8,10 * * *",
            "0 8 * * 1",
            "0 8 L * *",
            "0 8 29 2 *",
        ] {
            assert!(Timing::cron(fine).is_ok(), "{fine}");
        }
        assert_eq!(Timing::every_seconds(899), Err(TimingError::TooOften));
        assert_eq!(Timing::every_seconds(-1), Err(TimingError::TooOften));
        let long = Timing::every_seconds(MAX_INTERVAL_SECONDS + 1);
        assert_eq!(long, Err(TimingError::TooSeldom));
        assert!(Timing::every_seconds(900).is_ok());
    }

    #[test]
    fn a_timing_reads_back_as_it_was_written() {
        let cron = Timing::cron("0 8 * * 1").unwrap();
        assert_eq!(cron.expression(), Some("0 8 * * 1"));
        assert_eq!(cron.interval_seconds(), None);
        let every = Timing::every_seconds(3600).unwrap();
        assert_eq!(
            (every.expression(), every.interval_seconds()),
            (None, Some(3600))
        );
    }
}
