//! Records that may be irregular: the facts behind the rules that look for mistakes and theft.
//!
//! Facts only: the caller decides what is unusual.

use async_trait::async_trait;
use chrono::NaiveDate;

use super::error::ReadError;
use crate::{
    amount::{Amount, Balance},
    clock::Timestamp,
    ids::{DocumentId, ProductId, RefundId, SaleId, UserId},
    period::Period,
    quantity::Quantity,
};

/// Most lines that one query may describe.
pub const MAX_WANTED: usize = 2_000;

/// A line of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineFacts {
    /// Sale of the line.
    pub sale_id: SaleId,
    /// Number of the sale.
    pub number: i64,
    /// Cashier of the sale.
    pub cashier_id: UserId,
    /// Time of the sale.
    pub occurred_at: Timestamp,
    /// Product sold.
    pub product_id: ProductId,
    /// Quantity sold.
    pub quantity: Quantity,
    /// Price of one unit before any discount, minor units.
    pub unit_price_minor: Amount,
    /// Revenue of the line, without tax, minor units.
    pub revenue_minor: Balance,
    /// Cost of the line, minor units.
    pub cost_minor: Amount,
}

/// How many lines sold a product in the same quantity at the same price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineSizeFacts {
    /// Product sold.
    pub product_id: ProductId,
    /// Quantity of one line.
    pub quantity: Quantity,
    /// Price of one unit before any discount, minor units.
    pub unit_price_minor: Amount,
    /// Number of lines.
    pub lines: i64,
}

/// A refunded line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundLineFacts {
    /// Refund of the line.
    pub refund_id: RefundId,
    /// Sale of the line.
    pub sale_id: SaleId,
    /// Number of the sale.
    pub number: i64,
    /// Cashier of the sale.
    pub cashier_id: UserId,
    /// User who refunded it.
    pub actor_id: UserId,
    /// Time of the sale.
    pub sold_at: Timestamp,
    /// Time of the refund.
    pub refunded_at: Timestamp,
    /// Product refunded.
    pub product_id: ProductId,
    /// Quantity refunded.
    pub quantity: Quantity,
    /// Amount refunded, with tax, minor units.
    pub total_minor: Amount,
    /// True when the goods were returned to stock.
    pub is_restocked: bool,
}

/// A voided sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidFacts {
    /// Id of the sale.
    pub sale_id: SaleId,
    /// Number of the sale.
    pub number: i64,
    /// Cashier of the sale.
    pub cashier_id: UserId,
    /// User who voided it.
    pub voided_by: Option<UserId>,
    /// Time of the sale.
    pub sold_at: Timestamp,
    /// When the server received it: later where a till had no network.
    pub recorded_at: Timestamp,
    /// Time of the void.
    pub voided_at: Timestamp,
    /// Total of the sale, minor units.
    pub total_minor: Amount,
    /// Amount paid in cash less change, in minor units of the base currency.
    pub cash_minor: Amount,
    /// Reason given for the void.
    pub reason: Option<String>,
}

/// Counts of one cashier on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CashierDayFacts {
    /// The cashier.
    pub cashier_id: UserId,
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Sales, voided ones included.
    pub sales: i64,
    /// Sales that were voided, by anybody and at any time.
    pub voided: i64,
    /// Totals of the voided sales, minor units.
    pub voided_minor: i128,
    /// Sales with a discount.
    pub discounted: i64,
    /// Discounts given, minor units.
    pub discount_minor: i128,
    /// Sales with a refund, by anybody and at any time.
    pub refunded: i64,
    /// Amounts refunded, minor units.
    pub refunded_minor: i128,
    /// Sales that arrived more than 15 minutes after they happened.
    pub entered_late: i64,
    /// Totals of those sales, minor units.
    pub entered_late_minor: i128,
}

/// Number of sales in one hour of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SalesHourFacts {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Hours since the beginning of the day.
    pub hour: u8,
    /// Number of sales, without imported ones.
    pub sales: i64,
}

/// A sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaleFacts {
    /// Id of the sale.
    pub sale_id: SaleId,
    /// Number of the sale.
    pub number: i64,
    /// Cashier of the sale.
    pub cashier_id: UserId,
    /// Time of the sale.
    pub occurred_at: Timestamp,
    /// Total of the sale, minor units.
    pub total_minor: Amount,
}

/// Goods that a stock count found missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountLossFacts {
    /// Id of the count.
    pub document_id: DocumentId,
    /// User who counted.
    pub actor_id: Option<UserId>,
    /// Time of the count.
    pub counted_at: Timestamp,
    /// Product counted.
    pub product_id: ProductId,
    /// Quantity missing, above zero.
    pub missing: Quantity,
    /// Quantity found.
    pub balance_after: Quantity,
    /// Cost of one unit, minor units.
    pub unit_cost_minor: Amount,
}

/// A time in which a product was out of stock at all locations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptySpell {
    /// The product.
    pub product_id: ProductId,
    /// When the last of it left.
    pub from: Timestamp,
    /// When the next came in; `None` when it has not.
    pub until: Option<Timestamp>,
}

/// Name of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFacts {
    /// Id of the user.
    pub id: UserId,
    /// Name.
    pub name: String,
}

/// Reads records that may be irregular.
#[async_trait]
pub trait IrregularRead: Send + Sync {
    /// Lines with a revenue below their cost, in order of time. Voided sales and completely refunded
    /// lines are left out.
    async fn lines_below_cost(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<LineFacts>, ReadError>;
    /// Number of lines by product, quantity and price, in the order of products.
    async fn line_sizes(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<LineSizeFacts>, ReadError>;
    /// The lines of these products with these quantities and prices, in order of time; at most
    /// [`MAX_WANTED`] combinations.
    async fn lines_like(
        &self,
        period: &Period,
        wanted: &[LineSizeFacts],
        limit: u32,
    ) -> Result<Vec<LineFacts>, ReadError>;
    /// Lines refunded in a period, in order of time.
    async fn refund_lines(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<RefundLineFacts>, ReadError>;
    /// Sales voided in a period and made at most a year before it, in order of time.
    async fn voids(&self, period: &Period, limit: u32) -> Result<Vec<VoidFacts>, ReadError>;
    /// Counts of each cashier on each day of a period, by day.
    async fn cashier_days(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<CashierDayFacts>, ReadError>;
    /// The hours of a period with sales.
    async fn hours(&self, period: &Period, limit: u32) -> Result<Vec<SalesHourFacts>, ReadError>;
    /// The sales of these hours, in order of time; at most [`MAX_WANTED`] hours.
    async fn sales_in_hours(
        &self,
        period: &Period,
        hours: &[(NaiveDate, u8)],
        limit: u32,
    ) -> Result<Vec<SaleFacts>, ReadError>;
    /// Goods found missing by the counts of a period, in order of time.
    async fn count_losses(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<CountLossFacts>, ReadError>;
    /// When products were out of stock in a period, by product and time.
    async fn empty_spells(&self, period: &Period, limit: u32)
    -> Result<Vec<EmptySpell>, ReadError>;
    /// Names of users, at most `limit`.
    async fn people(&self, limit: u32) -> Result<Vec<PersonFacts>, ReadError>;
}
