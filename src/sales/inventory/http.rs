//! The HTTP operations of inventory.

mod documents;
mod levels;

use actix_web::{get, http::StatusCode, post, web};
use kernel::{
    Code, Problem,
    ids::{LocationId, MovementId, ProductId},
};
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    problem::{ApiResult, ProblemBody},
    query::{PageQuery, PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    locations::{self, Location},
    movement::MovementKind,
    movements::{self, Movement, MovementFilter},
    verify::{self, Verification},
};
use crate::{Sales, actor::Actor, paging};

/// Proofs at once. Each reads everything, through one of the few read connections.
static PROOFS: Semaphore = Semaphore::const_new(1);

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_locations)
        .service(create_location)
        .service(levels::list_levels)
        .service(list_movements)
        .service(list_product_movements)
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

/// A filter for movements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MovementsQuery {
    /// Only movements of this product.
    product_id: Option<ProductId>,
    /// Only movements at this location.
    location_id: Option<LocationId>,
    /// Only movements of this kind.
    kind: Option<MovementKind>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of movements.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementsPage {
    /// Movements, newest first by the time when they were recorded.
    pub items: Vec<Movement>,
    /// Cursor of the next page; null on the last one.
    pub next_cursor: Option<String>,
}

/// List the locations.
#[utoipa::path(
    operation_id = "list_locations", tag = "inventory", params(PageQuery),
    responses((status = 200, description = "A page", body = LocationsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/locations")]
pub async fn list_locations(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadLocations>,
    query: QueryOf<PageQuery>,
) -> ApiResult<web::Json<LocationsPage>> {
    let limit = page_limit(query.0.limit)?;
    let all = locations::list(&sales.ctx.read).await?;
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

/// List movements of the ledger.
#[utoipa::path(
    operation_id = "list_movements", tag = "inventory", params(MovementsQuery),
    responses((status = 200, description = "A page", body = MovementsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/inventory/movements")]
pub async fn list_movements(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadStock>,
    query: QueryOf<MovementsQuery>,
) -> ApiResult<web::Json<MovementsPage>> {
    Ok(web::Json(movements_page(&sales, query.0).await?))
}

/// List the movements of a product.
#[utoipa::path(
    operation_id = "list_product_movements", tag = "inventory", params(("id" = ProductId, Path), MovementsQuery),
    responses((status = 200, description = "A page", body = MovementsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/products/{id}/movements")]
pub async fn list_product_movements(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadStock>,
    id: PathId<ProductId>,
    query: QueryOf<MovementsQuery>,
) -> ApiResult<web::Json<MovementsPage>> {
    Ok(web::Json(
        movements_page(
            &sales,
            MovementsQuery {
                product_id: Some(id.0),
                ..query.0
            },
        )
        .await?,
    ))
}

async fn movements_page(sales: &Sales, query: MovementsQuery) -> ApiResult<MovementsPage> {
    let limit = page_limit(query.limit)?;
    let before = paging::open_cursor::<MovementId>("movements", query.cursor.as_deref())?;
    let filter = MovementFilter {
        product_id: query.product_id,
        location_id: query.location_id,
        kind: query.kind,
    };
    let page = movements::list(&sales.ctx.read, filter, before, limit).await?;
    let next_cursor = paging::next_cursor("movements", &page, |movement| movement.id);
    Ok(MovementsPage {
        items: page.items,
        next_cursor,
    })
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
