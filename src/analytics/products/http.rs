//! Endpoint of the performance of products.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use kernel::ids::CategoryId;
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    problem::{ApiResult, ProblemBody},
    query::{QueryOf, page_limit},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    DEFAULT_DEAD_AFTER, DeadStock, ProductOrder, ProductQuestion,
    classes::{Abc, AbcBy, Xyz},
    performance::ProductPage,
};
use crate::Analytics;

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_product_performance);
}

/// Period, filters and order of the products.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductsQuery {
    /// First day, in the shop's time zone.
    from: NaiveDate,
    /// Last day, included; a period has at most 3,660 days.
    to: NaiveDate,
    /// Figure by which the ABC classes are made; revenue when absent.
    #[param(inline)]
    abc_by: Option<AbcBy>,
    /// Only products of this ABC class.
    #[param(inline)]
    abc: Option<Abc>,
    /// Only products of this XYZ class.
    #[param(inline)]
    xyz: Option<Xyz>,
    /// Only products of this category.
    category_id: Option<CategoryId>,
    /// True: only products with dead stock; false: only those without.
    dead: Option<bool>,
    /// Days without a sale after which stock counts as dead.
    #[param(minimum = 1, maximum = 730, default = 90)]
    dead_after_days: Option<u32>,
    /// Order of the products; by revenue when absent.
    #[param(inline)]
    sort: Option<ProductOrder>,
    /// Most products of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the performance of products.
///
/// Margin, ABC and XYZ classes, sell-through, stock cover, and dead stock with the money tied up in it.
#[utoipa::path(
    operation_id = "list_product_performance", tag = "analytics", params(ProductsQuery),
    responses((status = 200, description = "The products", body = ProductPage), (status = 400, description = "The period or the cursor is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
)]
#[get("/analytics/products")]
pub async fn list_product_performance(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<ProductsQuery>,
) -> ApiResult<HttpResponse> {
    let query = query.0;
    let wanted = ProductQuestion {
        abc_by: query.abc_by.unwrap_or_default(),
        dead_after_days: query.dead_after_days.unwrap_or(DEFAULT_DEAD_AFTER),
        abc: query.abc,
        xyz: query.xyz,
        category_id: query.category_id,
        dead: query.dead.map(|only| {
            if only {
                DeadStock::Only
            } else {
                DeadStock::Without
            }
        }),
        order: query.sort.unwrap_or_default(),
        limit: page_limit(query.limit)?,
        cursor: query.cursor,
    };
    // Stock, and the days since the last sale, depend on the present day.
    let (from, to) = (query.from, query.to);
    let question = Question::of(CacheKind::Products, "products", &(from, to, &wanted));
    let page = async move || analytics.product_performance(from, to, &wanted).await;
    cache.respond(&request, question, page).await
}
