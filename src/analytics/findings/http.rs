//! Endpoint that lists findings, and the body of feedback.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use kernel::Timestamp;
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    cursor,
    problem::{ApiError, ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    feedback::Verdict,
    finding::AnomalyKind,
    report::{Anomaly, AnomalyState, MAX_NOTE},
    service::{AnomalyCounts, AnomalyQuery, Coverage},
    surroundings::FullAnomaly,
};
use crate::{Analytics, error::AnalyticsError};

const LIST: &str = "anomalies";

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_anomalies).service(get_anomaly);
}

/// Period and filters of the findings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnomaliesQuery {
    /// First day, in the shop's time zone; 29 days before the last when absent.
    from: Option<NaiveDate>,
    /// Last day, included; today when absent. At most 3700 days with sales at once.
    to: Option<NaiveDate>,
    /// Only findings of this kind.
    #[param(inline)]
    kind: Option<AnomalyKind>,
    /// Only findings in this state.
    #[param(inline)]
    state: Option<AnomalyState>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of findings, with how much of the shop could be judged.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnomaliesPage {
    /// Newest first, by their first day; every finding that touches the period.
    pub items: Vec<Anomaly>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
    /// Findings of all pages in each state, whatever state is requested.
    pub counts: AnomalyCounts,
    /// How many products, categories and shops could be judged, and why not more.
    pub coverage: Vec<Coverage>,
    /// When the findings were computed.
    pub computed_at: Timestamp,
}

/// Judgement of a finding.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveFeedback {
    /// Whether something was wrong.
    pub verdict: Verdict,
    /// A remark in the user's own words, at most 1000 characters.
    #[validate(length(max = "MAX_NOTE"))]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// List findings.
///
/// Days on which a product, a category or the whole shop did not sell as expected, and irregular
/// records: prices below cost, unusual refunds, late voids, cashiers far from their peers, sales at
/// closed hours, mistaken units, shrinkage. Each finding comes with its figures, its effect in money and
/// the records it is based on.
#[utoipa::path(
    operation_id = "list_anomalies", tag = "analytics", params(AnomaliesQuery),
    responses((status = 200, description = "A page", body = AnomaliesPage), (status = 400, description = "The query is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
)]
#[get("/analytics/anomalies")]
pub async fn list_anomalies(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<AnomaliesQuery>,
) -> ApiResult<HttpResponse> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let after = query
        .cursor
        .map(|cursor| cursor::open::<String>(LIST, &cursor))
        .transpose()?;
    let asked = (query.from, query.to, query.kind, query.state, limit, &after);
    let question = Question::of(CacheKind::Anomalies, LIST, &asked);
    let days = analytics.days_behind_anomalies(query.from, query.to).await;
    let days = days.map_err(ApiError::from)?;
    // Without dates the same query means other days tomorrow.
    let question = question.over(&days).varying(&days.to().to_string());
    let wanted = AnomalyQuery {
        from: query.from,
        to: query.to,
        kind: query.kind,
        state: query.state,
        after,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let parts = cache.clone();
    let page = async move || {
        let found = analytics.anomalies(wanted, &parts).await?;
        let last = found.items.last().filter(|_| found.has_more);
        Ok::<_, AnalyticsError>(AnomaliesPage {
            next_cursor: last.map(|last| cursor::seal(LIST, &last.id)),
            items: found.items,
            counts: found.counts,
            coverage: found.coverage,
            computed_at: found.computed_at,
        })
    };
    cache.respond(&request, question, page).await
}

/// Read a finding, with the days around it.
///
/// The finding with its feedback, and each day from four weeks before it to four weeks after it: the
/// sales of its product, category, cashier or of the shop.
#[utoipa::path(
    operation_id = "get_anomaly", tag = "analytics", params(("id" = String, Path, description = "The finding's id")),
    responses((status = 200, description = "The finding", body = FullAnomaly), (status = 404, description = "There is no such finding", body = ProblemBody), (status = 422, description = "A figure of its days is too large for the API", body = ProblemBody))
)]
#[get("/analytics/anomalies/{id}")]
pub async fn get_anomaly(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    id: PathId<String>,
) -> ApiResult<HttpResponse> {
    // Its days are known once it is found, so it counts as a response about the present.
    let question = Question::of(CacheKind::Anomalies, "anomaly", &id.0);
    let parts = cache.clone();
    let finding = async move || analytics.full_anomaly(&id.0, &parts).await;
    cache.respond(&request, question, finding).await
}
