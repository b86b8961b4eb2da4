//! The HTTP operation for feedback on findings.

use actix_web::{post, web};
use analytics::{
    Analytics,
    findings::{http::GiveFeedback, report::Anomaly, service::GivenAnswer},
};
use platform::{
    access::{Allowed, to},
    body::JsonBody,
    cache::Cache,
    problem::{ApiError, ApiResult, ProblemBody},
    query::PathId,
    request::Origin,
};
use sales::{Actor, Sales};
use utoipa_actix_web::service_config::ServiceConfig;

use super::judge;

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(judge_anomaly);
}

/// Judge a finding.
///
/// `normal` raises the threshold for its kind and subject, `problem` lowers it; the answer shows the
/// threshold in force. A later verdict on the same finding replaces an earlier one. Each verdict is
/// written to the audit log. A finding about sales, voids, refunds or counts must be judged by
/// somebody who did not make them.
#[utoipa::path(
    operation_id = "judge_anomaly", tag = "analytics", params(("id" = String, Path, description = "The finding's id")),
    request_body = GiveFeedback,
    responses((status = 200, description = "The finding with the answer", body = Anomaly), (status = 403, description = "The role does not allow it, or the finding is about deeds of the caller", body = ProblemBody), (status = 404, description = "There is no such finding", body = ProblemBody), (status = 422, description = "The body is not valid", body = ProblemBody))
)]
#[post("/analytics/anomalies/{id}/feedback")]
pub async fn judge_anomaly(
    sales: web::Data<Sales>,
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    access: Allowed<to::JudgeAnomalies>,
    origin: Origin,
    id: PathId<String>,
    body: JsonBody<GiveFeedback>,
) -> ApiResult<web::Json<Anomaly>> {
    let GiveFeedback { verdict, note } = body.value;
    let given = GivenAnswer {
        verdict,
        note,
        user_id: access.caller.user_id,
    };
    let actor = Actor::new(access.caller, origin);
    let judged = judge(&sales, &analytics, &cache, &actor, &id.0, given).await;
    Ok(web::Json(judged.map_err(ApiError)?))
}
