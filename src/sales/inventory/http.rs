//! Inventory on the wire.

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use kernel::{
    Quantity, Timestamp,
    ids::{LocationId, MovementId, ProductId},
};
use platform::{
    access::{Allowed, Caller, to},
    body::{JsonBody, rules},
    cursor,
    headers::IdempotencyKey,
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    documents::{self, Heading, PostedDocument, Posting},
    ledger::MovementKind,
    levels::{self, Level, LevelFilter},
    locations::{self, Location},
    movements::{self, Movement, MovementFilter},
    verify::{self, Verification},
};
use crate::{Sales, actor::Actor, idempotency::RequestKey, paging};

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_locations)
        .service(create_location)
        .service(list_levels)
        .service(list_movements)
        .service(list_product_movements)
        .service(receive_stock)
        .service(adjust_stock)
        .service(count_stock)
        .service(transfer_stock)
        .service(verify_books);
}

/// The locations of the shop.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationsPage {
    /// The default one first, then by name.
    pub items: Vec<Location>,
    /// Always null: a shop has few locations.
    pub next_cursor: Option<String>,
}

/// A new location.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLocation {
    /// Its name, unique in the shop.
    #[validate(length(min = 1, max = 100), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

/// Which levels.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LevelsQuery {
    /// Of one product.
    product_id: Option<ProductId>,
    /// At one location.
    location_id: Option<LocationId>,
    /// As they were at an instant (RFC 3339).
    as_of: Option<Timestamp>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of levels.
#[derive(Debug, Serialize, ToSchema)]
pub struct LevelsPage {
    /// By product and location.
    pub items: Vec<Level>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
}

/// Which movements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MovementsQuery {
    /// Of one product.
    product_id: Option<ProductId>,
    /// At one location.
    location_id: Option<LocationId>,
    /// Of one kind.
    kind: Option<MovementKind>,
    /// Items in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of movements.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovementsPage {
    /// Newest first, by when they were recorded.
    pub items: Vec<Movement>,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
}

/// Goods came in.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiveStock {
    /// What came in.
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<ReceiveLine>,
    /// Where to; the default location when absent.
    pub location_id: Option<LocationId>,
    /// Where the goods came from.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub supplier: Option<String>,
    /// The number on the paper.
    #[validate(length(max = 200))]
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// When it happened; now when absent.
    pub occurred_at: Option<Timestamp>,
}

/// A line of goods that came in.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiveLine {
    /// What.
    pub product_id: ProductId,
    /// How much.
    #[validate(custom(function = rules::quantity_positive))]
    pub quantity: Quantity,
    /// What a unit cost; moves the product's cost to the weighted average.
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub unit_cost_minor: Option<i64>,
}

/// A correction with a reason.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustStock {
    /// What is corrected.
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<AdjustLine>,
    /// Why.
    #[validate(length(min = 1, max = 500), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Where; the default location when absent.
    pub location_id: Option<LocationId>,
}

/// A line of a correction.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustLine {
    /// What.
    pub product_id: ProductId,
    /// By how much: negative takes out.
    #[validate(custom(function = rules::quantity_not_zero))]
    pub delta: Quantity,
}

/// Somebody counted.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountStock {
    /// What was counted; each product once.
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<CountLine>,
    /// When; now when absent. What moved after it is kept.
    pub counted_at: Option<Timestamp>,
    /// Where; the default location when absent.
    pub location_id: Option<LocationId>,
}

/// A line of a count.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountLine {
    /// What.
    pub product_id: ProductId,
    /// What was there.
    #[validate(custom(function = rules::quantity_not_negative))]
    pub counted: Quantity,
}

/// From here to there.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferStock {
    /// Where from.
    pub from_location_id: LocationId,
    /// Where to.
    pub to_location_id: LocationId,
    /// What.
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<TransferLine>,
}

/// A line of a transfer.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferLine {
    /// What.
    pub product_id: ProductId,
    /// How much.
    #[validate(custom(function = rules::quantity_positive))]
    pub quantity: Quantity,
}

/// List the locations.
#[utoipa::path(
    operation_id = "list_locations", tag = "inventory",
    responses((status = 200, description = "All of them", body = LocationsPage))
)]
#[get("/locations")]
pub async fn list_locations(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadLocations>,
) -> ApiResult<web::Json<LocationsPage>> {
    Ok(web::Json(LocationsPage {
        items: locations::list(&sales.ctx.read).await?,
        next_cursor: None,
    }))
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

/// List what lies where, now or at any past moment.
#[utoipa::path(
    operation_id = "list_levels", tag = "inventory", params(LevelsQuery),
    responses((status = 200, description = "A page", body = LevelsPage), (status = 400, description = "The query is not valid", body = ProblemBody))
)]
#[get("/inventory")]
pub async fn list_levels(
    sales: web::Data<Sales>,
    _access: Allowed<to::ReadStock>,
    query: QueryOf<LevelsQuery>,
) -> ApiResult<web::Json<LevelsPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let after = query
        .cursor
        .as_deref()
        .map(|text| cursor::open("levels", text))
        .transpose()?;
    let filter = LevelFilter {
        product_id: query.product_id,
        location_id: query.location_id,
        as_of: query.as_of,
    };
    let page = levels::list(&sales.ctx.read, filter, after, limit).await?;
    let next_cursor = paging::next_cursor("levels", &page, |level| {
        (level.product_id, level.location_id)
    });
    Ok(web::Json(LevelsPage {
        items: page.items,
        next_cursor,
    }))
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
    let before = query
        .cursor
        .as_deref()
        .map(|text| cursor::open::<MovementId>("movements", text))
        .transpose()?;
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

