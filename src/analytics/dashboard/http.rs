//! Endpoint of the first screen.

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

use super::{Dashboard, DashboardDays};
use crate::Analytics;

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_dashboard);
}

/// Period of the first screen.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DashboardQuery {
    /// First day, in the shop's time zone; 27 days before the last when absent.
    from: Option<NaiveDate>,
    /// Last day, included; yesterday when absent.
    to: Option<NaiveDate>,
}

/// Get the first screen.
///
/// The figures of a period beside the same weekdays before, its last day, the last six weeks and the
/// coming four, what to order and to check, the money received, the stock and the losses, and which
/// products earn and which cost: each part as its own operation returns it.
#[utoipa::path(
    operation_id = "get_dashboard", tag = "analytics", params(DashboardQuery),
    responses((status = 200, description = "The screen", body = Dashboard), (status = 400, description = "The period is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
)]
#[get("/dashboard")]
pub async fn get_dashboard(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<DashboardQuery>,
) -> ApiResult<HttpResponse> {
    let days = analytics.dashboard_days(query.0.from, query.0.to).await;
    let days = days.map_err(ApiError::from)?;
    let DashboardDays { from, to } = days;
    let model = analytics.forecasts.model_name().await;
    let question = Question::of(CacheKind::Dashboard, "dashboard", &(from, to)).varying(&model);
    let parts = cache.clone().into_inner();
    let screen = async move || analytics.dashboard(days, &parts).await;
    cache.respond(&request, question, screen).await
}
