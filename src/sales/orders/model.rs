//! The types of a sale: what is requested, and what a client gets.

pub mod money;
pub mod named;
pub mod refund;

use kernel::{
    Amount, Balance, Currency, Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, SaleLineId, UserId},
};
use serde::{Deserialize, Serialize};

use crate::shop_reader::TaxMode;
use money::{Change, NewChange, NewPayment, Payment};
use refund::Refund;

/// Most lines of a sale.
pub const MAX_LINES: usize = 500;
/// Most payments of a sale, and most lines of its change.
pub const MAX_PAYMENTS: usize = 20;

/// The state of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum SaleState {
    /// Sold and paid, nothing taken back.
    Completed,
    /// The whole sale was cancelled on its own day.
    Voided,
    /// Some of the goods were refunded.
    PartiallyRefunded,
    /// All goods were refunded.
    Refunded,
}

impl SaleState {
    /// The word in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// True when anything of it was refunded.
    #[must_use]
    pub const fn is_refunded(self) -> bool {
        matches!(self, Self::PartiallyRefunded | Self::Refunded)
    }
}

/// A line of a new sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// Its id, if it must be known in advance (the demo shop). Clients cannot set it.
    pub id: Option<SaleLineId>,
    /// The product.
    pub product_id: ProductId,
    /// How much.
    pub quantity: Quantity,
    /// Another price than the catalogue's.
    pub unit_price_minor: Option<Amount>,
    /// Discount on the line.
    pub discount_minor: Amount,
}

/// A new sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSale {
    /// The client's own id for the sale.
    pub id: Option<SaleId>,
    /// The products sold.
    pub lines: Vec<NewLine>,
    /// Discount on the whole cart.
    pub discount_minor: Amount,
    /// The payments; `None` for the exact total in cash.
    pub payments: Option<Vec<NewPayment>>,
    /// Cash given back; `None` for the change due in the base currency.
    pub change: Option<Vec<NewChange>>,
    /// The location from which goods leave; `None` for the default one.
    pub location_id: Option<LocationId>,
    /// When it happened; `None` for now.
    pub occurred_at: Option<Timestamp>,
    /// A remark on the sale; null if there is none.
    pub note: Option<String>,
    /// The cashier, if another user sends the sale.
    pub cashier_id: Option<UserId>,
    /// The till's own number.
    pub external_number: Option<String>,
    /// Why there is a discount.
    pub discount_reason: Option<String>,
}

/// A product in a sale, with everything frozen at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SaleLine {
    /// The line's id, which a refund refers to.
    pub id: SaleLineId,
    /// The product that was sold.
    pub product_id: ProductId,
    /// The product's name at that time.
    pub product_name: String,
    /// How much was sold, in `unit`.
    pub quantity: Quantity,
    /// The product's unit at that time.
    #[schema(example = "kg")]
    pub unit: String,
    /// The price of a unit, minor units.
    pub unit_price_minor: Amount,
    /// Discount on the line, minor units, including its share of the cart's discount.
    pub discount_minor: Amount,
    /// The tax rate at that time, basis points.
    pub tax_rate_bp: i64,
    /// Tax in the total, minor units: the line's share of the tax of its rate, which is computed once
    /// for the sale.
    pub tax_minor: Amount,
    /// What the customer paid for the line, minor units: whole shown units of the currency.
    pub total_minor: Amount,
    /// How much of it has come back since.
    pub refunded_quantity: Quantity,
    /// The shop's cost of a unit; not shown to clients.
    #[serde(skip)]
    pub unit_cost_minor: Amount,
    /// The shop's cost of the line; not shown to clients.
    #[serde(skip)]
    pub cost_minor: Amount,
}

/// A sale. Amounts are in minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Sale {
    /// The sale's own UUID.
    pub id: SaleId,
    /// The sale's number, without gaps, in the order of recording.
    pub number: i64,
    /// Whether it was voided or refunded since.
    pub state: SaleState,
    /// The shop's base currency.
    pub currency: Currency,
    /// Whether prices included the tax.
    pub tax_mode: TaxMode,
    /// The products sold, at most 500.
    pub lines: Vec<SaleLine>,
    /// Prices times quantities, before discounts.
    pub subtotal_minor: Amount,
    /// The sum of all discounts.
    pub discount_minor: Amount,
    /// The sum of all taxes.
    pub tax_minor: Amount,
    /// The amount due, after discounts.
    pub total_minor: Amount,
    /// What the cash step added or took away: payments less change = total + rounding.
    pub rounding_minor: Balance,
    /// The money that came in, frozen with its rates.
    pub payments: Vec<Payment>,
    /// The cash that was given back.
    pub change: Vec<Change>,
    /// The sum of the change in the base currency.
    pub change_minor: Amount,
    /// The refunds of the sale, oldest first.
    pub refunds: Vec<Refund>,
    /// The location from which the goods left.
    pub location_id: LocationId,
    /// The user who sold.
    pub cashier_id: UserId,
    /// The user who sent it.
    pub recorded_by: UserId,
    /// True when it arrived more than 15 minutes after it happened.
    pub entered_late: bool,
    /// A remark on the sale; null if there is none.
    pub note: Option<String>,
    /// The till's own number, or the number of the sale in an imported file; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_number: Option<String>,
    /// Why there is a discount; absent without a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub discount_reason: Option<String>,
    /// Whether it came with a file of old sales.
    #[serde(skip)]
    pub is_imported: bool,
    /// When the sale happened.
    pub occurred_at: Timestamp,
    /// When the sale was recorded.
    pub recorded_at: Timestamp,
    /// When the sale was voided; absent unless it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub voided_at: Option<Timestamp>,
    /// Why the sale was voided; absent unless it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub void_reason: Option<String>,
}
