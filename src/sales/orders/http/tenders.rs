//! Money in a request, for a sale or a refund.

use kernel::{Amount, Code, Currency, ExchangeRate, Problem, RateSide, ids::PaymentAccountId};
use platform::body::rules;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::super::model::money::{NewPayment, PaymentMethod};

/// A payment that is offered for a sale or a refund.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePayment {
    /// How the money moves. `credit` is refused until there are customers who owe it.
    pub method: TenderMethod,
    /// The shop's wallet or bank account that receives the money (for a refund: that pays it). It
    /// must take this method.
    pub account: Option<PaymentAccountId>,
    /// The currency of the amount.
    pub currency: Currency,
    /// The amount in minor units of that currency.
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub amount_minor: i64,
    /// The exchange rate in millionths. When absent, the shop's rate at that time. Another rate than
    /// the shop's needs a permission.
    #[validate(range(min = 1, max = 10_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 10_000_000_000_000_i64)]
    pub rate_micros: Option<i64>,
    /// What the rate counts; `base_per_foreign` when absent.
    pub rate_side: Option<RateSide>,
    /// The operator's reference. A mobile-money reference can pay for one sale only.
    #[validate(length(min = 1, max = 100), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 100)]
    pub reference: Option<String>,
}

/// How money moves in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenderMethod {
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
}

impl From<TenderMethod> for PaymentMethod {
    fn from(method: TenderMethod) -> Self {
        match method {
            TenderMethod::Cash => Self::Cash,
            TenderMethod::MobileMoney => Self::MobileMoney,
            TenderMethod::Card => Self::Card,
            TenderMethod::BankTransfer => Self::BankTransfer,
            TenderMethod::Credit => Self::Credit,
        }
    }
}

/// The money of a request.
///
/// # Errors
/// `request.validation_failed` for a side without a rate.
pub(in crate::orders) fn into_tenders(
    offered: Vec<CreatePayment>,
) -> Result<Vec<NewPayment>, Problem> {
    let offered = offered.into_iter().enumerate();
    offered
        .map(|(position, payment)| payment.into_tender(position))
        .collect()
}

impl CreatePayment {
    fn into_tender(self, position: usize) -> Result<NewPayment, Problem> {
        let pointer = format!("/payments/{position}/rate_micros");
        let rate = match (self.rate_micros, self.rate_side) {
            (Some(micros), side) => Some(
                ExchangeRate::new(micros, side.unwrap_or_default())
                    .map_err(|_| Problem::of(Code::AmountOutOfRange).at_pointer(pointer))?,
            ),
            (None, Some(_)) => {
                let detail = "is needed beside a side";
                return Err(Problem::invalid(pointer, "field.required", detail));
            }
            (None, None) => None,
        };
        Ok(NewPayment {
            method: self.method.into(),
            account: self.account,
            currency: self.currency,
            amount_minor: Amount::new(self.amount_minor)?,
            rate,
            reference: self.reference.map(|reference| reference.trim().to_owned()),
        })
    }
}
