//! `/audit`, for the owner.

use actix_web::{get, web};
use chrono::{Days, NaiveDate};
use kernel::{FieldError, Problem, Timestamp, ids::UserId, problem::Code};
use platform::{
    access::{Allowed, to},
    cursor,
    problem::{ApiResult, ProblemBody},
    query::{QueryOf, page_limit},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::list::{AuditEntry, AuditFilter, AuditPosition, list};
use crate::{Sales, paging::next_cursor};

/// Names the list in its cursors.
const LIST: &str = "audit";

/// The operations of this feature, relative to `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_audit);
}

/// Which deeds.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Items in the page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Done by this user.
    pub actor_id: Option<UserId>,
    /// Of this kind, such as `product.update`.
    pub action: Option<String>,
    /// Done to this kind of thing, such as `product`.
    pub entity: Option<String>,
    /// Done to this thing.
    pub entity_id: Option<String>,
    /// First day, in the shop's time zone.
    pub from: Option<NaiveDate>,
    /// Last day, included.
    pub to: Option<NaiveDate>,
}

/// A page of deeds, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// The deeds.
    pub items: Vec<AuditEntry>,
    /// For the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Who did what, when, from where.
///
/// Newest first. The log can only be added to, and it holds no secrets.
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
    let before: Option<AuditPosition> = match &query.cursor {
        Some(cursor) => Some(cursor::open(LIST, cursor)?),
        None => None,
    };
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
