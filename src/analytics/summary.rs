//! The figures of a period: revenue, cost, margin, sales, units, basket, refunds, by day.

pub mod http;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{
    Balance, Currency, FigureOutOfRange, Period, QuantitySum, Timestamp,
    figure::mean,
    read::{CorrectionFacts, CorrectionKind, DayFacts, SalesTotals},
    rounding::div_half_up,
};
use serde::Serialize;

use crate::{Analytics, asked::Asked, error::AnalyticsError};

/// The period to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// None.
    Nothing,
    /// The period of the same length that ends where it begins.
    Previous,
    /// The last period of the same length and the same weekdays.
    PreviousWeekdays,
    /// The same days of the year before.
    LastYear,
}

impl Compare {
    /// The period to compare with; `None` where the calendar has none.
    #[must_use]
    pub fn before(self, period: &Period) -> Option<Period> {
        match self {
            Self::Nothing => None,
            Self::Previous => period.previous(),
            Self::PreviousWeekdays => period.previous_weekdays(),
            Self::LastYear => period.last_year(),
        }
    }
}

/// Most rows of stock corrections: several for each product.
const MAX_CORRECTIONS: u32 = 200_000;

/// One day of a summary. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SummaryDay {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Completed sales less refunds, without tax.
    pub revenue_minor: Balance,
    /// Revenue with tax, as customers paid it.
    pub revenue_with_tax_minor: Balance,
    /// Number of completed sales.
    pub sales: i64,
    /// Units sold, less units refunded.
    pub units: QuantitySum,
}

/// The figures of a period. Amounts in minor units of the shop's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SummaryFigures {
    /// First day of the period, in the shop's time zone.
    pub from: NaiveDate,
    /// Last day of the period, included.
    pub to: NaiveDate,
    /// Completed sales less refunds, each on the day it happened, without tax.
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
    /// Number of refunds.
    pub refunds: i64,
    /// Number of completed sales.
    pub sales: i64,
    /// Units sold, less units refunded.
    pub units: QuantitySum,
    /// Revenue before refunds divided by sales, without tax, rounded half-up; zero without sales.
    pub average_basket_minor: Balance,
    /// Revenue before refunds divided by sales, tax included, rounded half-up; zero without sales.
    pub average_basket_with_tax_minor: Balance,
    /// Stock losses by adjustments and counts, less gains, at cost. Not part of the margin.
    pub losses_minor: Balance,
    /// The part of the losses that was written off by adjustments.
    pub losses_by_adjustment_minor: Balance,
    /// The part of the losses that counts found missing.
    pub losses_by_count_minor: Balance,
}

/// Figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// The figures of the period.
    #[serde(flatten)]
    pub figures: SummaryFigures,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Every day of the period, also days without a sale.
    pub by_day: Vec<SummaryDay>,
    /// Figures of the period to compare with; absent when not requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub previous: Option<SummaryFigures>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl Analytics {
    /// The figures of a period from one day to another, both included, in the shop's time zone.
    ///
    /// # Errors
    /// When the period is invalid, a figure is too large for the API, or the database fails.
    pub async fn summary(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        compare: Compare,
    ) -> Result<Summary, AnalyticsError> {
        let Asked {
            shop, period, at, ..
        } = self.asked(from, to).await?;
        let before = compare.before(&period);
        // One query reads both periods at one moment; with whole weeks or a year between them,
        // some of its days belong to neither.
        let from_before = before.map_or(from, |before| before.from().min(from));
        let all = Period::new(from_before, to, shop.time_zone)?;
        let days = self.readers.sales.daily_totals(&all).await?;
        let within = |period: &Period| -> Vec<DayFacts> {
            let days = days.iter().copied();
            days.filter(|day| (period.from()..=period.to()).contains(&day.date))
                .collect()
        };
        let own = within(&period);
        let losses = self.losses(&period).await?;
        let refuse = AnalyticsError::out_of_range(&period);
        let previous = match before {
            Some(before) => {
                let losses = self.losses(&before).await?;
                let refuse = AnalyticsError::out_of_range(&before);
                Some(figures(&before, &within(&before), losses).map_err(refuse)?)
            }
            None => None,
        };
        Ok(Summary {
            figures: figures(&period, &own, losses).map_err(&refuse)?,
            currency: shop.currency,
            by_day: by_day(&period, &own).map_err(&refuse)?,
            previous,
            computed_at: at,
        })
    }

    async fn losses(&self, period: &Period) -> Result<Losses, AnalyticsError> {
        let stock = &self.readers.stock;
        let facts = stock.corrections(period, MAX_CORRECTIONS).await?;
        Ok(Losses::of(&facts))
    }
}

