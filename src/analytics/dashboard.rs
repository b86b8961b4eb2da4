//! The first screen of the owner in one answer: the figures of a period beside the same weekdays before,
//! the days that were and those to come, what to order, what to check, the money received, the stock, and
//! which products earn and which cost.
//!
//! Every part is the one of its own endpoint, so that the screen and the page behind it never differ.

mod findings;
pub mod http;
mod products;

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use kernel::{
    Balance, Currency, Period, Timestamp,
    figure::{figure, mean},
    read::{DayFacts, SalesTotals},
};
use platform::cache::Cache;
use serde::Serialize;

use crate::{
    Analytics,
    breakdown::{Breakdown, Dimension},
    error::AnalyticsError,
    forecast::{
        answers::{Detail, LIST_DAYS},
        money::MoneyForecast,
    },
    low_stock::{Listed, LowStock, LowStockQuestion, LowStockSort, LowStockTotals},
    products::DEFAULT_DEAD_AFTER,
    stock::StockFigures,
    summary::{Compare, SummaryDay, SummaryFigures},
};
pub use findings::FindingsOnDashboard;
pub(crate) use findings::LastFound;
pub use products::{ProductMargin, ProductsOnDashboard};

/// Days of the period when none are requested: whole weeks.
pub const DEFAULT_DAYS: u64 = 28;
/// Days of the graph before today.
const GRAPH_DAYS: u64 = 42;
/// Days that are compared with the last one: the same weekday of so many weeks.
const USUAL_WEEKS: u64 = 4;
/// Products to order that are shown.
const LOW_STOCK: u32 = 7;
const MAX_GROUPS: u32 = 100;

/// The last day of the period beside the same weekday of the four weeks before. Amounts in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LastDay {
    /// The last day of the period.
    pub date: NaiveDate,
    /// What was sold on that day.
    pub figures: DayFigures,
    /// The mean of the same weekday in the four weeks before, rounded half-up.
    pub usual: DayFigures,
}

/// Figures of a day. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct DayFigures {
    /// Completed sales less refunds, without tax.
    pub revenue_minor: Balance,
    /// Revenue with tax, as customers paid it.
    pub revenue_with_tax_minor: Balance,
    /// Revenue less cost.
    pub margin_minor: Balance,
    /// Number of completed sales.
    pub sales: i64,
    /// Revenue before refunds divided by sales, tax included, rounded half-up; zero without sales.
    pub average_basket_with_tax_minor: Balance,
}

/// What to order today, the worst first.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LowStockOnDashboard {
    /// The products with the largest expected loss of sales, at most 7.
    pub items: Vec<LowStock>,
    /// Number of products to order today.
    pub total: usize,
    /// Figures of all of them.
    pub totals: LowStockTotals,
}

/// The first screen in one answer. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Dashboard {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Time zone of the shop, an IANA name.
    #[schema(example = "Africa/Lubumbashi")]
    pub time_zone: String,
    /// Today in that time zone.
    pub today: NaiveDate,
    /// The figures of the period.
    pub figures: SummaryFigures,
    /// The figures of the same weekdays before.
    pub previous: SummaryFigures,
    /// The last day of the period beside the usual one.
    pub last_day: LastDay,
    /// The six weeks that end with the period, day by day, also days without a sale.
    pub days: Vec<SummaryDay>,
    /// The coming 28 days in money; null without a forecast.
    pub forecast: Option<MoneyForecast>,
    /// What to order today.
    pub low_stock: LowStockOnDashboard,
    /// What to check; null while the first search goes on, which takes some seconds.
    pub findings: Option<FindingsOnDashboard>,
    /// Money received in the period, by payment method and currency.
    pub payments: Breakdown,
    /// The stock in money, and the losses of the period.
    pub stock: StockFigures,
    /// The products that earn most, and those sold below their cost.
    pub products: ProductsOnDashboard,
    /// When it was computed.
    pub computed_at: Timestamp,
}

/// A day some days before another.
fn days_before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

/// The days of a dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DashboardDays {
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
}

