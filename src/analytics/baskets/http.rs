//! Endpoint of products bought together.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use kernel::ids::ProductId;
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    problem::{ApiError, ApiResult, ProblemBody},
    query::QueryOf,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{BoughtTogether, DEFAULT_AT_LEAST, DEFAULT_PAIRS, PairOrder, PairQuestion};
use crate::Analytics;

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_bought_together);
}

/// Period and filters of the pairs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BoughtTogetherQuery {
    /// First day, in the shop's time zone.
    from: NaiveDate,
    /// Last day, included; a period has at most 3,660 days.
    to: NaiveDate,
    /// Only pairs with this product.
    product_id: Option<ProductId>,
    /// Only pairs that at least this many baskets hold.
    #[param(minimum = 1, maximum = 20000, default = 5)]
    min_baskets: Option<u32>,
    /// Order of the pairs; by lift when absent.
    #[param(inline)]
    sort: Option<PairOrder>,
    /// Most pairs to return.
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u32>,
}

/// List products bought together.
///
/// Pairs with support, confidence and lift, from the newest 20,000 sales of the period.
#[utoipa::path(
    operation_id = "list_bought_together", tag = "analytics", params(BoughtTogetherQuery),
    responses((status = 200, description = "The pairs", body = BoughtTogether), (status = 400, description = "The period is not valid", body = ProblemBody))
)]
#[get("/analytics/bought-together")]
pub async fn list_bought_together(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<BoughtTogetherQuery>,
) -> ApiResult<HttpResponse> {
    let BoughtTogetherQuery {
        from,
        to,
        product_id,
        min_baskets,
        sort,
        limit,
    } = query.0;
    let wanted = PairQuestion {
        product_id,
        at_least: min_baskets.unwrap_or(DEFAULT_AT_LEAST),
        order: sort.unwrap_or(PairOrder::Lift),
        limit: limit.unwrap_or(DEFAULT_PAIRS),
    };
    let period = analytics.period(from, to).await.map_err(ApiError::from)?;
    let question =
        Question::of(CacheKind::Breakdown, "bought-together", &(from, to, wanted)).over(&period);
    let together = async move || analytics.bought_together(from, to, wanted).await;
    cache.respond(&request, question, together).await
}
