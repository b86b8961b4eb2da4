//! The distribution of sales until a delivery.
//!
//! The totals of forecasts use ratios learnt from all products of a class together: right on average,
//! too wide for steady products and too narrow for irregular ones. An order is about one product, so its
//! own days give the spread: the variance of a day follows from its 80 % band, the variances add up, and
//! the level has an error of its own. The total is taken as a gamma variable, whose quantiles come from
//! the cube-root approximation (Wilson and Hilferty, 1931).

use forecasting::outcome::{Forecast, Method, TotalForecast};

use crate::forecast::model::Model;

/// Width of an 80 % band in standard deviations.
const BAND_WIDTH: f64 = 2.563;
/// The bands cover 84 % instead of 80 (docs/benchmarks.md): their variance is multiplied by this.
const BAND_TOO_WIDE: f64 = 0.83;
/// Standard deviation of the level's error, as a part of the level.
const LEVEL_OFF: f64 = 0.1;
/// Levels and normal quantiles of the returned distribution.
const LEVELS: [(f64, f64); 20] = [
    (0.05, -1.6449),
    (0.10, -1.2816),
    (0.15, -1.0364),
    (0.20, -0.8416),
    (0.25, -0.6745),
    (0.30, -0.5244),
    (0.35, -0.3853),
    (0.40, -0.2533),
    (0.45, -0.1257),
    (0.50, 0.0),
    (0.55, 0.1257),
    (0.60, 0.2533),
    (0.65, 0.3853),
    (0.70, 0.5244),
    (0.75, 0.6745),
    (0.80, 0.8416),
    (0.85, 1.0364),
    (0.90, 1.2816),
    (0.95, 1.6449),
    (0.99, 2.3263),
];

/// The total over all days of a forecast. Where its bands are not calibrated, the total of the engine is
/// used.
pub(super) fn total_of(model: &Model, forecast: &Forecast) -> TotalForecast {
    let total = model.total_of(forecast);
    let variance: f64 = forecast
        .days
        .iter()
        .map(|day| ((day.high - day.low) / BAND_WIDTH).powi(2))
        .sum();
    let is_own = matches!(forecast.method, Method::FullBlend | Method::YoungBlend);
    if !is_own || total.mean <= 0.0 || variance <= 0.0 {
        return total;
    }
    gamma(
        total.days,
        total.mean,
        BAND_TOO_WIDE * variance + (LEVEL_OFF * total.mean).powi(2),
    )
}

fn gamma(days: usize, mean: f64, variance: f64) -> TotalForecast {
    let shape = mean * mean / variance;
    let at = |normal: f64| {
        let root = 1.0 - 1.0 / (9.0 * shape) + normal / (3.0 * shape.sqrt());
        mean * root.max(0.0).powi(3)
    };
    TotalForecast {
        days,
        mean,
        low: at(-1.2816),
        high: at(1.2816),
        quantiles: LEVELS
            .iter()
            .map(|(level, normal)| (*level, at(*normal)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quantiles_agree_with_published_tables() {
        // Chi-square with 10 degrees of freedom: mean 10, variance 20.
        let total = gamma(7, 10.0, 20.0);
        for (level, known) in [(0.05, 3.940), (0.5, 9.342), (0.95, 18.307), (0.99, 23.209)] {
            let found = total.quantile(level);
            assert!((found / known - 1.0).abs() < 0.01, "{level}: {found}");
        }
        assert!((total.probability_above(18.307) - 0.05).abs() < 0.002);
    }

    #[test]
    fn rare_demand_is_mostly_zero_and_quantiles_rise() {
        let rare = gamma(7, 0.2, 0.6);
        assert!(rare.quantile(0.4).abs() < 1e-9 && rare.quantile(0.95) > 0.5);
        for (mean, variance) in [(0.01, 5.0), (3.0, 1e-9), (1e6, 1e9)] {
            let total = gamma(7, mean, variance);
            let values: Vec<f64> = total.quantiles.iter().map(|one| one.1).collect();
            assert!(
                values.windows(2).all(|pair| pair[0] <= pair[1]),
                "{values:?}"
            );
            assert!(
                values
                    .iter()
                    .all(|value| value.is_finite() && *value >= 0.0)
            );
        }
    }
}
