//! Paying: tenders in several currencies, change, and the rounding of cash.

use kernel::{Code, Currency, ExchangeRate, FieldError, Problem, money};

/// How a part is paid.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// Notes and coins: the only method on which change is given.
    Cash,
    /// M-Pesa, Airtel Money, Orange Money, …: with the operator's reference.
    MobileMoney,
    /// A card.
    Card,
    /// A transfer between banks.
    BankTransfer,
    /// To be paid later.
    Credit,
}

impl PaymentMethod {
    const ALL: [Self; 5] = [
        Self::Cash,
        Self::MobileMoney,
        Self::Card,
        Self::BankTransfer,
        Self::Credit,
    ];

    /// The word used in JSON and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::MobileMoney => "mobile_money",
            Self::Card => "card",
            Self::BankTransfer => "bank_transfer",
            Self::Credit => "credit",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }
}

/// A part of the payment with its rate frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tender {
    /// How.
    pub method: PaymentMethod,
    /// In what.
    pub currency: Currency,
    /// How much of it, minor units.
    pub amount_minor: i64,
    /// Its rate, frozen.
    pub rate: ExchangeRate,
    /// The operator's or the bank's reference.
    pub reference: Option<String>,
    /// What it is worth in the base currency.
    pub base_minor: i64,
}

/// How a total was settled: `sum(tenders) - change = total + rounding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// What goes back to the customer, base currency.
    pub change_minor: i64,
    /// What the smallest cash step added to (or took from) the total.
    pub rounding_minor: i64,
}

/// Settles a total.
///
/// Cash is rounded to the shop's step: change to the nearest step, and a remainder paid in cash
/// may be the remainder rounded to the nearest step. Exact money is always accepted as it is. A bill
/// in francs can seldom be met to the franc by a transfer in dollars: without cash, what is off by
/// less than the smallest part of such a currency is rounding as well.
///
/// # Errors
/// `payment.insufficient`, `payment.change_exceeds_cash`, `money.out_of_range`.
pub fn settle(
    total_minor: i64,
    tenders: &[Tender],
    cash_step_minor: i64,
) -> Result<Settlement, Problem> {
    let overflow = |_| Problem::of(Code::AmountOutOfRange).at_pointer("/payments");
    let is_cash = |tender: &&Tender| tender.method == PaymentMethod::Cash;
    let cash =
        money::sum(tenders.iter().filter(is_cash).map(|t| t.base_minor)).map_err(overflow)?;
    let paid = money::sum(tenders.iter().map(|t| t.base_minor)).map_err(overflow)?;
    let remainder = total_minor - (paid - cash);
    let over = cash - remainder;
    if over == 0 {
        return Ok(Settlement {
            change_minor: 0,
            rounding_minor: 0,
        });
    }
    let has_cash = tenders
        .iter()
        .any(|tender| tender.method == PaymentMethod::Cash);
    if !has_cash && over.abs() < smallest_part(tenders) {
        return Ok(Settlement {
            change_minor: 0,
            rounding_minor: over,
        });
    }
    if over < 0 {
        if has_cash && cash >= money::round_to_step(remainder, cash_step_minor) {
            return Ok(Settlement {
                change_minor: 0,
                rounding_minor: over,
            });
        }
        let detail = format!("{paid} paid, {total_minor} due (minor units)");
        let error = FieldError::new("/payments", Code::PaymentInsufficient.as_str(), detail)
            .with("paid_minor", paid)
            .with("due_minor", total_minor);
        return Err(Problem::of(Code::PaymentInsufficient).at(error));
    }
    let change = money::round_to_step(over, cash_step_minor);
    if change > cash || remainder < 0 {
        let error = FieldError::new(
            "/payments",
            Code::ChangeExceedsCash.as_str(),
            format!("{over} too much, {cash} of it in cash (minor units)"),
        );
        return Err(Problem::of(Code::ChangeExceedsCash).at(error.with("cash_minor", cash)));
    }
    Ok(Settlement {
        change_minor: change,
        rounding_minor: over - change,
    })
}

