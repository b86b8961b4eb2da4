//! The figures of a period by hour, day, week or month of the shop's time zone.
//!
//! Every bucket of the period is listed, also those without a sale. The hours of a day are counted from
//! its first instant: a day with a clock change has 23 or 25 hours.

pub mod http;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Days, NaiveDate};
use chrono_tz::Tz;
use kernel::{
    Balance, Currency, FigureOutOfRange, Period, QuantitySum, Timestamp,
    figure::mean,
    ids::{CategoryId, LocationId, ProductId, UserId},
    read::{DayFacts, SalesOf, SalesTotals},
};
use serde::{Deserialize, Serialize};

use crate::{Analytics, asked::Asked, error::AnalyticsError, forecast::series::all_products};

/// Most points of a series: ten years of days, or five months of hours.
pub const MAX_POINTS: usize = 3_700;
const HOUR_US: i64 = 3_600_000_000;
/// Most products of a category.
const MAX_PRODUCTS: usize = 10_000;
const MAX_CATEGORIES: u32 = 10_000;

/// Which sales a series counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum SeriesFilter {
    /// All of them.
    #[default]
    All,
    /// Lines of a product.
    Product(ProductId),
    /// Lines of the products of a category and of those below it, as they are now.
    Category(CategoryId),
    /// Sales at a location.
    Location(LocationId),
    /// Sales of a cashier.
    Cashier(UserId),
}

/// Length of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// One hour.
    Hour,
    /// One day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

/// Figures of one bucket. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SeriesPoint {
    /// First day of the bucket in the period, in the shop's time zone.
    pub date: NaiveDate,
    /// Start of the bucket in the period.
    pub starts_at: Timestamp,
    /// End of the bucket, not included.
    pub ends_at: Timestamp,
    /// Completed sales less refunds, each when it happened, without tax.
    pub revenue_minor: Balance,
    /// Revenue with tax, as customers paid it.
    pub revenue_with_tax_minor: Balance,
    /// Cost of the goods sold, less that of goods returned to stock.
    pub cost_minor: Balance,
    /// Revenue less cost.
    pub margin_minor: Balance,
    /// Tax in the sales, less tax in the refunds.
    pub tax_minor: Balance,
    /// Discounts given on sales.
    pub discount_minor: Balance,
    /// Refunds, with tax.
    pub refunds_minor: Balance,
    /// Number of completed sales.
    pub sales: i64,
    /// Units sold, less units refunded.
    pub units: QuantitySum,
    /// Revenue before refunds divided by sales, without tax, rounded half-up; zero without sales.
    pub average_basket_minor: Balance,
    /// Revenue before refunds divided by sales, tax included, rounded half-up; zero without sales.
    pub average_basket_with_tax_minor: Balance,
}

/// Figures of a period in buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Timeseries {
    /// First day of the period, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day of the period, included.
    pub to: NaiveDate,
    /// Length of a bucket. The first and the last one end with the period.
    pub interval: Interval,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Time zone of the shop, an IANA name.
    #[schema(example = "Africa/Lubumbashi")]
    pub time_zone: String,
    /// The buckets in order of time, also empty ones.
    pub points: Vec<SeriesPoint>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

/// Start and end of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket {
    date: NaiveDate,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

impl Analytics {
    /// The figures of a period in buckets.
    ///
    /// # Errors
    /// When the period is invalid or would have more than [`MAX_POINTS`], a figure is too large for the
    /// API, or the database fails.
    pub async fn timeseries(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        interval: Interval,
        filter: SeriesFilter,
    ) -> Result<Timeseries, AnalyticsError> {
        let Asked {
            shop, period, at, ..
        } = self.asked(from, to).await?;
        check_size(&period, interval)?;
        let points = match interval {
            Interval::Hour => self.hourly(&period, filter).await?,
            Interval::Day | Interval::Week | Interval::Month => {
                self.by_days(&period, interval, filter).await?
            }
        };
        Ok(Timeseries {
            from,
            to,
            interval,
            currency: shop.currency,
            time_zone: shop.time_zone.name().to_owned(),
            points,
            computed_at: at,
        })
    }

