//! How customers pay: in francs and dollars, in cash with change in either, by mobile money and by
//! card, and who gets a discount.

use kernel::{
    Amount, Currency, ExchangeRate, Quantity, Timestamp,
    ids::{PaymentAccountId, ProductId, SaleId, UserId},
    money::MinorUnits as _,
};
use sales::orders::model::{
    NewLine, NewSale,
    money::{NewChange, NewPayment, PaymentMethod},
};

use super::chance::Chance;

/// The smallest note in centimes, also the step for change and discounts.
pub(super) const STEP_MINOR: i64 = 5_000;
/// A good customer with a larger bill may ask for a discount, minor units.
const LARGE_BILL_MINOR: i64 = 4_500_000;
/// The share of them who get it.
const DISCOUNTED: f64 = 0.3;
/// The discount in percent.
const DISCOUNT_PERCENT: i64 = 5;

/// What a till needs for taking payments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counter {
    pub(super) base: Currency,
    /// The second currency in the drawer.
    pub(super) dollar: Currency,
    /// The dollar's rate of the day.
    pub(super) rate: ExchangeRate,
    /// The accounts of [`WALLETS`].
    pub(super) wallets: [PaymentAccountId; WALLETS.len()],
}

impl Counter {
    /// Whole dollars in francs.
    fn in_base(self, dollars: i64) -> i64 {
        let worth = self
            .rate
            .to_base(amount(dollars * 100), self.dollar, self.base);
        worth.unwrap_or(Amount::MAX).minor()
    }
}

/// The operators' wallets, and the prefixes of their references.
pub(super) const WALLETS: [(&str, &str); 3] = [
    ("M-Pesa", "MP"),
    ("Airtel Money", "AM"),
    ("Orange Money", "OM"),
];

/// What is sold and by whom.
#[derive(Debug)]
pub(super) struct Bill {
    pub(super) id: SaleId,
    pub(super) at: Timestamp,
    pub(super) lines: Vec<NewLine>,
    /// The lines at catalogue prices.
    pub(super) subtotal_minor: i64,
    pub(super) discount_minor: i64,
    /// The cashier, if a manager enters the sale for them.
    pub(super) cashier_id: Option<UserId>,
}

impl Bill {
    /// The amount to pay.
    pub(super) const fn total_minor(&self) -> i64 {
        self.subtotal_minor - self.discount_minor
    }
}

/// The generator computes with plain numbers, none of them negative or large.
pub(super) fn amount(minor: i64) -> Amount {
    Amount::nearest(minor.into())
}

/// The sale for a bill.
pub(super) fn order(chance: &mut Chance, counter: Counter, bill: Bill) -> NewSale {
    let (payments, change) = payments(chance, counter, bill.id, bill.total_minor());
    NewSale {
        id: Some(bill.id),
        lines: bill.lines,
        discount_minor: amount(bill.discount_minor),
        payments: Some(payments),
        change,
        location_id: None,
        occurred_at: Some(bill.at),
        note: None,
        cashier_id: bill.cashier_id,
        external_number: None,
        discount_reason: None,
    }
}

/// A line at the catalogue price.
pub(super) fn line(product_id: ProductId, milli: i64) -> NewLine {
    NewLine {
        id: None,
        product_id,
        quantity: Quantity::from_milli(milli),
        unit_price_minor: None,
        discount_minor: Amount::ZERO,
    }
}

/// The discount on a bill: five percent of some large ones, in whole notes.
pub(super) fn discount(chance: &mut Chance, subtotal_minor: i64) -> i64 {
    if subtotal_minor < LARGE_BILL_MINOR || !chance.happens(DISCOUNTED) {
        return 0;
    }
    subtotal_minor * DISCOUNT_PERCENT / 100 / STEP_MINOR * STEP_MINOR
}

