//! Exponential smoothing with a weekly season and a damped trend.
//!
//! The additive error-correction form ETS(A,Ad,A) of Hyndman, Koehler, Ord and Snyder, "Forecasting with
//! Exponential Smoothing" (2008), with its smaller relatives; the parameters by a grid and coordinate
//! search on one-step squared error, the form by the corrected Akaike criterion.

use super::calendar::{DayNumber, weekday_of};

/// A day and its sales; unknown days are skipped.
pub(crate) type Observation = (DayNumber, Option<f64>);

#[derive(Debug, Clone, Copy)]
struct Parameters {
    level: f64,
    trend: f64,
    season: f64,
    damping: f64,
}

#[derive(Debug, Clone, Copy)]
struct State {
    level: f64,
    trend: f64,
    season: [f64; 7],
}

/// Forecasts the `horizon` days after the last observation; `None` with fewer than 14 usable days.
pub(crate) fn forecast(days: &[Observation], horizon: usize) -> Option<Vec<f64>> {
    let usable = days.iter().filter(|(_, value)| value.is_some()).count();
    if usable < 14 {
        return None;
    }
    let start = initial_state(days);
    let flat = State {
        season: [0.0; 7],
        ..start
    };
    let mut best: Option<(f64, Parameters, State)> = None;
    for (seasonal, trended) in [(true, false), (true, true), (false, false), (false, true)] {
        let from = if seasonal { start } else { flat };
        let (parameters, error) = search(days, from, seasonal, trended);
        let free = 2.0 + if seasonal { 7.0 } else { 0.0 } + if trended { 3.0 } else { 0.0 };
        let count = to_f64(usable);
        if count <= free + 2.0 || !error.is_finite() {
            continue;
        }
        let mean_error = (error / count).max(1e-12);
        let criterion =
            count * mean_error.ln() + 2.0 * free + 2.0 * free * (free + 1.0) / (count - free - 1.0);
        if best
            .as_ref()
            .is_none_or(|(lowest, _, _)| criterion < *lowest)
        {
            best = Some((criterion, parameters, from));
        }
    }
    let (_, parameters, from) = best?;
    let (_, state) = run(days, from, parameters);
    let last = days.last()?.0;
    let mut damped = 0.0;
    let mut factor = parameters.damping;
    let path = (last + 1..)
        .take(horizon)
        .map(|day| {
            damped += factor;
            factor *= parameters.damping;
            let season = state.season.get(weekday_of(day)).copied().unwrap_or(0.0);
            (state.level + damped * state.trend + season).max(0.0)
        })
        .collect();
    Some(path)
}

fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// Level of the first four weeks and weekday deviations of the first eight.
fn initial_state(days: &[Observation]) -> State {
    let mean = |slice: &[Observation]| {
        let values: Vec<f64> = slice.iter().filter_map(|(_, value)| *value).collect();
        if values.is_empty() {
            0.0
        } else {
            values.iter().sum::<f64>() / to_f64(values.len())
        }
    };
    let early = days.get(..days.len().min(56)).unwrap_or(days);
    let base = mean(early);
    let mut season = [0.0; 7];
    for (weekday, slot) in season.iter_mut().enumerate() {
        let same: Vec<Observation> = early
            .iter()
            .filter(|(day, _)| weekday_of(*day) == weekday)
            .copied()
            .collect();
        if same.iter().any(|(_, value)| value.is_some()) {
            *slot = mean(&same) - base;
        }
    }
    State {
        level: mean(days.get(..days.len().min(28)).unwrap_or(days)),
        trend: 0.0,
        season,
    }
}

/// Sum of squared one-step errors, and the state after the last day.
fn run(days: &[Observation], from: State, parameters: Parameters) -> (f64, State) {
    let mut state = from;
    let mut total = 0.0;
    for (day, value) in days {
        let base = state.level + parameters.damping * state.trend;
        let damped_trend = parameters.damping * state.trend;
        let Some(season) = state.season.get_mut(weekday_of(*day)) else {
            continue;
        };
        state.level = base;
        state.trend = damped_trend;
        if let Some(value) = value {
            let error = value - base - *season;
            total += error * error;
            state.level += parameters.level * error;
            state.trend += parameters.trend * error;
            *season += parameters.season * error;
        }
    }
    (total, state)
}

fn search(days: &[Observation], from: State, seasonal: bool, trended: bool) -> (Parameters, f64) {
    let mut best = Parameters {
        level: 0.1,
        trend: if trended { 0.01 } else { 0.0 },
        season: if seasonal { 0.05 } else { 0.0 },
        damping: if trended { 0.95 } else { 0.0 },
    };
    let mut lowest = run(days, from, best).0;
    let mut attempt = |candidate: Parameters, best: &mut Parameters| {
        let error = run(days, from, candidate).0;
        if error < lowest {
            lowest = error;
            *best = candidate;
        }
    };
    for _ in 0..2 {
        for level in [0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.55] {
            attempt(Parameters { level, ..best }, &mut best);
        }
        if seasonal {
            for season in [0.0, 0.01, 0.03, 0.07, 0.15, 0.3] {
                attempt(Parameters { season, ..best }, &mut best);
            }
        }
        if trended {
            for trend in [0.0, 0.002, 0.01, 0.03] {
                attempt(Parameters { trend, ..best }, &mut best);
            }
            for damping in [0.85, 0.92, 0.96, 0.98] {
                attempt(Parameters { damping, ..best }, &mut best);
            }
        }
    }
    (best, lowest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekly_pattern_is_continued() {
        let days: Vec<Observation> = (1..=140)
            .map(|day| (day, Some(if weekday_of(day) == 5 { 30.0 } else { 10.0 })))
            .collect();
        let path = forecast(&days, 14).unwrap();
        for (day, value) in (141..).zip(&path) {
            let expected = if weekday_of(day) == 5 { 30.0 } else { 10.0 };
            assert!((value - expected).abs() < 1.0, "day {day}: {value}");
        }
    }

    #[test]
    fn unknown_days_are_skipped() {
        let days: Vec<Observation> = (1..=100)
            .map(|day| (day, (day % 5 != 0).then_some(8.0)))
            .collect();
        let path = forecast(&days, 7).unwrap();
        assert!(path.iter().all(|value| (value - 8.0).abs() < 0.5));
    }

    #[test]
    fn too_little_history_gives_none() {
        assert!(forecast(&[(1, Some(2.0))], 7).is_none());
        assert!(forecast(&[], 7).is_none());
    }

    #[test]
    fn constant_zero_stays_zero() {
        let days: Vec<Observation> = (1..=60).map(|day| (day, Some(0.0))).collect();
        assert!(
            forecast(&days, 28)
                .unwrap()
                .iter()
                .all(|value| *value == 0.0)
        );
    }
}
