//! Breakdowns on the wire.

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

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_breakdown);
}

/// Of which period, by what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BreakdownQuery {
    /// First day, in the shop's time zone.
    from: NaiveDate,
    /// Last day, included; a period has at most 3,660 days.
    to: NaiveDate,
    /// What the figures are cut by.
    #[param(inline)]
    by: Dimension,
    /// Groups that are named; the others are added up in `rest`. Hours, weekdays and ways of paying are all
    /// named.
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u32>,
}

/// Cut a period by what its figures belong to.
///
/// Product, category, cashier, way of paying, hour, weekday or location: names, figures, the part
/// of the whole, and what is not shown added up. By way of paying it is money that moved and no
/// revenue: what came in, change, what was paid back and what is left, tax included, each also by
/// account and currency. A sale that was paid in two ways is in both groups, and once in the total.
/// Credit is no money: it is in its own group only. Refunds of older programs do not say how they were
/// paid: they are in the group `unknown`, and what another group paid back is then not known.
#[utoipa::path(
    operation_id = "get_breakdown", tag = "analytics", params(BreakdownQuery),
    responses((status = 200, description = "The groups", body = Breakdown), (status = 400, description = "The period is not valid", body = ProblemBody), (status = 422, description = "A figure of the period passes what an answer can carry", body = ProblemBody))
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
