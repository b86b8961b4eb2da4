//! The HTTP operations of products.

mod list;
mod sheet;
mod till;

use actix_web::{HttpResponse, get, http::header, patch, post, web};
use kernel::{
    Amount, Permission, Problem, Quantity,
    ids::{CategoryId, ProductId},
    product::{MAX_CODE, PIECE},
};
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    headers::{IdempotencyKey, IfMatch, etag},
    patch::present,
    problem::{ApiResult, ProblemBody},
    query::PathId,
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::{Validate, ValidationError};

use super::{NewProduct, OrderingRule, Product, ProductFields};
use crate::{Sales, actor::Actor, idempotency::RequestKey};

/// The endpoints of products.
pub(in crate::catalogue) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list::list_products)
        .service(till::get_till_catalogue)
        .service(create_product)
        .service(get_product)
        .service(sheet::get_product_sheet)
        .service(update_product)
        .service(archive_product)
        .service(unarchive_product);
}

/// A new product.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProduct {
    /// The product's code, unique in the shop regardless of case. Blanks around it are removed.
    #[validate(length(min = 1, max = 64), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 64, example = "CAF-250")]
    sku: String,
    /// The product's name.
    #[validate(length(min = 1, max = 200), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 200, example = "Café moulu 250 g")]
    name: String,
    /// The product's barcodes; the first is the usual one. Codes of 8, 12, 13 or 14 digits with a
    /// valid check digit are the same with and without leading zeros. All others are texts.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = barcodes_in_length))]
    #[schema(max_items = 20)]
    barcodes: Vec<String>,
    /// The category in the tree.
    category_id: Option<CategoryId>,
    /// The unit in which it is sold. kg, g, l, cl, ml, m, cm, m2, m3 and h allow fractions; all
    /// others are whole.
    #[serde(default = "piece")]
    #[validate(length(min = 1, max = 20), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 20, default = "piece")]
    unit: String,
    /// Price of a unit, minor units of the shop's currency.
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64, example = 450_000)]
    price_minor: i64,
    /// Purchase cost of a unit, minor units.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64, default = 0)]
    cost_minor: i64,
    /// The tax rate, basis points (1600 is 16 %).
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000, default = 0)]
    tax_rate_bp: i64,
    /// The stock at which to order; zero for never.
    #[serde(default)]
    #[validate(custom(function = rules::quantity_not_negative))]
    reorder_level: Quantity,
    /// Days from order to delivery; absent to use the shop's.
    #[validate(range(min = 1, max = 180))]
    #[schema(minimum = 1, maximum = 180)]
    lead_time_days: Option<i64>,
    /// How sure the stock must last until the delivery, basis points; absent to use the shop's.
    #[validate(range(min = 5_000, max = 9_990))]
    #[schema(minimum = 5_000, maximum = 9_990)]
    service_level_bp: Option<i64>,
    /// The opening stock at the default location.
    #[serde(default)]
    #[validate(custom(function = rules::quantity_not_negative))]
    initial_stock: Quantity,
}

/// A change of a product. Absent fields stay as they are.
#[derive(Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::option_option,
    reason = "absent, null and a value say three things"
)]
pub struct UpdateProduct {
    /// The product's new code, unique in the shop.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 64), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    sku: Option<String>,
    /// The product's new name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 200), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    name: Option<String>,
    /// All barcodes of the product; they replace the old ones.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 20), custom(function = barcodes_in_length))]
    #[schema(max_items = 20, nullable = false)]
    barcodes: Option<Vec<String>>,
    /// The new category; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<CategoryId>)]
    category_id: Option<Option<CategoryId>>,
    /// The new unit. It cannot change once the product was moved or sold (`product.unit_in_use`).
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 20), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 20, nullable = false)]
    unit: Option<String>,
    /// Price of a unit, minor units.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64, nullable = false)]
    price_minor: Option<i64>,
    /// Purchase cost of a unit, minor units.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64, nullable = false)]
    cost_minor: Option<i64>,
    /// The tax rate, basis points (1600 is 16 %).
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 0, max = 10_000))]
    #[schema(minimum = 0, maximum = 10_000, nullable = false)]
    tax_rate_bp: Option<i64>,
    /// The stock at which to order; zero for never.
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = rules::quantity_not_negative))]
    #[schema(nullable = false)]
    reorder_level: Option<Quantity>,
    /// Days from order to delivery; null to use the shop's.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 1, max = 180))]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 180)]
    lead_time_days: Option<Option<i64>>,
    /// How sure the stock must last until the delivery, basis points; null to use the shop's.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 5_000, max = 9_990))]
    #[schema(value_type = Option<i64>, minimum = 5_000, maximum = 9_990)]
    service_level_bp: Option<Option<i64>>,
}

const _: () = assert!(super::MAX_LEAD_TIME_DAYS == 180);

fn piece() -> String {
    PIECE.to_owned()
}

/// The service names the wrong barcode; this only limits the size.
fn barcodes_in_length(barcodes: &[String]) -> Result<(), ValidationError> {
    if barcodes.iter().all(|code| code.chars().count() <= MAX_CODE) {
        Ok(())
    } else {
        Err(ValidationError::new("length")
            .with_message("each may have at most 64 characters".into()))
    }
}

/// Removes the cost for users who may not see it.
fn shown_to(may_see_costs: bool, product: Product) -> Product {
    Product {
        cost_minor: product.cost_minor.filter(|_| may_see_costs),
        ..product
    }
}

