//! The figures of a period: revenue, cost, margin, sales, units, basket, refunds, by day.

pub mod http;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{
    Currency, Period, Quantity, Timestamp,
    read::{DayFacts, SalesTotals},
};
use serde::Serialize;

use crate::{Analytics, asked::Asked, error::AnalyticsError};

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
    /// Discounts given.
    pub discount_minor: i64,
    /// What was paid back, tax included.
    pub refunds_minor: i64,
    /// Refunds.
    pub refunds: i64,
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
        let Asked {
            shop, period, at, ..
        } = self.asked(from, to).await?;
        let before = match compare {
            Compare::Previous => period.previous(),
            Compare::Nothing => None,
        };
        // Both periods touch: one question answers for both, at one moment.
        let from_before = before.map_or(from, |before| before.from());
        let all = Period::new(from_before, to, shop.time_zone)?;
        let days = self.readers.sales.daily_totals(&all).await?;
        let (earlier, days) = days.split_at(days.partition_point(|day| day.date < from));
        Ok(Summary {
            figures: figures(&period, days),
            currency: shop.currency,
            by_day: by_day(&period, days),
            previous: before.map(|before| figures(&before, earlier)),
            computed_at: at,
        })
    }
}

fn figures(period: &Period, days: &[DayFacts]) -> SummaryFigures {
    let sum: SalesTotals = days.iter().map(|day| day.totals).sum();
    SummaryFigures {
        from: period.from(),
        to: period.to(),
        revenue_minor: sum.revenue_minor,
        cost_minor: sum.cost_minor,
        margin_minor: sum.revenue_minor - sum.cost_minor,
        tax_minor: sum.tax_minor,
        discount_minor: sum.discount_minor,
        refunds_minor: sum.refunds_minor,
        refunds: sum.refunds,
        sales: sum.sales,
        units: sum.units,
        average_basket_minor: kernel::money::proportion(
            sum.revenue_before_refunds_minor,
            1,
            sum.sales,
        ),
    }
}

fn by_day(period: &Period, days: &[DayFacts]) -> Vec<SummaryDay> {
    let known: BTreeMap<NaiveDate, SalesTotals> =
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
        let totals = SalesTotals {
            revenue_minor: 900,
            revenue_before_refunds_minor: 1_000,
            cost_minor: 600,
            tax_minor: 90,
            refunds_minor: 100,
            sales: 3,
            units: Quantity::from_units(4),
            ..SalesTotals::default()
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
