//! Endpoint of stock in money.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use kernel::Timestamp;
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    problem::{ApiResult, ProblemBody},
    query::QueryOf,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::StockFigures;
use crate::{Analytics, products::DEFAULT_DEAD_AFTER};

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_stock_figures);
}

/// Period of the losses, and moment of the stock.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StockQuery {
    /// First day of the losses, in the shop's time zone.
    from: NaiveDate,
    /// Last day of the losses, included.
    to: NaiveDate,
    /// The stock as it was at this instant (RFC 3339), by when things happened; now when absent.
    as_of: Option<Timestamp>,
    /// Days without a sale after which stock counts as dormant.
    #[param(minimum = 1, maximum = 730, default = 90)]
    dormant_after_days: Option<u32>,
}

/// Get the stock in money, and what was lost.
///
/// The stock at cost, now or at a past moment; what of it does not sell; and the losses of a period by
/// adjustments and counts, with their reasons.
#[utoipa::path(
    operation_id = "get_stock_figures", tag = "analytics", params(StockQuery),
    responses((status = 200, description = "The figures", body = StockFigures), (status = 400, description = "The period or the moment is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
)]
#[get("/analytics/stock")]
pub async fn get_stock_figures(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<StockQuery>,
) -> ApiResult<HttpResponse> {
    let StockQuery {
        from, to, as_of, ..
    } = query.0;
    let after = query.0.dormant_after_days.unwrap_or(DEFAULT_DEAD_AFTER);
    let question = Question::of(CacheKind::Products, "stock", &(from, to, as_of, after));
    let figures = async move || analytics.stock_figures(from, to, as_of, after).await;
    cache.respond(&request, question, figures).await
}
