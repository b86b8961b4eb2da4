//! Forecasts as the API shows them: where they come from, and what they do not know.

use chrono::NaiveDate;
use forecasting::{
    history::DemandClass,
    outcome::{BacktestScore, MemberShare, Method, TotalForecast},
};
use kernel::{
    Timestamp,
    ids::{CategoryId, ProductId},
};
use serde::{Deserialize, Serialize};

use super::{accuracy::Scores, reason::Reason};

/// Whose forecasts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ForecastLevel)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One for each product.
    #[default]
    Product,
    /// One for each category that sold something.
    Category,
    /// One, of the whole shop.
    Shop,
}

/// A total with its band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TotalView {
    /// Days summed.
    pub days: usize,
    /// Expected units: add these up to order.
    pub mean: f64,
    /// Lower edge of the 80 % band.
    pub lo80: f64,
    /// Upper edge of the 80 % band.
    pub hi80: f64,
}

impl From<&TotalForecast> for TotalView {
    fn from(total: &TotalForecast) -> Self {
        Self {
            days: total.days,
            mean: rounded(total.mean),
            lo80: rounded(total.low),
            hi80: rounded(total.high),
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

/// One line of a list of forecasts.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ForecastItem {
    /// The product; null for a category or the shop.
    #[schema(required)]
    pub product_id: Option<ProductId>,
    /// The category; that of the product, where it is one.
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    /// The code of the product.
    #[schema(required)]
    pub sku: Option<String>,
    /// The name.
    pub name: String,
    /// The unit of the product; categories and the shop add units of all kinds up.
    #[schema(required)]
    pub unit: Option<String>,
    /// How the forecast was made; null where there is none.
    #[schema(required)]
    pub method: Option<Method>,
    /// The kind of demand; null without a sale.
    #[schema(required)]
    pub demand_class: Option<DemandClass>,
    /// The total of the coming days; null where there is nothing to go by.
    #[schema(required)]
    pub total: Option<TotalView>,
    /// What to know before trusting it.
    pub reasons: Vec<Reason>,
}

/// One day of a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ForecastDayView {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Expected units: add these up to order.
    pub mean: f64,
    /// As likely to be exceeded as not: read this as a typical day.
    pub median: f64,
    /// Lower edge of the 80 % band.
    pub lo80: f64,
    /// Upper edge of the 80 % band.
    pub hi80: f64,
    /// The learnt calendar expects the shop to be closed. The figures keep the chance that it is open
    /// all the same, which is small.
    pub closed: bool,
}

/// Where a value of an order comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetBy {
    /// The product itself.
    Product,
    /// The settings of the shop.
    Shop,
}

/// What is expected until an order of today is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LeadTimeView {
    /// Days from order to delivery.
    pub days: i64,
    /// Who says so.
    pub set_by: SetBy,
    /// Units that are expected to sell until then; null where there is nothing to go by.
    #[schema(required)]
    pub total: Option<TotalView>,
}

/// The forecast of a product.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductForecast {
    /// The product.
    pub product_id: ProductId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Days that were asked for, from today on.
    pub horizon: u32,
    /// How the forecast was made; null where there is none.
    #[schema(required)]
    pub method: Option<Method>,
    /// The kind of demand; null without a sale.
    #[schema(required)]
    pub demand_class: Option<DemandClass>,
    /// Version of the engine.
    pub version: String,
    /// The model; null for averages that stand in until there is one.
    #[schema(required)]
    pub model_id: Option<String>,
    /// Version of the library behind the pooled models.
    #[schema(required)]
    pub smartcore_version: Option<String>,
    /// Seed of the fit: the same data and the same seed give the same figures.
    pub seed: u64,
    /// First sale that was learnt from; null without a sale.
    #[schema(required)]
    pub trained_from: Option<NaiveDate>,
    /// Last day that was looked at.
    pub trained_to: NaiveDate,
    /// When the model was fitted.
    #[schema(required)]
    pub fitted_at: Option<Timestamp>,
    /// The days; empty where there is nothing to go by.
    pub days: Vec<ForecastDayView>,
    /// Their total.
    #[schema(required)]
    pub total: Option<TotalView>,
    /// The same until an order of today is delivered.
    pub lead_time: LeadTimeView,
    /// The members of the blend, and their weights.
    pub members: Vec<MemberShare>,
    /// How the model did on this product in the backtest; null when it was too young for one.
    #[schema(required)]
    pub backtest: Option<BacktestScore>,
    /// How it did on all products of the same kind of demand.
    #[schema(required)]
    pub class_backtest: Option<BacktestScore>,
    /// How earlier forecasts of this product did.
    #[schema(required)]
    pub accuracy: Option<Scores>,
    /// Days without stock, or with less than half of a usual line, which count as unknown.
    pub stock_out_days: u32,
    /// What to know before trusting it.
    pub reasons: Vec<Reason>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

/// A product whose earlier forecasts were scored.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductAccuracy {
    /// The product.
    pub product_id: ProductId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// What its forecasts came to; null until a day has come.
    #[schema(required)]
    pub scores: Option<Scores>,
    /// The backtest of the model that is in use.
    #[schema(required)]
    pub backtest: Option<BacktestScore>,
    /// True when repeating the last week is served, since the model did worse.
    pub served_by_seasonal_naive: bool,
}

/// How forecasts did.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Accuracy {
    /// The oldest night whose forecasts were scored.
    #[schema(required)]
    pub from: Option<NaiveDate>,
    /// The last day that was scored.
    #[schema(required)]
    pub to: Option<NaiveDate>,
    /// Nights whose forecasts were scored.
    pub nights: u32,
    /// Days ahead that are scored of each night.
    pub days_ahead: usize,
    /// The model in use.
    #[schema(required)]
    pub model_id: Option<String>,
    /// All products together.
    #[schema(required)]
    pub overall: Option<Scores>,
    /// What to know about it.
    pub reasons: Vec<Reason>,
    /// When it was computed.
    pub computed_at: Timestamp,
}
