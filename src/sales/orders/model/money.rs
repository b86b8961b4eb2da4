//! The money of sales and refunds: how it moves, what is requested and what is recorded.

use kernel::{Amount, Currency, ExchangeRate, RateMicros, RateSide, ids::PaymentAccountId};
use serde::Serialize;

/// How a payment moves.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum PaymentMethod {
    /// Notes and coins: the only method for which change is given.
    Cash,
    /// M-Pesa, Airtel Money, Orange Money, …: with the operator's reference.
    MobileMoney,
    /// A payment by card.
    Card,
    /// A transfer between banks.
    BankTransfer,
    /// To be paid later.
    Credit,
    /// Not recorded: an old refund from before methods were stored. Requests cannot use it.
    Unknown,
}

impl PaymentMethod {
    /// The word in JSON and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

/// A payment that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    /// How it moves.
    pub method: PaymentMethod,
    /// The shop's wallet or bank account.
    pub account: Option<PaymentAccountId>,
    /// The currency of the amount.
    pub currency: Currency,
    /// The amount in minor units of that currency.
    pub amount_minor: Amount,
    /// The rate; `None` for the shop's rate at that time.
    pub rate: Option<ExchangeRate>,
    /// The operator's reference.
    pub reference: Option<String>,
}

/// Cash that is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewChange {
    /// The currency of the amount.
    pub currency: Currency,
    /// The amount in minor units of that currency.
    pub amount_minor: Amount,
}

/// Money that came in for a sale, or went out for a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Payment {
    /// How the money moved.
    pub method: PaymentMethod,
    /// The shop's wallet or bank account that received or paid it; null if none was named.
    #[schema(required)]
    pub account: Option<PaymentAccountId>,
    /// The present name of that account; absent without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub account_name: Option<String>,
    /// The currency of the amount.
    pub currency: Currency,
    /// The amount in minor units of `currency`.
    pub amount_minor: Amount,
    /// The frozen rate in millionths; 1000000 for the base currency.
    pub rate_micros: RateMicros,
    /// What the rate counts.
    pub rate_side: RateSide,
    /// What it was worth in the base currency, minor units.
    pub base_minor: Amount,
    /// The operator's reference; null if none was given.
    pub reference: Option<String>,
}

impl Payment {
    /// An amount in the base currency, without account and reference.
    #[must_use]
    pub const fn in_base(method: PaymentMethod, base: Currency, amount_minor: Amount) -> Self {
        Self {
            method,
            account: None,
            account_name: None,
            currency: base,
            amount_minor,
            rate_micros: ExchangeRate::PAR.micros,
            rate_side: ExchangeRate::PAR.side,
            base_minor: amount_minor,
            reference: None,
        }
    }

    /// The frozen rate.
    #[must_use]
    pub const fn rate(&self) -> ExchangeRate {
        ExchangeRate {
            micros: self.rate_micros,
            side: self.rate_side,
        }
    }
}

/// Cash that was given back to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Change {
    /// The currency of the amount.
    pub currency: Currency,
    /// The amount in minor units of `currency`.
    pub amount_minor: Amount,
    /// The frozen rate in millionths; 1000000 for the base currency.
    pub rate_micros: RateMicros,
    /// What the rate counts.
    pub rate_side: RateSide,
    /// What it was worth in the base currency, minor units.
    pub base_minor: Amount,
}

impl Change {
    /// An amount at its frozen rate.
    #[must_use]
    pub const fn of(
        currency: Currency,
        amount_minor: Amount,
        rate: ExchangeRate,
        base_minor: Amount,
    ) -> Self {
        Self {
            currency,
            amount_minor,
            rate_micros: rate.micros,
            rate_side: rate.side,
            base_minor,
        }
    }

    /// The frozen rate.
    #[must_use]
    pub const fn rate(&self) -> ExchangeRate {
        ExchangeRate {
            micros: self.rate_micros,
            side: self.rate_side,
        }
    }
}

/// Any money line, apart from its document: a payment, or change in cash.
#[derive(Debug, Clone, Copy)]
pub struct MoneyLine<'a> {
    /// How the money moves.
    pub method: PaymentMethod,
    /// The shop's wallet or bank account.
    pub account: Option<PaymentAccountId>,
    /// The currency of the amount.
    pub currency: Currency,
    /// The amount in minor units of `currency`.
    pub amount_minor: Amount,
    /// The frozen rate.
    pub rate: ExchangeRate,
    /// Its worth in the base currency.
    pub base_minor: Amount,
    /// The operator's reference.
    pub reference: Option<&'a str>,
}

impl MoneyLine<'_> {
    /// Whether notes and coins move.
    #[must_use]
    pub fn moves_cash(&self) -> bool {
        self.method == PaymentMethod::Cash && self.amount_minor > 0
    }
}

impl<'a> From<&'a Payment> for MoneyLine<'a> {
    fn from(payment: &'a Payment) -> Self {
        Self {
            method: payment.method,
            account: payment.account,
            currency: payment.currency,
            amount_minor: payment.amount_minor,
            rate: payment.rate(),
            base_minor: payment.base_minor,
            reference: payment.reference.as_deref(),
        }
    }
}

impl From<&Change> for MoneyLine<'_> {
    fn from(change: &Change) -> Self {
        Self {
            method: PaymentMethod::Cash,
            account: None,
            currency: change.currency,
            amount_minor: change.amount_minor,
            rate: change.rate(),
            base_minor: change.base_minor,
            reference: None,
        }
    }
}
