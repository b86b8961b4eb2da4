//! The list of stock levels, and what has changed in it.

use actix_web::{get, web};
use kernel::{
    Code, FieldError, Permission, Problem, Timestamp,
    ids::{LocationId, ProductId},
    paging::{DEFAULT_LIMIT, MAX_LIMIT},
};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{QueryOf, page_limit, page_limit_up_to},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    Sales,
    inventory::{
        level_changes,
        levels::{self, Level, LevelFilter},
        locations,
    },
    paging,
};

/// Most present levels in a page. Past ones take longer.
const MAX_PRESENT: u32 = 1_000;

/// A filter for stock levels.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LevelsQuery {
    /// Only levels of this product.
    product_id: Option<ProductId>,
    /// Only levels at this location.
    location_id: Option<LocationId>,
    /// The levels as they were at this instant (RFC 3339). Needs a permission that a cashier does not
    /// have.
    as_of: Option<Timestamp>,
    /// Only levels that have changed since this `position` of an earlier answer. A position is good
    /// for 30 days; after that (`position.expired`) load all levels.
    since: Option<String>,
    /// Items in a page: 1 to 1,000, with `as_of` 1 to 200.
    #[param(minimum = 1, maximum = 1_000, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of stock levels.
#[derive(Debug, Serialize, ToSchema)]
pub struct LevelsPage {
    /// Levels by product and location.
    pub items: Vec<Level>,
    /// Keep it once you have all pages, and send it next time as `since` to get only the levels that
    /// have changed. It is the same on all pages of a walk; null with `as_of`.
    pub position: Option<String>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// List stock levels, now or at any past moment.
///
/// To keep the stock of a location, load it once, keep `position`, and later send it as `since`: the
/// answer has the levels that have changed. A level may come although it is the same again.
#[utoipa::path(
    operation_id = "list_levels", tag = "inventory", params(LevelsQuery),
    responses(
        (status = 200, description = "A page", body = LevelsPage),
        (status = 400, description = "The query or the position is not valid", body = ProblemBody),
        (status = 410, description = "The position is too old: load all levels", body = ProblemBody),
        (status = 422, description = "The location is unknown", body = ProblemBody),
    )
)]
#[get("/inventory")]
pub async fn list_levels(
    sales: web::Data<Sales>,
    access: Allowed<to::ReadCatalogue>,
    query: QueryOf<LevelsQuery>,
) -> ApiResult<web::Json<LevelsPage>> {
    let query = query.0;
    // Everybody who sells sees the present stock, as in the list of products. What was there before is
    // another matter: the differences between two moments are the sales of others.
    if query.as_of.is_some() && !access.caller.may(Permission::ReadStock) {
        let detail = "Your role does not allow past levels.";
        return Err(Problem::new(Code::Forbidden, detail)
            .at_pointer("?as_of")
            .into());
    }
    let limit = match query.as_of {
        Some(_) => page_limit(query.limit)?,
        None => page_limit_up_to(Some(query.limit.unwrap_or(DEFAULT_LIMIT)), MAX_PRESENT)?,
    };
    let read = &sales.ctx.read;
    locations::check(read, query.location_id, "?location_id").await?;
    let filter = LevelFilter {
        product_id: query.product_id,
        location_id: query.location_id,
        as_of: query.as_of,
    };
    if query.as_of.is_some() {
        if query.since.is_some() {
            return Err(excluded().into());
        }
        let after = paging::open_cursor("levels", query.cursor.as_deref())?;
        let page = levels::list(read, filter, None, after, limit).await?;
        let next_cursor = paging::next_cursor("levels", &page, |level| {
            (level.product_id, level.location_id)
        });
        return Ok(web::Json(LevelsPage {
            items: page.items,
            position: None,
            next_cursor,
        }));
    }
    let (since, cursor) = (query.since.as_deref(), query.cursor.as_deref());
    let walked = level_changes::page(&sales.ctx, filter, since, cursor, limit).await?;
    Ok(web::Json(LevelsPage {
        items: walked.items,
        position: Some(walked.position),
        next_cursor: walked.next_cursor,
    }))
}

fn excluded() -> Problem {
    let detail = "is not possible together with as_of";
    let place = FieldError::new("?since", "query.excluded", detail);
    Problem::of(Code::InvalidQuery).at(place)
}

const _: () = assert!(MAX_LIMIT == 200);
