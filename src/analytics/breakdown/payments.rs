//! Breakdown by payment: received, change, refunded and net, by payment method, account and currency.
//! This is money, not revenue.

use std::collections::BTreeMap;

use kernel::{
    Balance, Currency, FigureOutOfRange, Period,
    read::{MoneySums, PaymentFacts},
};
use serde::Serialize;

use super::{Group, GroupFigures};
use crate::{Analytics, asked::share, error::AnalyticsError};

/// Sales on credit: no money is received.
const CREDIT: &str = "credit";
/// The method of refunds of older versions, which did not record one.
const UNKNOWN: &str = "unknown";

/// Money in one currency, and of one account where the shop names accounts. Amounts in minor units of
/// that currency, unless the description says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CurrencyAmount {
    /// Currency of the payments.
    pub currency: Currency,
    /// Name of the account; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub account: Option<String>,
    /// Number of payments received.
    pub payments: i64,
    /// Amount received, less change; absent where only refunds are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub amount_minor: Option<Balance>,
    /// `amount_minor` in minor units of the shop's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub base_minor: Option<Balance>,
    /// Amount received, change included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub in_minor: Option<Balance>,
    /// Change given to customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub change_minor: Option<Balance>,
    /// Amount refunded; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refunds_minor: Option<Balance>,
    /// Amount received, less change and refunds; absent where the refunds are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub net_minor: Option<Balance>,
}

/// Money received and refunded, with sums of any size.
#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    paid: i128,
    change: i128,
    refunded: i128,
}

impl Moved {
    const fn kept(self) -> i128 {
        self.paid - self.change
    }

    fn add(&mut self, facts: &PaymentFacts, of: impl Fn(&MoneySums) -> i128) {
        self.paid += of(&facts.paid);
        self.change += of(&facts.change);
        self.refunded += of(&facts.refunded);
    }

    /// The figures of a payment method.
    fn shown(self, method: &str, refunds: Refunds) -> Result<Shown, FigureOutOfRange> {
        let takes_in = method != UNKNOWN;
        let is_known = !takes_in || refunds == Refunds::AllKnown || self.refunded != 0;
        let is_whole = takes_in && refunds == Refunds::AllKnown;
        let some = |is_shown: bool, sum: i128| is_shown.then(|| Balance::of_sum(sum)).transpose();
        Ok(Shown {
            paid: some(takes_in, self.paid)?,
            change: some(takes_in, self.change)?,
            kept: some(takes_in, self.kept())?,
            refunded: some(is_known, self.refunded)?,
            net: some(is_whole, self.kept() - self.refunded)?,
        })
    }
}

/// The figures that are known.
struct Shown {
    paid: Option<Balance>,
    change: Option<Balance>,
    kept: Option<Balance>,
    refunded: Option<Balance>,
    net: Option<Balance>,
}

/// Whether the payment method of every refund of the period is known. If not, any method may have part
/// of the unknown refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refunds {
    AllKnown,
    SomeUnknown,
}

/// The payment methods of a period, and their total.
pub(super) struct ByPayment {
    pub groups: Vec<Group>,
    pub total: GroupFigures,
}

impl Analytics {
    pub(super) async fn by_payment(&self, period: &Period) -> Result<ByPayment, AnalyticsError> {
        let facts = self.readers.sales.payments(period).await?;
        let shown = by_payment(facts.sales, &facts.lines);
        shown.map_err(AnalyticsError::out_of_range(period))
    }
}

fn by_payment(sales: i64, facts: &[PaymentFacts]) -> Result<ByPayment, FigureOutOfRange> {
    let is_unknown = |line: &PaymentFacts| line.method == UNKNOWN && line.refunded.base_minor != 0;
    let refunds = if facts.iter().any(is_unknown) {
        Refunds::SomeUnknown
    } else {
        Refunds::AllKnown
    };
    let mut whole = Moved::default();
    let mut methods: BTreeMap<&str, Vec<&PaymentFacts>> = BTreeMap::new();
    for line in facts {
        methods.entry(&line.method).or_default().push(line);
        if line.method != CREDIT {
            whole.add(line, |sums| sums.base_minor);
        }
    }
    let mut groups = Vec::with_capacity(methods.len());
    for (method, lines) in methods {
        groups.push(group(method, &lines, refunds, whole)?);
    }
    groups.sort_by(|a, b| {
        let most = b.figures.takings_minor.cmp(&a.figures.takings_minor);
        most.then_with(|| a.key.cmp(&b.key))
    });
    // Refunds by an unknown method have left the shop as well: the total is known.
    let all = whole.shown("", Refunds::AllKnown)?;
    Ok(ByPayment {
        groups,
        total: figures(sales, &all, all.kept),
    })
}

