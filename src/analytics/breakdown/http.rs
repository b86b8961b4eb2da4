//! Breakdowns on the wire.

use actix_web::{get, web};
use chrono::NaiveDate;
use platform::{
    access::{Allowed, to},
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
    /// Groups that are named; the others are added up in `rest`. Hours and weekdays are all named.
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u32>,
}

/// Cut a period by what its figures belong to.
///
/// Product, category, cashier, way of paying, hour, weekday or location: names, figures, the part
/// of the whole, and what is not shown added up.
#[utoipa::path(
    operation_id = "get_breakdown", tag = "analytics", params(BreakdownQuery),
    responses((status = 200, description = "The groups", body = Breakdown), (status = 400, description = "The period is not valid", body = ProblemBody))
)]
#[get("/analytics/breakdown")]
pub async fn get_breakdown(
    analytics: web::Data<Analytics>,
    _access: Allowed<to::ReadAnalytics>,
    query: QueryOf<BreakdownQuery>,
) -> ApiResult<web::Json<Breakdown>> {
    let BreakdownQuery {
        from,
        to,
        by,
        limit,
    } = query.0;
    let limit = limit.unwrap_or(DEFAULT_GROUPS);
    let breakdown = analytics.breakdown(from, to, by, limit).await;
    Ok(web::Json(breakdown.map_err(ApiError::from)?))
}
