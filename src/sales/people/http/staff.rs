//! `/staff`: the names behind the ids, for everybody who works in the shop.

use actix_web::{get, web};
use kernel::ids::UserId;
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PageQuery, QueryOf, page_limit},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Sales,
    paging::{next_cursor, open_cursor},
    people::staff::{self, StaffMember},
};

/// The name of the list in its cursors.
const LIST: &str = "staff";

/// A page of the staff.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffPage {
    /// The staff, in the order in which the accounts were created.
    pub items: Vec<StaffMember>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// List the names of the staff.
///
/// For every role: names only, no address and no role.
#[utoipa::path(
    operation_id = "list_staff", tag = "users", params(PageQuery),
    responses((status = 200, description = "A page", body = StaffPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/staff")]
pub async fn list_staff(
    sales: web::Data<Sales>,
    _: Allowed<to::ReadStaff>,
    query: QueryOf<PageQuery>,
) -> ApiResult<web::Json<StaffPage>> {
    let limit = page_limit(query.0.limit)?;
    let after: Option<UserId> = open_cursor(LIST, query.0.cursor.as_deref())?;
    let page = staff::list(sales.ctx.write.primary(), after, limit).await?;
    Ok(web::Json(StaffPage {
        next_cursor: next_cursor(LIST, &page, |member| member.id),
        items: page.items,
    }))
}
