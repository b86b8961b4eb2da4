//! The seasonal naive forecast: the same weekday of the last week.

use super::day_figures::DayFigures;
use crate::boosting::quantile_of_sorted;
use crate::calendar::DayNumber;
use crate::frame::Frame;

/// Days whose errors give the band.
const ERROR_DAYS: i32 = 182;
/// Weeks in which a usable day is searched.
const MOST_WEEKS: i32 = 8;

/// Repeats the last week; errors grow with the square root of the weeks ahead.
pub(super) fn naive_days(frame: &Frame, horizon: usize) -> Vec<DayFigures> {
    let mut errors: Vec<f64> = frame
        .recent(ERROR_DAYS)
        .into_iter()
        .filter_map(|(day, value)| Some(value? - frame.value(day - 7)?))
        .collect();
    errors.sort_by(f64::total_cmp);
    let (low, high) = if errors.is_empty() {
        (0.0, 0.0)
    } else {
        (
            quantile_of_sorted(&errors, 0.1).min(0.0),
            quantile_of_sorted(&errors, 0.9).max(0.0),
        )
    };
    (frame.last + 1..)
        .take(horizon)
        .map(|day| {
            let said = last_week(frame, day);
            let weeks = f64::from((day - frame.last + 6) / 7).sqrt();
            DayFigures {
                mean: said,
                median: said,
                point: said,
                low: (said + low * weeks).max(0.0),
                high: said + high * weeks,
            }
        })
        .collect()
}

/// The same weekday of the latest week before the end of the frame on which the day is known.
fn last_week(frame: &Frame, day: DayNumber) -> f64 {
    let first = (day - frame.last + 6) / 7;
    (first..first + MOST_WEEKS)
        .find_map(|weeks| frame.value(day - 7 * weeks))
        .unwrap_or_else(|| frame.mean())
}
