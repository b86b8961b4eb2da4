//! The words of a sale: what is asked, and what a client sees.

pub mod money;
pub mod refund;

use kernel::{
    Currency, Quantity, Timestamp,
    ids::{LocationId, ProductId, SaleId, SaleLineId, UserId},
};
use serde::{Deserialize, Serialize};

use crate::shop_reader::TaxMode;
use money::{Change, NewChange, NewPayment, Payment};
use refund::Refund;

/// Most lines of a sale.
pub const MAX_LINES: usize = 500;
/// Most tenders of a sale, and most lines of its change.
pub const MAX_PAYMENTS: usize = 20;

/// What became of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum SaleState {
    /// Sold and paid.
    Completed,
    /// Taken back as a whole.
    Voided,
    /// Some goods were refunded.
    PartiallyRefunded,
    /// All goods were refunded.
    Refunded,
}

impl SaleState {
    /// The word used in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// True when something of it was refunded.
    #[must_use]
    pub const fn is_refunded(self) -> bool {
        matches!(self, Self::PartiallyRefunded | Self::Refunded)
    }
}

/// A line that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// Its id, where it has to be known beforehand (the demo shop); a new one when absent. No client
    /// can name it.
    pub id: Option<SaleLineId>,
    /// What.
    pub product_id: ProductId,
    /// How much.
    pub quantity: Quantity,
    /// At another price than the catalogue's.
    pub unit_price_minor: Option<i64>,
    /// Discount on the line.
    pub discount_minor: i64,
}

/// A sale that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSale {
    /// The client's own id for it.
    pub id: Option<SaleId>,
    /// What is sold.
    pub lines: Vec<NewLine>,
    /// Discount on the whole cart.
    pub discount_minor: i64,
    /// How it is paid; the exact total in cash when absent.
    pub payments: Option<Vec<NewPayment>>,
    /// What goes back in cash; in the base currency, as much as is due, when absent.
    pub change: Option<Vec<NewChange>>,
    /// Where from; the default location when absent.
    pub location_id: Option<LocationId>,
    /// When; now when absent.
    pub occurred_at: Option<Timestamp>,
    /// A remark.
    pub note: Option<String>,
    /// Who sold, where that is not whoever sends it.
    pub cashier_id: Option<UserId>,
}

/// A line of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SaleLine {
    /// Its id: what a refund refers to.
    pub id: SaleLineId,
    /// What was sold.
    pub product_id: ProductId,
    /// Its name at that time.
    pub product_name: String,
    /// How much, in `unit`.
    pub quantity: Quantity,
    /// The unit of the product at that time.
    #[schema(example = "kg")]
    pub unit: String,
    /// At what price a unit.
    pub unit_price_minor: i64,
    /// Discount of the line, its share of the cart's discount included.
    pub discount_minor: i64,
    /// Tax rate at that time, basis points.
    pub tax_rate_bp: i64,
    /// Tax in the total: the line's share of the tax of its rate, which is worked out once on the sale.
    pub tax_minor: i64,
    /// What the customer paid for the line: whole units of what the currency shows.
    pub total_minor: i64,
    /// How much of it came back since.
    pub refunded_quantity: Quantity,
    /// What a unit had cost the shop; kept inside.
    #[serde(skip)]
    pub unit_cost_minor: i64,
    /// What the line had cost the shop; kept inside.
    #[serde(skip)]
    pub cost_minor: i64,
}

/// A sale as clients see it. Amounts in minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Sale {
    /// Its id.
    pub id: SaleId,
    /// Its number: without gaps, in the order of recording.
    pub number: i64,
    /// What became of it.
    pub state: SaleState,
    /// The base currency.
    pub currency: Currency,
    /// Whether prices included the tax.
    pub tax_mode: TaxMode,
    /// What was sold.
    pub lines: Vec<SaleLine>,
    /// Prices times quantities.
    pub subtotal_minor: i64,
    /// All discounts.
    pub discount_minor: i64,
    /// All taxes.
    pub tax_minor: i64,
    /// What was due.
    pub total_minor: i64,
    /// What the smallest cash step added or took: payments less change = total + rounding.
    pub rounding_minor: i64,
    /// How it was paid.
    pub payments: Vec<Payment>,
    /// What went back to the customer in cash.
    pub change: Vec<Change>,
    /// The same, added up in the base currency.
    pub change_minor: i64,
    /// What was refunded of it since, oldest first.
    pub refunds: Vec<Refund>,
    /// Where the goods came from.
    pub location_id: LocationId,
    /// Who sold.
    pub cashier_id: UserId,
    /// Who sent it.
    pub recorded_by: UserId,
    /// True when it arrived more than a quarter of an hour after it happened.
    pub entered_late: bool,
    /// A remark.
    pub note: Option<String>,
    /// The number that the sale had in an imported file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_number: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it was voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub voided_at: Option<Timestamp>,
    /// Why it was voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub void_reason: Option<String>,
}
