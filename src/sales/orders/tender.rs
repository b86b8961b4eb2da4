//! Paying: tenders in several currencies, change in any of them, and the rounding of cash. Pure.

use kernel::{Code, Currency, ExchangeRate, FieldError, Problem, money};

use super::model::{Change, Payment};
use crate::shop::Shop;

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
    /// Not known: a refund of a time when nobody wrote down how it was paid. No request may say it.
    Unknown,
}

impl PaymentMethod {
    const ALL: [Self; 6] = [
        Self::Cash,
        Self::MobileMoney,
        Self::Card,
        Self::BankTransfer,
        Self::Credit,
        Self::Unknown,
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
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }
}

/// The drawer of a shop: its own currency, and the steps in which cash leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawer {
    /// The base currency.
    pub base: Currency,
    /// The smallest step of the base currency, minor units.
    pub step_minor: i64,
}

impl Drawer {
    /// The drawer of a shop.
    #[must_use]
    pub const fn of(shop: &Shop) -> Self {
        Self {
            base: shop.currency,
            step_minor: shop.cash_step_minor,
        }
    }

    /// The step in which cash of a currency is paid out: the shop's for its own, the currency's own
    /// for others.
    #[must_use]
    pub fn step_of(self, currency: Currency) -> i64 {
        if currency == self.base {
            self.step_minor
        } else {
            currency.cash_step_minor()
        }
    }

    /// What cash has to pay of an amount: the nearest step. More than nothing never becomes nothing,
    /// but one step.
    #[must_use]
    pub fn due_in_cash(self, minor: i64) -> i64 {
        let rounded = money::round_to_step(minor, self.step_minor);
        if minor > 0 && rounded == 0 {
            self.step_minor
        } else {
            rounded
        }
    }

    /// Whether a rounding is small enough: at most one step of the base currency where cash moves,
    /// or less than what can be met in foreign money.
    #[must_use]
    pub fn allows_rounding(
        self,
        rounding_minor: i64,
        moved: impl Iterator<Item = Moved> + Clone,
    ) -> bool {
        let moves_cash = moved.clone().any(Moved::is_cash);
        rounding_minor == 0
            || (moves_cash && rounding_minor.abs() <= self.step_minor)
            || self.is_below_foreign(rounding_minor, moved)
    }

    /// Whether no cash of the base currency moves, and a rounding is less than the smallest part of a
    /// foreign currency that does: a bill in francs can seldom be met to the franc in dollars.
    fn is_below_foreign(
        self,
        rounding_minor: i64,
        moved: impl Iterator<Item = Moved> + Clone,
    ) -> bool {
        let is_base = |line: Moved| line.currency == self.base;
        let moves_base_cash = moved.clone().any(|line| line.is_cash() && is_base(line));
        let mut foreign = moved.filter(|line| line.amount_minor > 0 && !is_base(*line));
        !moves_base_cash
            && foreign.any(|line| {
                line.rate
                    .is_below_one_minor(rounding_minor, line.currency, self.base)
            })
    }
}

/// What a rounding is measured by: money that moved, in or out.
#[derive(Debug, Clone, Copy)]
pub struct Moved {
    method: PaymentMethod,
    currency: Currency,
    amount_minor: i64,
    rate: ExchangeRate,
}

impl Moved {
    fn is_cash(self) -> bool {
        self.method == PaymentMethod::Cash && self.amount_minor > 0
    }
}

impl From<&Payment> for Moved {
    fn from(payment: &Payment) -> Self {
        Self {
            method: payment.method,
            currency: payment.currency,
            amount_minor: payment.amount_minor,
            rate: payment.rate(),
        }
    }
}

impl From<&Change> for Moved {
    fn from(change: &Change) -> Self {
        Self {
            method: PaymentMethod::Cash,
            currency: change.currency,
            amount_minor: change.amount_minor,
            rate: change.rate(),
        }
    }
}

/// How a total was settled: `sum(payments) - sum(change) = total + rounding`, in base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// What goes back to the customer.
    pub change: Vec<Change>,
    /// The same, added up in base currency.
    pub change_minor: i64,
    /// What the smallest cash step added to (or took from) the total.
    pub rounding_minor: i64,
}

