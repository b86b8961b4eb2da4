//! What analytics may ask about what was sold.

use async_trait::async_trait;
use chrono::NaiveDate;

use super::error::ReadError;
use crate::{
    clock::Timestamp,
    currency::Currency,
    ids::{LocationId, ProductId, UserId},
    period::Period,
};

/// What was sold and refunded, added up, in minor units of the base currency. By when it happened:
/// a refund counts where it happened, not where its sale did. Sums of any size: what an answer shows
/// of them goes through [`crate::figure::figure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SalesTotals {
    /// Completed sales without tax, less refunds without tax.
    pub revenue_minor: i128,
    /// Cost of what was sold, less what came back into stock.
    pub cost_minor: i128,
    /// Completed sales without tax, before refunds.
    pub revenue_before_refunds_minor: i128,
    /// Tax in the sales, less tax in the refunds.
    pub tax_minor: i128,
    /// Tax in the sales, before refunds.
    pub tax_before_refunds_minor: i128,
    /// Discounts given.
    pub discount_minor: i128,
    /// What was paid back, tax included.
    pub refunds_minor: i128,
    /// Completed sales; of a product, their lines.
    pub sales: i64,
    /// Refunds; of a product, their lines.
    pub refunds: i64,
    /// Thousandths of units sold, whatever came back.
    pub units_sold_milli: i128,
    /// Thousandths of units sold, less those refunded.
    pub units_milli: i128,
}

impl SalesTotals {
    /// What customers paid, less what they got back: revenue and tax.
    #[must_use]
    pub const fn revenue_with_tax_minor(&self) -> i128 {
        self.revenue_minor + self.tax_minor
    }

    /// What customers paid, before refunds.
    #[must_use]
    pub const fn revenue_with_tax_before_refunds_minor(&self) -> i128 {
        self.revenue_before_refunds_minor + self.tax_before_refunds_minor
    }

    /// Revenue less cost.
    #[must_use]
    pub const fn margin_minor(&self) -> i128 {
        self.revenue_minor - self.cost_minor
    }

    /// The totals of both together.
    #[must_use]
    pub const fn plus(self, other: &Self) -> Self {
        Self {
            revenue_minor: self.revenue_minor + other.revenue_minor,
            cost_minor: self.cost_minor + other.cost_minor,
            revenue_before_refunds_minor: self.revenue_before_refunds_minor
                + other.revenue_before_refunds_minor,
            tax_minor: self.tax_minor + other.tax_minor,
            tax_before_refunds_minor: self.tax_before_refunds_minor
                + other.tax_before_refunds_minor,
            discount_minor: self.discount_minor + other.discount_minor,
            refunds_minor: self.refunds_minor + other.refunds_minor,
            sales: self.sales.saturating_add(other.sales),
            refunds: self.refunds.saturating_add(other.refunds),
            units_sold_milli: self.units_sold_milli + other.units_sold_milli,
            units_milli: self.units_milli + other.units_milli,
        }
    }
}

impl std::iter::Sum for SalesTotals {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| sum.plus(&part))
    }
}

/// The totals of one day with its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFacts {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Its totals.
    pub totals: SalesTotals,
}

/// The totals of one hour. Hours are counted from the first instant of their day, so that a day
/// with a clock change has 23 or 25 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourFacts {
    /// Its day, in the shop's time zone.
    pub date: NaiveDate,
    /// Which hour of the day, from zero.
    pub hour: u32,
    /// Its totals.
    pub totals: SalesTotals,
}

/// Totals of something that has a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotalsOf<K> {
    /// Of what.
    pub key: K,
    /// Its totals.
    pub totals: SalesTotals,
}

/// Money that moved, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MoneySums {
    /// In its own currency, minor units.
    pub amount_minor: i128,
    /// What it was worth in the base currency, minor units.
    pub base_minor: i128,
}

/// What moved by one way of paying, through one account, in one currency. What came in and the change
/// count where their sale happened, what was paid back where its refund did. Voided sales moved
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFacts {
    /// How: `cash`, `mobile_money`, …; `unknown` for refunds of an older program, which did not say.
    pub method: String,
    /// The name of the shop's account, where it has one.
    pub account: Option<String>,
    /// In what.
    pub currency: Currency,
    /// Payments that came in.
    pub payments: i64,
    /// Sales that were paid this way. One that was paid in two parts counts in the first, so that a way
    /// of paying has each sale once.
    pub sales: i64,
    /// What came in.
    pub paid: MoneySums,
    /// What was given as change.
    pub change: MoneySums,
    /// What was paid back.
    pub refunded: MoneySums,
}

