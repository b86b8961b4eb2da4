//! `/auth/sessions`: the caller's signed-in devices.

use actix_web::{HttpResponse, delete, get, web};
use kernel::ids::SessionId;
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Sales,
    paging::{next_cursor, open_cursor},
    people::open_sessions::Session,
};

/// The name of the list in its cursors.
const LIST: &str = "own-sessions";

/// A page of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionQuery {
    /// Items in a page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// A page of sessions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionPage {
    /// Sessions, newest first.
    pub items: Vec<Session>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// List your own sessions.
///
/// The devices on which you are signed in, newest first.
#[utoipa::path(
    operation_id = "list_own_sessions", tag = "auth", params(SessionQuery),
    responses(
        (status = 200, description = "A page of sessions", body = SessionPage),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/auth/sessions")]
pub async fn list_own_sessions(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
    query: QueryOf<SessionQuery>,
) -> ApiResult<web::Json<SessionPage>> {
    let limit = page_limit(query.0.limit)?;
    let after: Option<SessionId> = open_cursor(LIST, query.0.cursor.as_deref())?;
    let page = sales
        .people
        .own_sessions(allowed.caller, after, limit)
        .await?;
    Ok(web::Json(SessionPage {
        next_cursor: next_cursor(LIST, &page, |session| session.id),
        items: page.items,
    }))
}

/// End one of your own sessions.
///
/// Its tokens become invalid at once. For a phone that was lost, or a till that was left signed in.
#[utoipa::path(
    operation_id = "end_own_session", tag = "auth",
    params(("id" = SessionId, Path, description = "The session's id")),
    responses(
        (status = 204, description = "The session has ended"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such session of yours", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[delete("/auth/sessions/{id}")]
pub async fn end_own_session(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
    origin: Origin,
    id: PathId<SessionId>,
) -> ApiResult<HttpResponse> {
    sales
        .people
        .end_own_session(allowed.caller, origin, id.0)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
