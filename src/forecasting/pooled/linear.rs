//! smartcore's ridge regression with the preparation that it needs: standardised columns, weekdays as
//! indicators, constant columns dropped.

use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::ridge_regression::{RidgeRegression, RidgeRegressionParameters};

use super::super::features::FEATURES;

/// Column of the weekday among the features.
const WEEKDAY: usize = 1;
/// Columns after the weekday indicators are added.
const COLUMNS: usize = FEATURES + 7;
/// Limit of standardised inputs: a line is not valid far outside of the data it was fitted on.
const INPUT_CAP: f64 = 4.0;

/// A fitted line over standardised features.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LinearModel {
    intercept: f64,
    centres: Vec<f64>,
    /// 0 for a constant column.
    inverse_spreads: Vec<f64>,
    coefficients: Vec<f64>,
}

fn expand(row: &[f64; FEATURES]) -> [f64; COLUMNS] {
    let mut wide = [0.0; COLUMNS];
    for (slot, value) in wide.iter_mut().zip(row) {
        *slot = *value;
    }
    let weekday = row.get(WEEKDAY).copied().unwrap_or(0.0);
    for (slot, index) in wide.iter_mut().skip(FEATURES).zip(0_u8..) {
        *slot = if (weekday - f64::from(index)).abs() < 0.5 {
            1.0
        } else {
            0.0
        };
    }
    wide
}

impl LinearModel {
    /// Fits by ridge regression; `None` when smartcore finds no solution.
    pub fn fit(rows: &[[f64; FEATURES]], targets: &[f64]) -> Option<Self> {
        let count = f64::from(u32::try_from(rows.len()).ok()?);
        let wide: Vec<[f64; COLUMNS]> = rows.iter().map(expand).collect();
        let mut sums = vec![(0.0_f64, 0.0_f64); COLUMNS];
        for row in &wide {
            for (sum, value) in sums.iter_mut().zip(row) {
                sum.0 += value;
                sum.1 += value * value;
            }
        }
        let centres: Vec<f64> = sums.iter().map(|sum| sum.0 / count).collect();
        let inverse_spreads: Vec<f64> = sums
            .iter()
            .zip(&centres)
            .map(|(sum, centre)| {
                let spread = (sum.1 / count - centre * centre).max(0.0).sqrt();
                if spread > 1e-9 { 1.0 / spread } else { 0.0 }
            })
            .collect();
        let intercept = targets.iter().sum::<f64>() / count;
        let mut model = Self {
            intercept,
            centres,
            inverse_spreads,
            coefficients: Vec::new(),
        };
        let values: Vec<f64> = rows.iter().flat_map(|row| model.standardise(row)).collect();
        let shifted: Vec<f64> = targets.iter().map(|target| target - intercept).collect();
        let matrix = DenseMatrix::new(rows.len(), COLUMNS, values, false).ok()?;
        let parameters = RidgeRegressionParameters::default()
            .with_alpha(0.01 * count + 1.0)
            .with_normalize(false);
        let fitted = RidgeRegression::fit(&matrix, &shifted, parameters).ok()?;
        model.coefficients = fitted.coefficients().iterator(0).copied().collect();
        model
            .coefficients
            .iter()
            .all(|value| value.is_finite())
            .then_some(model)
    }

    fn standardise(&self, row: &[f64; FEATURES]) -> Vec<f64> {
        expand(row)
            .iter()
            .zip(&self.centres)
            .zip(&self.inverse_spreads)
            .map(|((value, centre), inverse)| {
                ((value - centre) * inverse).clamp(-INPUT_CAP, INPUT_CAP)
            })
            .collect()
    }

    pub fn predict(&self, row: &[f64; FEATURES]) -> f64 {
        let inputs = self.standardise(row);
        self.intercept
            + inputs
                .iter()
                .zip(&self.coefficients)
                .map(|(value, beta)| value * beta)
                .sum::<f64>()
    }
}