/// Receive goods.
#[utoipa::path(
    operation_id = "receive_stock", tag = "inventory", request_body = ReceiveStock,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat-safe key")),
    responses((status = 201, description = "Posted", body = PostedDocument), (status = 422, description = "A rule is broken", body = ProblemBody))
)]
#[post("/inventory/receipts")]
pub async fn receive_stock(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<ReceiveStock>,
) -> ApiResult<HttpResponse> {
    let key = request_key(access.caller, key, "receive_stock", &body.raw);
    let dto = body.value;
    let heading = Heading {
        supplier: dto.supplier,
        reference: dto.reference,
        reason: None,
    };
    let posting = Posting::Receipt {
        lines: dto
            .lines
            .iter()
            .map(|line| (line.product_id, line.quantity, line.unit_cost_minor))
            .collect(),
        location_id: dto.location_id,
        occurred_at: dto.occurred_at,
    };
    post_document(&sales, access.caller, origin, key, heading, posting).await
}

/// Correct stock, with a reason.
#[utoipa::path(
    operation_id = "adjust_stock", tag = "inventory", request_body = AdjustStock,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat-safe key")),
    responses((status = 201, description = "Posted", body = PostedDocument), (status = 409, description = "Not enough stock", body = ProblemBody))
)]
#[post("/inventory/adjustments")]
pub async fn adjust_stock(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<AdjustStock>,
) -> ApiResult<HttpResponse> {
    let key = request_key(access.caller, key, "adjust_stock", &body.raw);
    let dto = body.value;
    let heading = Heading {
        reason: Some(dto.reason),
        ..Heading::default()
    };
    let lines = dto
        .lines
        .iter()
        .map(|line| (line.product_id, line.delta))
        .collect();
    let posting = Posting::Adjustment {
        lines,
        location_id: dto.location_id,
    };
    post_document(&sales, access.caller, origin, key, heading, posting).await
}

/// Post a count.
///
/// Each counted quantity is compared with the stock at the count's moment; what moved later is kept.
#[utoipa::path(
    operation_id = "count_stock", tag = "inventory", request_body = CountStock,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat-safe key")),
    responses((status = 201, description = "Posted", body = PostedDocument), (status = 409, description = "More has left since than was counted", body = ProblemBody))
)]
#[post("/inventory/counts")]
pub async fn count_stock(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<CountStock>,
) -> ApiResult<HttpResponse> {
    let key = request_key(access.caller, key, "count_stock", &body.raw);
    let dto = body.value;
    let lines = dto
        .lines
        .iter()
        .map(|line| (line.product_id, line.counted))
        .collect();
    let posting = Posting::Count {
        lines,
        location_id: dto.location_id,
        counted_at: dto.counted_at,
    };
    post_document(
        &sales,
        access.caller,
        origin,
        key,
        Heading::default(),
        posting,
    )
    .await
}

/// Transfer goods to another location.
#[utoipa::path(
    operation_id = "transfer_stock", tag = "inventory", request_body = TransferStock,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat-safe key")),
    responses((status = 201, description = "Posted", body = PostedDocument), (status = 409, description = "Not enough stock", body = ProblemBody))
)]
#[post("/inventory/transfers")]
pub async fn transfer_stock(
    sales: web::Data<Sales>,
    access: Allowed<to::MoveStock>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<TransferStock>,
) -> ApiResult<HttpResponse> {
    let key = request_key(access.caller, key, "transfer_stock", &body.raw);
    let dto = body.value;
    let lines = dto
        .lines
        .iter()
        .map(|line| (line.product_id, line.quantity))
        .collect();
    let posting = Posting::Transfer {
        lines,
        from: dto.from_location_id,
        to: dto.to_location_id,
    };
    post_document(
        &sales,
        access.caller,
        origin,
        key,
        Heading::default(),
        posting,
    )
    .await
}

/// Prove the books.
///
/// Replays the whole ledger and holds it against levels, sales, payments and refunds.
#[utoipa::path(
    operation_id = "verify_books", tag = "inventory",
    responses((status = 200, description = "What was found", body = Verification))
)]
#[get("/inventory/verify")]
pub async fn verify_books(
    sales: web::Data<Sales>,
    _access: Allowed<to::VerifyBooks>,
) -> ApiResult<web::Json<Verification>> {
    Ok(web::Json(
        verify::verify(&sales.ctx.read, sales.ctx.clock.now()).await?,
    ))
}

fn request_key(
    caller: Caller,
    key: IdempotencyKey,
    operation: &str,
    raw: &[u8],
) -> Option<RequestKey> {
    key.0
        .map(|key| RequestKey::new(caller.user_id, key, operation, raw))
}

async fn post_document(
    sales: &Sales,
    caller: Caller,
    origin: Origin,
    key: Option<RequestKey>,
    heading: Heading,
    posting: Posting,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(caller, origin);
    Ok(
        documents::post(&sales.ctx, &actor, key.as_ref(), &heading, &posting)
            .await?
            .into(),
    )
}
