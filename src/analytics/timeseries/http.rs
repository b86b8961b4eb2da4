//! Endpoint of time series.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    problem::{ApiError, ApiResult, ProblemBody},
    query::QueryOf,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Interval, Timeseries};
use crate::Analytics;

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_timeseries);
}

/// Period and bucket length of a series.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimeseriesQuery {
    /// First day, in the shop's time zone.
    from: NaiveDate,
    /// Last day, included; a period has at most 3,660 days.
    to: NaiveDate,
    /// Length of a bucket; days when absent. A series has at most 3,700 buckets.
    #[param(inline)]
    interval: Option<Interval>,
}

/// Get a period by hour, day, week or month.
///
/// In the shop's time zone, with buckets without a sale; a day with a clock change has 23 or 25 hours.
#[utoipa::path(
    operation_id = "get_timeseries", tag = "analytics", params(TimeseriesQuery),
    responses((status = 200, description = "The buckets", body = Timeseries), (status = 400, description = "The period is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
)]
#[get("/analytics/timeseries")]
pub async fn get_timeseries(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<TimeseriesQuery>,
) -> ApiResult<HttpResponse> {
    let TimeseriesQuery { from, to, interval } = query.0;
    let interval = interval.unwrap_or(Interval::Day);
    let period = analytics.period(from, to).await.map_err(ApiError::from)?;
    let question = Question::of(CacheKind::Kpi, "timeseries", &(from, to, interval));
    let question = question.over(&period);
    let series = async move || analytics.timeseries(from, to, interval).await;
    cache.respond(&request, question, series).await
}