impl Settlement {
    const fn without_change(rounding_minor: i64) -> Self {
        Self {
            change: Vec::new(),
            change_minor: 0,
            rounding_minor,
        }
    }
}

/// What was paid, and how much of it in cash; base currency.
#[derive(Debug, Clone, Copy)]
struct Taken {
    total_minor: i64,
    paid: i64,
    cash: i64,
}

impl Taken {
    /// What is left for cash to pay.
    const fn rest(self) -> i64 {
        self.total_minor - (self.paid - self.cash)
    }

    fn insufficient(self) -> Problem {
        let (paid, due) = (self.paid, self.total_minor);
        let detail = format!("{paid} paid, {due} due (minor units)");
        let error = FieldError::new("/payments", Code::PaymentInsufficient.as_str(), detail)
            .with("paid_minor", paid)
            .with("due_minor", due);
        Problem::of(Code::PaymentInsufficient).at(error)
    }

    fn exceeds_cash(self, pointer: &str, change: i64) -> Problem {
        let cash = self.cash;
        let detail = format!("{change} would go back, {cash} came in cash (minor units)");
        let error = FieldError::new(pointer, Code::ChangeExceedsCash.as_str(), detail);
        Problem::of(Code::ChangeExceedsCash).at(error.with("cash_minor", cash))
    }
}

/// Settles a total with the change that the till asks for, or, without one, with change in the base
/// currency.
///
/// Cash that goes out keeps the step; cash that comes in is taken as it is typed. A remainder may be
/// paid with the nearest step, and exact money is always accepted.
///
/// # Errors
/// `payment.insufficient`, `payment.change_exceeds_cash`, `payment.unbalanced`, `money.out_of_range`.
pub fn settle(
    total_minor: i64,
    payments: &[Payment],
    change: Option<Vec<Change>>,
    drawer: Drawer,
) -> Result<Settlement, Problem> {
    let overflow = |_| Problem::of(Code::AmountOutOfRange).at_pointer("/payments");
    let in_cash = payments
        .iter()
        .filter(|payment| payment.method == PaymentMethod::Cash);
    let taken = Taken {
        total_minor,
        paid: money::sum(payments.iter().map(|payment| payment.base_minor)).map_err(overflow)?,
        cash: money::sum(in_cash.map(|payment| payment.base_minor)).map_err(overflow)?,
    };
    match change {
        Some(change) => settle_as_asked(taken, payments, change, drawer),
        None => settle_in_base(taken, payments, drawer),
    }
}

fn settle_as_asked(
    taken: Taken,
    payments: &[Payment],
    change: Vec<Change>,
    drawer: Drawer,
) -> Result<Settlement, Problem> {
    let out = money::sum(change.iter().map(|line| line.base_minor))
        .map_err(|_| Problem::of(Code::AmountOutOfRange).at_pointer("/change"))?;
    if out > taken.cash {
        return Err(taken.exceeds_cash("/change", out));
    }
    if change.is_empty() && taken.paid < taken.total_minor {
        return settle_in_base(taken, payments, drawer);
    }
    let rounding = taken.paid - out - taken.total_minor;
    let moved = payments
        .iter()
        .map(Moved::from)
        .chain(change.iter().map(Moved::from));
    let pays_nothing = taken.rest() > 0 && taken.cash > 0 && taken.cash == out;
    if pays_nothing || !drawer.allows_rounding(rounding, moved) {
        let (paid, due) = (taken.paid, taken.total_minor);
        let detail = format!("{paid} in, {out} out, {due} due (minor units)");
        let error = FieldError::new("/change", Code::PaymentUnbalanced.as_str(), detail)
            .with("paid_minor", paid)
            .with("change_minor", out)
            .with("due_minor", due);
        return Err(Problem::of(Code::PaymentUnbalanced).at(error));
    }
    Ok(Settlement {
        change,
        change_minor: out,
        rounding_minor: rounding,
    })
}

