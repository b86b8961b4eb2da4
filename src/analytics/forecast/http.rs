//! Endpoints of forecasts.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use kernel::{
    ids::{CategoryId, ProductId},
    paging::Page,
};
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    cursor,
    jobs::wire::{JobBody, accepted},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    answers::{Detail, LIST_DAYS, MAX_LIST_DAYS},
    job::RefitForecasts,
    view::{Accuracy, ForecastItem, ForecastLevel, ProductAccuracy, ProductForecast},
};
use crate::{Analytics, error::AnalyticsError};

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(refit_forecasts)
        .service(list_forecasts)
        .service(get_forecast)
        .service(get_accuracy);
}

/// Parameters of a list of forecasts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForecastsQuery {
    /// Level of the forecasts.
    #[serde(default)]
    #[param(inline)]
    level: ForecastLevel,
    /// Days of the totals, from today on.
    #[param(minimum = 1, maximum = 90, default = 28)]
    horizon: Option<u32>,
    /// True: a category or the shop comes with each coming day, in units and in money.
    #[serde(default)]
    #[param(default = false)]
    by_day: bool,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of forecasts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastList {
    /// Level of the forecasts.
    level: ForecastLevel,
    /// Days of the totals, from today on.
    horizon: u32,
    /// One forecast for each product, each category, or the shop.
    items: Vec<ForecastItem>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// Parameters of one forecast.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForecastQuery {
    /// Days of the forecast, from today on.
    #[param(minimum = 1, maximum = 180, default = 28)]
    horizon: Option<u32>,
}

/// Parameters of the accuracy of forecasts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccuracyQuery {
    /// Most products of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Accuracy of earlier forecasts, with a page of products.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccuracyList {
    /// Scores of all products together.
    #[serde(flatten)]
    accuracy: Accuracy,
    /// Scores by product.
    items: Vec<ProductAccuracy>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

const _: () =
    assert!(LIST_DAYS == 28 && MAX_LIST_DAYS == 90 && super::answers::MAX_HORIZON_DAYS == 180);

/// List forecasts.
///
/// The coming days of every product, every category or the shop, as a total with its bands, the
/// forecasting method, and reasons for caution; with `by_day`, categories and the shop also day by day
/// and in money.
#[utoipa::path(
    operation_id = "list_forecasts", tag = "analytics", params(ForecastsQuery),
    responses((status = 200, description = "A page of forecasts", body = ForecastList), (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody))
)]
#[get("/analytics/forecasts")]
pub async fn list_forecasts(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<ForecastsQuery>,
) -> ApiResult<HttpResponse> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let horizon = query.horizon.unwrap_or(LIST_DAYS);
    let asked = (query.level, horizon, query.by_day, limit, &query.cursor);
    let question = Question::of(CacheKind::Forecast, "forecasts", &asked)
        .varying(&analytics.forecasts.model_name().await);
    let answer = async move || page_of(&analytics, query, limit).await;
    cache.respond(&request, question, answer).await
}

async fn page_of(
    analytics: &Analytics,
    query: ForecastsQuery,
    limit: u32,
) -> Result<ForecastList, AnalyticsError> {
    let horizon = query.horizon.unwrap_or(LIST_DAYS);
    let desk = &analytics.forecasts;
    let detail = if query.by_day {
        Detail::Days
    } else {
        Detail::Total
    };
    let list = format!("forecasts {:?} {horizon}", query.level);
    let (page, next_cursor) = match query.level {
        ForecastLevel::Product => {
            let after: Option<ProductId> = opened(&list, query.cursor.as_deref())?;
            let page = desk.of_products(horizon, after, limit).await?;
            let next = next_cursor(&list, &page, |item| item.product_id);
            (page, next)
        }
        ForecastLevel::Category => {
            let after: Option<CategoryId> = opened(&list, query.cursor.as_deref())?;
            let page = desk.of_categories(horizon, after, limit, detail).await?;
            let next = next_cursor(&list, &page, |item| item.category_id);
            (page, next)
        }
        ForecastLevel::Shop => (desk.of_shop(horizon, detail).await?, None),
    };
    Ok(ForecastList {
        level: query.level,
        horizon,
        items: page.items,
        next_cursor,
    })
}

