//! Dates and times as people write them, at the bounds of the calendar and of the clock.

use chrono_tz::{Africa::Lubumbashi, Europe::Paris};
use proptest::prelude::*;

use super::*;

const NOW: &str = "2026-11-22T12:00:00Z";

const DAY_FIRST: Way<DateOrder> = Way::Known(DateOrder::DayFirst);
const MONTH_FIRST: Way<DateOrder> = Way::Known(DateOrder::MonthFirst);

fn read(text: &str, zone: Tz) -> Result<String, MomentError> {
    read_in(text, DAY_FIRST, zone)
}

fn read_in(text: &str, order: Way<DateOrder>, zone: Tz) -> Result<String, MomentError> {
    parse(text, order, zone, Timestamp::parse(NOW).unwrap()).map(|at| at.to_string())
}

#[test]
fn the_order_of_day_and_month_is_that_of_the_file() {
    let (may, january) = ("2026-04-30T22:00:00Z", "2026-01-04T22:00:00Z");
    assert_eq!(
        read_in("01/05/2026", DAY_FIRST, Lubumbashi).as_deref(),
        Ok(may)
    );
    assert_eq!(
        read_in("01/05/2026", MONTH_FIRST, Lubumbashi).as_deref(),
        Ok(january)
    );
    let assumed = Way::Assumed(DateOrder::DayFirst);
    assert_eq!(
        read_in("01/05/2026", assumed, Lubumbashi).as_deref(),
        Ok(may)
    );
    for (text, order, expected) in [
        ("01/05/2026", Way::Mixed, Err(MomentError::Ambiguous)),
        ("01/25/2026", Way::Mixed, Ok("2026-01-24T22:00:00Z")),
        ("25/01/2026", Way::Mixed, Ok("2026-01-24T22:00:00Z")),
        ("05/05/2026", Way::Mixed, Ok("2026-05-04T22:00:00Z")),
        ("01/25/2026", DAY_FIRST, Err(MomentError::NotADate)),
        ("25/01/2026", MONTH_FIRST, Err(MomentError::NotADate)),
        ("1/25/2026 2:30 PM", MONTH_FIRST, Ok("2026-01-25T12:30:00Z")),
        (
            "1/25/2026 12:05:09 am",
            MONTH_FIRST,
            Ok("2026-01-24T22:05:09Z"),
        ),
        (
            "2026-01-25 14:30 PM",
            MONTH_FIRST,
            Err(MomentError::NotADate),
        ),
        ("2026-01-25", MONTH_FIRST, Ok("2026-01-24T22:00:00Z")),
    ] {
        assert_eq!(
            read_in(text, order, Lubumbashi).as_deref().map_err(|e| *e),
            expected,
            "{text}"
        );
    }
}

