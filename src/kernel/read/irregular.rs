//! What is out of the ordinary: the facts behind the rules that look for mistakes and for theft.
//!
//! Facts, not judgements: what is usual is decided by whoever asks.

use async_trait::async_trait;
use chrono::NaiveDate;

use super::error::ReadError;
use crate::{
    clock::Timestamp,
    ids::{DocumentId, ProductId, RefundId, SaleId, UserId},
    period::Period,
    quantity::Quantity,
};

/// Most lines that one question may describe.
pub const MAX_WANTED: usize = 2_000;

/// A line of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineFacts {
    /// Of which sale.
    pub sale_id: SaleId,
    /// The number of the sale.
    pub number: i64,
    /// Who sold it.
    pub cashier_id: UserId,
    /// When.
    pub occurred_at: Timestamp,
    /// What.
    pub product_id: ProductId,
    /// How much.
    pub quantity: Quantity,
    /// Price of one unit before any discount, minor units.
    pub unit_price_minor: i64,
    /// What was paid for it, without tax, minor units.
    pub revenue_minor: i64,
    /// What it cost the shop, minor units.
    pub cost_minor: i64,
}

/// How often a product was sold in this quantity at this price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineSizeFacts {
    /// What.
    pub product_id: ProductId,
    /// How much on one line.
    pub quantity: Quantity,
    /// Price of one unit before any discount, minor units.
    pub unit_price_minor: i64,
    /// On how many lines.
    pub lines: i64,
}

/// A line that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundLineFacts {
    /// In which refund.
    pub refund_id: RefundId,
    /// Of which sale.
    pub sale_id: SaleId,
    /// The number of the sale.
    pub number: i64,
    /// Who sold it.
    pub cashier_id: UserId,
    /// Who refunded it.
    pub actor_id: UserId,
    /// When it was sold.
    pub sold_at: Timestamp,
    /// When it was refunded.
    pub refunded_at: Timestamp,
    /// What.
    pub product_id: ProductId,
    /// How much.
    pub quantity: Quantity,
    /// What went back to the customer, minor units.
    pub total_minor: i64,
    /// Whether the goods went back on the shelf.
    pub is_restocked: bool,
}

/// A sale that was voided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidFacts {
    /// Which one.
    pub sale_id: SaleId,
    /// Its number.
    pub number: i64,
    /// Who sold it.
    pub cashier_id: UserId,
    /// Who voided it.
    pub voided_by: Option<UserId>,
    /// When it was sold.
    pub sold_at: Timestamp,
    /// When the shop learnt it: later where a till had no network.
    pub recorded_at: Timestamp,
    /// When it was voided.
    pub voided_at: Timestamp,
    /// Its total, minor units.
    pub total_minor: i64,
    /// What of it was paid in cash, in minor units of the base currency, less the change.
    pub cash_minor: i64,
    /// Why, in words.
    pub reason: Option<String>,
}

/// What a cashier did on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CashierDayFacts {
    /// Who.
    pub cashier_id: UserId,
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// Sales, voided ones included.
    pub sales: i64,
    /// Sales that were voided, whenever and by whomever.
    pub voided: i64,
    /// Totals of the voided ones, minor units.
    pub voided_minor: i128,
    /// Sales with a discount.
    pub discounted: i64,
    /// The discounts, minor units.
    pub discount_minor: i128,
    /// Sales of which something was refunded, whenever and by whomever.
    pub refunded: i64,
    /// What was refunded, minor units.
    pub refunded_minor: i128,
    /// Sales that arrived more than a quarter of an hour after they happened.
    pub entered_late: i64,
    /// Totals of those, minor units.
    pub entered_late_minor: i128,
}

/// How many sales began in one hour of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourFacts {
    /// The day, in the shop's time zone.
    pub date: NaiveDate,
    /// The hour, counted from the beginning of the day.
    pub hour: u8,
    /// Sales, without imported ones.
    pub sales: i64,
}

/// A sale in a few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaleFacts {
    /// Which one.
    pub sale_id: SaleId,
    /// Its number.
    pub number: i64,
    /// Who sold.
    pub cashier_id: UserId,
    /// When.
    pub occurred_at: Timestamp,
    /// Its total, minor units.
    pub total_minor: i64,
}

/// What a count found missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountLossFacts {
    /// Which count.
    pub document_id: DocumentId,
    /// Who counted.
    pub actor_id: Option<UserId>,
    /// When.
    pub counted_at: Timestamp,
    /// What.
    pub product_id: ProductId,
    /// How much was missing: positive.
    pub missing: Quantity,
    /// What was left.
    pub balance_after: Quantity,
    /// The cost of one unit, minor units.
    pub unit_cost_minor: i64,
}

/// From when to when nothing of a product lay at any location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptySpell {
    /// What.
    pub product_id: ProductId,
    /// When the last of it left.
    pub from: Timestamp,
    /// When the next of it came; `None` when it has not.
    pub until: Option<Timestamp>,
}

/// Somebody's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFacts {
    /// Whose.
    pub id: UserId,
    /// The name.
    pub name: String,
}

/// Reads what is out of the ordinary.
#[async_trait]
pub trait IrregularRead: Send + Sync {
    /// Lines that brought less than they cost, in the order of time. Voided sales and lines that
    /// came back whole are left out.
    async fn lines_below_cost(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<LineFacts>, ReadError>;
    /// In which quantities and at which prices each product was sold, by product.
    async fn line_sizes(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<LineSizeFacts>, ReadError>;
    /// The lines of these products with these quantities and prices, in the order of time; at most
    /// [`MAX_WANTED`] of them are looked for.
    async fn lines_like(
        &self,
        period: &Period,
        wanted: &[LineSizeFacts],
        limit: u32,
    ) -> Result<Vec<LineFacts>, ReadError>;
    /// Lines that came back in a period, in the order of time.
    async fn refund_lines(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<RefundLineFacts>, ReadError>;
    /// Sales that were voided in a period and sold at most a year before it, in the order of time.
    async fn voids(&self, period: &Period, limit: u32) -> Result<Vec<VoidFacts>, ReadError>;
    /// What each cashier did on each day of a period, by day.
    async fn cashier_days(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<CashierDayFacts>, ReadError>;
    /// The hours of a period in which something was sold.
    async fn hours(&self, period: &Period, limit: u32) -> Result<Vec<HourFacts>, ReadError>;
    /// The sales of these hours, in the order of time; at most [`MAX_WANTED`] hours.
    async fn sales_in_hours(
        &self,
        period: &Period,
        hours: &[(NaiveDate, u8)],
        limit: u32,
    ) -> Result<Vec<SaleFacts>, ReadError>;
    /// What the counts of a period found missing, in the order of time.
    async fn count_losses(
        &self,
        period: &Period,
        limit: u32,
    ) -> Result<Vec<CountLossFacts>, ReadError>;
    /// When products were out of stock in a period, by product and time.
    async fn empty_spells(&self, period: &Period, limit: u32)
    -> Result<Vec<EmptySpell>, ReadError>;
    /// The names of users, at most `limit`.
    async fn people(&self, limit: u32) -> Result<Vec<PersonFacts>, ReadError>;
}
