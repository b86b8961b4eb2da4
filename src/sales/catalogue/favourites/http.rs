//! The HTTP operations of favourites.

use actix_web::{HttpRequest, HttpResponse, get, put, web};
use platform::{
    access::{Allowed, to},
    body::JsonBody,
    problem::{ApiResult, ProblemBody},
    request::Origin,
    tagged,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::Favourites;
use crate::{Sales, actor::Actor};

/// The endpoints of favourites.
pub(in crate::catalogue) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_favourites).service(set_favourites);
}

/// Read the favourites of the shop.
///
/// The products that every till shows first, in their order. Archived products are left out.
#[utoipa::path(
    operation_id = "get_favourites", tag = "products",
    responses(
        (status = 200, description = "The favourites, with an `ETag`", body = Favourites),
        (status = 304, description = "Nothing has changed since the answer with this `ETag`"),
    )
)]
#[get("/favourites")]
pub async fn get_favourites(
    _access: Allowed<to::ReadCatalogue>,
    request: HttpRequest,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let favourites = sales.catalogue.favourites().await?;
    tagged::respond_json(&request, &favourites)
}

/// Replace the favourites of the shop.
#[utoipa::path(
    operation_id = "set_favourites", tag = "products", request_body = Favourites,
    responses(
        (status = 200, description = "The favourites as they are now", body = Favourites),
        (status = 409, description = "A product is archived", body = ProblemBody),
        (status = 422, description = "A product comes twice, or is unknown", body = ProblemBody),
    )
)]
#[put("/favourites")]
pub async fn set_favourites(
    access: Allowed<to::ChangeCatalogue>,
    origin: Origin,
    body: JsonBody<Favourites>,
    sales: web::Data<Sales>,
) -> ApiResult<web::Json<Favourites>> {
    let actor = Actor::new(access.caller, origin);
    let favourites = sales.catalogue.set_favourites(&actor, body.value).await?;
    Ok(web::Json(favourites))
}
