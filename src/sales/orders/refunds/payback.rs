//! How the money of a refund goes back. Pure.
//!
//! Payments that were not cash go back the way they came, up to their amount. The rest is cash.
//! Partial refunds are rounded to what the drawer can pay. The refund that completes a sale pays what
//! is left of the payments, so in total the customer gets back exactly what was paid.

use kernel::{
    Amount, Balance, Code, Currency, FieldError, MoneyError, Problem,
    ids::PaymentAccountId,
    money::{self, MinorUnits as _},
};

use super::super::{
    model::{
        Sale,
        money::{MoneyLine, Payment, PaymentMethod},
    },
    offers::check_step,
    tender::drawer::Drawer,
};
use crate::error::SalesResult;

/// What a refund has to pay.
#[derive(Debug, Clone, Copy)]
pub struct Due<'a> {
    /// The sale with its money and its earlier refunds.
    pub sale: &'a Sale,
    /// What the returned goods were sold for.
    pub goods_minor: Amount,
    /// True when nothing of the sale is left afterwards.
    pub completes: bool,
}

impl Due<'_> {
    /// What the sale brought in and has not paid back, base currency.
    #[must_use]
    pub fn left_minor(&self) -> Amount {
        let paid = |total: Amount, rounding: Balance| i128::from(total) + i128::from(rounding);
        let back = self.sale.refunds.iter();
        let back: i128 = back
            .map(|refund| paid(refund.total_minor, refund.rounding_minor))
            .sum();
        Amount::nearest(paid(self.sale.total_minor, self.sale.rounding_minor) - back)
    }

    /// What this refund pays before rounding.
    fn target_minor(&self) -> Amount {
        let left = self.left_minor();
        if self.completes {
            left
        } else {
            self.goods_minor.min(left)
        }
    }
}

/// Pays a refund the way the sale was paid.
///
/// # Errors
/// `money.out_of_range`.
pub fn pay_back(due: Due<'_>, drawer: Drawer) -> SalesResult<Vec<Payment>> {
    let mut owed = due.target_minor();
    let mut pool = due.left_minor();
    let mut lines = Vec::new();
    for part in parts_of(due.sale)? {
        if owed.is_zero() {
            break;
        }
        if part.base_left.is_zero() {
            continue;
        }
        let takes_whole = owed >= part.base_left;
        if let Some(line) = part.take(owed, drawer.base)? {
            owed = owed.saturating_sub(line.base_minor);
            pool = pool.saturating_sub(line.base_minor);
            lines.push(line);
        }
        if !takes_whole {
            // The remaining difference is less than the smallest unit of that currency.
            return Ok(lines);
        }
    }
    if owed > 0 {
        lines.extend(in_cash(due, drawer, owed, pool)?);
    }
    Ok(lines)
}

/// Money that did not come in as cash: what one method and account brought in, less what went back.
struct CashlessPart<'a> {
    first: &'a Payment,
    amount_left: Amount,
    base_left: Amount,
}

/// The method and account, by which incoming and outgoing money are compared.
fn way(payment: &Payment) -> (PaymentMethod, Option<PaymentAccountId>, Currency) {
    (payment.method, payment.account, payment.currency)
}

fn parts_of(sale: &Sale) -> Result<Vec<CashlessPart<'_>>, MoneyError> {
    let mut parts: Vec<CashlessPart<'_>> = Vec::new();
    for paid in &sale.payments {
        if paid.method == PaymentMethod::Cash {
            continue;
        }
        let known = parts.iter_mut().find(|part| way(part.first) == way(paid));
        if let Some(part) = known {
            part.amount_left = part.amount_left.checked_add(paid.amount_minor)?;
            part.base_left = part.base_left.checked_add(paid.base_minor)?;
        } else {
            parts.push(CashlessPart {
                first: paid,
                amount_left: paid.amount_minor,
                base_left: paid.base_minor,
            });
        }
    }
    for part in &mut parts {
        let back = refunded(sale).filter(|back| way(back) == way(part.first));
        for back in back {
            part.amount_left = part.amount_left.saturating_sub(back.amount_minor);
            part.base_left = part.base_left.saturating_sub(back.base_minor);
        }
    }
    Ok(parts)
}

fn refunded(sale: &Sale) -> impl Iterator<Item = &Payment> {
    sale.refunds.iter().flat_map(|refund| &refund.payments)
}

impl CashlessPart<'_> {
    /// As much of it as is owed, at the sale's rate; `None` if that is less than the smallest unit of
    /// its currency.
    fn take(&self, owed: Amount, base: Currency) -> SalesResult<Option<Payment>> {
        let rate = self.first.rate();
        let amount = if owed >= self.base_left {
            self.amount_left
        } else {
            rate.to_foreign(owed, self.first.currency, base, 1)?
                .min(self.amount_left)
        };
        let worth = if amount == self.amount_left {
            self.base_left
        } else {
            rate.to_base(amount, self.first.currency, base)?
                .min(self.base_left)
        };
        Ok((amount > 0).then(|| Payment {
            amount_minor: amount,
            base_minor: worth,
            reference: None,
            ..self.first.clone()
        }))
    }
}

