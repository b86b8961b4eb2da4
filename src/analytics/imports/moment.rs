//! Dates and times as people and programs write them, in the shop's time zone.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _};
use chrono_tz::Tz;
use kernel::{Timestamp, clock::EARLIEST};

/// Longest text that can be a moment.
const MAX_LENGTH: usize = 40;

/// Why a text is not a moment in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentError {
    /// No date of a known form.
    NotADate,
    /// It has not happened yet, or happened before 1970.
    OutOfRange,
}

impl MomentError {
    /// The rule, for a row issue.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotADate => "import.not_a_date",
            Self::OutOfRange => "import.date_out_of_range",
        }
    }

    /// What was expected.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::NotADate => {
                "A date such as 2026-11-22, 2026-11-22 14:15:06 or 22/11/2026 14:15 (day first) is expected."
            }
            Self::OutOfRange => "A moment between 1970 and now is expected.",
        }
    }
}

/// Reads a moment: ISO 8601 (with an offset or in the shop's zone), or day/month/year, each with
/// or without a time. A date alone is its first instant.
///
/// # Errors
/// [`MomentError`].
pub fn parse(text: &str, zone: Tz, now: Timestamp) -> Result<Timestamp, MomentError> {
    let text = text.trim();
    if text.len() > MAX_LENGTH {
        return Err(MomentError::NotADate);
    }
    let at = with_offset(text)
        .or_else(|| local(text, zone))
        .ok_or(MomentError::NotADate)?;
    if at < EARLIEST || at > now {
        return Err(MomentError::OutOfRange);
    }
    Ok(at)
}

fn with_offset(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| Timestamp::from_micros(at.timestamp_micros()))
}

fn local(text: &str, zone: Tz) -> Option<Timestamp> {
    let split = text
        .split_once(['T', ' '])
        .map(|(date, time)| (date, time.trim()));
    let (date, time) = split.unwrap_or((text, ""));
    let date = parse_date(date)?;
    if time.is_empty() {
        return Some(Timestamp::start_of_day(date, zone));
    }
    let wall = date.and_time(parse_time(time)?);
    Some(in_zone(wall, zone))
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

fn parse_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split(['-', '/', '.']);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let number = |part: &str, widths: std::ops::RangeInclusive<usize>| {
        (widths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (year, month, day) = if first.len() == 4 {
        (
            number(first, 4..=4)?,
            number(second, 1..=2)?,
            number(third, 1..=2)?,
        )
    } else {
        (
            number(third, 4..=4)?,
            number(second, 1..=2)?,
            number(first, 1..=2)?,
        )
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn parse_time(text: &str) -> Option<NaiveTime> {
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
    {
        return None;
    }
    ["%H:%M:%S%.f", "%H:%M"]
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}

#[cfg(test)]
mod tests {
    use chrono_tz::{Africa::Lubumbashi, Europe::Paris};
    use proptest::prelude::*;

    use super::*;

    const NOW: &str = "2026-11-22T12:00:00Z";

    fn read(text: &str, zone: Tz) -> Result<String, MomentError> {
        parse(text, zone, Timestamp::parse(NOW).unwrap()).map(|at| at.to_string())
    }

    #[test]
    fn dates_are_read_in_the_zone_of_the_shop() {
        for (text, expected) in [
            ("2010-12-01 08:26:00", "2010-12-01T06:26:00Z"),
            ("2010-12-01T08:26:00", "2010-12-01T06:26:00Z"),
            ("2010-12-01 08:26", "2010-12-01T06:26:00Z"),
            ("01/12/2010 08:26", "2010-12-01T06:26:00Z"),
            ("1/12/2010", "2010-11-30T22:00:00Z"),
            ("01.12.2010", "2010-11-30T22:00:00Z"),
            ("2010-12-01", "2010-11-30T22:00:00Z"),
            ("2010-12-01T08:26:00+01:00", "2010-12-01T07:26:00Z"),
            ("2010-12-01T08:26:00.25Z", "2010-12-01T08:26:00.250Z"),
        ] {
            assert_eq!(read(text, Lubumbashi).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn hours_that_a_change_of_clocks_skips_or_repeats_have_one_meaning() {
        assert_eq!(
            read("2026-03-29 02:30", Paris).as_deref(),
            Ok("2026-03-29T01:30:00Z")
        );
        assert_eq!(
            read("2025-10-26 02:30", Paris).as_deref(),
            Ok("2025-10-26T00:30:00Z")
        );
    }

    #[test]
    fn what_is_no_date_or_not_past_is_refused() {
        for text in [
            "",
            "yesterday",
            "12/25/2010",
            "2010-13-01",
            "31/02/2010",
            "01/12/10",
            "2010-12-01 25:00",
            "2010-12",
            "40513",
            "2010-12-01 8h26",
            "1/2/3/2010",
        ] {
            assert_eq!(
                read(text, Lubumbashi),
                Err(MomentError::NotADate),
                "{text:?}"
            );
        }
        assert_eq!(read("2026-11-23", Lubumbashi), Err(MomentError::OutOfRange));
        assert_eq!(read("1969-12-31", Lubumbashi), Err(MomentError::OutOfRange));
    }

    proptest! {
        #[test]
        fn every_past_moment_is_read_back(seconds in 0i64..1_790_000_000) {
            let at = Timestamp::from_micros(seconds * 1_000_000);
            let wall = at.to_utc().with_timezone(&Lubumbashi);
            for form in ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S"] {
                prop_assert_eq!(read(&wall.format(form).to_string(), Lubumbashi), Ok(at.to_string()));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,45}") {
            let _unused = read(&text, Paris);
        }
    }
}
