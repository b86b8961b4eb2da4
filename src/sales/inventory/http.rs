//! The HTTP operations of inventory.

mod documents;
mod levels;
mod movements;
mod papers;

use actix_web::{get, http::StatusCode, patch, post, web};
use kernel::{Code, Problem, ids::LocationId};
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    patch::present,
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    locations::{self, Location, LocationChange},
    verify::{self, Verification},
};
use crate::{Sales, actor::Actor, paging};

/// Proofs at once. Each reads everything, through one of the few read connections.
static PROOFS: Semaphore = Semaphore::const_new(1);

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_locations)
        .service(create_location)
        .service(update_location)
        .service(levels::list_levels)
        .service(movements::list_movements)
        .service(movements::list_product_movements)
        .service(papers::list_stock_documents)
        .service(papers::get_stock_document)
        .service(documents::receive_stock)
        .service(documents::adjust_stock)
        .service(documents::count_stock)
        .service(documents::transfer_stock)
        .service(verify_books);
}

/// A page of locations.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationsPage {
    /// Locations: the default one first, then by name.
    pub items: Vec<Location>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// A new location.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLocation {
    /// The location's name, unique in the shop.
    #[validate(length(min = 1, max = 100), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

/// A change of a location. Absent fields stay as they are.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateLocation {
    /// The location's new name, unique in the shop.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    /// True: it is no longer used. Only an empty location that is not the default one.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub archived: Option<bool>,
}

/// A filter for locations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LocationsQuery {
    /// True: only archived locations. False: only those in use. Both when absent.
    archived: Option<bool>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// List the locations.
#[utoipa::path(
    operation_id = "list_locations", tag = "inventory", params(LocationsQuery),
    responses((status = 200, description = "A page", body = LocationsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/locations")]
pub async fn list_locations(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadLocations>,
    query: QueryOf<LocationsQuery>,
) -> ApiResult<web::Json<LocationsPage>> {
    let limit = page_limit(query.0.limit)?;
    let mut all = locations::list(&sales.ctx.read).await?;
    if let Some(archived) = query.0.archived {
        all.retain(|one| one.archived == archived);
    }
    let cursor = query.0.cursor.as_deref();
    let page = paging::page_of_whole("locations", all, cursor, limit, |one| one.id);
    let (items, next_cursor) = page?;
    Ok(web::Json(LocationsPage { items, next_cursor }))
}

/// Create a location.
#[utoipa::path(
    operation_id = "create_location", tag = "inventory", request_body = CreateLocation,
    responses((status = 201, description = "Created", body = Location), (status = 409, description = "The name is taken", body = ProblemBody))
)]
#[post("/locations")]
pub async fn create_location(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    body: JsonBody<CreateLocation>,
) -> ApiResult<(web::Json<Location>, StatusCode)> {
    let actor = Actor::new(access.caller, origin);
    let location = locations::create(&sales.ctx, &actor, &body.value.name).await?;
    Ok((web::Json(location), StatusCode::CREATED))
}

/// Rename or archive a location.
#[utoipa::path(
    operation_id = "update_location", tag = "inventory", request_body = UpdateLocation,
    params(("id" = LocationId, Path)),
    responses(
        (status = 200, description = "The location as it is now", body = Location),
        (status = 404, description = "No such location", body = ProblemBody),
        (status = 409, description = "The name is taken, goods lie there, or it is the default location", body = ProblemBody),
    )
)]
#[patch("/locations/{id}")]
pub async fn update_location(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    id: PathId<LocationId>,
    body: JsonBody<UpdateLocation>,
) -> ApiResult<web::Json<Location>> {
    let actor = Actor::new(access.caller, origin);
    let change = LocationChange {
        name: body.value.name,
        archived: body.value.archived,
    };
    let location = locations::change(&sales.ctx, &actor, id.0, &change).await?;
    Ok(web::Json(location))
}

/// Prove the books.
///
/// Replays the whole ledger and compares it with levels, sales, payments and refunds. Only one proof
/// runs at a time; others wait.
#[utoipa::path(
    operation_id = "verify_books", tag = "inventory",
    responses((status = 200, description = "The result of the proof", body = Verification))
)]
#[get("/inventory/verify")]
pub async fn verify_books(
    sales: web::Data<Sales>,
    _access: Allowed<to::VerifyBooks>,
) -> ApiResult<web::Json<Verification>> {
    let internal = |_| Problem::of(Code::Internal);
    let _proof = PROOFS.acquire().await.map_err(internal)?;
    Ok(web::Json(
        verify::verify(&sales.ctx.read, sales.ctx.clock.now()).await?,
    ))
}