#[test]
fn dates_prove_the_order_of_their_file() {
    for (text, hint) in [
        ("13/01/2026", Hint::Proves(DateOrder::DayFirst)),
        ("01/13/2026 10:00", Hint::Proves(DateOrder::MonthFirst)),
        ("1.2.2026", Hint::Open),
        ("29-02-2024", Hint::Proves(DateOrder::DayFirst)),
        ("02/02/2026", Hint::Silent),
        ("2026-01-13", Hint::Silent),
        ("30/02/2026", Hint::Silent),
        ("13/13/2026", Hint::Silent),
        ("yesterday", Hint::Silent),
        ("", Hint::Silent),
    ] {
        assert_eq!(order_of(text), hint, "{text:?}");
    }
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

#[test]
fn the_bounds_of_time_are_moments_of_a_file() {
    assert_eq!(read(NOW, Lubumbashi).as_deref(), Ok(NOW));
    assert_eq!(
        read("2026-11-22T12:00:00.001Z", Lubumbashi),
        Err(MomentError::OutOfRange)
    );
    let earliest = EARLIEST.to_string();
    assert_eq!(read(&earliest, Lubumbashi), Ok(earliest.clone()));
    let before = EARLIEST.plus_seconds(-1).to_string();
    assert_eq!(read(&before, Lubumbashi), Err(MomentError::OutOfRange));
}

#[test]
fn a_text_that_is_too_long_is_no_date() {
    // 40 letters are read, with one more it is no date any more.
    let longest = format!("2026-01-15T10:22:33.{}Z", "0".repeat(MAX_LENGTH - 21));
    assert_eq!(longest.len(), MAX_LENGTH);
    assert_eq!(
        read(&longest, Lubumbashi).as_deref(),
        Ok("2026-01-15T10:22:33Z")
    );
    let longer = format!("2026-01-15T10:22:33.{}Z", "0".repeat(MAX_LENGTH - 20));
    assert_eq!(read(&longer, Lubumbashi), Err(MomentError::NotADate));
}

#[test]
fn an_offset_may_stand_behind_a_space() {
    assert_eq!(
        read("2026-01-15 10:22:33 +0300", Lubumbashi).as_deref(),
        Ok("2026-01-15T07:22:33Z")
    );
}

#[test]
fn a_date_has_three_numbers_of_the_right_width() {
    for text in [
        "001/02/2026",
        "1/002/2026",
        "1/2/20260",
        "/02/2026",
        "1//2026",
        "2026-001-02",
        "2026-1-",
        "2o26-01-02",
        "1/2/2o26",
        "+1/2/2026",
    ] {
        assert_eq!(
            read(text, Lubumbashi),
            Err(MomentError::NotADate),
            "{text:?}"
        );
    }
    assert_eq!(
        read("2026-1-2", Lubumbashi).as_deref(),
        Ok("2026-01-01T22:00:00Z")
    );
}

#[test]
fn noon_and_midnight_of_twelve_hours() {
    for (text, expected) in [
        ("1/25/2026 12:00 AM", Ok("2026-01-24T22:00:00Z")),
        ("1/25/2026 12:00 PM", Ok("2026-01-25T10:00:00Z")),
        ("1/25/2026 1:00:30pm", Ok("2026-01-25T11:00:30Z")),
        ("1/25/2026 10:00 XM", Err(MomentError::NotADate)),
        ("1/25/2026 PM", Err(MomentError::NotADate)),
        ("1/25/2026 M", Err(MomentError::NotADate)),
    ] {
        let moment = read_in(text, MONTH_FIRST, Lubumbashi);
        assert_eq!(moment.as_deref().map_err(|e| *e), expected, "{text}");
    }
}

#[test]
fn an_hour_that_a_zone_skips_is_taken_as_the_clocks_stood_before() {
    // The clocks of New York go from 02:00 to 03:00 on 8 March.
    let new_york = chrono_tz::America::New_York;
    assert_eq!(
        read("2026-03-08 02:15", new_york).as_deref(),
        Ok("2026-03-08T07:15:00Z")
    );
}

#[test]
fn every_reason_has_a_code_and_says_what_is_expected() {
    for (error, code, words) in [
        (MomentError::NotADate, "import.not_a_date", "22/11/2026"),
        (MomentError::Ambiguous, "date.ambiguous", "date_order"),
        (
            MomentError::OutOfRange,
            "import.date_out_of_range",
            "1970 and now",
        ),
    ] {
        assert_eq!(error.code(), code);
        assert!(error.expected().contains(words), "{code}");
    }
}

proptest! {
    #[test]
    fn every_past_moment_is_read_back(seconds in 0i64..1_790_000_000) {
        let at = Timestamp::from_micros(seconds * 1_000_000);
        let wall = at.to_utc().with_timezone(&Lubumbashi);
        for (form, order) in [
            ("%Y-%m-%d %H:%M:%S", Way::Unneeded),
            ("%d/%m/%Y %H:%M:%S", DAY_FIRST),
            ("%-m/%-d/%Y %I:%M:%S %p", MONTH_FIRST),
            ("%Y-%m-%dT%H:%M:%S", Way::Mixed),
        ] {
            prop_assert_eq!(read_in(&wall.format(form).to_string(), order, Lubumbashi), Ok(at.to_string()));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,45}") {
        for order in [DAY_FIRST, MONTH_FIRST, Way::Mixed, Way::Unneeded] {
            let _unused = read_in(&text, order, Paris);
        }
    }
}
