//! Forecasts as the API shows them.

use chrono::NaiveDate;
use chrono_tz::Tz;
use forecasting::{
    feast::Feast,
    history::DemandClass,
    outcome::{BacktestScore, Forecast, MemberShare, Method, TotalForecast},
};
use kernel::{
    Timestamp,
    ids::{CategoryId, ProductId},
};
use serde::{Deserialize, Serialize};

use super::{
    accuracy::{Scores, totals::TotalScores},
    feasts::feast_in,
    money::{MoneyForecast, edges_of_day, edges_of_total},
    reason::Reason,
    scores_in_money::MoneyScores,
};

/// Level of listed forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForecastLevel {
    /// One for each product.
    #[default]
    Product,
    /// One for each category with sales.
    Category,
    /// One for the whole shop.
    Shop,
}

/// A total with its band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TotalView {
    /// Number of days that are added up.
    pub days: usize,
    /// Expected units. Means can be added up.
    pub mean: f64,
    /// Lower edge of the 80 % band.
    pub lo80: f64,
    /// Upper edge of the 80 % band.
    pub hi80: f64,
    /// Lower edge of the 50 % band.
    pub lo50: f64,
    /// Upper edge of the 50 % band.
    pub hi50: f64,
    /// Lower edge of the 95 % band.
    pub lo95: f64,
    /// Upper edge of the 95 % band.
    pub hi95: f64,
}

impl From<&TotalForecast> for TotalView {
    fn from(total: &TotalForecast) -> Self {
        let edges = edges_of_total(total);
        Self {
            days: total.days,
            mean: rounded(total.mean),
            lo80: rounded(total.low),
            hi80: rounded(total.high),
            lo50: rounded(edges.lo50),
            hi50: rounded(edges.hi50),
            lo95: rounded(edges.lo95),
            hi95: rounded(edges.hi95),
        }
    }
}

/// Rounds to thousandths, the precision of quantities; NaN and infinity become 0.
pub(crate) fn rounded(value: f64) -> f64 {
    if value.is_finite() {
        (value * 1_000.0).round() / 1_000.0
    } else {
        0.0
    }
}

/// One forecast of a list.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ForecastItem {
    /// Id of the product; null for a category or the shop.
    #[schema(required)]
    pub product_id: Option<ProductId>,
    /// Id of the category, or of the product's category; null without one.
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    /// SKU of the product; null for a category or the shop.
    #[schema(required)]
    pub sku: Option<String>,
    /// Name of the product, the category or the shop.
    pub name: String,
    /// Unit of the product; null for categories and the shop, which add up units of all kinds.
    #[schema(required)]
    pub unit: Option<String>,
    /// Forecasting method; null without a forecast.
    #[schema(required)]
    pub method: Option<Method>,
    /// Kind of demand; null without a sale.
    #[schema(required)]
    pub demand_class: Option<DemandClass>,
    /// Total of the coming days; null without a forecast.
    #[schema(required)]
    pub total: Option<TotalView>,
    /// Each coming day, of a category or the shop; absent unless requested by `by_day`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub days: Option<Vec<ForecastDayView>>,
    /// The same in money, of a category or the shop; absent unless requested by `by_day`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub money: Option<MoneyForecast>,
    /// Reasons for caution.
    pub reasons: Vec<Reason>,
}

/// Forecast of one day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ForecastDayView {
    /// Day in the shop's time zone.
    pub date: NaiveDate,
    /// Expected units. Means can be added up.
    pub mean: f64,
    /// Sales are as likely above as below this: a typical day.
    pub median: f64,
    /// Lower edge of the 80 % band.
    pub lo80: f64,
    /// Upper edge of the 80 % band.
    pub hi80: f64,
    /// Lower edge of the 50 % band.
    pub lo50: f64,
    /// Upper edge of the 50 % band.
    pub hi50: f64,
    /// Lower edge of the 95 % band.
    pub lo95: f64,
    /// Upper edge of the 95 % band.
    pub hi95: f64,
    /// True when the learnt calendar expects the shop to be closed. The figures keep the small chance
    /// that it is open.
    pub closed: bool,
    /// The feast of this day; null on most days. Feasts of the Congo only in its time zones.
    #[schema(required)]
    pub feast: Option<Feast>,
}

