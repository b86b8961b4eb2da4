//! The HTTP operation of the price history.

use actix_web::{HttpResponse, get, web};
use kernel::{Permission, ids::ProductId};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::PriceChange;
use crate::Sales;

/// The endpoints of prices.
pub(in crate::catalogue) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_product_prices);
}

/// A page of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PriceQuery {
    /// Prices in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of prices.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceList {
    /// Prices, newest first.
    items: Vec<PriceChange>,
    /// Cursor of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// Removes the costs for users who may not see them.
pub(in crate::catalogue) fn shown_to(
    may_see_costs: bool,
    mut prices: Vec<PriceChange>,
) -> Vec<PriceChange> {
    for price in &mut prices {
        price.cost_minor = price.cost_minor.filter(|_| may_see_costs);
    }
    prices
}

/// List the prices of a product, newest first.
#[utoipa::path(
    operation_id = "list_product_prices",
    tag = "products",
    params(("id" = ProductId, Path, description = "The product's id"), PriceQuery),
    responses(
        (status = 200, description = "A page of prices", body = PriceList),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/products/{id}/price-history")]
pub async fn list_product_prices(
    allowed: Allowed<to::ReadCatalogue>,
    id: PathId<ProductId>,
    query: QueryOf<PriceQuery>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let limit = page_limit(query.0.limit)?;
    let cursor = query.0.cursor.as_deref();
    let (items, next_cursor) = sales.catalogue.price_history(id.0, cursor, limit).await?;
    let items = shown_to(allowed.caller.may(Permission::ReadCosts), items);
    Ok(HttpResponse::Ok().json(PriceList { items, next_cursor }))
}
