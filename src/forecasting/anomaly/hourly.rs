//! Hourly series: the expectation is the median of the same hour of the week, times the level of the
//! last day.

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::DeviationKind;
use super::judge::{Expectation, Memory, Rules};

/// Weeks of the same hour from which an expectation is taken.
const WEEKS: usize = 5;
const HOURS_PER_WEEK: usize = 168;
/// Hours from which the current level is taken.
const LEVEL_HOURS: usize = 24;
/// Hours of history before judging starts.
const WARM_UP_HOURS: usize = 2 * HOURS_PER_WEEK;
/// Hours of residuals from which the spread is taken.
const SPREAD_HOURS: usize = 2 * HOURS_PER_WEEK;

/// One hour of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hour {
    /// Start of the hour.
    pub at: NaiveDateTime,
    /// The count.
    pub value: f64,
}

/// A reported hour.
#[derive(Debug, Clone, PartialEq)]
pub struct HourFinding {
    /// Start of the hour.
    pub at: NaiveDateTime,
    /// Kind of the deviation.
    pub kind: DeviationKind,
    /// How far beyond the threshold; 1 is exactly at the threshold.
    pub score: f64,
    /// The count.
    pub actual: f64,
    /// The expectation.
    pub expected: f64,
    /// Lower edge of the usual range (80 %).
    pub expected_low: f64,
    /// Upper edge of the usual range (80 %).
    pub expected_high: f64,
}

/// Thresholds for hours: there are 24 times as many of them as days.
#[must_use]
pub fn hourly_rules() -> Rules {
    Rules {
        spike: 8.0,
        drop: 7.0,
        shift: 40.0,
        slack: 2.0,
        run: 9.0,
        least_spread: 0.1,
        patience_days: 96,
    }
}

/// Judges the hours of one series in order of time, each from the hours before it.
#[must_use]
pub fn detect(hours: &[Hour], rules: &Rules) -> Vec<HourFinding> {
    let mut memory = Memory::default();
    let mut accepted: Vec<Option<f64>> = Vec::with_capacity(hours.len());
    let mut residuals: Vec<f64> = Vec::new();
    let mut findings = Vec::new();
    for (index, hour) in hours.iter().enumerate() {
        if !hour.value.is_finite() {
            accepted.push(None);
            continue;
        }
        let expected = expectation(hours, &accepted, &residuals, index);
        let mut flagged = false;
        if let Some(expected) = expected.filter(|_| index >= WARM_UP_HOURS) {
            let deviation = expected.deviation(hour.value, rules);
            let judgement = memory.judge(deviation, hour.value <= 0.0, rules);
            if let Some((kind, score)) = judgement.fired {
                flagged = true;
                findings.push(HourFinding {
                    at: hour.at,
                    kind,
                    score,
                    actual: hour.value,
                    expected: expected.middle,
                    expected_low: expected.low,
                    expected_high: expected.high,
                });
                if memory.is_new_normal(rules) {
                    memory.accept();
                    flagged = false;
                }
            }
        }
        if let Some(expected) = expected.filter(|_| !flagged) {
            memory.remember(expected.deviation(hour.value, rules));
            residuals.push(hour.value - expected.middle);
            if residuals.len() > SPREAD_HOURS {
                residuals.remove(0);
            }
        }
        accepted.push((!flagged).then_some(hour.value));
    }
    findings
}

fn hour_of_week(at: NaiveDateTime) -> usize {
    let weekday = usize::try_from(at.weekday().num_days_from_monday()).unwrap_or(0);
    weekday * 24 + usize::try_from(at.hour()).unwrap_or(0)
}

