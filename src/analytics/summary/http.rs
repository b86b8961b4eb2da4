//! The summary on the wire.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    problem::{ApiError, ApiResult, ProblemBody},
    query::QueryOf,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Compare, Summary};
use crate::Analytics;

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_summary);
}

/// With which period to compare.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompareWith {
    /// The one of the same length that ends where this one begins.
    Previous,
    /// The last one of the same length and the same weekdays: so many whole weeks back that the two
    /// share no day. `previous.from` and `previous.to` say which.
    PreviousWeekdays,
}

impl From<CompareWith> for Compare {
    fn from(with: CompareWith) -> Self {
        match with {
            CompareWith::Previous => Self::Previous,
            CompareWith::PreviousWeekdays => Self::PreviousWeekdays,
        }
    }
}

/// Of which period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SummaryQuery {
    /// First day, in the shop's time zone.
    from: NaiveDate,
    /// Last day, included.
    to: NaiveDate,
    /// Adds the figures of another period.
    #[param(inline)]
    compare: Option<CompareWith>,
}

/// Sum a period up.
///
/// Revenue, cost, margin, sales, units, average basket, refunds and losses of stock, as a whole; the
/// first of them by day as well.
#[utoipa::path(
    operation_id = "get_summary", tag = "analytics", params(SummaryQuery),
    responses((status = 200, description = "The figures", body = Summary), (status = 400, description = "The period is not valid", body = ProblemBody), (status = 422, description = "A figure of the period passes what an answer can carry", body = ProblemBody))
)]
#[get("/analytics/summary")]
pub async fn get_summary(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<SummaryQuery>,
) -> ApiResult<HttpResponse> {
    let SummaryQuery { from, to, compare } = query.0;
    let asked = (from, to, compare);
    let compare = compare.map_or(Compare::Nothing, Compare::from);
    let period = analytics.period(from, to).await.map_err(ApiError::from)?;
    let mut question = Question::of(CacheKind::Kpi, "summary", &asked).over(&period);
    if let Some(before) = compare.before(&period) {
        question = question.over(&before);
    }
    let summary = async move || analytics.summary(from, to, compare).await;
    cache.respond(&request, question, summary).await
}
