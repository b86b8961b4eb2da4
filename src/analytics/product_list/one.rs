//! One product of the list, with its sales by day.

use chrono::{Days, NaiveDate};
use kernel::{Currency, Period, Timestamp, ids::ProductId};
use serde::Serialize;

use super::ProductWithFigures;
use crate::{
    Analytics,
    error::AnalyticsError,
    forecast::series::stock_out_dates,
    timeseries::{Interval, SeriesFilter, SeriesPoint, Timeseries},
};

/// Days of a review when nothing is asked: six weeks.
pub const DAYS: u32 = 42;
/// Most days of a review.
pub const MAX_DAYS: u32 = 366;

/// A product with its figures and its sales by day. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ProductReview {
    /// The product as in the list of products with their figures.
    pub figures: ProductWithFigures,
    /// First day of `days`, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day of `days`: today.
    pub to: NaiveDate,
    /// Each day up to today, also without a sale; `sales` counts the lines of the product.
    pub days: Vec<SeriesPoint>,
    /// The days among them on which it was out of stock for half of the day or longer, or had less than
    /// half of a usual sale left. Forecasts leave them out.
    pub stock_out_days: Vec<NaiveDate>,
    /// Currency of the amounts.
    pub currency: Currency,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl Analytics {
    /// A product with its figures and the sales of its last `days`, today included.
    ///
    /// # Errors
    /// `resource.not_found`, a figure is too large for the API, or the database fails.
    pub async fn review(&self, id: ProductId, days: u32) -> Result<ProductReview, AnalyticsError> {
        let all = self.with_figures().await?;
        let figures = all.into_iter().find(|one| one.product_id == id);
        let figures = figures.ok_or(AnalyticsError::NotFound("product"))?;
        let shop = self.readers.catalog.shop().await?;
        let today = self.clock.now().date_in(shop.time_zone);
        let back = Days::new(u64::from(days.saturating_sub(1)));
        let from = today.checked_sub_days(back).unwrap_or(today);
        let period = Period::new(from, today, shop.time_zone)?;
        let mut out = stock_out_dates(&self.readers, &period).await?;
        let filter = SeriesFilter::Product(id);
        let Timeseries {
            points,
            currency,
            computed_at,
            ..
        } = self.timeseries(from, today, Interval::Day, filter).await?;
        Ok(ProductReview {
            figures,
            from,
            to: today,
            days: points,
            stock_out_days: out.remove(&id).unwrap_or_default(),
            currency,
            computed_at,
        })
    }
}