fn expectation(
    hours: &[Hour],
    accepted: &[Option<f64>],
    residuals: &[f64],
    index: usize,
) -> Option<Expectation> {
    let now = hours.get(index)?;
    let usual = usual_value(hours, accepted, index)?;
    // The expectation is multiplied by the level of the last day relative to its own usual values.
    let mut ratio = (0.0, 0.0);
    for back in 1..=LEVEL_HOURS.min(index) {
        let past = index - back;
        if let (Some(Some(value)), Some(then)) =
            (accepted.get(past), usual_value(hours, accepted, past))
        {
            ratio.0 += value;
            ratio.1 += then;
        }
    }
    let factor = if ratio.1 > 0.0 {
        (ratio.0 / ratio.1).clamp(0.5, 2.0).sqrt()
    } else {
        1.0
    };
    let middle = usual * factor;
    let mut sorted: Vec<f64> = residuals.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |part: usize| {
        sorted
            .get(sorted.len() * part / 100)
            .copied()
            .unwrap_or(0.0)
    };
    let level = accepted
        .iter()
        .rev()
        .take(HOURS_PER_WEEK)
        .flatten()
        .copied()
        .fold((0.0, 0.0), |sum, value| (sum.0 + value, sum.1 + 1.0));
    let level = if level.1 > 0.0 {
        level.0 / level.1
    } else {
        now.value.abs()
    };
    Some(Expectation {
        low: middle + at(10).min(0.0),
        middle,
        high: middle + at(90).max(0.0),
        level: level.abs(),
    })
}

/// Median of the same hour of the week in the last weeks, at first of the same hour of the day.
fn usual_value(hours: &[Hour], accepted: &[Option<f64>], index: usize) -> Option<f64> {
    let now = hours.get(index)?;
    let mut same = Vec::with_capacity(WEEKS);
    for week in 1..=WEEKS {
        let Some(near) = index.checked_sub(week * HOURS_PER_WEEK) else {
            break;
        };
        // A few missing hours shift the index only slightly.
        let place = (near.saturating_sub(2)..=near + 2).find(|place| {
            hours
                .get(*place)
                .is_some_and(|hour| hour_of_week(hour.at) == hour_of_week(now.at))
        });
        if let Some(Some(Some(value))) = place.map(|place| accepted.get(place).copied()) {
            same.push(value);
        }
    }
    if same.is_empty() {
        let from = index.saturating_sub(HOURS_PER_WEEK);
        same = (from..index)
            .filter(|place| {
                hours
                    .get(*place)
                    .is_some_and(|hour| hour.at.hour() == now.at.hour())
            })
            .filter_map(|place| accepted.get(place).copied().flatten())
            .collect();
    }
    same.sort_by(f64::total_cmp);
    same.get(same.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, NaiveDate};

    use super::*;

    #[test]
    fn a_spike_among_regular_hours_is_found_and_nothing_else() {
        let start = NaiveDate::from_ymd_opt(2024, 1, 1)
            .unwrap()
            .and_hms_opt(0, 0, 0)
            .unwrap();
        let hours: Vec<Hour> = (0..24 * 40)
            .map(|hour| {
                let at = start + Duration::hours(hour);
                let wave = 50.0 + 20.0 * f64::from(i32::try_from(hour % 24).unwrap() % 5);
                let noise = f64::from(i32::try_from((hour * 37) % 11).unwrap()) - 5.0;
                Hour {
                    at,
                    value: if hour == 800 { 900.0 } else { wave + noise },
                }
            })
            .collect();
        let found = detect(&hours, &hourly_rules());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].kind, DeviationKind::Spike);
        assert_eq!(found[0].at, start + Duration::hours(800));
    }

    #[test]
    fn constant_and_broken_values_report_nothing() {
        let start = NaiveDate::from_ymd_opt(2024, 1, 1)
            .unwrap()
            .and_hms_opt(0, 0, 0)
            .unwrap();
        let hours: Vec<Hour> = (0..800)
            .map(|hour| Hour {
                at: start + Duration::hours(hour),
                value: if hour % 100 == 7 { f64::NAN } else { 0.0 },
            })
            .collect();
        assert!(detect(&hours, &hourly_rules()).is_empty());
    }
}