/// Forecast a product.
///
/// Each coming day with its 80 % band, the total, the total until an order placed today is delivered,
/// the model and its past accuracy, and reasons for caution.
#[utoipa::path(
    operation_id = "get_forecast", tag = "analytics",
    params(("id" = ProductId, Path, description = "Which product of the catalogue"), ForecastQuery),
    responses(
        (status = 200, description = "The forecast", body = ProductForecast),
        (status = 400, description = "The horizon is not valid", body = ProblemBody),
        (status = 404, description = "No such product", body = ProblemBody),
        (status = 409, description = "The product is archived", body = ProblemBody),
    )
)]
#[get("/analytics/forecasts/{id}")]
pub async fn get_forecast(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    id: PathId<ProductId>,
    query: QueryOf<ForecastQuery>,
) -> ApiResult<HttpResponse> {
    let horizon = query.0.horizon.unwrap_or(LIST_DAYS);
    let question = Question::of(CacheKind::Forecast, "forecast", &(id.0, horizon))
        .varying(&analytics.forecasts.model_name().await);
    let answer = async move || analytics.forecasts.of_product(id.0, horizon).await;
    cache.respond(&request, question, answer).await
}

/// Order a new forecast model.
///
/// The model learns from all sales up to yesterday. While a refit is queued or running, that one is
/// returned.
#[utoipa::path(
    operation_id = "refit_forecasts", tag = "analytics",
    responses(
        (status = 202, description = "The job that fits it", body = JobBody),
        (status = 503, description = "Too many jobs wait", body = ProblemBody),
    )
)]
#[post("/analytics/forecasts/refit")]
pub async fn refit_forecasts(
    analytics: web::Data<Analytics>,
    access: Allowed<to::ManageJobs>,
    origin: Origin,
) -> ApiResult<HttpResponse> {
    let order = RefitForecasts::order()
        .requested_by(access.caller.user_id)
        .requested_from(origin.address, origin.request_id);
    let ordered = analytics.forecasts.order_refit(order).await;
    Ok(accepted(ordered.map_err(AnalyticsError::from)?))
}

/// Get the accuracy of earlier forecasts.
///
/// The forecasts of each night are kept and scored once their days are over, beside forecasts that
/// repeat the last week.
#[utoipa::path(
    operation_id = "get_accuracy", tag = "analytics", params(AccuracyQuery),
    responses((status = 200, description = "The scores", body = AccuracyList), (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody))
)]
#[get("/analytics/accuracy")]
pub async fn get_accuracy(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<AccuracyQuery>,
) -> ApiResult<HttpResponse> {
    let limit = page_limit(query.0.limit)?;
    let question = Question::of(CacheKind::Accuracy, "accuracy", &(limit, &query.0.cursor))
        .varying(&analytics.forecasts.model_name().await);
    let answer = async move || scores_of(&analytics, query.0, limit).await;
    cache.respond(&request, question, answer).await
}

async fn scores_of(
    analytics: &Analytics,
    query: AccuracyQuery,
    limit: u32,
) -> Result<AccuracyList, AnalyticsError> {
    let list = "accuracy";
    let after: Option<ProductId> = opened(list, query.cursor.as_deref())?;
    let (accuracy, page) = analytics.forecasts.accuracy(after, limit).await?;
    let next_cursor = next_cursor(list, &page, |item| Some(item.product_id));
    Ok(AccuracyList {
        accuracy,
        items: page.items,
        next_cursor,
    })
}

fn opened<T: DeserializeOwned>(
    list: &str,
    cursor: Option<&str>,
) -> Result<Option<T>, kernel::Problem> {
    cursor.map(|cursor| cursor::open(list, cursor)).transpose()
}

fn next_cursor<T, P: Serialize>(
    list: &str,
    page: &Page<T>,
    position: impl Fn(&T) -> Option<P>,
) -> Option<String> {
    let last = page.items.last().filter(|_| page.has_more)?;
    Some(cursor::seal(list, &position(last)?))
}
