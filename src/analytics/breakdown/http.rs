//! Endpoint of breakdowns.

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

use super::{Breakdown, DEFAULT_GROUPS, Dimension};
use crate::Analytics;

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_breakdown);
}

/// Period and dimension of a breakdown.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BreakdownQuery {
    /// First day, in the shop's time zone.
    from: NaiveDate,
    /// Last day, included; a period has at most 3,660 days.
    to: NaiveDate,
    /// Dimension of the groups.
    #[param(inline)]
    by: Dimension,
    /// Most groups to show; the others are added up in `rest`. Hours, weekdays and payment methods are
    /// always all shown.
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u32>,
}

/// Break a period down into groups.
///
/// By product, category, cashier, payment method, hour, weekday or location: names, figures, shares, and
/// the sum of what is not shown. By payment method the figures are money, not revenue: received, change,
/// refunded and net, with tax, also by account and currency. A sale paid with two methods is in both
/// groups, and once in the total. Credit is no money received: it is in its own group only. Refunds
/// recorded by older versions have no payment method: they are in the group `unknown`, and the refunds
/// of the other groups are then not known.
#[utoipa::path(
    operation_id = "get_breakdown", tag = "analytics", params(BreakdownQuery),
    responses((status = 200, description = "The groups", body = Breakdown), (status = 400, description = "The period is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
)]
#[get("/analytics/breakdown")]
pub async fn get_breakdown(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<BreakdownQuery>,
) -> ApiResult<HttpResponse> {
    let BreakdownQuery {
        from,
        to,
        by,
        limit,
    } = query.0;
    let limit = limit.unwrap_or(DEFAULT_GROUPS);
    let period = analytics.period(from, to).await.map_err(ApiError::from)?;
    let question = Question::of(CacheKind::Breakdown, "breakdown", &(from, to, by, limit));
    let question = question.over(&period);
    let breakdown = async move || analytics.breakdown(from, to, by, limit).await;
    cache.respond(&request, question, breakdown).await
}
