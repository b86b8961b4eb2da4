//! Totals over a lead time where no backtest has taught their spread.

use crate::forecast::bands::TOTAL_LEVELS;
use crate::forecast::outcome::Forecast;

/// Quantiles of a total without a backtest: the spread of the days, half of it common to all of them.
pub(super) fn general_total_quantiles(forecast: &Forecast, mean: f64) -> Vec<(f64, f64)> {
    // 1.2816 standard deviations lie between the middle and the 90 % quantile of a normal curve.
    let spreads: Vec<f64> = forecast
        .days
        .iter()
        .map(|day| (day.high - day.low) / (2.0 * 1.2816))
        .collect();
    let common: f64 = spreads.iter().sum::<f64>() * 0.5;
    let single: f64 = spreads
        .iter()
        .map(|spread| spread * spread)
        .sum::<f64>()
        .sqrt();
    let spread = (common * common + single * single).sqrt();
    TOTAL_LEVELS
        .iter()
        .map(|level| (*level, (mean + normal_quantile(*level) * spread).max(0.0)))
        .collect()
}

/// Quantile of the standard normal curve (Tukey's lambda approximation, good to 0.01 inside 5-95 %).
fn normal_quantile(level: f64) -> f64 {
    4.91 * (level.powf(0.14) - (1.0 - level).powf(0.14))
}