/// Stock losses other than sales, at cost, minor units; negative where more was found than missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Losses {
    by_adjustment: i128,
    by_count: i128,
}

impl Losses {
    fn of(facts: &[CorrectionFacts]) -> Self {
        let of_kind = |kind: CorrectionKind| {
            let facts = facts.iter().filter(|fact| fact.kind == kind);
            let lost: i128 = facts.map(CorrectionFacts::lost_milli_minor).sum();
            div_half_up(lost, 1_000)
        };
        Self {
            by_adjustment: of_kind(CorrectionKind::Adjustment),
            by_count: of_kind(CorrectionKind::Count),
        }
    }
}

fn figures(
    period: &Period,
    days: &[DayFacts],
    losses: Losses,
) -> Result<SummaryFigures, FigureOutOfRange> {
    let sum: SalesTotals = days.iter().map(|day| day.totals).sum();
    let basket = mean(sum.revenue_before_refunds_minor, sum.sales);
    let basket_with_tax = mean(sum.revenue_with_tax_before_refunds_minor(), sum.sales);
    Ok(SummaryFigures {
        from: period.from(),
        to: period.to(),
        revenue_minor: Balance::of_sum(sum.revenue_minor)?,
        revenue_with_tax_minor: Balance::of_sum(sum.revenue_with_tax_minor())?,
        cost_minor: Balance::of_sum(sum.cost_minor)?,
        margin_minor: Balance::of_sum(sum.margin_minor())?,
        tax_minor: Balance::of_sum(sum.tax_minor)?,
        discount_minor: Balance::of_sum(sum.discount_minor)?,
        refunds_minor: Balance::of_sum(sum.refunds_minor)?,
        refunds: sum.refunds,
        sales: sum.sales,
        units: QuantitySum::from_milli(sum.units_milli)?,
        average_basket_minor: Balance::of_sum(basket)?,
        average_basket_with_tax_minor: Balance::of_sum(basket_with_tax)?,
        losses_minor: Balance::of_sum(losses.by_adjustment + losses.by_count)?,
        losses_by_adjustment_minor: Balance::of_sum(losses.by_adjustment)?,
        losses_by_count_minor: Balance::of_sum(losses.by_count)?,
    })
}

fn by_day(period: &Period, days: &[DayFacts]) -> Result<Vec<SummaryDay>, FigureOutOfRange> {
    let known: BTreeMap<NaiveDate, SalesTotals> =
        days.iter().map(|day| (day.date, day.totals)).collect();
    period
        .dates()
        .map(|date| {
            let totals = known.get(&date).copied().unwrap_or_default();
            Ok(SummaryDay {
                date,
                revenue_minor: Balance::of_sum(totals.revenue_minor)?,
                revenue_with_tax_minor: Balance::of_sum(totals.revenue_with_tax_minor())?,
                sales: totals.sales,
                units: QuantitySum::from_milli(totals.units_milli)?,
            })
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
    fn days_without_a_sale_are_listed_with_zeros() {
        let period = Period::new(day("2026-11-01"), day("2026-11-03"), chrono_tz::UTC).unwrap();
        let totals = SalesTotals {
            revenue_minor: 900,
            revenue_before_refunds_minor: 1_000,
            cost_minor: 600,
            tax_minor: 90,
            tax_before_refunds_minor: 100,
            refunds_minor: 110,
            sales: 3,
            units_milli: 4_000,
            ..SalesTotals::default()
        };
        let facts = [DayFacts {
            date: day("2026-11-02"),
            totals,
        }];
        let days = by_day(&period, &facts).unwrap();
        assert_eq!(
            days.iter()
                .map(|d| d.revenue_minor.minor())
                .collect::<Vec<_>>(),
            [0, 900, 0]
        );
        let figures = figures(&period, &facts, Losses::default()).unwrap();
        assert_eq!(figures.margin_minor, 300);
        assert_eq!(figures.average_basket_minor, 333);
        assert_eq!(figures.revenue_with_tax_minor, 990);
        assert_eq!(figures.average_basket_with_tax_minor, 367);
    }

    #[test]
    fn a_sum_that_clients_cannot_read_exactly_is_refused() {
        let period = Period::new(day("2026-11-01"), day("2026-11-01"), chrono_tz::UTC).unwrap();
        let totals = SalesTotals {
            revenue_minor: 9_600 * 1_000_000_000_000_000,
            sales: 9_600,
            ..SalesTotals::default()
        };
        let facts = [DayFacts {
            date: day("2026-11-01"),
            totals,
        }];
        assert!(figures(&period, &facts, Losses::default()).is_err());
        assert!(by_day(&period, &facts).is_err());
    }
}