/// Each day of a forecast, with the feasts of the shop's time zone.
pub(super) fn days_of(forecast: &Forecast, zone: Tz) -> Vec<ForecastDayView> {
    let days = forecast.days.iter();
    days.map(|day| {
        let edges = edges_of_day(day.median, day.low, day.high);
        ForecastDayView {
            date: day.date,
            mean: rounded(day.mean),
            median: rounded(day.median),
            lo80: rounded(day.low),
            hi80: rounded(day.high),
            lo50: rounded(edges.lo50),
            hi50: rounded(edges.hi50),
            lo95: rounded(edges.lo95),
            hi95: rounded(edges.hi95),
            closed: day.closed,
            feast: feast_in(zone, day.date),
        }
    })
    .collect()
}

/// Where a value is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetBy {
    /// On the product itself.
    Product,
    /// In the settings of the shop.
    Shop,
}

/// Expected sales until an order placed today is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LeadTimeView {
    /// Days from order to delivery.
    pub days: i64,
    /// Where the lead time is set.
    pub set_by: SetBy,
    /// Total of the expected units; null without a forecast.
    #[schema(required)]
    pub total: Option<TotalView>,
}

/// The forecast of a product.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductForecast {
    /// The product that is forecast.
    pub product_id: ProductId,
    /// SKU of the product.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Unit of the product.
    pub unit: String,
    /// Days of the forecast, from today on.
    pub horizon: u32,
    /// Forecasting method; null without a forecast.
    #[schema(required)]
    pub method: Option<Method>,
    /// The kind of demand; null without a sale.
    #[schema(required)]
    pub demand_class: Option<DemandClass>,
    /// Version of the forecasting engine.
    pub version: String,
    /// Id of the model; null for stand-in averages.
    #[schema(required)]
    pub model_id: Option<String>,
    /// Version of the library of the pooled models; null for stand-in averages.
    #[schema(required)]
    pub smartcore_version: Option<String>,
    /// Seed of the fit: the same data and the same seed give the same figures.
    pub seed: u64,
    /// First day of the training data; null without a sale.
    #[schema(required)]
    pub trained_from: Option<NaiveDate>,
    /// Last day of the training data.
    pub trained_to: NaiveDate,
    /// When the model was fitted; null for stand-in averages.
    #[schema(required)]
    pub fitted_at: Option<Timestamp>,
    /// One entry for each day; empty without a forecast.
    pub days: Vec<ForecastDayView>,
    /// Total of all days; null without a forecast.
    #[schema(required)]
    pub total: Option<TotalView>,
    /// Total until an order placed today is delivered.
    pub lead_time: LeadTimeView,
    /// Models of the blend, with their weights.
    pub members: Vec<MemberShare>,
    /// Backtest scores of this product; null when its history is too short.
    #[schema(required)]
    pub backtest: Option<BacktestScore>,
    /// Backtest scores of all products with the same kind of demand; null without any.
    #[schema(required)]
    pub class_backtest: Option<BacktestScore>,
    /// Scores of earlier forecasts of this product; null without a scored day.
    #[schema(required)]
    pub accuracy: Option<Scores>,
    /// Days left out because the product was out of stock, or had less than half of a usual sale left.
    pub stock_out_days: u32,
    /// Reasons for caution.
    pub reasons: Vec<Reason>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

/// Accuracy of the forecasts of one product.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductAccuracy {
    /// The product that was forecast.
    pub product_id: ProductId,
    /// SKU of the product.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Scores of earlier forecasts; null without a scored day.
    #[schema(required)]
    pub scores: Option<Scores>,
    /// Backtest scores of the model in use; null when the history is too short.
    #[schema(required)]
    pub backtest: Option<BacktestScore>,
    /// True when repeating the last week is served because the model had larger errors.
    pub served_by_seasonal_naive: bool,
}

/// Accuracy of earlier forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Accuracy {
    /// Oldest night that was scored; null without any.
    #[schema(required)]
    pub from: Option<NaiveDate>,
    /// Last day that was scored; null without any.
    #[schema(required)]
    pub to: Option<NaiveDate>,
    /// Number of nights that were scored.
    pub nights: u32,
    /// Days ahead that are scored for each night.
    pub days_ahead: usize,
    /// Id of the model in use; null for stand-in averages.
    #[schema(required)]
    pub model_id: Option<String>,
    /// Scores of all products together; null without a scored day.
    #[schema(required)]
    pub overall: Option<Scores>,
    /// All products together in money; null without a scored day on which something was sold.
    #[schema(required)]
    pub money: Option<MoneyScores>,
    /// Totals over 28 days, beside those of the same weekdays of the year before; null before the days
    /// of a night are over.
    #[schema(required)]
    pub totals: Option<TotalScores>,
    /// Reasons for caution.
    pub reasons: Vec<Reason>,
    /// When it was computed.
    pub computed_at: Timestamp,
}
