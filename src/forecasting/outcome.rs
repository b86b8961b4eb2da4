//! What a forecast returns: numbers, where they come from, and what it does not know.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::history::DemandClass;
use super::members::Member;

/// How a forecast was made, by length of history.
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
    /// No sale yet: mean of the category times the weekday profile of the group.
    CategoryMean,
    /// 1 to 13 days: own level times the pooled weekday profile.
    PooledProfile,
    /// 14 to 55 days: own weekday means held by pseudo-weeks of the pooled profile, with the pooled
    /// models from 28 days on.
    PseudoWeeks,
    /// 56 to 179 days: blend of pooled models, window averages and smoothing.
    YoungBlend,
    /// 180 days and more: the same with Theta and the yearly regression.
    FullBlend,
    /// Nothing sold for long: the fading rate of Teunter, Syntetos and Babai.
    Dormant,
    /// The same weekday of the last week: what is served where the model did worse than that.
    SeasonalNaive,
}

/// What the reader must know before trusting a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caveat {
    /// New and not sold yet: the figures are an average of comparable series.
    NoSalesYet,
    /// It could have been sold for weeks, and never was: next to nothing is expected.
    LayUnsold {
        /// Days on which it lay there.
        days: u32,
    },
    /// Nothing was ever sold anywhere in the group: there is nothing to compare with.
    NothingToCompare,
    /// Too little history for a model: an average and its range.
    NotEnoughData,
    /// Nothing sold for long: the rate fades.
    Dormant,
    /// The band comes from general experience: the group is too young for a backtest.
    BandNotCalibrated,
    /// The model did worse than repeating the last week, which is served instead.
    WorseThanSeasonalNaive,
}

/// One day of a forecast, in units of the series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ForecastDay {
    /// The day.
    pub date: NaiveDate,
    /// Expected quantity: add these up to order.
    pub mean: f64,
    /// As likely to be exceeded as not: read this as a typical day.
    pub median: f64,
    /// The point between the two that comes closest day by day, without losing the total.
    pub point: f64,
    /// Lower edge of the 80 % band.
    pub low: f64,
    /// Upper edge of the 80 % band.
    pub high: f64,
    /// The learnt calendar expects the series to be closed; the figures keep the chance that it is not.
    pub closed: bool,
}

/// Weight of one member in the blend.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MemberShare {
    /// The member.
    pub member: Member,
    /// Its weight; weights of members that can speak add up to 1.
    pub weight: f64,
}

/// How the same method did on origins before the present one, for series of the same demand class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BacktestScore {
    /// Origins looked back from.
    pub origins: usize,
    /// Days compared.
    pub days: usize,
    /// Sum of absolute errors over sum of sales.
    pub wape: f64,
    /// Sum of (forecast - actual) over sum of sales.
    pub bias: f64,
    /// Absolute error relative to that of repeating the same weekday of the last week; below 1 is
    /// better.
    pub relative_to_seasonal_naive: f64,
    /// Share of days inside the 80 % band, before its last correction.
    pub coverage: f64,
}

/// A forecast of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// The series.
    pub series_id: String,
    /// How it was made.
    pub method: Method,
    /// Version of the engine.
    pub version: String,
    /// Seed of the fit.
    pub seed: u64,
    /// First day that was learnt from; `None` without a sale.
    pub trained_from: Option<NaiveDate>,
    /// Last day that was looked at.
    pub trained_to: NaiveDate,
    /// The kind of demand; `None` without a sale.
    pub demand_class: Option<DemandClass>,
    /// The members that spoke, and their weights; empty outside of the blends.
    pub members: Vec<MemberShare>,
    /// Scores of the backtest; `None` when the group is too young for one.
    pub backtest: Option<BacktestScore>,
    /// What to know before trusting it.
    pub caveats: Vec<Caveat>,
    /// One entry per day, from the day after `trained_to` on.
    pub days: Vec<ForecastDay>,
}

/// The total of a series over a lead time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TotalForecast {
    /// Days summed.
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
    /// that of the lead time. Between 0.01 and 0.99 unless nothing is expected at all, or nothing is
    /// left, which is a stock-out already.
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
        // Beyond the last quantile the chance falls with the square of the distance.
        let (level, total) = before;
        if total > 0.0 {
            ((1.0 - level) * (total / stock.max(total)).powi(2)).max(0.01)
        } else {
            0.01
        }
    }

    /// The total that is not exceeded with probability `level` (a service level).
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
        // Above the last level the normal tail scales on from it.
        let spread = (before.1 - self.mean).max(0.0);
        before.1 + spread * ((level.min(0.999) - before.0) / (1.0 - before.0).max(1e-6))
    }
}