    async fn hourly(
        &self,
        period: &Period,
        filter: SeriesFilter,
    ) -> Result<Vec<SeriesPoint>, AnalyticsError> {
        let limit = u32::try_from(MAX_POINTS).unwrap_or(u32::MAX);
        let location = match filter {
            SeriesFilter::All => None,
            SeriesFilter::Location(id) => Some(id),
            SeriesFilter::Product(_) | SeriesFilter::Category(_) | SeriesFilter::Cashier(_) => {
                let detail = "hours are kept of the whole shop and of its locations only";
                return Err(AnalyticsError::refused("interval", detail));
            }
        };
        let sales = &self.readers.sales;
        let facts = sales.hourly_totals(period, location, limit).await?;
        let known: BTreeMap<(NaiveDate, u32), SalesTotals> = facts
            .into_iter()
            .map(|hour| ((hour.date, hour.hour), hour.totals))
            .collect();
        let points = period.dates().flat_map(|date| {
            let hours: Vec<_> = (0u32..).zip(hours_of(date, period.zone())).collect();
            let known = &known;
            hours.into_iter().map(move |(hour, bucket)| {
                let totals = known.get(&(date, hour)).copied().unwrap_or_default();
                point(&bucket, &totals)
            })
        });
        let points: Result<_, FigureOutOfRange> = points.collect();
        points.map_err(AnalyticsError::out_of_range(period))
    }

    async fn by_days(
        &self,
        period: &Period,
        interval: Interval,
        filter: SeriesFilter,
    ) -> Result<Vec<SeriesPoint>, AnalyticsError> {
        let facts = self.days_with(filter, period).await?;
        let mut days = facts.into_iter().peekable();
        let mut points = Vec::new();
        let mut next = Some(period.from());
        while let Some(date) = next.filter(|date| *date <= period.to()) {
            let last = last_day(date, interval).min(period.to());
            let mut totals = SalesTotals::default();
            while let Some(day) = days.next_if(|day| day.date <= last) {
                totals = totals.plus(&day.totals);
            }
            next = last.succ_opt();
            let zone = period.zone();
            let bucket = Bucket {
                date,
                starts_at: Timestamp::start_of_day(date, zone),
                ends_at: Timestamp::start_of_day(next.unwrap_or(last), zone),
            };
            let point = point(&bucket, &totals);
            points.push(point.map_err(AnalyticsError::out_of_range(period))?);
        }
        Ok(points)
    }
}

impl Analytics {
    /// Totals of each day with sales or refunds.
    pub(crate) async fn days_with(
        &self,
        filter: SeriesFilter,
        period: &Period,
    ) -> Result<Vec<DayFacts>, AnalyticsError> {
        let sales = &self.readers.sales;
        Ok(match self.part(filter).await? {
            None => sales.daily_totals(period).await?,
            Some(of) => sales.daily_totals_of(period, &of).await?,
        })
    }

    /// The sales of a filter; `None` for all.
    async fn part(&self, filter: SeriesFilter) -> Result<Option<SalesOf>, AnalyticsError> {
        Ok(match filter {
            SeriesFilter::All => None,
            SeriesFilter::Product(id) => Some(SalesOf::Products(vec![id])),
            SeriesFilter::Location(id) => Some(SalesOf::Location(id)),
            SeriesFilter::Cashier(id) => Some(SalesOf::Cashier(id)),
            SeriesFilter::Category(id) => {
                let family = self.family(id).await?;
                let products = all_products(&self.readers).await?.into_iter();
                let products = products
                    .filter(|one| one.category_id.is_some_and(|own| family.contains(&own)))
                    .map(|one| one.id)
                    .take(MAX_PRODUCTS);
                Some(SalesOf::Products(products.collect()))
            }
        })
    }

    /// A category with all those below it.
    pub(crate) async fn family(
        &self,
        id: CategoryId,
    ) -> Result<BTreeSet<CategoryId>, AnalyticsError> {
        let categories = self.readers.catalog.categories(MAX_CATEGORIES).await?;
        let mut family = BTreeSet::from([id]);
        loop {
            let before = family.len();
            let children = categories.iter().filter(|one| {
                let parent = one.parent_id;
                parent.is_some_and(|parent| family.contains(&parent))
            });
            let children: Vec<CategoryId> = children.map(|one| one.id).collect();
            family.extend(children);
            if family.len() == before {
                return Ok(family);
            }
        }
    }
}

