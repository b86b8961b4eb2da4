//! Endpoint of the summary.

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

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_summary);
}

/// The period to compare with.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompareWith {
    /// The period of the same length that ends where this one begins.
    Previous,
    /// The last period of the same length and the same weekdays: so many whole weeks earlier that the
    /// two share no day. `previous.from` and `previous.to` show it.
    PreviousWeekdays,
    /// The same days of the year before; the 28th instead of a 29th of February.
    LastYear,
}

impl From<CompareWith> for Compare {
    fn from(with: CompareWith) -> Self {
        match with {
            CompareWith::Previous => Self::Previous,
            CompareWith::PreviousWeekdays => Self::PreviousWeekdays,
            CompareWith::LastYear => Self::LastYear,
        }
    }
}

/// Period of a summary.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SummaryQuery {
    /// First day, in the shop's time zone.
    from: NaiveDate,
    /// Last day, included.
    to: NaiveDate,
    /// Adds the figures of another period to compare with.
    #[param(inline)]
    compare: Option<CompareWith>,
}

/// Summarise a period.
///
/// Revenue, cost, margin, sales, units, average basket, refunds and stock losses of the whole period;
/// revenue, sales and units also by day.
#[utoipa::path(
    operation_id = "get_summary", tag = "analytics", params(SummaryQuery),
    responses((status = 200, description = "The figures", body = Summary), (status = 400, description = "The period is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
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