impl Analytics {
    /// The days of a dashboard: the last 28 until yesterday when none are requested.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dashboard_days(
        &self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<DashboardDays, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let today = self.clock.now().date_in(shop.time_zone);
        let to = to.unwrap_or_else(|| today.pred_opt().unwrap_or(today));
        let first = to.checked_sub_days(Days::new(DEFAULT_DAYS - 1));
        Ok(DashboardDays {
            from: from.or(first).unwrap_or(to),
            to,
        })
    }

    /// The first screen.
    ///
    /// # Errors
    /// When the period is invalid, a figure is too large for the API, or the database fails.
    pub async fn dashboard(
        &self,
        days: DashboardDays,
        cache: &Arc<Cache>,
    ) -> Result<Dashboard, AnalyticsError> {
        let DashboardDays { from, to } = days;
        let asked = self.asked(from, to).await?;
        let summary = self.summary(from, to, Compare::PreviousWeekdays).await?;
        let previous = summary.previous.unwrap_or_else(|| summary.figures.clone());
        let graph = self
            .summary(days_before(to, GRAPH_DAYS - 1), to, Compare::Nothing)
            .await?;
        let question = LowStockQuestion {
            listed: Listed::Alerts,
            severity: None,
            category_id: None,
            sort: LowStockSort::Sales,
            after: None,
            limit: LOW_STOCK,
        };
        let low = self.low_stock(question).await?;
        let mut shop_forecast = self.forecasts.of_shop(LIST_DAYS, Detail::Days).await?;
        let payments = self.breakdown(from, to, Dimension::Payment, MAX_GROUPS);
        Ok(Dashboard {
            currency: asked.shop.currency,
            time_zone: asked.shop.time_zone.name().to_owned(),
            today: asked.today,
            figures: summary.figures,
            previous,
            last_day: self.last_day(to, &asked.period).await?,
            days: graph.by_day,
            forecast: shop_forecast.items.pop().and_then(|item| item.money),
            low_stock: LowStockOnDashboard {
                items: low.page.items,
                total: low.total,
                totals: low.totals,
            },
            findings: self.findings_on_dashboard(days, cache).await,
            payments: payments.await?,
            stock: self
                .stock_figures(from, to, None, DEFAULT_DEAD_AFTER)
                .await?,
            products: self.products_on_dashboard(&asked.period).await?,
            computed_at: asked.at,
        })
    }

    async fn last_day(&self, date: NaiveDate, period: &Period) -> Result<LastDay, AnalyticsError> {
        let first = date
            .checked_sub_days(Days::new(7 * USUAL_WEEKS))
            .unwrap_or(date);
        let weeks = Period::new(first, date, period.zone())?;
        let days = self.readers.sales.daily_totals(&weeks).await?;
        let refuse = AnalyticsError::out_of_range(&weeks);
        let own = |date: NaiveDate| -> SalesTotals {
            let own = days.iter().filter(|day: &&DayFacts| day.date == date);
            own.map(|day| day.totals).sum()
        };
        let usual: SalesTotals = (1..=USUAL_WEEKS)
            .filter_map(|week| date.checked_sub_days(Days::new(7 * week)))
            .map(own)
            .sum();
        let weeks = i64::try_from(USUAL_WEEKS).unwrap_or(1);
        Ok(LastDay {
            date,
            figures: day_figures(&own(date), 1).map_err(&refuse)?,
            usual: day_figures(&usual, weeks).map_err(&refuse)?,
        })
    }
}

/// The mean figures of a number of days.
fn day_figures(totals: &SalesTotals, days: i64) -> Result<DayFigures, kernel::FigureOutOfRange> {
    let basket = mean(totals.revenue_with_tax_before_refunds_minor(), totals.sales);
    Ok(DayFigures {
        revenue_minor: Balance::of_sum(mean(totals.revenue_minor, days))?,
        revenue_with_tax_minor: Balance::of_sum(mean(totals.revenue_with_tax_minor(), days))?,
        margin_minor: Balance::of_sum(mean(totals.margin_minor(), days))?,
        sales: figure(mean(i128::from(totals.sales), days))?,
        average_basket_with_tax_minor: Balance::of_sum(basket)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_day_is_the_mean_and_its_basket_that_of_its_sales() {
        let four = SalesTotals {
            revenue_minor: 10_000,
            revenue_before_refunds_minor: 10_000,
            tax_minor: 1_600,
            tax_before_refunds_minor: 1_600,
            cost_minor: 6_000,
            sales: 10,
            ..SalesTotals::default()
        };
        let usual = day_figures(&four, 4).unwrap();
        assert_eq!(usual.revenue_minor, 2_500);
        assert_eq!(usual.margin_minor, 1_000);
        assert_eq!(usual.sales, 3);
        assert_eq!(usual.average_basket_with_tax_minor, 1_160);
        assert_eq!(
            day_figures(&SalesTotals::default(), 4).unwrap(),
            DayFigures::default()
        );
    }
}