fn check_size(period: &Period, interval: Interval) -> Result<(), AnalyticsError> {
    let most = i64::try_from(MAX_POINTS).unwrap_or(i64::MAX);
    // A day may have 25 hours.
    let points = match interval {
        Interval::Hour => period.days().saturating_mul(24),
        Interval::Day | Interval::Week | Interval::Month => period.days(),
    };
    if points <= most - most / 24 / 7 || (interval != Interval::Hour && points <= most) {
        return Ok(());
    }
    let detail = format!(
        "hours of {} days are more than {MAX_POINTS} points; take a longer interval or a shorter period",
        period.days()
    );
    Err(AnalyticsError::refused("interval", detail))
}

/// The hours of a day, from its first instant to that of the next.
fn hours_of(date: NaiveDate, zone: Tz) -> impl Iterator<Item = Bucket> {
    let start = Timestamp::start_of_day(date, zone).micros();
    let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
    let end = Timestamp::start_of_day(next, zone).micros();
    (0..)
        .map(move |hour| start + hour * HOUR_US)
        .take_while(move |begins| *begins < end)
        .map(move |begins| Bucket {
            date,
            starts_at: Timestamp::from_micros(begins),
            ends_at: Timestamp::from_micros((begins + HOUR_US).min(end)),
        })
}

/// The last day of the bucket that contains a day.
fn last_day(date: NaiveDate, interval: Interval) -> NaiveDate {
    match interval {
        Interval::Hour | Interval::Day => date,
        Interval::Week => {
            let left = 6 - u64::from(date.weekday().num_days_from_monday());
            date.checked_add_days(Days::new(left)).unwrap_or(date)
        }
        Interval::Month => {
            let left = u64::from(date.num_days_in_month()) - u64::from(date.day());
            date.checked_add_days(Days::new(left)).unwrap_or(date)
        }
    }
}

fn point(bucket: &Bucket, totals: &SalesTotals) -> Result<SeriesPoint, FigureOutOfRange> {
    let basket = mean(totals.revenue_before_refunds_minor, totals.sales);
    let basket_with_tax = mean(totals.revenue_with_tax_before_refunds_minor(), totals.sales);
    Ok(SeriesPoint {
        date: bucket.date,
        starts_at: bucket.starts_at,
        ends_at: bucket.ends_at,
        revenue_minor: Balance::of_sum(totals.revenue_minor)?,
        revenue_with_tax_minor: Balance::of_sum(totals.revenue_with_tax_minor())?,
        cost_minor: Balance::of_sum(totals.cost_minor)?,
        margin_minor: Balance::of_sum(totals.margin_minor())?,
        tax_minor: Balance::of_sum(totals.tax_minor)?,
        discount_minor: Balance::of_sum(totals.discount_minor)?,
        refunds_minor: Balance::of_sum(totals.refunds_minor)?,
        sales: totals.sales,
        units: QuantitySum::from_milli(totals.units_milli)?,
        average_basket_minor: Balance::of_sum(basket)?,
        average_basket_with_tax_minor: Balance::of_sum(basket_with_tax)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_with_a_clock_change_has_23_or_25_hours() {
        let brussels = chrono_tz::Europe::Brussels;
        for (date, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-22", 24)] {
            let buckets: Vec<_> = hours_of(day(date), brussels).collect();
            assert_eq!(buckets.len(), hours, "{date}");
            assert!(
                buckets
                    .windows(2)
                    .all(|two| two[0].ends_at == two[1].starts_at)
            );
        }
    }

    #[test]
    fn weeks_end_on_sunday_and_months_with_their_last_day() {
        assert_eq!(
            last_day(day("2026-11-22"), Interval::Week),
            day("2026-11-22")
        );
        assert_eq!(
            last_day(day("2026-11-23"), Interval::Week),
            day("2026-11-29")
        );
        assert_eq!(
            last_day(day("2028-02-03"), Interval::Month),
            day("2028-02-29")
        );
    }

    #[test]
    fn ten_years_of_days_fit_and_six_months_of_hours_do_not() {
        let period =
            |from: &str, to: &str| Period::new(day(from), day(to), chrono_tz::UTC).unwrap();
        let ten_years = period("2016-11-20", "2026-11-20");
        assert!(check_size(&ten_years, Interval::Day).is_ok());
        assert!(check_size(&ten_years, Interval::Hour).is_err());
        assert!(check_size(&period("2026-05-20", "2026-11-20"), Interval::Hour).is_err());
        assert!(check_size(&period("2026-10-01", "2026-12-31"), Interval::Hour).is_ok());
    }
}