fn tagged(product: &Product) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, etag(product.version)))
        .json(product)
}

/// Create a product, with its opening stock.
#[utoipa::path(
    operation_id = "create_product",
    tag = "products",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeats of the request with this key return the same product")),
    request_body = CreateProduct,
    responses(
        (status = 201, description = "The product", body = Product),
        (status = 400, description = "The body is not JSON, or a header is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The SKU or a barcode is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid, or the category is unknown", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/products")]
pub async fn create_product(
    allowed: Allowed<to::ChangeCatalogue>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<CreateProduct>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let key = RequestKey::of_request(key, allowed.caller.user_id, "POST /products", &body.raw);
    let new = body.value;
    let new = NewProduct {
        sku: new.sku,
        name: new.name,
        barcodes: new.barcodes,
        category_id: new.category_id,
        unit: new.unit,
        price_minor: Amount::new(new.price_minor).map_err(Problem::from)?,
        cost_minor: Amount::new(new.cost_minor).map_err(Problem::from)?,
        tax_rate_bp: new.tax_rate_bp,
        reorder_level: new.reorder_level,
        ordering: OrderingRule {
            lead_time_days: new.lead_time_days,
            service_level_bp: new.service_level_bp,
        },
        initial_stock: new.initial_stock,
    };
    let actor = Actor::new(allowed.caller, origin);
    let answer = sales
        .catalogue
        .post_product(&actor, key.as_ref(), &new)
        .await?;
    Ok(answer.into())
}

/// Read a product.
#[utoipa::path(
    operation_id = "get_product",
    tag = "products",
    params(("id" = ProductId, Path, description = "The product's id")),
    responses(
        (status = 200, description = "The product, with its version as ETag", body = Product),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/products/{id}")]
pub async fn get_product(
    allowed: Allowed<to::ReadCatalogue>,
    id: PathId<ProductId>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let product = sales.catalogue.product(id.0).await?;
    let may_see_costs = allowed.caller.may(Permission::ReadCosts);
    Ok(tagged(&shown_to(may_see_costs, product)))
}

/// Change a product.
#[utoipa::path(
    operation_id = "update_product",
    tag = "products",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("If-Match" = Option<String>, Header, description = "The version that the change is based on, in quotes"),
    ),
    request_body = UpdateProduct,
    responses(
        (status = 200, description = "The product as it is now", body = Product),
        (status = 400, description = "The body is not JSON, or a header is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The SKU or a barcode is taken, or the unit is in use", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid, or the category is unknown", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[patch("/products/{id}")]
pub async fn update_product(
    allowed: Allowed<to::ChangeCatalogue>,
    origin: Origin,
    id: PathId<ProductId>,
    if_match: IfMatch,
    body: JsonBody<UpdateProduct>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let change = body.value;
    let (price, cost) = (
        change.price_minor.map(Amount::new),
        change.cost_minor.map(Amount::new),
    );
    let fields = ProductFields {
        sku: change.sku,
        name: change.name,
        barcodes: change.barcodes,
        category_id: change.category_id,
        unit: change.unit,
        price_minor: price.transpose().map_err(Problem::from)?,
        cost_minor: cost.transpose().map_err(Problem::from)?,
        tax_rate_bp: change.tax_rate_bp,
        reorder_level: change.reorder_level,
        lead_time_days: change.lead_time_days,
        service_level_bp: change.service_level_bp,
        archived: None,
    };
    let actor = Actor::new(allowed.caller, origin);
    let product = sales
        .catalogue
        .patch_product(&actor, id.0, if_match, fields)
        .await?;
    Ok(tagged(&product))
}

/// Archive a product. It is no longer sold. Its stock stays and can still be counted, adjusted,
/// transferred and returned. Archiving twice changes nothing.
#[utoipa::path(
    operation_id = "archive_product",
    tag = "products",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("If-Match" = Option<String>, Header, description = "The version that the change is based on, in quotes"),
    ),
    responses(
        (status = 200, description = "The product as it is now", body = Product),
        (status = 400, description = "A header is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/products/{id}/archive")]
pub async fn archive_product(
    allowed: Allowed<to::ChangeCatalogue>,
    origin: Origin,
    id: PathId<ProductId>,
    if_match: IfMatch,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(allowed.caller, origin);
    set_archived(&sales, &actor, id.0, if_match, true).await
}

/// Sell an archived product again.
#[utoipa::path(
    operation_id = "unarchive_product",
    tag = "products",
    params(
        ("id" = ProductId, Path, description = "The product's id"),
        ("If-Match" = Option<String>, Header, description = "The version that the change is based on, in quotes"),
    ),
    responses(
        (status = 200, description = "The product as it is now", body = Product),
        (status = 400, description = "A header is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "It has changed since", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/products/{id}/unarchive")]
pub async fn unarchive_product(
    allowed: Allowed<to::ChangeCatalogue>,
    origin: Origin,
    id: PathId<ProductId>,
    if_match: IfMatch,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(allowed.caller, origin);
    set_archived(&sales, &actor, id.0, if_match, false).await
}

async fn set_archived(
    sales: &Sales,
    actor: &Actor,
    id: ProductId,
    if_match: IfMatch,
    archived: bool,
) -> ApiResult<HttpResponse> {
    let fields = ProductFields {
        archived: Some(archived),
        ..ProductFields::default()
    };
    let product = sales
        .catalogue
        .patch_product(actor, id, if_match, fields)
        .await?;
    Ok(tagged(&product))
}
