//! The catalogue that a till keeps.

use actix_web::{HttpRequest, HttpResponse, get, web};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{QueryOf, page_limit_up_to},
    tagged,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{Sales, catalogue::products::till::TillCatalogue};

/// Most products in a page.
const MAX_LIMIT: u32 = 1_000;

/// What a till asks for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TillQuery {
    /// Only what has changed since this `position` of an earlier answer, with the ids of archived
    /// products. A position is good for 30 days; after that (`position.expired`) load the whole
    /// catalogue.
    since: Option<String>,
    /// Products in a page, 1 to 1,000.
    #[param(minimum = 1, maximum = 1_000, default = 1_000)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page, with the same `since`.
    cursor: Option<String>,
}

/// Fetch the catalogue for a till.
///
/// What a till needs to sell without a network: few fields, no stock, no cost. Load it once, keep
/// `position`, and later send it as `since` to get only what has changed. The answer has an `ETag`:
/// send it in `If-None-Match`, and an unchanged catalogue is a 304. Stock comes in the same way from
/// `GET /inventory`.
#[utoipa::path(
    operation_id = "get_till_catalogue",
    tag = "products",
    params(TillQuery),
    responses(
        (status = 200, description = "A page of the catalogue, or of what has changed in it", body = TillCatalogue),
        (status = 304, description = "The catalogue has not changed since the answer with this `ETag`"),
        (status = 400, description = "A parameter, the cursor or the position is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 410, description = "The position is too old: load the whole catalogue", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/products/till")]
pub async fn get_till_catalogue(
    _allowed: Allowed<to::ReadCatalogue>,
    query: QueryOf<TillQuery>,
    request: HttpRequest,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let query = query.0;
    let limit = page_limit_up_to(query.limit, MAX_LIMIT)?;
    let (since, cursor) = (query.since.as_deref(), query.cursor.as_deref());
    let catalogue = &sales.catalogue;
    let state = catalogue.state().await?;
    let page = async || catalogue.till_page(state, since, cursor, limit).await;
    // A later page has no tag: it depends on when its walk began.
    if cursor.is_some() {
        return Ok(HttpResponse::Ok().json(page().await?));
    }
    // The tag names the state, so an unchanged catalogue is recognised without reading it.
    let currency = sales.ctx.shop.current().await?.currency;
    let tag = tagged::tag_of(format!("{state:?} {currency}").as_bytes());
    if since.is_none() && tagged::is_known(&request, &tag) {
        return Ok(tagged::unchanged(&tag));
    }
    // A position is checked before anything else: one that cannot be used is no reason for a 304.
    tagged::respond_as(&request, &tag, &page().await?)
}
