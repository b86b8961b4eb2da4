//! Facts about sales, refunds and payments.

use async_trait::async_trait;
use chrono::NaiveDate;

use super::error::ReadError;
use crate::{
    clock::Timestamp,
    currency::Currency,
    ids::{LocationId, ProductId, UserId},
    period::Period,
};

/// Sums of sales and refunds, in minor units of the base currency. A refund counts on its own day, not
/// on that of its sale. The sums have no limit: responses use [`crate::figure::figure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SalesTotals {
    /// Completed sales less refunds, without tax.
    pub revenue_minor: i128,
    /// Cost of the goods sold, less that of goods returned to stock.
    pub cost_minor: i128,
    /// Completed sales without tax, before refunds.
    pub revenue_before_refunds_minor: i128,
    /// Tax in the sales, less tax in the refunds.
    pub tax_minor: i128,
    /// Tax in the sales, before refunds.
    pub tax_before_refunds_minor: i128,
    /// Discounts given.
    pub discount_minor: i128,
    /// Refunds, with tax.
    pub refunds_minor: i128,
    /// Completed sales; for a product, their lines.
    pub sales: i64,
    /// Refunds; for a product, their lines.
    pub refunds: i64,
    /// Thousandths of units sold, refunds not deducted.
    pub units_sold_milli: i128,
    /// Thousandths of units sold, less units refunded.
    pub units_milli: i128,
}

impl SalesTotals {
    /// Revenue with tax, as customers paid it.
    #[must_use]
    pub const fn revenue_with_tax_minor(&self) -> i128 {
        self.revenue_minor + self.tax_minor
    }

    /// Revenue with tax before refunds.
    #[must_use]
    pub const fn revenue_with_tax_before_refunds_minor(&self) -> i128 {
        self.revenue_before_refunds_minor + self.tax_before_refunds_minor
    }

    /// Revenue less cost.
    #[must_use]
    pub const fn margin_minor(&self) -> i128 {
        self.revenue_minor - self.cost_minor
    }

    /// Adds the totals of both.
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

/// Totals of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFacts {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Totals of the day.
    pub totals: SalesTotals,
}

/// Totals of one hour. Hours are counted from the first instant of their day: a day with a clock change
/// has 23 or 25 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourFacts {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Hour of the day, from 0.
    pub hour: u32,
    /// Totals of the hour.
    pub totals: SalesTotals,
}

/// Part of the sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SalesOf {
    /// Lines of these products; at most 10,000. Sales and refunds are numbers of lines then.
    Products(Vec<ProductId>),
    /// Sales at a location.
    Location(LocationId),
    /// Sales of a cashier, with their refunds.
    Cashier(UserId),
}

/// Totals by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotalsOf<K> {
    /// Product, cashier, location or hour.
    pub key: K,
    /// Totals of the key.
    pub totals: SalesTotals,
}

/// A sum of payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MoneySums {
    /// Amount in minor units of its own currency.
    pub amount_minor: i128,
    /// Its value in minor units of the base currency.
    pub base_minor: i128,
}

/// Money of one payment method, account and currency. Payments and change count on the day of their
/// sale, refunds on their own day. Voided sales are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFacts {
    /// Payment method: `cash`, `mobile_money`, …; `unknown` for refunds of older versions, which did not
    /// record one.
    pub method: String,
    /// Name of the shop's account; `None` without one.
    pub account: Option<String>,
    /// Currency of the payments.
    pub currency: Currency,
    /// Number of payments received.
    pub payments: i64,
    /// Sales paid this way. A sale with two payments counts for the first one, so that a method counts
    /// each sale once.
    pub sales: i64,
    /// Amounts received.
    pub paid: MoneySums,
    /// Change given.
    pub change: MoneySums,
    /// Amounts refunded.
    pub refunded: MoneySums,
}

/// The payments of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeriodPayments {
    /// Number of sales, each once.
    pub sales: i64,
    /// Sums by payment method, account and currency, in their order.
    pub lines: Vec<PaymentFacts>,
}

/// What was sold and came back at one rate of tax, in minor units of the base currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaxFacts {
    /// The rate, basis points.
    pub rate_bp: i64,
    /// Completed sales without tax.
    pub sold_minor: i128,
    /// The tax in them.
    pub tax_minor: i128,
    /// What came back, without tax.
    pub refunded_minor: i128,
    /// The tax in it.
    pub refunded_tax_minor: i128,
}

/// How far the books have come: figures that are computed at the same place are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BooksPosition {
    /// The number of the last sale; 0 without one.
    pub last_sale: i64,
    /// The number of the last refund; 0 without one.
    pub last_refund: i64,
    /// Sales that were voided.
    pub voided_sales: i64,
    /// The highest number of a sale that was voided; 0 without one.
    pub last_voided: i64,
    /// The place of the last movement in the ledger of the stock; 0 without one.
    pub last_movement: i64,
}