/// The payments of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeriodPayments {
    /// Sales, each once, however it was paid.
    pub sales: i64,
    /// By way of paying, account and currency, in their order.
    pub lines: Vec<PaymentFacts>,
}

/// What a product sold in a week: seven days, counted from the first day of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductWeekFacts {
    /// Which product.
    pub product_id: ProductId,
    /// Which week, from zero.
    pub week: u32,
    /// Thousandths of units sold, whatever came back.
    pub units_sold_milli: i128,
}

/// The last day on which a product was sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSaleFacts {
    /// Which product.
    pub product_id: ProductId,
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
}

/// Which baskets are looked at for what is bought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasketQuestion {
    /// Only pairs with this product.
    pub product_id: Option<ProductId>,
    /// At most so many sales, the newest of the period.
    pub newest_sales: u32,
    /// Only pairs that so many baskets hold.
    pub at_least: u32,
    /// At most so many pairs.
    pub limit: u32,
    /// Which ones.
    pub first: PairRank,
}

/// Which pairs of products come first, those of more baskets among equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairRank {
    /// Those that most baskets hold.
    Baskets,
    /// Those of which the one makes the other likely.
    Confidence,
    /// Those that are together more often than chance would have it, those of few baskets further
    /// down.
    Lift,
}

/// What lies in the baskets of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BasketFacts {
    /// Sales that were looked at.
    pub baskets: i64,
    /// In how many of them each product of the pairs lies.
    pub products: Vec<(ProductId, i64)>,
    /// Two products and how many baskets hold both; the lower id first.
    pub pairs: Vec<(ProductId, ProductId, i64)>,
}

/// What one product sold on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductDayFacts {
    /// Which product.
    pub product_id: ProductId,
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Sales with it: customers, where a till records each of them.
    pub sales: i64,
    /// Thousandths of units sold, whatever came back since: what customers wanted.
    pub units_sold_milli: i128,
    /// Thousandths of units sold, less those refunded on that day.
    pub units_milli: i128,
    /// Revenue without tax, less refunds without tax.
    pub revenue_minor: i128,
    /// Cost of what was sold, less what came back into stock.
    pub cost_minor: i128,
}

/// Reads what was sold.
#[async_trait]
pub trait SalesRead: Send + Sync {
    /// The totals of each day of a period that has any, in order.
    async fn daily_totals(&self, period: &Period) -> Result<Vec<DayFacts>, ReadError>;
    /// The totals of each hour of a period that has any, in order, at most `limit`.
    async fn hourly_totals(&self, period: &Period, limit: u32)
    -> Result<Vec<HourFacts>, ReadError>;
    /// The totals by what the clock on the wall showed: hours 0 to 23.
    async fn totals_by_local_hour(&self, period: &Period) -> Result<Vec<TotalsOf<u32>>, ReadError>;
    /// The totals of each product, by id, at most `limit`.
    async fn totals_by_product(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<TotalsOf<ProductId>>, ReadError>;
    /// The totals of each cashier, by id, at most `limit`. A refund counts against the cashier of
    /// its sale.
    async fn totals_by_cashier(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<TotalsOf<UserId>>, ReadError>;
    /// The totals of each location, by id, at most `limit`.
    async fn totals_by_location(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<TotalsOf<LocationId>>, ReadError>;
    /// What came in, was given as change and was paid back.
    async fn payments(&self, period: &Period) -> Result<PeriodPayments, ReadError>;
    /// What each product sold on each day of a period, at most `limit` rows, by product and day.
    async fn product_days(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<ProductDayFacts>, ReadError>;
    /// What each product sold in each week of a period, at most `limit` rows, by product and week.
    async fn product_weeks(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<ProductWeekFacts>, ReadError>;
    /// The last day of a period on which each product was sold, by product, at most `limit`.
    async fn last_sales(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<LastSaleFacts>, ReadError>;
    /// Which products lie in the same baskets.
    async fn bought_together(
        &self,
        period: &Period,
        question: &BasketQuestion,
    ) -> Result<BasketFacts, ReadError>;
    /// The names of cashiers; at most 10,000 ids a call.
    async fn cashier_names(&self, ids: &[UserId]) -> Result<Vec<(UserId, String)>, ReadError>;
    /// The first and the last instant at which something was sold, of the last `limit_days` days.
    async fn span(&self, limit_days: u32) -> Result<Option<(Timestamp, Timestamp)>, ReadError>;
}
