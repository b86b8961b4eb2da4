//! The types of a refund: what is requested, and what a client gets.

use kernel::{
    Amount, Balance, Quantity, Timestamp,
    ids::{RefundId, SaleId, SaleLineId, UserId},
};
use serde::Serialize;

use super::money::{NewPayment, Payment};

/// A new refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// The client's own id for the refund.
    pub id: Option<RefundId>,
    /// The returned lines.
    pub lines: Vec<NewRefundLine>,
    /// How the money goes back; `None` for the way it came.
    pub payments: Option<Vec<NewPayment>>,
    /// The reason.
    pub reason: String,
}

/// A returned line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRefundLine {
    /// The line of the sale.
    pub sale_line_id: SaleLineId,
    /// The returned quantity.
    pub quantity: Quantity,
    /// Whether the goods can be sold again.
    pub goods: Goods,
}

/// What happens to returned goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goods {
    /// They go back to stock.
    Resaleable,
    /// They are damaged, eaten or lost.
    Damaged,
}

/// A returned line of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefundLine {
    /// The id of the line in the sale.
    pub sale_line_id: SaleLineId,
    /// How much was returned.
    pub quantity: Quantity,
    /// What the customer gets back for the line, minor units.
    pub total_minor: Amount,
    /// Tax in the total, minor units.
    pub tax_minor: Amount,
    /// True when the goods went back to stock.
    pub restock: bool,
}

/// A refund. Amounts are in minor units of the sale's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Refund {
    /// The refund's own UUID.
    pub id: RefundId,
    /// The refund's number, without gaps, in the order of recording. Sales have numbers of their own.
    pub number: i64,
    /// The sale whose goods were refunded.
    pub sale_id: SaleId,
    /// The goods that were returned.
    pub lines: Vec<RefundLine>,
    /// What the returned goods were sold for, base currency.
    pub total_minor: Amount,
    /// Tax in the total, minor units.
    pub tax_minor: Amount,
    /// What the cash step added or took away: payments = total + rounding.
    pub rounding_minor: Balance,
    /// The money that went out. `unknown` is the method of old refunds from before methods were
    /// stored.
    pub payments: Vec<Payment>,
    /// Why the goods were refunded.
    pub reason: String,
    /// The user who made it.
    pub actor_id: UserId,
    /// When the refund happened.
    pub occurred_at: Timestamp,
    /// When the refund was recorded.
    pub recorded_at: Timestamp,
}
