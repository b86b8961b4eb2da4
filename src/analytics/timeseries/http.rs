//! Endpoint of time series.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use kernel::ids::{CategoryId, LocationId, ProductId, UserId};
use platform::{
    access::{Allowed, to},
    cache::{Cache, CacheKind, Question},
    problem::{ApiError, ApiResult, ProblemBody},
    query::QueryOf,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Interval, SeriesFilter, Timeseries};
use crate::{Analytics, error::AnalyticsError};

/// Registers the operations.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_timeseries);
}

/// Period and bucket length of a series.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimeseriesQuery {
    /// First day, in the shop's time zone.
    from: NaiveDate,
    /// Last day, included; a period has at most 3,660 days.
    to: NaiveDate,
    /// Length of a bucket; days when absent. A series has at most 3,700 buckets.
    #[param(inline)]
    interval: Option<Interval>,
    /// Only lines of this product; `sales` counts lines then. One filter at a time.
    product_id: Option<ProductId>,
    /// Only lines of products that are now in this category or below it; `sales` counts lines then.
    category_id: Option<CategoryId>,
    /// Only sales at this location. The only filter for hours.
    location_id: Option<LocationId>,
    /// Only sales of this cashier, with their refunds.
    cashier_id: Option<UserId>,
}

impl TimeseriesQuery {
    /// # Errors
    /// With two filters: figures are kept by each of them, not by pairs.
    fn filter(&self) -> Result<SeriesFilter, AnalyticsError> {
        let given = [
            self.product_id.map(SeriesFilter::Product),
            self.category_id.map(SeriesFilter::Category),
            self.location_id.map(SeriesFilter::Location),
            self.cashier_id.map(SeriesFilter::Cashier),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (None, _) => Ok(SeriesFilter::All),
            (Some(only), None) => Ok(only),
            (Some(_), Some(second)) => {
                let name = match second {
                    SeriesFilter::All | SeriesFilter::Product(_) => "product_id",
                    SeriesFilter::Category(_) => "category_id",
                    SeriesFilter::Location(_) => "location_id",
                    SeriesFilter::Cashier(_) => "cashier_id",
                };
                let detail = "a series has one filter at a time";
                Err(AnalyticsError::refused(name, detail))
            }
        }
    }
}

/// Get a period by hour, day, week or month.
///
/// In the shop's time zone, with buckets without a sale; a day with a clock change has 23 or 25 hours.
#[utoipa::path(
    operation_id = "get_timeseries", tag = "analytics", params(TimeseriesQuery),
    responses((status = 200, description = "The buckets", body = Timeseries), (status = 400, description = "The period is not valid", body = ProblemBody), (status = 422, description = "A figure of the period is too large for the API", body = ProblemBody))
)]
#[get("/analytics/timeseries")]
pub async fn get_timeseries(
    analytics: web::Data<Analytics>,
    cache: web::Data<Cache>,
    _access: Allowed<to::ReadAnalytics>,
    request: HttpRequest,
    query: QueryOf<TimeseriesQuery>,
) -> ApiResult<HttpResponse> {
    let filter = query.0.filter().map_err(ApiError::from)?;
    let TimeseriesQuery { from, to, .. } = query.0;
    let interval = query.0.interval.unwrap_or(Interval::Day);
    let period = analytics.period(from, to).await.map_err(ApiError::from)?;
    // Which products a category has is up to the catalogue.
    let kind = match filter {
        SeriesFilter::Category(_) => CacheKind::Breakdown,
        _ => CacheKind::Kpi,
    };
    let question = Question::of(kind, "timeseries", &(from, to, interval, filter));
    let question = question.over(&period);
    let series = async move || analytics.timeseries(from, to, interval, filter).await;
    cache.respond(&request, question, series).await
}
