//! Turns the money that a till names into money lines with a frozen rate and a fitting account.
//!
//! A sale has one rate for each currency. Change in a currency that was paid with uses the payment's
//! rate. Other currencies use the shop's rate at that time.

use std::collections::{BTreeMap, btree_map::Entry};

use kernel::{
    Amount, Code, Currency, ExchangeRate, FieldError, Permission, Problem, RateMicros, Timestamp,
    ids::PaymentAccountId,
};
use store::Tx;

use super::{
    model::money::{Change, NewChange, NewPayment, Payment, PaymentMethod},
    tender::drawer::Drawer,
};
use crate::{
    actor::Actor,
    error::SalesResult,
    shop::{
        accounts::{self, Account},
        rates,
    },
};

/// The rates of one document, one for each currency.
#[derive(Debug)]
pub(super) struct Rates {
    base: Currency,
    at: Timestamp,
    frozen: BTreeMap<&'static str, ExchangeRate>,
}

impl Rates {
    /// Empty. The shop's rates are read as they were at this time.
    pub(super) const fn new(base: Currency, at: Timestamp) -> Self {
        Self {
            base,
            at,
            frozen: BTreeMap::new(),
        }
    }

    /// Adds the rates that existing lines carry.
    pub(super) fn with(mut self, lines: impl Iterator<Item = (Currency, ExchangeRate)>) -> Self {
        for (currency, rate) in lines {
            self.frozen.entry(currency.code()).or_insert(rate);
        }
        self
    }

    /// The rate of a currency: the frozen one, or the shop's.
    ///
    /// # Errors
    /// `payment.rate_missing` at the currency of the line.
    pub(super) async fn of(
        &mut self,
        tx: &Tx,
        currency: Currency,
        line: &str,
    ) -> SalesResult<ExchangeRate> {
        if currency == self.base {
            return Ok(ExchangeRate::PAR);
        }
        if let Some(rate) = self.frozen.get(currency.code()) {
            return Ok(*rate);
        }
        let Some(rate) = rates::at(tx, currency, self.at).await? else {
            let error = FieldError::new(
                format!("{line}/currency"),
                Code::RateMissing.as_str(),
                format!("there is no rate for {currency} at that time"),
            )
            .with("currency", currency.code());
            return Err(Problem::of(Code::RateMissing).at(error).into());
        };
        self.frozen.insert(currency.code(), rate);
        Ok(rate)
    }

    /// Uses the rate in a request. Another rate than the shop's needs a permission.
    async fn take(
        &mut self,
        tx: &Tx,
        actor: &Actor,
        currency: Currency,
        rate: ExchangeRate,
        line: &str,
    ) -> SalesResult<()> {
        let pointer = format!("{line}/rate_micros");
        if currency == self.base {
            if rate.micros == RateMicros::PAR {
                return Ok(());
            }
            let detail = "the base currency has the rate 1000000";
            let problem = Problem::new(Code::CurrencyMismatch, detail);
            return Err(problem.at_pointer(pointer).into());
        }
        match self.frozen.entry(currency.code()) {
            Entry::Occupied(known) if *known.get() == rate => Ok(()),
            Entry::Occupied(_) => Err(Problem::of(Code::RatesDiffer).at_pointer(pointer).into()),
            Entry::Vacant(free) => {
                if !actor.may(Permission::ChangePrices)
                    && !rates::was_known(tx, currency, rate, self.at).await?
                {
                    let detail = "Your role does not allow other rates than the shop's.";
                    let problem = Problem::new(Code::Forbidden, detail);
                    return Err(problem.at_pointer(pointer).into());
                }
                free.insert(rate);
                Ok(())
            }
        }
    }
}