fn group(
    method: &str,
    lines: &[&PaymentFacts],
    refunds: Refunds,
    whole: Moved,
) -> Result<Group, FigureOutOfRange> {
    let mut moved = Moved::default();
    let mut sales = 0_i64;
    let mut currencies = Vec::with_capacity(lines.len());
    for line in lines {
        moved.add(line, |sums| sums.base_minor);
        sales = sales.saturating_add(line.sales);
        let (mut own, mut base) = (Moved::default(), Moved::default());
        own.add(line, |sums| sums.amount_minor);
        base.add(line, |sums| sums.base_minor);
        let shown = own.shown(method, refunds)?;
        currencies.push(CurrencyAmount {
            currency: line.currency,
            account: line.account.clone(),
            payments: line.payments,
            amount_minor: shown.kept,
            base_minor: base.shown(method, refunds)?.kept,
            in_minor: shown.paid,
            change_minor: shown.change,
            refunds_minor: shown.refunded,
            net_minor: shown.net,
        });
    }
    let shown = moved.shown(method, refunds)?;
    let takings = shown.kept.filter(|_| method != CREDIT);
    Ok(Group {
        key: Some(method.to_owned()),
        name: None,
        sku: None,
        figures: figures(sales, &shown, takings),
        share: takings.and_then(|takings| share(takings, whole.kept())),
        currencies,
    })
}

fn figures(sales: i64, shown: &Shown, takings_minor: Option<Balance>) -> GroupFigures {
    GroupFigures {
        sales,
        refunds_minor: shown.refunded,
        in_minor: shown.paid,
        change_minor: shown.change,
        net_minor: shown.net,
        takings_minor,
        ..GroupFigures::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(minor: i64) -> Option<Balance> {
        Balance::new(minor).ok()
    }

    fn line(method: &str, paid: i128, change: i128, refunded: i128) -> PaymentFacts {
        let sums = |sum: i128| MoneySums {
            amount_minor: sum,
            base_minor: sum,
        };
        PaymentFacts {
            method: method.to_owned(),
            account: None,
            currency: Currency::parse("CDF").unwrap(),
            payments: i64::from(paid != 0),
            sales: i64::from(paid != 0),
            paid: sums(paid),
            change: sums(change),
            refunded: sums(refunded),
        }
    }

    fn of<'a>(shown: &'a ByPayment, method: &str) -> &'a GroupFigures {
        let is_it = |group: &&Group| group.key.as_deref() == Some(method);
        &shown.groups.iter().find(is_it).unwrap().figures
    }

    #[test]
    fn a_refund_is_deducted_from_its_own_payment_method() {
        let facts = [
            line("cash", 15_000, 5_000, 10_000),
            line("card", 7_000, 0, 0),
        ];
        let shown = by_payment(2, &facts).unwrap();
        let cash = of(&shown, "cash");
        assert_eq!(
            [
                cash.in_minor,
                cash.change_minor,
                cash.refunds_minor,
                cash.net_minor
            ],
            [15_000, 5_000, 10_000, 0].map(some)
        );
        assert_eq!(of(&shown, "card").refunds_minor, some(0));
        assert_eq!(shown.total.net_minor, some(7_000));
        assert_eq!(shown.total.takings_minor, some(17_000));
        assert_eq!((shown.total.sales, shown.total.revenue_minor), (2, None));
    }

    #[test]
    fn an_unknown_amount_is_absent_and_not_zero() {
        let facts = [line("cash", 10_000, 0, 0), line("unknown", 0, 0, 4_000)];
        let shown = by_payment(1, &facts).unwrap();
        let cash = of(&shown, "cash");
        assert_eq!((cash.refunds_minor, cash.net_minor), (None, None));
        let unknown = of(&shown, "unknown");
        assert_eq!((unknown.in_minor, unknown.net_minor), (None, None));
        assert_eq!(
            (unknown.refunds_minor, unknown.takings_minor),
            (some(4_000), None)
        );
        assert_eq!(shown.total.net_minor, some(6_000));
    }

    #[test]
    fn credit_is_not_part_of_the_takings() {
        let facts = [line("cash", 10_000, 0, 0), line("credit", 6_000, 0, 0)];
        let shown = by_payment(2, &facts).unwrap();
        let credit = of(&shown, "credit");
        assert_eq!((credit.takings_minor, credit.in_minor), (None, some(6_000)));
        assert_eq!(shown.total.takings_minor, some(10_000));
    }
}
