//! Dates and times as people and programs write them, in the shop's time zone.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _};
use chrono_tz::Tz;
use kernel::{Timestamp, clock::EARLIEST};

use super::{
    mapping::DateOrder,
    ways::{Hint, Way},
};

/// Longest text that can be a moment.
const MAX_LENGTH: usize = 40;

/// Why a text is not a moment in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentError {
    /// No date of a known form, or not in the order of its file.
    NotADate,
    /// The file has dates in both orders, and this one fits either.
    Ambiguous,
    /// It has not happened yet, or happened before 1970.
    OutOfRange,
}

impl MomentError {
    /// The code of a row issue.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotADate => "import.not_a_date",
            Self::Ambiguous => "date.ambiguous",
            Self::OutOfRange => "import.date_out_of_range",
        }
    }

    /// What was expected.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::NotADate => {
                "A date such as 2026-11-22, 2026-11-22 14:15:06 or 22/11/2026 14:15 is expected, day and month in the order of the whole file."
            }
            Self::Ambiguous => {
                "This could be two days: other dates of the file have the day first, and others the month. A mapping with date_order settles it."
            }
            Self::OutOfRange => "A moment between 1970 and now is expected.",
        }
    }
}

/// Reads a moment: ISO 8601 (with an offset or in the shop's zone), or day, month and year in the
/// order of the file, each with or without a time. A date alone is its first instant.
///
/// # Errors
/// [`MomentError`].
pub fn parse(
    text: &str,
    order: Way<DateOrder>,
    zone: Tz,
    now: Timestamp,
) -> Result<Timestamp, MomentError> {
    let text = text.trim();
    if text.len() > MAX_LENGTH {
        return Err(MomentError::NotADate);
    }
    let at = match with_offset(text) {
        Some(at) => at,
        None => local(text, order, zone)?,
    };
    if at < EARLIEST || at > now {
        return Err(MomentError::OutOfRange);
    }
    Ok(at)
}

fn with_offset(text: &str) -> Option<Timestamp> {
    // `2026-01-15 10:22:33 +0200`, as shops on the web export it.
    let spaced = || DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z");
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| spaced())
        .ok()
        .map(|at| Timestamp::from_micros(at.timestamp_micros()))
}

/// What a date says about the order of day and month in its file.
#[must_use]
pub fn order_of(text: &str) -> Hint<DateOrder> {
    let (date, _) = split(text.trim());
    let Some(Numbers::Open(first, second, year)) = Numbers::read(date) else {
        return Hint::Silent;
    };
    let is_day = |month, day| NaiveDate::from_ymd_opt(year, month, day).is_some();
    match (is_day(second, first), is_day(first, second)) {
        (true, true) if first != second => Hint::Open,
        (true, false) => Hint::Proves(DateOrder::DayFirst),
        (false, true) => Hint::Proves(DateOrder::MonthFirst),
        (true, true) | (false, false) => Hint::Silent,
    }
}

/// The date and the time behind it.
fn split(text: &str) -> (&str, &str) {
    text.split_once(['T', ' '])
        .map_or((text, ""), |(date, time)| (date, time.trim()))
}

fn local(text: &str, order: Way<DateOrder>, zone: Tz) -> Result<Timestamp, MomentError> {
    let (date, time) = split(text);
    let date = parse_date(date, order, order_of(text))?;
    if time.is_empty() {
        return Ok(Timestamp::start_of_day(date, zone));
    }
    let time = parse_time(time).ok_or(MomentError::NotADate)?;
    Ok(in_zone(date.and_time(time), zone))
}

/// A wall-clock time that the zone had twice is its first; one that it never had is taken as the
/// clocks stood before the change.
fn in_zone(wall: NaiveDateTime, zone: Tz) -> Timestamp {
    let at = zone.from_local_datetime(&wall).earliest().or_else(|| {
        zone.from_local_datetime(&(wall - Duration::hours(3)))
            .earliest()
            .map(|before| before + Duration::hours(3))
    });
    Timestamp::from_micros(at.map_or_else(
        || wall.and_utc().timestamp_micros(),
        |at| at.timestamp_micros(),
    ))
}

/// The three numbers of a date.
enum Numbers {
    /// Year, month, day.
    Iso(i32, u32, u32),
    /// Day and month in an order that the file has to say, and the year.
    Open(u32, u32, i32),
}

impl Numbers {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(['-', '/', '.']);
        let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let small = |part: &str| {
            ((1..=2).contains(&part.len()) && is_number(part))
                .then(|| part.parse::<u32>().ok())
                .flatten()
        };
        let year = |part: &str| {
            (part.len() == 4 && is_number(part))
                .then(|| part.parse::<i32>().ok())
                .flatten()
        };
        if first.len() == 4 {
            Some(Self::Iso(year(first)?, small(second)?, small(third)?))
        } else {
            Some(Self::Open(small(first)?, small(second)?, year(third)?))
        }
    }
}

fn parse_date(
    text: &str,
    order: Way<DateOrder>,
    hint: Hint<DateOrder>,
) -> Result<NaiveDate, MomentError> {
    let date = match Numbers::read(text).ok_or(MomentError::NotADate)? {
        Numbers::Iso(year, month, day) => NaiveDate::from_ymd_opt(year, month, day),
        Numbers::Open(first, second, year) => match (order.of(hint), hint) {
            (None, Hint::Open) => return Err(MomentError::Ambiguous),
            // Where nothing is said, both numbers are the same.
            (Some(DateOrder::DayFirst) | None, _) => NaiveDate::from_ymd_opt(year, second, first),
            (Some(DateOrder::MonthFirst), _) => NaiveDate::from_ymd_opt(year, first, second),
        },
    };
    date.ok_or(MomentError::NotADate)
}

/// Twenty-four hours, or twelve with `AM` and `PM` as where the month comes first.
fn parse_time(text: &str) -> Option<NaiveTime> {
    let half = |ending: &str| {
        let (time, half) = text.split_at_checked(text.len().checked_sub(2)?)?;
        half.eq_ignore_ascii_case(ending).then(|| time.trim_end())
    };
    if let Some((time, half)) = half("AM")
        .map(|time| (time, "AM"))
        .or_else(|| half("PM").map(|time| (time, "PM")))
    {
        return read_time(time, &["%I:%M:%S %p", "%I:%M %p"], Some(half));
    }
    read_time(text, &["%H:%M:%S%.f", "%H:%M"], None)
}

fn read_time(text: &str, forms: &[&str], half: Option<&str>) -> Option<NaiveTime> {
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
    {
        return None;
    }
    let text = half.map_or_else(|| text.to_owned(), |half| format!("{text} {half}"));
    forms
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(&text, form).ok())
}

#[cfg(test)]
mod tests;
