//! One series explained by weekday, trend and two harmonics of the year (smartcore's ridge regression).

use std::f64::consts::TAU;

use chrono::Datelike;
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::ridge_regression::{RidgeRegression, RidgeRegressionParameters};

use super::calendar::{DayNumber, date_of, weekday_of};
use super::frame::Frame;

/// Weekdays, trend, two harmonics, constant.
const COLUMNS: usize = 13;
/// Fewest days for the harmonics: with less than most of two years they take a trend for a season.
const YEARLY_DAYS: i32 = 500;
/// Days of history that are used.
const LOOKBACK_DAYS: i32 = 730;

fn regressors(day: DayNumber, origin: DayNumber, has_years: bool) -> [f64; COLUMNS] {
    let mut row = [0.0; COLUMNS];
    if let Some(slot) = row.get_mut(weekday_of(day)) {
        *slot = 1.0;
    }
    let angle = date_of(day).map_or(0.0, |date| TAU * f64::from(date.ordinal()) / 365.25);
    // The trend stops at the origin: an extrapolated line is the worst guess.
    let trend = f64::from((day - origin).min(0)) / 182.0;
    let yearly = if has_years { 1.0 } else { 0.0 };
    let rest = [
        1.0,
        trend,
        yearly * angle.sin(),
        yearly * angle.cos(),
        yearly * (2.0 * angle).sin(),
        yearly * (2.0 * angle).cos(),
    ];
    for (slot, value) in row.iter_mut().skip(7).zip(rest) {
        *slot = value;
    }
    row
}

/// Forecasts the days after the origin; `None` when smartcore finds no solution.
pub(crate) fn forecast(frame: &Frame, horizon: usize) -> Option<Vec<f64>> {
    let origin = frame.last;
    let has_years = frame.length() >= YEARLY_DAYS;
    let cap = 6.0 * frame.mean() + 3.0 * frame.window(frame.first, origin).variance().sqrt();
    // The difference to the mean is shrunk, not the level: a shrunk level would be too low.
    let recent = frame.window(origin - LOOKBACK_DAYS + 1, origin);
    let mean = recent.mean_or(0.0).min(cap);
    let mut values = Vec::new();
    let mut targets = Vec::new();
    for (day, value) in frame.recent(LOOKBACK_DAYS) {
        let Some(value) = value else { continue };
        // Newer days weigh more: both sides of the equation are scaled by the square root of the weight.
        let root = 0.5_f64.powf(f64::from(origin - day) / 365.0 / 2.0);
        values.extend(
            regressors(day, origin, has_years)
                .iter()
                .map(|regressor| regressor * root),
        );
        targets.push((value.min(cap) - mean) * root);
    }
    if targets.len() <= 4 * COLUMNS {
        return None;
    }
    let matrix = DenseMatrix::new(targets.len(), COLUMNS, values, false).ok()?;
    let parameters = RidgeRegressionParameters::default()
        .with_alpha(2.0)
        .with_normalize(false);
    let fitted = RidgeRegression::fit(&matrix, &targets, parameters).ok()?;
    let coefficients: Vec<f64> = fitted.coefficients().iterator(0).copied().collect();
    let path = (origin + 1..)
        .take(horizon)
        .map(|day| {
            let row = regressors(day, origin, has_years);
            let difference: f64 = row
                .iter()
                .zip(&coefficients)
                .map(|(value, beta)| value * beta)
                .sum();
            (mean + difference).max(0.0)
        })
        .collect();
    Some(path)
}
