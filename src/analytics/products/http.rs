//! The performance of products on the wire.

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

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_product_performance);
}

/// Of which period, which products.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductsQuery {
    /// First day, in the shop's time zone.
    from: NaiveDate,
    /// Last day, included; a period has at most 3,660 days.
    to: NaiveDate,
    /// By what the ABC classes are cut; by revenue when absent.
    #[param(inline)]
    abc_by: Option<AbcBy>,
    /// Only this class.
    #[param(inline)]
    abc: Option<Abc>,
    /// Only this class.
    #[param(inline)]
    xyz: Option<Xyz>,
    /// Only products of this category.
    category_id: Option<CategoryId>,
    /// Only products whose stock is dead (`true`), or is not (`false`).
    dead: Option<bool>,
    /// Days without a sale after which stock counts as dead.
    #[param(minimum = 1, maximum = 730, default = 90)]
    dead_after_days: Option<u32>,
    /// In which order; by revenue when absent.
    #[param(inline)]
    sort: Option<ProductOrder>,
    /// Products in a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List how products do.
///
/// Margin, ABC and XYZ classes, sell-through, how long the stock lasts, and dead stock with the
/// cash that lies in it.
#[utoipa::path(
    operation_id = "list_product_performance", tag = "analytics", params(ProductsQuery),
    responses((status = 200, description = "The products", body = ProductPage), (status = 400, description = "The period or the cursor is not valid", body = ProblemBody), (status = 422, description = "A figure of the period passes what an answer can carry", body = ProblemBody))
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
    // What lies in stock, and since when nothing was sold of it, is a matter of the present day.
    let (from, to) = (query.from, query.to);
    let question = Question::of(CacheKind::Products, "products", &(from, to, &wanted));
    let page = async move || analytics.product_performance(from, to, &wanted).await;
    cache.respond(&request, question, page).await
}
