//! The pooled models: one fit over all series of a group, with each target divided by its series' level.
//!
//! smartcore supplies the ridge regression and the random forest; the boosted trees are ours.

mod linear;
mod sample;

use serde::{Deserialize, Serialize};
use smartcore::ensemble::random_forest_regressor::{
    RandomForestRegressor, RandomForestRegressorParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;

use super::boosting::{BinnedRows, Booster, Growth, Objective};
use super::calendar::DayNumber;
use super::features::{FEATURES, OriginView};
use super::frame::{Frame, GroupFrame};
use super::settings::Settings;
use linear::LinearModel;
use sample::Sample;

type Forest = RandomForestRegressor<f64, f64, DenseMatrix<f64>, Vec<f64>>;

/// Fewest rows for a pooled model.
const FEWEST_ROWS: usize = 120;

/// Days of history from which the day of the year is a feature.
const YEARS_DAYS: i32 = 550;

/// Forecasts of the pooled models for one day, in units of the series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PooledDay {
    pub ridge: f64,
    pub forest: f64,
    pub mean: f64,
    pub quantiles: Quantiles,
}

/// All pooled models of a group, fitted on days up to one origin.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PooledModels {
    has_years: bool,
    ridge: LinearModel,
    forest: Forest,
    mean: Booster,
    quantiles: QuantileModels,
}

/// The boosted 10 %, 50 % and 90 % quantiles of one day.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct QuantileModels {
    median: Booster,
    low: Booster,
    high: Booster,
}

/// Three quantiles of one day, in units of the series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantiles {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

impl QuantileModels {
    fn fit_sample(
        sample: &Sample,
        data: &BinnedRows,
        growth: impl Fn(usize) -> Growth,
    ) -> Option<Self> {
        let boost = |level: f64, thirds: usize, salt: u64| {
            let growth = growth(thirds);
            let growth = Growth {
                seed: growth.seed ^ salt,
                ..growth
            };
            Booster::fit(
                data,
                &sample.targets,
                &sample.weights,
                Objective::Quantile { level },
                growth,
            )
        };
        Some(Self {
            median: boost(0.5, 3, 0x52)?,
            low: boost(0.1, 2, 0x53)?,
            high: boost(0.9, 2, 0x54)?,
        })
    }

    fn predict_row(&self, row: &[f64; FEATURES], level: f64) -> Quantiles {
        let mut ordered =
            [&self.low, &self.median, &self.high].map(|model| sane(model.predict(row)) * level);
        ordered.sort_by(f64::total_cmp);
        let [low, median, high] = ordered;
        Quantiles { low, median, high }
    }
}

fn growth(data: &BinnedRows, trees: usize, rate: f64, seed: u64) -> Growth {
    Growth {
        trees,
        leaves: 20,
        smallest_leaf: 30.0_f64.min(f64::from(u32::try_from(data.rows / 30).unwrap_or(u32::MAX))),
        rate,
        ridge: 5.0,
        row_share: 0.7,
        feature_share: 0.6,
        seed,
    }
}

impl PooledModels {
    /// Fits on the group; `None` when it is too small or too young.
    pub fn fit(group: &GroupFrame, settings: &Settings, seed: u64) -> Option<Self> {
        let has_years = group.pulse.length() >= YEARS_DAYS;
        let sample = Sample::draw(group, settings.pooled_rows, has_years, seed);
        if sample.rows.len() < FEWEST_ROWS {
            return None;
        }
        let data = BinnedRows::new(&sample.rows);
        let rate = settings.learning_rate;
        let mean_growth = growth(&data, settings.trees, rate, seed ^ 0x51);
        let tweedie = Objective::Tweedie { power: 1.3 };
        Some(Self {
            has_years,
            mean: Booster::fit(
                &data,
                &sample.targets,
                &sample.weights,
                tweedie,
                mean_growth,
            )?,
            quantiles: QuantileModels::fit_sample(&sample, &data, |thirds| {
                growth(&data, settings.trees * thirds / 3, rate, seed)
            })?,
            ridge: LinearModel::fit(&sample.rows, &sample.winsorised())?,
            forest: fit_forest(&sample, settings, seed)?,
        })
    }

    /// Predicts `horizon` days after the origin; the caller handles closed days.
    pub fn predict(
        &self,
        frame: &Frame,
        pulse: &Frame,
        origin: DayNumber,
        horizon: usize,
    ) -> Option<Vec<PooledDay>> {
        let view = OriginView::new(frame, pulse, origin);
        let rows: Vec<[f64; FEATURES]> = (origin + 1..)
            .take(horizon)
            .map(|target| view.row(frame, pulse, origin, target, self.has_years))
            .collect();
        let matrix = matrix_of(&rows)?;
        let forest = self.forest.predict(&matrix).ok()?;
        let level = view.level;
        let days = rows
            .iter()
            .zip(forest)
            .map(|(row, forest)| PooledDay {
                ridge: sane(self.ridge.predict(row)) * level,
                forest: sane(forest) * level,
                mean: sane(self.mean.predict(row)) * level,
                quantiles: self.quantiles.predict_row(row, level),
            })
            .collect();
        Some(days)
    }
}

/// Limits a ratio to what a level may be multiplied by.
fn sane(ratio: f64) -> f64 {
    if ratio.is_finite() {
        ratio.clamp(0.0, 50.0)
    } else {
        0.0
    }
}

fn matrix_of(rows: &[[f64; FEATURES]]) -> Option<DenseMatrix<f64>> {
    let values: Vec<f64> = rows.iter().flatten().copied().collect();
    DenseMatrix::new(rows.len(), FEATURES, values, false).ok()
}

fn fit_forest(sample: &Sample, settings: &Settings, seed: u64) -> Option<Forest> {
    let step = (sample.rows.len() / settings.forest_rows.max(1)).max(1);
    let rows: Vec<[f64; FEATURES]> = sample.rows.iter().step_by(step).copied().collect();
    let targets: Vec<f64> = sample.winsorised().into_iter().step_by(step).collect();
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(settings.forest_trees)
        .with_max_depth(9)
        .with_min_samples_leaf(8)
        .with_m(12)
        .with_seed(seed);
    Forest::fit(&matrix_of(&rows)?, &targets, parameters).ok()
}