fn settle_in_base(
    taken: Taken,
    payments: &[Payment],
    drawer: Drawer,
) -> Result<Settlement, Problem> {
    let rest = taken.rest();
    let over = taken.cash - rest;
    let moved = payments.iter().map(Moved::from);
    if over == 0 {
        return Ok(Settlement::without_change(0));
    }
    if taken.cash == 0 {
        let moved = moved.filter(|line| line.method != PaymentMethod::Cash);
        return if drawer.is_below_foreign(over, moved) {
            Ok(Settlement::without_change(over))
        } else if over < 0 {
            Err(taken.insufficient())
        } else {
            Err(taken.exceeds_cash("/payments", over))
        };
    }
    if over < 0 {
        let is_met = taken.cash >= drawer.due_in_cash(rest);
        return if is_met || drawer.is_below_foreign(over, moved) {
            Ok(Settlement::without_change(over))
        } else {
            Err(taken.insufficient())
        };
    }
    let back = if rest > 0 && money::round_to_step(rest, drawer.step_minor) == 0 {
        taken.cash - drawer.due_in_cash(rest)
    } else {
        over
    };
    let change = money::round_to_step(back, drawer.step_minor).max(0);
    if change > taken.cash || rest < 0 {
        return Err(taken.exceeds_cash("/payments", over));
    }
    if change == 0 {
        return Ok(Settlement::without_change(over));
    }
    Ok(Settlement {
        change: vec![Change::of(drawer.base, change, ExchangeRate::PAR, change)],
        change_minor: change,
        rounding_minor: over - change,
    })
}

#[cfg(test)]
mod tests {
    use kernel::RateSide;
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn drawer(step_minor: i64) -> Drawer {
        Drawer {
            base: currency("CDF"),
            step_minor,
        }
    }

    fn tender(method: PaymentMethod, base_minor: i64) -> Payment {
        Payment::in_base(method, currency("CDF"), base_minor)
    }

    fn cash(base_minor: i64) -> Payment {
        tender(PaymentMethod::Cash, base_minor)
    }

    fn francs_a_dollar() -> ExchangeRate {
        ExchangeRate::new(2_850_500_000, RateSide::BasePerForeign).unwrap()
    }

    fn dollars(method: PaymentMethod, cents: i64) -> Payment {
        dollars_at(francs_a_dollar(), method, cents)
    }

    fn dollars_at(rate: ExchangeRate, method: PaymentMethod, cents: i64) -> Payment {
        let worth = rate.to_base(cents, currency("USD"), currency("CDF"));
        Payment {
            currency: currency("USD"),
            amount_minor: cents,
            rate_micros: rate.micros,
            rate_side: rate.side,
            ..tender(method, worth.unwrap())
        }
    }

    fn dollars_back(cents: i64) -> Change {
        back_at(francs_a_dollar(), cents)
    }

    fn back_at(rate: ExchangeRate, cents: i64) -> Change {
        let paid = dollars_at(rate, PaymentMethod::Cash, cents);
        Change::of(paid.currency, cents, paid.rate(), paid.base_minor)
    }

    fn francs_back(minor: i64) -> Change {
        Change::of(currency("CDF"), minor, ExchangeRate::PAR, minor)
    }

    /// What goes back, and the rounding.
    fn settled(total: i64, payments: &[Payment], step: i64) -> Result<(i64, i64), Code> {
        settle(total, payments, None, drawer(step))
            .map(|settled| (settled.change_minor, settled.rounding_minor))
            .map_err(|problem| problem.code)
    }

    fn asked(
        total: i64,
        payments: &[Payment],
        change: Vec<Change>,
        step: i64,
    ) -> Result<i64, Code> {
        settle(total, payments, Some(change), drawer(step))
            .map(|settled| settled.rounding_minor)
            .map_err(|problem| problem.code)
    }

    #[test]
    fn change_is_rounded_to_the_cash_step_and_the_rounding_is_kept() {
        assert_eq!(
            settled(1_234_500, &[cash(2_000_000)], 5000),
            Ok((765_000, 500))
        );
        let change = settle(1_234_500, &[cash(2_000_000)], None, drawer(5000)).unwrap();
        assert_eq!(change.change, [francs_back(765_000)]);
    }

