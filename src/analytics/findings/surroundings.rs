//! A finding with the days around it.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use kernel::{
    Currency, FigureOutOfRange, Period, QuantitySum, Timestamp,
    figure::figure,
    ids::{CategoryId, ProductId, UserId},
    read::{DayFacts, SalesTotals},
};
use platform::cache::Cache;
use serde::Serialize;
use utoipa::ToSchema;

use super::report::{Anomaly, SubjectType};
use crate::{Analytics, error::AnalyticsError, timeseries::SeriesFilter};

/// Days that are shown on each side of a finding.
const AROUND_DAYS: u64 = 28;
/// Most days of a finding that are shown.
const MOST_DAYS: u64 = 120;

/// A day around a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayAround {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// True for a day of the finding itself.
    pub is_found: bool,
    /// Completed sales less refunds, without tax, minor units.
    pub revenue_minor: i64,
    /// Revenue with tax, as customers paid it, minor units.
    pub revenue_with_tax_minor: i64,
    /// Number of completed sales; of a product or category, lines.
    pub sales: i64,
    /// Units sold, less units refunded.
    pub units: QuantitySum,
}

/// A finding with the days around it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FullAnomaly {
    /// The finding, with its feedback.
    #[serde(flatten)]
    pub anomaly: Anomaly,
    /// Currency of the amounts.
    pub currency: Currency,
    /// The days from four weeks before the finding to four weeks after it, as far as they are over or
    /// have begun; also days without a sale.
    pub days: Vec<DayAround>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl Analytics {
    /// A finding with the days around it.
    ///
    /// # Errors
    /// When no finding has the id, a figure is too large for the API, or the database fails.
    pub async fn full_anomaly(
        &self,
        id: &str,
        cache: &Cache,
    ) -> Result<FullAnomaly, AnalyticsError> {
        let anomaly = self.anomaly(id, cache).await?;
        let shop = self.readers.catalog.shop().await?;
        let now = self.clock.now();
        let today = now.date_in(shop.time_zone);
        let around = Days::new(AROUND_DAYS);
        let from = anomaly
            .from
            .checked_sub_days(around)
            .unwrap_or(anomaly.from);
        let to = anomaly.to.checked_add_days(around).unwrap_or(anomaly.to);
        let longest = from.checked_add_days(Days::new(MOST_DAYS)).unwrap_or(to);
        let to = to.min(today).min(longest).max(from);
        let period = Period::new(from, to, shop.time_zone)?;
        let facts = self.days_of(&anomaly, &period).await?;
        let days = days(&anomaly, &period, &facts);
        Ok(FullAnomaly {
            days: days.map_err(AnalyticsError::out_of_range(&period))?,
            anomaly,
            currency: shop.currency,
            computed_at: now,
        })
    }

    async fn days_of(
        &self,
        anomaly: &Anomaly,
        period: &Period,
    ) -> Result<Vec<DayFacts>, AnalyticsError> {
        let subject = &anomaly.subject;
        let filter = match (subject.subject_type, subject.id) {
            (SubjectType::Product, Some(id)) => SeriesFilter::Product(ProductId::from_uuid(id)),
            (SubjectType::Category, Some(id)) => SeriesFilter::Category(CategoryId::from_uuid(id)),
            (SubjectType::Cashier, Some(id)) => SeriesFilter::Cashier(UserId::from_uuid(id)),
            (SubjectType::Shop, _) | (_, None) => SeriesFilter::All,
        };
        self.days_with(filter, period).await
    }
}

fn days(
    anomaly: &Anomaly,
    period: &Period,
    facts: &[DayFacts],
) -> Result<Vec<DayAround>, FigureOutOfRange> {
    let known: BTreeMap<NaiveDate, SalesTotals> =
        facts.iter().map(|day| (day.date, day.totals)).collect();
    let days = period.dates().map(|date| {
        let totals = known.get(&date).copied().unwrap_or_default();
        Ok(DayAround {
            date,
            is_found: (anomaly.from..=anomaly.to).contains(&date),
            revenue_minor: figure(totals.revenue_minor)?,
            revenue_with_tax_minor: figure(totals.revenue_with_tax_minor())?,
            sales: totals.sales,
            units: QuantitySum::from_milli(totals.units_milli)?,
        })
    });
    days.collect()
}
