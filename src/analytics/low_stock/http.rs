//! Endpoint of low stock.

use actix_web::{HttpRequest, HttpResponse, get, web};
use kernel::{Currency, Timestamp, ids::CategoryId};
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    cursor,
    problem::{ApiResult, ProblemBody},
    query::{QueryOf, page_limit},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::order::OrderList;
use super::{
    Listed, LowStock, LowStockQuestion, LowStockSeverity, LowStockSort, LowStockTotals,
    WatchedProduct,
};
use crate::{Analytics, error::AnalyticsError};

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_low_stock).service(get_order_list);
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