/// What the smallest part of a foreign currency is worth, of the coarsest that was tendered; zero where
/// all was paid in the base currency.
fn smallest_part(tenders: &[Tender]) -> i64 {
    let foreign = tenders
        .iter()
        .filter(|tender| tender.rate != ExchangeRate::PAR && tender.amount_minor > 0);
    let worth = foreign.map(|tender| tender.base_minor / tender.amount_minor);
    worth.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tender(method: PaymentMethod, base_minor: i64) -> Tender {
        Tender {
            method,
            currency: Currency::parse("CDF").unwrap(),
            amount_minor: base_minor,
            rate: ExchangeRate::PAR,
            reference: None,
            base_minor,
        }
    }

    fn cash(base_minor: i64) -> Tender {
        tender(PaymentMethod::Cash, base_minor)
    }

    #[test]
    fn change_is_rounded_to_the_cash_step_and_the_rounding_is_kept() {
        let settled = settle(1_234_500, &[cash(2_000_000)], 5000).unwrap();
        assert_eq!(
            settled,
            Settlement {
                change_minor: 765_000,
                rounding_minor: 500
            }
        );
        assert_eq!(
            2_000_000 - settled.change_minor,
            1_234_500 + settled.rounding_minor
        );
    }

    #[test]
    fn exact_money_is_not_rounded_and_a_rounded_remainder_is_accepted() {
        assert_eq!(
            settle(12_345, &[cash(12_345)], 5000)
                .unwrap()
                .rounding_minor,
            0
        );
        assert_eq!(
            settle(12_345, &[cash(10_000)], 5000)
                .unwrap()
                .rounding_minor,
            -2_345
        );
        assert_eq!(
            settle(12_600, &[cash(10_000)], 5000).unwrap_err().code,
            Code::PaymentInsufficient
        );
    }

    #[test]
    fn change_is_given_on_cash_only() {
        let card = tender(PaymentMethod::Card, 20_000);
        assert_eq!(
            settle(10_000, std::slice::from_ref(&card), 1)
                .unwrap_err()
                .code,
            Code::ChangeExceedsCash
        );
        assert_eq!(
            settle(10_000, &[card, cash(5_000)], 1).unwrap_err().code,
            Code::ChangeExceedsCash
        );
        let mobile = tender(PaymentMethod::MobileMoney, 6_000);
        assert_eq!(
            settle(10_000, &[mobile, cash(5_000)], 1)
                .unwrap()
                .change_minor,
            1_000
        );
    }

    /// 433 US cents at 2,850.50 francs.
    fn dollars(amount_minor: i64) -> Tender {
        let (usd, cdf) = (
            Currency::parse("USD").unwrap(),
            Currency::parse("CDF").unwrap(),
        );
        let rate = ExchangeRate::new(2_850_500_000, kernel::RateSide::BasePerForeign).unwrap();
        Tender {
            method: PaymentMethod::MobileMoney,
            currency: usd,
            amount_minor,
            rate,
            reference: None,
            base_minor: rate.to_base(amount_minor, usd, cdf).unwrap(),
        }
    }

    #[test]
    fn dollars_from_a_telephone_pay_a_bill_in_francs_to_the_cent() {
        let due = 1_234_500;
        for (cents, rounding) in [(433, -233), (434, 2_617)] {
            let settled = settle(due, &[dollars(cents)], 1).unwrap();
            assert_eq!(
                (settled.change_minor, settled.rounding_minor),
                (0, rounding)
            );
        }
        let refused = |cents| settle(due, &[dollars(cents)], 1).unwrap_err().code;
        assert_eq!(refused(432), Code::PaymentInsufficient);
        assert_eq!(refused(435), Code::ChangeExceedsCash);
        // Francs can be met to the centime, and cash gets its change.
        let francs = tender(PaymentMethod::MobileMoney, due - 1);
        assert_eq!(
            settle(due, &[francs], 1).unwrap_err().code,
            Code::PaymentInsufficient
        );
        let mixed = settle(due, &[dollars(400), cash(100_000)], 1).unwrap();
        assert_eq!(
            (mixed.change_minor, mixed.rounding_minor),
            (1_140_200 + 100_000 - due, 0)
        );
    }

    proptest! {
        #[test]
        fn what_was_paid_less_change_is_the_total_and_its_rounding(
            total in 0i64..1_000_000_000,
            cash_paid in 0i64..2_000_000_000,
            other in 0i64..1_000_000_000,
            step in 1i64..10_000,
        ) {
            let tenders = [cash(cash_paid), tender(PaymentMethod::MobileMoney, other)];
            if let Ok(settled) = settle(total, &tenders, step) {
                prop_assert_eq!(cash_paid + other - settled.change_minor, total + settled.rounding_minor);
                prop_assert!(settled.change_minor >= 0 && settled.change_minor <= cash_paid);
                prop_assert!(settled.rounding_minor.abs() < step.max(2));
            }
        }
    }
}
