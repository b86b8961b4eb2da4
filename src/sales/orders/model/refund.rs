//! The words of a refund: what is asked, and what a client sees.

use kernel::{
    Quantity, Timestamp,
    ids::{RefundId, SaleId, SaleLineId, UserId},
};
use serde::Serialize;

use super::money::{NewPayment, Payment};

/// A refund that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// The client's own id for it.
    pub id: Option<RefundId>,
    /// What comes back.
    pub lines: Vec<NewRefundLine>,
    /// How the money goes back; the way it came when absent.
    pub payments: Option<Vec<NewPayment>>,
    /// Why.
    pub reason: String,
}

/// A line that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRefundLine {
    /// Of which line of the sale.
    pub sale_line_id: SaleLineId,
    /// How much.
    pub quantity: Quantity,
    /// Whether it can be sold again.
    pub goods: Goods,
}

/// What happens to goods that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goods {
    /// They go back on the shelf.
    Resaleable,
    /// They are damaged, eaten or lost.
    Damaged,
}

/// A line of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefundLine {
    /// Of which line of the sale.
    pub sale_line_id: SaleLineId,
    /// How much.
    pub quantity: Quantity,
    /// What the customer gets back for it.
    pub total_minor: i64,
    /// Tax in the total.
    pub tax_minor: i64,
    /// True when it went back to stock.
    pub restock: bool,
}

/// A refund as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Refund {
    /// Its id.
    pub id: RefundId,
    /// Its number: without gaps, in the order of recording, apart from the numbers of sales.
    pub number: i64,
    /// Of which sale.
    pub sale_id: SaleId,
    /// What came back.
    pub lines: Vec<RefundLine>,
    /// What the goods that came back were sold for, base currency.
    pub total_minor: i64,
    /// Tax in the total.
    pub tax_minor: i64,
    /// What the smallest cash step added or took: payments = total + rounding.
    pub rounding_minor: i64,
    /// The money that went out. `unknown` is the method of refunds of a time when it was not written down.
    pub payments: Vec<Payment>,
    /// Why.
    pub reason: String,
    /// Who gave it.
    pub actor_id: UserId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}
