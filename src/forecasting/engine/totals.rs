//! Totals over a lead time without a backtest that gives their spread.

use crate::bands::TOTAL_LEVELS;
use crate::outcome::Forecast;

/// How far the level of a series wanders within four weeks, as a part of it.
const DRIFT: f64 = 0.08;

/// Quantiles of a total without a backtest. The errors of single days are independent and even out in a
/// long total. Two errors are common to all days: the level is known from `known_days` days only, and it
/// wanders.
pub(super) fn general_total_quantiles(
    forecast: &Forecast,
    mean: f64,
    known_days: f64,
) -> Vec<(f64, f64)> {
    // 1.2816 standard deviations lie between the median and the 90 % quantile of a normal distribution.
    let spreads: Vec<f64> = forecast
        .days
        .iter()
        .map(|day| (day.high - day.low) / (2.0 * 1.2816))
        .collect();
    let common = spreads.iter().sum::<f64>() / known_days.max(1.0).sqrt();
    let single: f64 = spreads
        .iter()
        .map(|spread| spread * spread)
        .sum::<f64>()
        .sqrt();
    let days = f64::from(u32::try_from(spreads.len()).unwrap_or(u32::MAX));
    // A constant series does not wander either.
    let drift = (DRIFT * mean * (days / 28.0).sqrt()).min(spreads.iter().sum());
    let spread = (common * common + single * single + drift * drift).sqrt();
    TOTAL_LEVELS
        .iter()
        .map(|level| (*level, (mean + normal_quantile(*level) * spread).max(0.0)))
        .collect()
}

/// Quantile of the standard normal distribution (Tukey's lambda approximation, within 0.01 from 5 to 95
/// %).
fn normal_quantile(level: f64) -> f64 {
    4.91 * (level.powf(0.14) - (1.0 - level).powf(0.14))
}
