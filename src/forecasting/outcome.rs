//! The output of a forecast: figures, their origin and their limits.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::history::DemandClass;
use super::members::Member;

/// Forecasting method, by length of history.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// No sale yet: mean of the category times the weekday profile of the shop.
    CategoryMean,
    /// 1 to 13 days: own level times the weekday profile of the shop.
    PooledProfile,
    /// 14 to 55 days: own weekday means, shrunk to the weekday profile of the shop, with the pooled
    /// models from 28 days on.
    PseudoWeeks,
    /// 56 to 179 days: blend of pooled models, window averages and smoothing.
    YoungBlend,
    /// 180 days and more: that blend with Theta and the yearly regression.
    FullBlend,
    /// No sale for a long time: the fading rate of Teunter, Syntetos and Babai.
    Dormant,
    /// The last week repeated by weekday: served where the model had larger errors.
    SeasonalNaive,
}

/// A limit of a forecast that its reader must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caveat {
    /// New and not sold yet: the figures are an average of comparable series.
    NoSalesYet,
    /// In stock for weeks and never sold: hardly any sales are expected.
    LayUnsold {
        /// Days on which it was in stock.
        days: u32,
    },
    /// Nothing was ever sold in the group: there is nothing to compare with.
    NothingToCompare,
    /// Too little history for a model: an average and its range.
    NotEnoughData,
    /// No sale for a long time: the rate fades.
    Dormant,
    /// The band is not calibrated: the group is too young for a backtest.
    BandNotCalibrated,
    /// The model had larger errors than repeating the last week, which is served instead.
    WorseThanSeasonalNaive,
}

/// One day of a forecast, in units of the series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForecastDay {
    /// The day.
    pub date: NaiveDate,
    /// Expected quantity; means can be added up.
    pub mean: f64,
    /// Sales are as likely above as below this: a typical day.
    pub median: f64,
    /// The value between the two that is closest day by day without losing the total.
    pub point: f64,
    /// Lower edge of the 80 % band.
    pub low: f64,
    /// Upper edge of the 80 % band.
    pub high: f64,
    /// True when the learnt calendar expects the series to be closed; the figures keep the chance that
    /// it is open.
    pub closed: bool,
}

/// Weight of one member in the blend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MemberShare {
    /// Method of the member.
    pub member: Member,
    /// Weight, 0 to 1; the weights of all members with a forecast add up to 1.
    pub weight: f64,
}

/// Scores of the same method on earlier origins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BacktestScore {
    /// Number of origins.
    pub origins: usize,
    /// Number of compared days.
    pub days: usize,
    /// Sum of absolute errors divided by the sum of sales.
    pub wape: f64,
    /// Sum of (forecast - actual) divided by the sum of sales; above 0 means forecasts too high.
    pub bias: f64,
    /// Absolute error divided by that of repeating the last week by weekday; below 1 is better.
    pub relative_to_seasonal_naive: f64,
    /// Share of days inside the 80 % band before its last correction, 0 to 1.
    pub coverage: f64,
}

/// A forecast of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Id of the series.
    pub series_id: String,
    /// Method of the forecast.
    pub method: Method,
    /// Version of the engine.
    pub version: String,
    /// Seed of the fit.
    pub seed: u64,
    /// First day of the training data; `None` without a sale.
    pub trained_from: Option<NaiveDate>,
    /// Last day of the training data.
    pub trained_to: NaiveDate,
    /// Kind of demand; `None` without a sale.
    pub demand_class: Option<DemandClass>,
    /// The members with a forecast, and their weights; empty outside of the blends.
    pub members: Vec<MemberShare>,
    /// Backtest scores; `None` when the group is too young.
    pub backtest: Option<BacktestScore>,
    /// Limits of the forecast.
    pub caveats: Vec<Caveat>,
    /// One entry per day, from the day after `trained_to` on.
    pub days: Vec<ForecastDay>,
}

/// The total of a series over a lead time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TotalForecast {
    /// Number of days that are added up.
    pub days: usize,
    /// Expected total.
    pub mean: f64,
    /// Lower edge of the 80 % band.
    pub low: f64,
    /// Upper edge of the 80 % band.
    pub high: f64,
    /// Quantiles (level, total) in rising order.
    pub quantiles: Vec<(f64, f64)>,
}

impl TotalForecast {
    /// Probability that the total exceeds `stock`: of a stock-out before delivery, when the total is
    /// that of the lead time. Between 0.01 and 0.99, unless no sales are expected (0) or the stock is
    /// empty (1).
    #[must_use]
    pub fn probability_above(&self, stock: f64) -> f64 {
        if self.mean <= 0.0 {
            return 0.0;
        }
        if stock <= 0.0 {
            return 1.0;
        }
        let mut before = (0.0, 0.0);
        for (level, total) in &self.quantiles {
            if stock < *total {
                let width = total - before.1;
                let part = if width > 0.0 {
                    ((stock - before.1) / width).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                return (1.0 - before.0 - part * (level - before.0)).clamp(0.01, 0.99);
            }
            before = (*level, *total);
        }
        // Beyond the last quantile the probability falls with the square of the distance.
        let (level, total) = before;
        if total > 0.0 {
            ((1.0 - level) * (total / stock.max(total)).powi(2)).max(0.01)
        } else {
            0.01
        }
    }

    /// The total that is exceeded with probability 1 - `level` (a service level).
    #[must_use]
    pub fn quantile(&self, level: f64) -> f64 {
        let mut before = (0.0, 0.0);
        for (step, total) in &self.quantiles {
            if level <= *step {
                let width = step - before.0;
                let part = if width > 0.0 {
                    (level - before.0) / width
                } else {
                    0.0
                };
                return before.1 + part.clamp(0.0, 1.0) * (total - before.1);
            }
            before = (*step, *total);
        }
        // Above the last level the normal tail is scaled from it.
        let spread = (before.1 - self.mean).max(0.0);
        before.1 + spread * ((level.min(0.999) - before.0) / (1.0 - before.0).max(1e-6))
    }
}