    #[test]
    fn exact_money_is_not_rounded_and_a_rounded_remainder_is_accepted() {
        assert_eq!(settled(12_345, &[cash(12_345)], 5000), Ok((0, 0)));
        assert_eq!(settled(12_345, &[cash(10_000)], 5000), Ok((0, -2_345)));
        assert_eq!(settled(13_800, &[cash(15_000)], 5000), Ok((0, 1_200)));
        let short = settled(12_600, &[cash(10_000)], 5000);
        assert_eq!(short, Err(Code::PaymentInsufficient));
    }

    #[test]
    fn more_than_nothing_never_becomes_nothing() {
        for nothing in [vec![], vec![cash(0)], vec![dollars(PaymentMethod::Cash, 0)]] {
            let refused = settled(2_400, &nothing, 5000);
            assert_eq!(refused, Err(Code::PaymentInsufficient), "{nothing:?}");
        }
        assert_eq!(settled(0, &[], 5000), Ok((0, 0)));
        assert_eq!(settled(2_400, &[cash(2_400)], 5000), Ok((0, 0)), "as typed");
        assert_eq!(settled(2_400, &[cash(5_000)], 5000), Ok((0, 2_600)));
        assert_eq!(settled(2_400, &[cash(10_000)], 5000), Ok((5_000, 2_600)));
        let all_back = asked(2_400, &[cash(5_000)], vec![francs_back(5_000)], 5000);
        assert_eq!(all_back, Err(Code::PaymentUnbalanced));
        let rest = [tender(PaymentMethod::Card, 10_000), cash(0)];
        assert_eq!(settled(12_400, &rest, 5000), Err(Code::PaymentInsufficient));
    }

    #[test]
    fn change_is_given_on_cash_only() {
        let card = tender(PaymentMethod::Card, 20_000);
        let refused = settled(10_000, std::slice::from_ref(&card), 1);
        assert_eq!(refused, Err(Code::ChangeExceedsCash));
        let refused = settled(10_000, &[card.clone(), cash(5_000)], 1);
        assert_eq!(refused, Err(Code::ChangeExceedsCash));
        let refused = asked(10_000, &[card, cash(5_000)], vec![francs_back(10_000)], 1);
        assert_eq!(refused, Err(Code::ChangeExceedsCash));
        let mobile = tender(PaymentMethod::MobileMoney, 6_000);
        assert_eq!(settled(10_000, &[mobile, cash(5_000)], 1), Ok((1_000, 0)));
    }

    #[test]
    fn change_goes_out_in_several_currencies() {
        let hundred = [dollars(PaymentMethod::Cash, 100_00)];
        let back = vec![dollars_back(90_00), francs_back(8_500_00)];
        assert_eq!(asked(20_000_00, &hundred, back, 5000), Ok(5_00));
        // Without change in the request all of it goes out in francs.
        assert_eq!(settled(20_000_00, &hundred, 5000), Ok((26_505_000, 0)));
    }

    #[test]
    fn rounding_is_at_most_a_step_or_less_than_the_smallest_part_of_foreign_money() {
        let paid = [cash(20_000_00)];
        let with = |minor| asked(13_800_00, &paid, vec![francs_back(minor)], 5000);
        assert_eq!(with(6_250_00), Ok(-50_00));
        assert_eq!(with(6_150_00), Ok(50_00));
        assert_eq!(with(6_300_00), Err(Code::PaymentUnbalanced));
        assert_eq!(with(6_100_00), Err(Code::PaymentUnbalanced));
        assert_eq!(
            asked(13_800_00, &paid, vec![], 5000),
            Err(Code::PaymentUnbalanced)
        );
        // A step of one centime is finer than a cent.
        let twenty = [dollars(PaymentMethod::Cash, 20_00)];
        let with = |cents| asked(20_000_00, &twenty, vec![dollars_back(cents)], 1);
        assert_eq!(with(12_98), Ok(10_51));
        assert_eq!(with(12_99), Ok(-18_00));
        assert_eq!(with(12_97), Err(Code::PaymentUnbalanced));
        let moves_francs = vec![dollars_back(12_97), francs_back(1)];
        assert_eq!(
            asked(20_000_00, &twenty, moves_francs, 1),
            Err(Code::PaymentUnbalanced)
        );
    }