fn payments(
    chance: &mut Chance,
    counter: Counter,
    id: SaleId,
    total_minor: i64,
) -> (Vec<NewPayment>, Option<Vec<NewChange>>) {
    let base = counter.base;
    let share = chance.share();
    if share < 0.16 {
        return (vec![by_mobile_money(counter, id, total_minor)], None);
    }
    if share < 0.23 && total_minor > 1_500_000 {
        let one = counter.in_base(1);
        let whole = total_minor / one.max(1) + 1;
        let notes = [1, 5, 10, 20, 50, 100];
        let note = notes.iter().find(|note| **note >= whole).copied();
        let dollars = note.unwrap_or(whole);
        let payment = pay(PaymentMethod::Cash, counter.dollar, dollars * 100);
        let change = dollars_back(counter, dollars, total_minor).filter(|_| share < 0.205);
        return (vec![payment], change);
    }
    if share < 0.255 && total_minor > 500_000 {
        return (vec![pay(PaymentMethod::Card, base, total_minor)], None);
    }
    // Most customers pay to the smallest note; the others hand over a large one.
    let step = if share < 0.6 {
        STEP_MINOR
    } else if total_minor < 500_000 {
        50_000
    } else {
        500_000
    };
    let amount = (total_minor + step - 1) / step * step;
    (vec![pay(PaymentMethod::Cash, base, amount)], None)
}

fn pay(method: PaymentMethod, currency: Currency, amount_minor: i64) -> NewPayment {
    NewPayment {
        method,
        account: None,
        currency,
        amount_minor: amount(amount_minor),
        rate: None,
        reference: None,
    }
}

/// The whole total to one of the wallets, with a reference as its operator writes them. The sale's id
/// makes the reference unique.
fn by_mobile_money(counter: Counter, id: SaleId, total_minor: i64) -> NewPayment {
    let digits: String = id
        .to_string()
        .chars()
        .rev()
        .filter(|c| *c != '-')
        .take(10)
        .collect();
    let chosen = digits.bytes().map(usize::from).sum::<usize>() % WALLETS.len();
    let (account, start) = counter
        .wallets
        .get(chosen)
        .zip(WALLETS.get(chosen))
        .map_or((None, "MP"), |(id, (_, start))| (Some(*id), *start));
    NewPayment {
        account,
        reference: Some(format!("{start}{}", digits.to_uppercase())),
        ..pay(PaymentMethod::MobileMoney, counter.base, total_minor)
    }
}

/// Change with whole dollars in dollars and the rest in francs; `None` if it has no dollar.
fn dollars_back(counter: Counter, paid: i64, total_minor: i64) -> Option<Vec<NewChange>> {
    let due = counter.in_base(paid) - total_minor;
    let dollars = due / counter.in_base(1).max(1);
    if dollars < 1 {
        return None;
    }
    let back = |currency, minor| NewChange {
        currency,
        amount_minor: amount(minor),
    };
    let mut change = vec![back(counter.dollar, dollars * 100)];
    let francs = (due - counter.in_base(dollars)) / STEP_MINOR * STEP_MINOR;
    if francs > 0 {
        change.push(back(counter.base, francs));
    }
    Some(change)
}

#[cfg(test)]
mod tests {
    use kernel::RateSide;

    use super::*;
    use crate::demo::chance::Stream;

    fn counter() -> Counter {
        Counter {
            base: Currency::parse("CDF").unwrap(),
            dollar: Currency::parse("USD").unwrap(),
            rate: ExchangeRate::new(2_850_000_000, RateSide::BasePerForeign).unwrap(),
            wallets: [PaymentAccountId::generate(); WALLETS.len()],
        }
    }

    #[test]
    fn change_of_a_large_note_is_dollars_and_francs() {
        // Twenty dollars are 57,000 francs, and 21,450 are due: twelve dollars and 1,350 francs go
        // back.
        let change = dollars_back(counter(), 20, 2_145_000).unwrap();
        let amounts: Vec<_> = change.iter().map(|one| one.amount_minor.minor()).collect();
        assert_eq!(amounts, [1_200, 135_000]);
        assert_eq!(dollars_back(counter(), 1, 284_000), None);
    }

    #[test]
    fn a_discount_is_whole_notes_of_a_large_bill() {
        let mut chance = Chance::new(3, Stream::Till);
        let given: Vec<i64> = (0..100)
            .map(|_| discount(&mut chance, 5_130_000))
            .filter(|one| *one > 0)
            .collect();
        assert!((15..50).contains(&given.len()), "{}", given.len());
        assert!(given.iter().all(|one| *one == 255_000));
        assert!((0..100).all(|_| discount(&mut chance, 1_000_000) == 0));
    }
}
