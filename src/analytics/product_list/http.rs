//! Endpoint of the catalogue with its figures.

use actix_web::{HttpRequest, HttpResponse, get, web};
use kernel::{
    FieldError, Problem,
    ids::{CategoryId, ProductId},
    problem::Code,
};
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    ProductFiguresPage, ProductListQuestion, ProductListSort, ProductView,
    one::{DAYS, MAX_DAYS, ProductReview},
};
use crate::{Analytics, error::AnalyticsError};

/// Longest text of a query, in characters.
const MAX_TEXT: usize = 200;

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_product_figures).service(review_product);
}

/// View, filters and order of the products.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductListQuery {
    /// The view; all products that are not archived when absent.
    #[serde(default)]
    #[param(inline)]
    view: ProductView,
    /// Words in name or SKU, regardless of accents and case; all of them must occur.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Only products of this category and of those below it.
    category_id: Option<CategoryId>,
    /// Order of the products; by name when absent.
    #[serde(default)]
    #[param(inline)]
    sort: ProductListSort,
    /// Most products of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List products with their figures.
///
/// Margin of a unit without tax, days left, and what was sold in the last 28 days beside each product,
/// with the number of products in each view. For roles that see costs.
#[utoipa::path(
    operation_id = "list_product_figures", tag = "analytics", params(ProductListQuery),
    responses((status = 200, description = "A page of products", body = ProductFiguresPage), (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
)]
#[get("/analytics/product-list")]
pub async fn list_product_figures(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<ProductListQuery>,
) -> ApiResult<HttpResponse> {
    let query = query.0;
    if query
        .q
        .as_ref()
        .is_some_and(|text| text.chars().count() > MAX_TEXT)
    {
        let detail = format!("may have at most {MAX_TEXT} characters");
        let place = FieldError::new("?q", "query.out_of_range", detail.clone());
        return Err(Problem::new(Code::InvalidQuery, format!("q {detail}."))
            .at(place)
            .into());
    }
    let wanted = ProductListQuestion {
        view: query.view,
        q: query.q,
        category_id: query.category_id,
        sort: query.sort,
        limit: page_limit(query.limit)?,
        cursor: query.cursor,
    };
    let model = analytics.forecasts.model_name().await;
    let question = Question::of(CacheKind::LowStock, "product-list", &wanted).varying(&model);
    let page = async move || analytics.product_list(&wanted).await;
    cache.respond(&request, question, page).await
}

/// How many days are requested.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReviewQuery {
    /// Days of the product's sales, up to today.
    #[param(minimum = 1, maximum = 366, default = 42)]
    days: Option<u32>,
}

/// Read one product with its figures and its sales by day.
///
/// The line of `GET /analytics/product-list`, with each of the last days. What the books say of it, its
/// stock, prices and movements, is in `GET /products/{id}/sheet`.
#[utoipa::path(
    operation_id = "review_product", tag = "analytics",
    params(("id" = ProductId, Path, description = "Which product of the catalogue"), ReviewQuery),
    responses(
        (status = 200, description = "The product with its figures", body = ProductReview),
        (status = 400, description = "The number of days is not valid", body = ProblemBody),
        (status = 404, description = "No such product", body = ProblemBody),
        (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody),
    )
)]
#[get("/analytics/product-list/{id}")]
pub async fn review_product(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    id: PathId<ProductId>,
    query: QueryOf<ReviewQuery>,
) -> ApiResult<HttpResponse> {
    let days = query.0.days.unwrap_or(DAYS);
    if !(1..=MAX_DAYS).contains(&days) {
        let detail = format!("must lie between 1 and {MAX_DAYS}");
        return Err(AnalyticsError::refused("days", detail).into());
    }
    let model = analytics.forecasts.model_name().await;
    let question = Question::of(CacheKind::LowStock, "product-review", &(id.0, days));
    let review = async move || analytics.review(id.0, days).await;
    cache
        .respond(&request, question.varying(&model), review)
        .await
}