    #[test]
    fn dollars_from_a_telephone_pay_a_bill_in_francs_to_the_cent() {
        let due = 1_234_500;
        let mobile = |cents| dollars(PaymentMethod::MobileMoney, cents);
        assert_eq!(settled(due, &[mobile(433)], 5000), Ok((0, -233)));
        assert_eq!(settled(due, &[mobile(434)], 5000), Ok((0, 2_617)));
        assert_eq!(
            settled(due, &[mobile(432)], 5000),
            Err(Code::PaymentInsufficient)
        );
        assert_eq!(
            settled(due, &[mobile(435)], 5000),
            Err(Code::ChangeExceedsCash)
        );
        // Francs can be met to the centime, and cash gets its change.
        let francs = tender(PaymentMethod::MobileMoney, due - 1);
        assert_eq!(
            settled(due, &[francs], 5000),
            Err(Code::PaymentInsufficient)
        );
        let mixed = settled(due, &[mobile(400), cash(100_000)], 1);
        assert_eq!(mixed, Ok((1_140_200 + 100_000 - due, 0)));
        // Dollar notes that are a cent short of the bill are as close as dollars come.
        assert_eq!(
            settled(due, &[dollars(PaymentMethod::Cash, 433)], 5000),
            Ok((0, -233))
        );
    }

    proptest! {
        #[test]
        fn what_came_in_less_what_went_out_is_the_total_and_its_rounding(
            total in 0i64..1_000_000_000,
            cash_paid in 0i64..2_000_000_000,
            other in 0i64..1_000_000_000,
            cents in 0i64..100_000,
            step in 1i64..10_000,
        ) {
            let tenders = [cash(cash_paid), tender(PaymentMethod::MobileMoney, other), dollars(PaymentMethod::Cash, cents)];
            let paid: i64 = tenders.iter().map(|one| one.base_minor).sum();
            let in_cash = paid - other;
            if let Ok(settled) = settle(total, &tenders, None, drawer(step)) {
                prop_assert_eq!(paid - settled.change_minor, total + settled.rounding_minor);
                prop_assert!(settled.change_minor >= 0 && settled.change_minor <= in_cash);
                prop_assert_eq!(settled.change_minor % step, 0);
                prop_assert!(settled.rounding_minor.abs() <= step.max(2850));
                prop_assert!(total == 0 || paid > settled.change_minor);
            }
        }

        #[test]
        fn change_that_is_asked_for_adds_up_or_is_refused(
            total in 0i64..1_000_000_000,
            cash_paid in 0i64..1_000_000_000,
            cents in 0i64..1_000_000,
            back in 0i64..200_000,
            cents_back in 0i64..400_000,
            step in prop::sample::select(vec![1i64, 100, 5000]),
            micros in 1_000i64..5_000_000_000,
            turned in any::<bool>(),
            close in any::<bool>(),
        ) {
            let side = if turned { RateSide::ForeignPerBase } else { RateSide::BasePerForeign };
            let rate = ExchangeRate::new(micros, side).unwrap();
            let tenders = [cash(cash_paid), dollars_at(rate, PaymentMethod::Cash, cents)];
            let paid: i64 = tenders.iter().map(|one| one.base_minor).sum();
            let foreign = back_at(rate, cents_back.min(cents));
            let over = paid - total - foreign.base_minor;
            let francs = if close { kernel::money::round_to_step(over, step) } else { back * step };
            let change: Vec<Change> = if francs > 0 { vec![foreign, francs_back(francs)] } else { vec![foreign] };
            if let Ok(settled) = settle(total, &tenders, Some(change.clone()), drawer(step)) {
                let out: i64 = change.iter().map(|line| line.base_minor).sum();
                prop_assert_eq!(&settled.change, &change);
                prop_assert_eq!(settled.change_minor, out);
                prop_assert_eq!(paid - out, total + settled.rounding_minor);
                let is_below_a_cent = rate.is_below_one_minor(settled.rounding_minor, foreign.currency, currency("CDF"));
                prop_assert!(settled.rounding_minor.abs() <= step || is_below_a_cent);
                prop_assert!(total == 0 || paid > out);
            }
        }
    }
}
