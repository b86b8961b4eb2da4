//! A product with all that its page shows of the books, in one answer.

use actix_web::{get, web};
use kernel::{Permission, ids::ProductId};
use platform::{
    access::{Allowed, to},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{super::sheet::ProductSheet, shown_to};
use crate::{Sales, catalogue::prices};

/// Prices and movements of a sheet when nothing is asked.
const RECENT: u32 = 20;

/// How much of the past is requested.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SheetQuery {
    /// Most prices, and most movements, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u32>,
}

/// Read a product with its stock by location, its last prices and its last movements.
///
/// What a page about one product shows of the books, in one answer. Its figures come from
/// `GET /analytics/products/{id}`, what it is expected to sell from `GET /analytics/forecasts/{id}`.
#[utoipa::path(
    operation_id = "get_product_sheet",
    tag = "products",
    params(("id" = ProductId, Path, description = "The product's id"), SheetQuery),
    responses(
        (status = 200, description = "The product and its last prices and movements", body = ProductSheet),
        (status = 400, description = "The query is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such product", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/products/{id}/sheet")]
pub async fn get_product_sheet(
    allowed: Allowed<to::ReadStock>,
    id: PathId<ProductId>,
    query: QueryOf<SheetQuery>,
    sales: web::Data<Sales>,
) -> ApiResult<web::Json<ProductSheet>> {
    let recent = page_limit(Some(query.0.limit.unwrap_or(RECENT)))?;
    let mut sheet = sales.catalogue.sheet(id.0, recent).await?;
    let may_see_costs = allowed.caller.may(Permission::ReadCosts);
    sheet.prices = prices::http::shown_to(may_see_costs, sheet.prices);
    sheet.product = shown_to(may_see_costs, sheet.product);
    Ok(web::Json(sheet))
}
