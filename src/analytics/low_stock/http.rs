//! Endpoint of low stock.

use actix_web::{HttpRequest, HttpResponse, get, web};
use kernel::{
    Currency, Timestamp,
    ids::{CategoryId, ProductId},
};
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    cursor,
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    Listed, LowStock, LowStockQuestion, LowStockSeverity, LowStockSort, LowStockTotals,
    WatchedProduct,
};
use super::{order::OrderList, risk::OrderRisk};
use crate::{Analytics, error::AnalyticsError};

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_low_stock)
        .service(get_order_list)
        .service(get_order_risk);
}

/// Parameters of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LowStockQuery {
    /// True: list every product that is not archived, instead of those to order today; see `action`.
    #[serde(default)]
    #[param(default = false)]
    all: bool,
    /// Only products of this severity or worse.
    #[param(inline)]
    severity: Option<LowStockSeverity>,
    /// Only products of this category and of those below it.
    category_id: Option<CategoryId>,
    /// Order of the products; largest expected loss of margin first when absent.
    #[param(inline)]
    sort: Option<LowStockSort>,
    /// Most products of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of products to order today, largest expected loss first, with the watched products apart.
#[derive(Debug, Serialize, ToSchema)]
pub struct LowStockList {
    /// The products of this page.
    items: Vec<LowStock>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
    /// Number of products in the whole list.
    total: usize,
    /// Figures of the whole list, on all its pages.
    totals: LowStockTotals,
    /// Number of products to order today.
    alerts: usize,
    /// Products that can wait for the next usual order day, but not for the one after it: those with the
    /// fewest days of cover first, at most 200, on the first page only.
    watch: Vec<WatchedProduct>,
    /// Number of all such products.
    watch_total: usize,
    /// The currency of the amounts.
    currency: Currency,
    /// When it was computed.
    computed_at: Timestamp,
}

/// List what to order today.
///
/// An alert means: order today. If the order waited for the next usual order day, the stock would last
/// until that later delivery less surely than the service level requires. The usual order days come from
/// the receipts of the last twelve weeks; without any, the next one is tomorrow. The largest expected
/// loss of margin comes first, each with the quantity to order and the figures behind it. Products that
/// can wait are in `watch`.
#[utoipa::path(
    operation_id = "list_low_stock", tag = "analytics", params(LowStockQuery),
    responses((status = 200, description = "A page of products", body = LowStockList), (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
)]
#[get("/analytics/low-stock")]
pub async fn list_low_stock(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<LowStockQuery>,
) -> ApiResult<HttpResponse> {
    let limit = page_limit(query.0.limit)?;
    let model = analytics.forecasts.model_name().await;
    let LowStockQuery {
        all,
        severity,
        category_id,
        sort,
        ..
    } = query.0;
    let cursor = &query.0.cursor;
    let asked = (all, severity, category_id, sort, limit, cursor);
    let question = Question::of(CacheKind::LowStock, "low-stock", &asked).varying(&model);
    let answer = async move || page_of(&analytics, query.0, limit).await;
    cache.respond(&request, question, answer).await
}

async fn page_of(
    analytics: &Analytics,
    query: LowStockQuery,
    limit: u32,
) -> Result<LowStockList, AnalyticsError> {
    let sort = query.sort.unwrap_or_default();
    let (name, listed) = if query.all {
        ("low stock, all", Listed::All)
    } else {
        ("low stock", Listed::Alerts)
    };
    let list = format!(
        "{name} {:?} {:?} {sort:?}",
        query.severity, query.category_id
    );
    let after = query.cursor.as_deref();
    let after = after.map(|text| cursor::open(&list, text)).transpose()?;
    let question = LowStockQuestion {
        listed,
        severity: query.severity,
        category_id: query.category_id,
        sort,
        after,
        limit,
    };
    let answer = analytics.low_stock(question).await?;
    let last = answer.page.items.last().filter(|_| answer.page.has_more);
    let next_cursor = last.map(|last| cursor::seal(&list, &last.place(sort)));
    Ok(LowStockList {
        items: answer.page.items,
        next_cursor,
        total: answer.total,
        totals: answer.totals,
        alerts: answer.alerts,
        watch: answer.watch,
        watch_total: answer.watched,
        currency: answer.currency,
        computed_at: answer.computed_at,
    })
}

/// Filter of the order list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrderListQuery {
    /// Only products of this severity or worse.
    #[param(inline)]
    severity: Option<LowStockSeverity>,
    /// Only products of this category and of those below it.
    category_id: Option<CategoryId>,
}

/// Get the order list.
///
/// Everything to order today in one response, with need, reserve, stock, quantity, cost and the supplier
/// of the last delivery.
#[utoipa::path(
    operation_id = "get_order_list", tag = "analytics", params(OrderListQuery),
    responses((status = 200, description = "The list", body = OrderList), (status = 400, description = "A parameter is not valid", body = ProblemBody), (status = 422, description = "A figure is too large for the API", body = ProblemBody))
)]
#[get("/analytics/low-stock/order")]
pub async fn get_order_list(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<OrderListQuery>,
) -> ApiResult<HttpResponse> {
    let OrderListQuery {
        severity,
        category_id,
    } = query.0;
    let model = analytics.forecasts.model_name().await;
    let asked = (severity, category_id);
    let question = Question::of(CacheKind::LowStock, "order-list", &asked).varying(&model);
    let list = async move || analytics.order_list(severity, category_id).await;
    cache.respond(&request, question, list).await
}

/// The quantity to judge.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrderRiskQuery {
    /// The quantity that is ordered today, in units of the product; the suggested one when absent.
    #[param(minimum = 0, maximum = 1_000_000_000)]
    quantity: Option<f64>,
}

/// Get the risk of a quantity.
///
/// For a buyer who orders another quantity than the suggested one: the probability that the product runs
/// out before the order after this one arrives, and what that is expected to cost.
#[utoipa::path(
    operation_id = "get_order_risk", tag = "analytics",
    params(("id" = ProductId, Path, description = "Which product of the catalogue"), OrderRiskQuery),
    responses(
        (status = 200, description = "The risk", body = OrderRisk),
        (status = 400, description = "The quantity is not valid", body = ProblemBody),
        (status = 404, description = "No such product", body = ProblemBody),
        (status = 409, description = "The product is archived", body = ProblemBody),
        (status = 422, description = "A figure is too large for the API", body = ProblemBody),
    )
)]
#[get("/analytics/low-stock/{id}")]
pub async fn get_order_risk(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    id: PathId<ProductId>,
    query: QueryOf<OrderRiskQuery>,
) -> ApiResult<HttpResponse> {
    let quantity = query.0.quantity;
    let model = analytics.forecasts.model_name().await;
    let asked = (id.0, quantity.map(f64::to_bits));
    let question = Question::of(CacheKind::LowStock, "order-risk", &asked).varying(&model);
    let risk = async move || analytics.order_risk(id.0, quantity).await;
    cache.respond(&request, question, risk).await
}
