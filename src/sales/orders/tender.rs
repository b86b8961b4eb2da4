//! Payment: several currencies in, change in any of them, and cash rounding. Pure.

pub mod drawer;

use kernel::{Amount, Balance, Code, ExchangeRate, FieldError, MoneyError, Problem, money};

use super::model::money::{Change, MoneyLine, Payment, PaymentMethod};
use drawer::Drawer;

/// How a total was settled: `sum(payments) - sum(change) = total + rounding`, in the base currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The change for the customer.
    pub change: Vec<Change>,
    /// The sum of the change in the base currency.
    pub change_minor: Amount,
    /// What the cash step added to the total or took from it.
    pub rounding_minor: Balance,
}

impl Settlement {
    const fn without_change(rounding_minor: Balance) -> Self {
        Self {
            change: Vec::new(),
            change_minor: Amount::ZERO,
            rounding_minor,
        }
    }
}

/// What was paid in total and in cash, base currency.
#[derive(Debug, Clone, Copy)]
struct Received {
    total_minor: Amount,
    paid: Amount,
    cash: Amount,
}

impl Received {
    /// What is left for cash to pay.
    fn rest(self) -> Result<Balance, MoneyError> {
        let cashless = self.paid - self.cash;
        Balance::from(self.total_minor).checked_sub(cashless)
    }

    fn insufficient(self) -> Problem {
        let (paid, due) = (self.paid, self.total_minor);
        let detail = format!("{paid} paid, {due} due (minor units)");
        let error = FieldError::new("/payments", Code::PaymentInsufficient.as_str(), detail)
            .with("paid_minor", paid)
            .with("due_minor", due);
        Problem::of(Code::PaymentInsufficient).at(error)
    }

    fn exceeds_cash(self, pointer: &str, change: Balance) -> Problem {
        let cash = self.cash;
        let detail = format!("{change} would go back, {cash} came in cash (minor units)");
        let error = FieldError::new(pointer, Code::ChangeExceedsCash.as_str(), detail);
        Problem::of(Code::ChangeExceedsCash).at(error.with("cash_minor", cash))
    }
}

/// Settles a total with the requested change, or with change in the base currency.
///
/// Outgoing cash keeps the cash step; incoming cash is taken as entered. A rest may be paid with the
/// nearest step, and the exact amount is always accepted.
///
/// # Errors
/// `payment.insufficient`, `payment.change_exceeds_cash`, `payment.unbalanced`, `money.out_of_range`.
pub fn settle(
    total_minor: Amount,
    payments: &[Payment],
    change: Option<Vec<Change>>,
    drawer: Drawer,
) -> Result<Settlement, Problem> {
    let overflow = |_| Problem::of(Code::AmountOutOfRange).at_pointer("/payments");
    let in_cash = payments
        .iter()
        .filter(|payment| payment.method == PaymentMethod::Cash);
    let taken = Received {
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
    taken: Received,
    payments: &[Payment],
    change: Vec<Change>,
    drawer: Drawer,
) -> Result<Settlement, Problem> {
    let out = money::sum(change.iter().map(|line| line.base_minor))
        .map_err(|_| Problem::of(Code::AmountOutOfRange).at_pointer("/change"))?;
    if out > taken.cash {
        return Err(taken.exceeds_cash("/change", out.into()));
    }
    if change.is_empty() && taken.paid < taken.total_minor {
        return settle_in_base(taken, payments, drawer);
    }
    let rounding = (taken.paid - out).checked_sub(taken.total_minor.into())?;
    let moved = payments
        .iter()
        .map(MoneyLine::from)
        .chain(change.iter().map(MoneyLine::from));
    let pays_nothing = taken.rest()? > 0 && taken.cash > 0 && taken.cash == out;
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
    taken: Received,
    payments: &[Payment],
    drawer: Drawer,
) -> Result<Settlement, Problem> {
    let rest = taken.rest()?;
    let cash = Balance::from(taken.cash);
    let over = cash.checked_sub(rest)?;
    let moved = payments.iter().map(MoneyLine::from);
    if over == 0 {
        return Ok(Settlement::without_change(Balance::ZERO));
    }
    if taken.cash.is_zero() {
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
        let is_met = cash >= drawer.due_in_cash(rest);
        return if is_met || drawer.is_below_foreign(over, moved) {
            Ok(Settlement::without_change(over))
        } else {
            Err(taken.insufficient())
        };
    }
    let back = if rest > 0 && money::round_to_step(rest, drawer.step_minor) == 0 {
        cash.checked_sub(drawer.due_in_cash(rest))?
    } else {
        over
    };
    let back = money::round_to_step(back, drawer.step_minor);
    let change = Amount::try_from(back.max(Balance::ZERO))?;
    if change > taken.cash || rest < 0 {
        return Err(taken.exceeds_cash("/payments", over));
    }
    if change.is_zero() {
        return Ok(Settlement::without_change(over));
    }
    Ok(Settlement {
        change: vec![Change::of(drawer.base, change, ExchangeRate::PAR, change)],
        change_minor: change,
        rounding_minor: over.checked_sub(change.into())?,
    })
}

#[cfg(test)]
mod tests;