/// Sales of a product in one week: seven days, counted from the first day of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductWeekFacts {
    /// The product.
    pub product_id: ProductId,
    /// Index of the week, from 0.
    pub week: u32,
    /// Thousandths of units sold, refunds not deducted.
    pub units_sold_milli: i128,
}

/// The last day with a sale of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSaleFacts {
    /// The product.
    pub product_id: ProductId,
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
}

/// Which pairs of products are requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasketQuestion {
    /// Only pairs with this product.
    pub product_id: Option<ProductId>,
    /// Most sales that are read: the newest of the period.
    pub newest_sales: u32,
    /// Only pairs in at least this many baskets.
    pub at_least: u32,
    /// Most pairs to return.
    pub limit: u32,
    /// Order of the pairs.
    pub first: PairRank,
}

/// Order of pairs of products; among equals those in more baskets come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairRank {
    /// Pairs in most baskets first.
    Baskets,
    /// Pairs where one product best predicts the other first.
    Confidence,
    /// Pairs that occur most above chance first; pairs in few baskets rank lower.
    Lift,
}

/// Pairs of products in the baskets of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BasketFacts {
    /// Number of sales that were read.
    pub baskets: i64,
    /// For each product of the pairs, the number of baskets with it.
    pub products: Vec<(ProductId, i64)>,
    /// Two products, lower id first, and the number of baskets with both.
    pub pairs: Vec<(ProductId, ProductId, i64)>,
}

/// Sales of one product on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductDayFacts {
    /// The product.
    pub product_id: ProductId,
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Sales with it: the number of customers, where a till records each sale.
    pub sales: i64,
    /// Thousandths of units sold, refunds not deducted: the demand.
    pub units_sold_milli: i128,
    /// Thousandths of units sold, less those refunded on that day.
    pub units_milli: i128,
    /// Revenue without tax, less refunds without tax.
    pub revenue_minor: i128,
    /// Cost of the goods sold, less that of goods returned to stock.
    pub cost_minor: i128,
}

/// Reads sales, refunds and payments.
#[async_trait]
pub trait SalesRead: Send + Sync {
    /// Totals of each day of a period with sales or refunds, in order.
    async fn daily_totals(&self, period: &Period) -> Result<Vec<DayFacts>, ReadError>;
    /// The same of part of the sales.
    async fn daily_totals_of(
        &self,
        period: &Period,
        of: &SalesOf,
    ) -> Result<Vec<DayFacts>, ReadError>;
    /// Totals of each hour of a period with sales or refunds, in order, at most `limit`; with a
    /// location, of that one only.
    async fn hourly_totals(
        &self,
        period: &Period,
        location: Option<LocationId>,
        limit: u32,
    ) -> Result<Vec<HourFacts>, ReadError>;
    /// Totals by local hour, 0 to 23.
    async fn totals_by_local_hour(&self, period: &Period) -> Result<Vec<TotalsOf<u32>>, ReadError>;
    /// Totals of each product, by id, at most `limit`.
    async fn totals_by_product(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<TotalsOf<ProductId>>, ReadError>;
    /// Totals of each cashier, by id, at most `limit`. A refund counts against the cashier of its sale.
    async fn totals_by_cashier(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<TotalsOf<UserId>>, ReadError>;
    /// Totals of each location, by id, at most `limit`.
    async fn totals_by_location(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<TotalsOf<LocationId>>, ReadError>;
    /// Payments, change and refunds of a period.
    async fn payments(&self, period: &Period) -> Result<PeriodPayments, ReadError>;
    /// Sales of each product on each day of a period, at most `limit` rows, by product and day.
    async fn product_days(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<ProductDayFacts>, ReadError>;
    /// Sales of each product in each week of a period, at most `limit` rows, by product and week.
    async fn product_weeks(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<ProductWeekFacts>, ReadError>;
    /// The last day with a sale of each product in a period, by product, at most `limit`.
    async fn last_sales(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<LastSaleFacts>, ReadError>;
    /// Pairs of products in the same baskets.
    async fn bought_together(
        &self,
        period: &Period,
        question: &BasketQuestion,
    ) -> Result<BasketFacts, ReadError>;
    /// What was sold and came back at each rate of tax, by rate, at most `limit` rates.
    async fn taxes(&self, period: &Period, limit: u32) -> Result<Vec<TaxFacts>, ReadError>;
    /// How far the books have come.
    async fn position(&self) -> Result<BooksPosition, ReadError>;
    /// Names of cashiers; at most 10,000 ids a call.
    async fn cashier_names(&self, ids: &[UserId]) -> Result<Vec<(UserId, String)>, ReadError>;
    /// Time of the first and of the last sale in the last `limit_days` days.
    async fn span(&self, limit_days: u32) -> Result<Option<(Timestamp, Timestamp)>, ReadError>;
}
