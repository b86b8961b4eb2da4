//! When the shop is open, and how demand varies by weekday, pay-day and season.

use chrono::{Datelike as _, Days, NaiveDate, Weekday};

/// What the demand for a shelf follows through the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    /// Nothing special.
    None,
    /// Thirst: the dry season, and the feasts.
    Drinks,
    /// The weeks before school begins.
    School,
    /// The end of the year.
    Feasts,
    /// Cold rain on the lake: candles, batteries, tea.
    Rains,
}

/// Public holidays on which the shop is closed.
const HOLIDAYS: [(u32, u32); 6] = [(1, 1), (1, 4), (5, 17), (6, 30), (8, 1), (12, 25)];
/// Days on which the whole town was closed, counted back from the last day of the story.
const DEAD_CITY: [i64; 5] = [503, 502, 412, 411, 139];

/// The hours of a working day, and how many customers come in each.
const HOURS: [(i64, f64); 13] = [
    (7, 0.8),
    (8, 1.0),
    (9, 0.9),
    (10, 0.8),
    (11, 0.9),
    (12, 1.1),
    (13, 0.8),
    (14, 0.7),
    (15, 0.8),
    (16, 1.1),
    (17, 1.6),
    (18, 1.7),
    (19, 0.9),
];
const SUNDAY_HOURS: [(i64, f64); 6] = [
    (13, 0.8),
    (14, 0.9),
    (15, 1.0),
    (16, 1.2),
    (17, 1.3),
    (18, 1.0),
];

/// Whether the shop is open on a day of a story that ends at `end`.
#[must_use]
pub fn is_open(date: NaiveDate, end: NaiveDate) -> bool {
    let holiday = HOLIDAYS.contains(&(date.month(), date.day()));
    !holiday && !DEAD_CITY.contains(&(end - date).num_days())
}

/// Its hours with their weights: on Sundays it opens after church.
#[must_use]
pub fn hours(date: NaiveDate) -> &'static [(i64, f64)] {
    if date.weekday() == Weekday::Sun {
        &SUNDAY_HOURS
    } else {
        &HOURS
    }
}

/// The demand for the whole shop on a day, relative to an average day.
#[must_use]
pub fn demand(date: NaiveDate) -> f64 {
    weekday(date) * payday(date) * feast(date)
}

/// The demand for a shelf on a day, relative to its average.
#[must_use]
pub fn season(season: Season, date: NaiveDate) -> f64 {
    let month = date.month();
    match season {
        Season::None => 1.0,
        Season::Drinks => match month {
            6..=8 => 1.25,
            12 => 1.35,
            4 | 10 | 11 => 0.85,
            _ => 1.0,
        },
        Season::School => match (month, date.day()) {
            (8, 20..) | (9, ..=15) => 3.5,
            (1, 5..=15) | (4, 10..=20) => 1.6,
            (6, 15..) | (7, _) => 0.4,
            _ => 0.9,
        },
        Season::Feasts => match (month, date.day()) {
            (12, 10..) => 2.2,
            (4, 1..=10) | (6, 25..) => 1.3,
            _ => 0.9,
        },
        Season::Rains => match month {
            3..=5 | 9..=11 => 1.25,
            6..=8 => 0.75,
            _ => 1.0,
        },
    }
}

fn weekday(date: NaiveDate) -> f64 {
    match date.weekday() {
        Weekday::Mon => 0.88,
        Weekday::Tue => 0.90,
        Weekday::Wed => 0.94,
        Weekday::Thu => 0.97,
        Weekday::Fri => 1.18,
        Weekday::Sat => 1.45,
        Weekday::Sun => 0.62,
    }
}

/// Wages come at the end of the month, an advance in its middle; the days before are lean.
fn payday(date: NaiveDate) -> f64 {
    let last = last_of_month(date);
    match (date.day(), last.saturating_sub(date.day())) {
        (1..=4, _) => 1.32,
        (_, 0..=2) => 1.38,
        (15..=17, _) => 1.17,
        (22..=27, _) => 0.83,
        _ => 0.96,
    }
}

fn feast(date: NaiveDate) -> f64 {
    match (date.month(), date.day()) {
        (12, 20..=24) => 1.5,
        (12, 26..=31) => 1.4,
        (1, 5..=20) => 0.85,
        _ => 1.0,
    }
}

fn last_of_month(date: NaiveDate) -> u32 {
    date.with_day(28)
        .and_then(|day| day.checked_add_days(Days::new(4)))
        .and_then(|next| next.with_day(1))
        .and_then(|first| first.pred_opt())
        .map_or(28, |last| last.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn wages_and_saturdays_bring_customers() {
        assert_eq!(last_of_month(day("2024-02-10")), 29);
        assert_eq!(last_of_month(day("2025-12-31")), 31);
        assert!(payday(day("2025-01-30")) > payday(day("2025-01-24")));
        assert!(weekday(day("2025-01-25")) > weekday(day("2025-01-27")));
    }

    #[test]
    fn holidays_are_closed() {
        let end = day("2026-11-21");
        assert!(!is_open(day("2026-06-30"), end));
        assert!(!is_open(end - chrono::Duration::days(139), end));
        assert!(is_open(end, end));
    }
}
