//! `/audit`, for the owner.

use actix_web::{get, web};
use chrono::{Days, NaiveDate};
use kernel::{FieldError, Problem, Timestamp, ids::UserId, problem::Code};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{QueryOf, page_limit},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::list::{AuditEntry, AuditFilter, AuditPosition, list};
use crate::{
    Sales,
    paging::{next_cursor, open_cursor},
};

/// The name of the list in its cursors.
const LIST: &str = "audit";

/// The operations of this feature, relative to `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_audit);
}

/// A filter for the audit log.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Items in a page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
    /// Only deeds of this user.
    pub actor_id: Option<UserId>,
    /// Only deeds of this kind, such as `product.update`.
    pub action: Option<String>,
    /// Only deeds on this kind of thing, such as `product`.
    pub entity: Option<String>,
    /// Only deeds on the thing with this id.
    pub entity_id: Option<String>,
    /// First day, in the shop's time zone.
    pub from: Option<NaiveDate>,
    /// Last day, included.
    pub to: Option<NaiveDate>,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// Deeds, newest first.
    pub items: Vec<AuditEntry>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// Read the audit log: who did what, when and from where.
///
/// Newest first. The log can only be added to, and it contains no secrets.
#[utoipa::path(
    operation_id = "list_audit", tag = "admin", params(AuditQuery),
    responses(
        (status = 200, description = "A page of deeds", body = AuditPage),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/audit")]
pub async fn list_audit(
    sales: web::Data<Sales>,
    _: Allowed<to::ReadAudit>,
    query: QueryOf<AuditQuery>,
) -> ApiResult<web::Json<AuditPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let before: Option<AuditPosition> = open_cursor(LIST, query.cursor.as_deref())?;
    if let (Some(from), Some(to)) = (query.from, query.to)
        && from > to
    {
        let error = FieldError::new("?to", "query.period", "lies before from");
        return Err(Problem::of(Code::InvalidQuery).at(error).into());
    }
    let zone = sales.ctx.shop.current().await?.time_zone;
    let day_after = |date: NaiveDate| date.checked_add_days(Days::new(1)).unwrap_or(date);
    let filter = AuditFilter {
        actor_id: query.actor_id,
        action: query.action,
        entity: query.entity,
        entity_id: query.entity_id,
        from: query.from.map(|date| Timestamp::start_of_day(date, zone)),
        until: query
            .to
            .map(|date| Timestamp::start_of_day(day_after(date), zone)),
    };
    let page = list(sales.ctx.write.primary(), &filter, before, limit).await?;
    Ok(web::Json(AuditPage {
        next_cursor: next_cursor(LIST, &page, |entry: &AuditEntry| AuditPosition::from(entry)),
        items: page.items,
    }))
}
