//! The figures of a period: revenue, cost, margin, sales, units, basket, refunds, by day.

pub mod http;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{
    Currency, Period, Quantity, Timestamp,
    read::{DayFacts, DayTotals},
};
use serde::Serialize;

use crate::{Analytics, error::AnalyticsError};

/// Whether the period before is wanted as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Only the period.
    Nothing,
    /// And the one of the same length that ends where it begins.
    Previous,
}

/// One day of a summary. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SummaryDay {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Completed sales without tax added on top, less refunds.
    pub revenue_minor: i64,
    /// Completed sales.
    pub sales: i64,
    /// Units sold, less units refunded.
    pub units: Quantity,
}

/// The figures of a period. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SummaryFigures {
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// Completed sales without tax added on top, less refunds, by when they happened.
    pub revenue_minor: i64,
    /// Cost of what was sold, less what came back into stock.
    pub cost_minor: i64,
    /// Revenue less cost. Where prices include the tax, it is in the revenue: see `tax_minor`.
    pub margin_minor: i64,
    /// Tax in the sales, less tax in the refunds.
    pub tax_minor: i64,
    /// What was refunded.
    pub refunds_minor: i64,
    /// Completed sales.
    pub sales: i64,
    /// Units sold, less units refunded.
    pub units: Quantity,
    /// Revenue before refunds for each sale, half-up; zero without sales.
    pub average_basket_minor: i64,
}

/// A summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// The figures of the period.
    #[serde(flatten)]
    pub figures: SummaryFigures,
    /// The shop's currency.
    pub currency: Currency,
    /// Every day of the period, days without a sale included.
    pub by_day: Vec<SummaryDay>,
    /// The figures of the period before, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<SummaryFigures>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl Analytics {
    /// The figures from one day to another, both included, in the shop's time zone.
    ///
    /// # Errors
    /// When the period is none, or the shop does not answer.
    pub async fn summary(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        compare: Compare,
    ) -> Result<Summary, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let period = Period::new(from, to, shop.time_zone)?;
        let days = self.readers.sales.daily_totals(&period).await?;
        let previous = match (compare, period.previous()) {
            (Compare::Previous, Some(before)) => {
                let days = self.readers.sales.daily_totals(&before).await?;
                Some(figures(&before, &days))
            }
            (Compare::Previous | Compare::Nothing, _) => None,
        };
        Ok(Summary {
            figures: figures(&period, &days),
            currency: shop.currency,
            by_day: by_day(&period, &days),
            previous,
            computed_at: self.clock.now(),
        })
    }
}

fn figures(period: &Period, days: &[DayFacts]) -> SummaryFigures {
    let sum = |part: fn(&DayTotals) -> i64| days.iter().map(|day| part(&day.totals)).sum::<i64>();
    let revenue_minor = sum(|day| day.revenue_minor);
    let cost_minor = sum(|day| day.cost_minor);
    let tax_minor = sum(|day| day.tax_minor);
    let gross = sum(|day| day.revenue_before_refunds_minor);
    let sales = sum(|day| day.sales);
    SummaryFigures {
        from: period.from(),
        to: period.to(),
        revenue_minor,
        cost_minor,
        margin_minor: revenue_minor - cost_minor,
        tax_minor,
        refunds_minor: sum(|day| day.refunds_minor),
        sales,
        units: days.iter().map(|day| day.totals.units).sum(),
        average_basket_minor: kernel::money::proportion(gross, 1, sales),
    }
}

fn by_day(period: &Period, days: &[DayFacts]) -> Vec<SummaryDay> {
    let known: BTreeMap<NaiveDate, DayTotals> =
        days.iter().map(|day| (day.date, day.totals)).collect();
    period
        .dates()
        .map(|date| {
            let totals = known.get(&date).copied().unwrap_or_default();
            SummaryDay {
                date,
                revenue_minor: totals.revenue_minor,
                sales: totals.sales,
                units: totals.units,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_without_a_sale_stand_there_with_nothing() {
        let period = Period::new(day("2026-11-01"), day("2026-11-03"), chrono_tz::UTC).unwrap();
        let totals = DayTotals {
            revenue_minor: 900,
            revenue_before_refunds_minor: 1_000,
            cost_minor: 600,
            tax_minor: 90,
            refunds_minor: 100,
            sales: 3,
            units: Quantity::from_units(4),
        };
        let facts = [DayFacts {
            date: day("2026-11-02"),
            totals,
        }];
        let days = by_day(&period, &facts);
        assert_eq!(
            days.iter().map(|d| d.revenue_minor).collect::<Vec<_>>(),
            [0, 900, 0]
        );
        let figures = figures(&period, &facts);
        assert_eq!(
            (figures.margin_minor, figures.average_basket_minor),
            (300, 333)
        );
    }
}