/// The rest in cash: in the currency of the cash that came in, if that was one and no change was
/// given, otherwise in the base currency. `pool` is the most that may go out.
fn in_cash(
    due: Due<'_>,
    drawer: Drawer,
    owed: Amount,
    pool: Amount,
) -> SalesResult<Option<Payment>> {
    let sale = due.sale;
    let mut came = sale
        .payments
        .iter()
        .filter(|paid| paid.method == PaymentMethod::Cash && paid.amount_minor > 0);
    let first = came.next().filter(|first| {
        sale.change.is_empty()
            && first.currency != drawer.base
            && came.all(|other| other.currency == first.currency)
    });
    if let Some(first) = first {
        return in_foreign_cash(due, drawer, owed, pool, first);
    }
    let amount = if due.completes {
        owed
    } else {
        // If a customer paid to the last coin, the odd rest goes back with the last refund.
        let most = pool.down_to_step(drawer.step_minor);
        drawer.due_in_cash(owed).min(most)
    };
    Ok((amount > 0).then(|| Payment::in_base(PaymentMethod::Cash, drawer.base, amount)))
}

fn in_foreign_cash(
    due: Due<'_>,
    drawer: Drawer,
    owed: Amount,
    pool: Amount,
    first: &Payment,
) -> SalesResult<Option<Payment>> {
    let (currency, rate) = (first.currency, first.rate());
    let is_of = |line: &&Payment| line.method == PaymentMethod::Cash && line.currency == currency;
    let amounts = |lines: &mut dyn Iterator<Item = &Payment>| {
        money::sum(lines.filter(is_of).map(|line| line.amount_minor))
    };
    let came = amounts(&mut due.sale.payments.iter())?;
    let left = came.saturating_sub(amounts(&mut refunded(due.sale))?);
    let step = drawer.step_of(currency);
    // Each earlier refund was converted, and may have been wrong by half a minor unit.
    let off = rate.to_base(left, currency, drawer.base)? - owed;
    let slack = i64::try_from(due.sale.refunds.len()).unwrap_or(i64::MAX);
    let is_the_rest =
        off.minor().abs() <= slack || rate.is_below_one_minor(off, currency, drawer.base);
    let (amount, worth) = if due.completes && is_the_rest {
        (left, owed)
    } else {
        let rounded = rate.to_foreign(owed, currency, drawer.base, step)?;
        let rounded = rounded.max(Amount::nearest(step.into()));
        let amount = rounded.min(left).down_to_step(step);
        (amount, rate.to_base(amount, currency, drawer.base)?)
    };
    // No more than what is left can go out. The rest waits for the last refund.
    Ok((amount > 0 && worth <= pool).then(|| Payment {
        account: None,
        account_name: None,
        amount_minor: amount,
        base_minor: worth,
        reference: None,
        ..first.clone()
    }))
}

/// Compares the payments in a request with the amount due.
///
/// # Errors
/// `payment.unbalanced`, `payment.cash_step`, `credit.customer_required`.
pub fn check_payments(due: Due<'_>, payments: &[Payment], drawer: Drawer) -> Result<(), Problem> {
    let overflow = |_| Problem::of(Code::AmountOutOfRange).at_pointer("/payments");
    let paid = money::sum(payments.iter().map(|line| line.base_minor)).map_err(overflow)?;
    let (target, left) = (due.target_minor(), due.left_minor());
    let rounding = paid - target;
    let is_more_than_left = !due.completes && paid > left;
    let pays_nothing = paid == 0 && target > 0;
    let moved = payments.iter().map(MoneyLine::from);
    if is_more_than_left || pays_nothing || !drawer.allows_rounding(rounding, moved) {
        let detail = format!("{paid} would go out, {target} is due (minor units)");
        let error = FieldError::new("/payments", Code::PaymentUnbalanced.as_str(), detail)
            .with("paid_minor", paid)
            .with("due_minor", target);
        return Err(Problem::of(Code::PaymentUnbalanced).at(error));
    }
    for (position, line) in payments.iter().enumerate() {
        let pointer = format!("/payments/{position}");
        // What was paid to the last coin may go back so, if all of it does.
        let is_exact_rest = due.completes && rounding == 0;
        if line.method == PaymentMethod::Cash && !is_exact_rest {
            check_step(line.currency, line.amount_minor, drawer, &pointer)?;
        }
    }
    check_credit(due.sale, payments)
}

/// Credit goes back up to the amount sold on credit: nobody owes more.
fn check_credit(sale: &Sale, payments: &[Payment]) -> Result<(), Problem> {
    let on_credit = |lines: &mut dyn Iterator<Item = &Payment>| {
        let credit = lines.filter(|line| line.method == PaymentMethod::Credit);
        money::sum(credit.map(|line| line.base_minor))
    };
    let sold = on_credit(&mut sale.payments.iter())?;
    let owed = sold.saturating_sub(on_credit(&mut refunded(sale))?);
    if on_credit(&mut payments.iter())? <= owed {
        return Ok(());
    }
    let position = payments
        .iter()
        .position(|line| line.method == PaymentMethod::Credit);
    let pointer = format!("/payments/{}/method", position.unwrap_or_default());
    Err(Problem::of(Code::CustomerRequired).at_pointer(pointer))
}

#[cfg(test)]
mod tests;