/// Freezes the payments of a document.
///
/// # Errors
/// `payment.rate_missing`, `payment.rates_differ`, `money.currency_mismatch`, `auth.forbidden` for
/// another rate than the shop's, `request.unknown_reference` and `payment_account.unfit`.
pub(super) async fn payments(
    tx: &Tx,
    actor: &Actor,
    offered: &[NewPayment],
    rates: &mut Rates,
) -> SalesResult<Vec<Payment>> {
    // A rate that any line names is used for the whole document.
    for (position, payment) in offered.iter().enumerate() {
        if let Some(rate) = payment.rate {
            let line = format!("/payments/{position}");
            rates.take(tx, actor, payment.currency, rate, &line).await?;
        }
    }
    let accounts = accounts_of(tx, offered).await?;
    let mut frozen = Vec::with_capacity(offered.len());
    for (position, payment) in offered.iter().enumerate() {
        let line = format!("/payments/{position}");
        let rate = rates.of(tx, payment.currency, &line).await?;
        let account = payment
            .account
            .map(|id| fitting(accounts.get(&id), payment.method, &line))
            .transpose()?;
        frozen.push(Payment {
            method: payment.method,
            account: account.map(|account| account.id),
            account_name: account.map(|account| account.name.clone()),
            currency: payment.currency,
            amount_minor: payment.amount_minor,
            rate_micros: rate.micros,
            rate_side: rate.side,
            base_minor: rate.to_base(payment.amount_minor, payment.currency, rates.base)?,
            reference: payment.reference.clone(),
        });
    }
    Ok(frozen)
}

/// Freezes the change of a sale.
///
/// # Errors
/// `payment.cash_step` for an amount that no notes make, `payment.rate_missing`.
pub(super) async fn change(
    tx: &Tx,
    wanted: &[NewChange],
    drawer: Drawer,
    rates: &mut Rates,
) -> SalesResult<Vec<Change>> {
    let mut frozen = Vec::with_capacity(wanted.len());
    for (position, line) in wanted.iter().enumerate() {
        let pointer = format!("/change/{position}");
        check_step(line.currency, line.amount_minor, drawer, &pointer)?;
        let rate = rates.of(tx, line.currency, &pointer).await?;
        let worth = rate.to_base(line.amount_minor, line.currency, drawer.base)?;
        frozen.push(Change::of(line.currency, line.amount_minor, rate, worth));
    }
    Ok(frozen)
}

/// Refuses outgoing cash in an amount that no notes make.
///
/// # Errors
/// `payment.cash_step`.
pub(super) fn check_step(
    currency: Currency,
    amount_minor: Amount,
    drawer: Drawer,
    line: &str,
) -> Result<(), Problem> {
    let step = drawer.step_of(currency).max(1);
    if amount_minor.is_multiple_of(step) {
        return Ok(());
    }
    let pointer = format!("{line}/amount_minor");
    let detail = format!("is no multiple of {step} (minor units of {currency})");
    let error = FieldError::new(pointer, Code::CashStep.as_str(), detail).with("step_minor", step);
    Err(Problem::of(Code::CashStep).at(error))
}

/// Refuses credit: there are no customers yet who could owe the money.
///
/// # Errors
/// `credit.customer_required`.
pub(super) fn refuse_credit(offered: &[NewPayment]) -> Result<(), Problem> {
    let on_credit = offered
        .iter()
        .position(|payment| payment.method == PaymentMethod::Credit);
    on_credit.map_or(Ok(()), |position| {
        let pointer = format!("/payments/{position}/method");
        Err(Problem::of(Code::CustomerRequired).at_pointer(pointer))
    })
}

async fn accounts_of(
    tx: &Tx,
    offered: &[NewPayment],
) -> SalesResult<BTreeMap<PaymentAccountId, Account>> {
    let named: Vec<_> = offered
        .iter()
        .filter_map(|payment| payment.account)
        .collect();
    if named.is_empty() {
        return Ok(BTreeMap::new());
    }
    accounts::find(tx, &named).await
}

fn fitting<'a>(
    account: Option<&'a Account>,
    method: PaymentMethod,
    line: &str,
) -> Result<&'a Account, Problem> {
    let pointer = format!("{line}/account");
    let Some(account) = account else {
        let problem = Problem::new(Code::UnknownReference, "There is no such payment account.");
        return Err(problem.at_pointer(pointer));
    };
    if account.archived || account.method.as_str() != method.as_str() {
        let why = if account.archived {
            "is archived".to_owned()
        } else {
            format!("takes payments by {}", account.method.as_str())
        };
        let error = FieldError::new(pointer, Code::AccountUnfit.as_str(), why);
        return Err(Problem::of(Code::AccountUnfit).at(error));
    }
    Ok(account)
}
