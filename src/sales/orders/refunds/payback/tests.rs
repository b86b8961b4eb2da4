//! However a sale is taken back, the customer gets exactly what it brought in.

use kernel::{
    ExchangeRate, RateSide, Timestamp,
    ids::{LocationId, RefundId, SaleId, UserId},
};
use proptest::prelude::*;

use super::{
    super::super::{
        model::{SaleState, money::Change, refund::Refund},
        tender::settle,
    },
    *,
};
use crate::shop_reader::TaxMode;

fn amount(minor: i64) -> Amount {
    Amount::new(minor).unwrap()
}

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn drawer(step_minor: i64) -> Drawer {
    Drawer {
        base: currency("CDF"),
        step_minor,
    }
}

fn francs(method: PaymentMethod, minor: i64) -> Payment {
    Payment::in_base(method, currency("CDF"), amount(minor))
}

fn usual_rate() -> ExchangeRate {
    ExchangeRate::new(2_850_500_000, RateSide::BasePerForeign).unwrap()
}

fn dollars(method: PaymentMethod, cents: i64) -> Payment {
    dollars_at(usual_rate(), method, cents)
}

fn dollars_at(rate: ExchangeRate, method: PaymentMethod, cents: i64) -> Payment {
    let worth = rate.to_base(amount(cents), currency("USD"), currency("CDF"));
    Payment {
        currency: currency("USD"),
        amount_minor: amount(cents),
        rate_micros: rate.micros,
        rate_side: rate.side,
        ..francs(method, worth.unwrap().minor())
    }
}

/// A sale that was paid so; its change is computed.
fn sold(total_minor: i64, payments: Vec<Payment>, step: i64) -> Option<Sale> {
    let total_minor = amount(total_minor);
    let settled = settle(total_minor, &payments, None, drawer(step)).ok()?;
    let now = Timestamp::from_micros(0);
    Some(Sale {
        id: SaleId::generate(),
        number: 1,
        state: SaleState::Completed,
        currency: currency("CDF"),
        tax_mode: TaxMode::Included,
        lines: Vec::new(),
        subtotal_minor: total_minor,
        discount_minor: Amount::ZERO,
        tax_minor: Amount::ZERO,
        total_minor,
        rounding_minor: settled.rounding_minor,
        payments,
        change: settled.change,
        change_minor: settled.change_minor,
        refunds: Vec::new(),
        location_id: LocationId::generate(),
        cashier_id: UserId::generate(),
        recorded_by: UserId::generate(),
        entered_late: false,
        note: None,
        external_number: None,
        discount_reason: None,
        is_imported: false,
        occurred_at: now,
        recorded_at: now,
        voided_at: None,
        void_reason: None,
    })
}

/// Refunds a part, and writes down how.
fn refund(sale: &mut Sale, goods_minor: i64, completes: bool, step: i64) -> Vec<Payment> {
    let due = Due {
        sale,
        goods_minor: amount(goods_minor),
        completes,
    };
    let payments = pay_back(due, drawer(step)).unwrap();
    write(sale, goods_minor, payments.clone());
    payments
}

fn write(sale: &mut Sale, goods_minor: i64, payments: Vec<Payment>) {
    let paid = kernel::money::sum(payments.iter().map(|line| line.base_minor)).unwrap();
    sale.refunds.push(Refund {
        id: RefundId::generate(),
        number: 1,
        sale_id: sale.id,
        lines: Vec::new(),
        total_minor: amount(goods_minor),
        tax_minor: Amount::ZERO,
        rounding_minor: paid - amount(goods_minor),
        payments,
        reason: String::new(),
        actor_id: sale.cashier_id,
        occurred_at: sale.occurred_at,
        recorded_at: sale.recorded_at,
    });
}

fn brief(payments: &[Payment]) -> Vec<(&'static str, &'static str, i64, i64)> {
    let line = |one: &Payment| {
        let (method, currency) = (one.method.as_str(), one.currency.code());
        (
            method,
            currency,
            one.amount_minor.minor(),
            one.base_minor.minor(),
        )
    };
    payments.iter().map(line).collect()
}

#[test]
fn a_rounded_sale_pays_back_what_was_paid() {
    let mut sale = sold(13_800, vec![francs(PaymentMethod::Cash, 15_000)], 5000).unwrap();
    let back = refund(&mut sale, 13_800, true, 5000);
    assert_eq!(brief(&back), [("cash", "CDF", 15_000, 15_000)]);
    let mut sale = sold(13_800, vec![francs(PaymentMethod::Cash, 15_000)], 5000).unwrap();
    let first = refund(&mut sale, 6_900, false, 5000);
    let last = refund(&mut sale, 6_900, true, 5000);
    assert_eq!(brief(&first), [("cash", "CDF", 5_000, 5_000)]);
    assert_eq!(brief(&last), [("cash", "CDF", 10_000, 10_000)]);
}

#[test]
fn what_was_not_cash_goes_back_first_and_its_own_way() {
    let paid = vec![
        francs(PaymentMethod::Cash, 10_000),
        francs(PaymentMethod::MobileMoney, 20_000),
    ];
    let mut sale = sold(30_000, paid, 5000).unwrap();
    let first = refund(&mut sale, 12_345, false, 5000);
    assert_eq!(brief(&first), [("mobile_money", "CDF", 12_345, 12_345)]);
    let second = refund(&mut sale, 10_000, false, 5000);
    let expected = [
        ("mobile_money", "CDF", 7_655, 7_655),
        ("cash", "CDF", 5_000, 5_000),
    ];
    assert_eq!(brief(&second), expected);
    let last = refund(&mut sale, 7_655, true, 5000);
    assert_eq!(brief(&last), [("cash", "CDF", 5_000, 5_000)]);
}

#[test]
fn cash_goes_back_in_its_currency_unless_change_went_out() {
    let ten = || vec![dollars(PaymentMethod::Cash, 10_00)];
    let mut exact = sold(28_505_00, ten(), 5000).unwrap();
    let first = refund(&mut exact, 10_000_00, false, 5000);
    assert_eq!(brief(&first), [("cash", "USD", 3_51, 3_51 * 2850 + 176)]);
    let last = refund(&mut exact, 18_505_00, true, 5000);
    assert_eq!(
        brief(&last),
        [("cash", "USD", 6_49, 28_505_00 - 3_51 * 2850 - 176)]
    );
    let mut changed = sold(20_000_00, ten(), 5000).unwrap();
    assert_eq!(changed.change_minor, 8_500_00);
    let back = refund(&mut changed, 20_000_00, true, 5000);
    assert_eq!(brief(&back), [("cash", "CDF", 20_005_00, 20_005_00)]);
    let mixed = vec![
        dollars(PaymentMethod::Cash, 5_00),
        francs(PaymentMethod::Cash, 5_750_00),
    ];
    let mut mixed = sold(20_000_00, mixed, 5000).unwrap();
    let back = refund(&mut mixed, 20_000_00, true, 5000);
    assert_eq!(brief(&back), [("cash", "CDF", 20_002_50, 20_002_50)]);
}

#[test]
fn what_was_counted_out_to_the_last_coin_goes_back_so() {
    let mut sale = sold(12_345, vec![francs(PaymentMethod::Cash, 12_345)], 5000).unwrap();
    let amounts: Vec<i64> = [(4_000, false), (4_000, false), (4_000, false), (345, true)]
        .into_iter()
        .map(|(goods, completes)| {
            let back = refund(&mut sale, goods, completes, 5000);
            back.iter().map(|line| line.base_minor.minor()).sum()
        })
        .collect();
    assert_eq!(amounts, [5_000, 5_000, 0, 2_345]);
}

#[test]
fn a_refund_that_names_its_payments_is_held_to_what_is_due() {
    let sale = sold(13_800, vec![francs(PaymentMethod::Cash, 15_000)], 5000).unwrap();
    let check = |goods_minor, completes, payments: &[Payment]| {
        let due = Due {
            sale: &sale,
            goods_minor: amount(goods_minor),
            completes,
        };
        check_payments(due, payments, drawer(5000)).map_err(|problem| problem.code)
    };
    let cash = |minor| [francs(PaymentMethod::Cash, minor)];
    assert_eq!(check(13_800, true, &cash(15_000)), Ok(()));
    assert_eq!(check(6_900, false, &cash(5_000)), Ok(()));
    assert_eq!(check(6_900, false, &cash(6_900)), Err(Code::CashStep));
    assert_eq!(
        check(6_900, false, &cash(15_000)),
        Err(Code::PaymentUnbalanced)
    );
    assert_eq!(
        check(6_900, false, &cash(20_000)),
        Err(Code::PaymentUnbalanced)
    );
    assert_eq!(check(6_900, false, &[]), Err(Code::PaymentUnbalanced));
    let mobile = [francs(PaymentMethod::MobileMoney, 6_900)];
    assert_eq!(
        check(6_900, false, &mobile),
        Ok(()),
        "another way than it came"
    );
    let on_credit = [francs(PaymentMethod::Credit, 6_900)];
    assert_eq!(check(6_900, false, &on_credit), Err(Code::CustomerRequired));
    assert_eq!(
        check(13_800, false, &cash(15_000)),
        Ok(()),
        "all that is left"
    );
    assert_eq!(check(0, false, &[]), Ok(()), "nothing is due");
}

#[test]
fn what_was_paid_to_the_last_coin_may_go_back_so_if_all_of_it_does() {
    let sale = sold(12_345, vec![francs(PaymentMethod::Cash, 12_345)], 5000).unwrap();
    let check = |completes, minor| {
        let due = Due {
            sale: &sale,
            goods_minor: amount(12_345),
            completes,
        };
        let paid = [francs(PaymentMethod::Cash, minor)];
        check_payments(due, &paid, drawer(5000)).map_err(|problem| problem.code)
    };
    assert_eq!(check(true, 12_345), Ok(()));
    assert_eq!(check(false, 12_345), Err(Code::CashStep));
    assert_eq!(check(true, 12_344), Err(Code::CashStep));
    assert_eq!(check(true, 10_000), Ok(()));
}

#[test]
fn credit_goes_back_up_to_what_is_owed() {
    let paid = vec![
        francs(PaymentMethod::Credit, 10_000),
        francs(PaymentMethod::Cash, 5_000),
    ];
    let mut sale = sold(15_000, paid, 5000).unwrap();
    let check = |sale: &Sale, cash: i64, credit: i64| {
        let due = Due {
            sale,
            goods_minor: amount(cash + credit),
            completes: false,
        };
        let lines = [
            francs(PaymentMethod::Cash, cash),
            francs(PaymentMethod::Credit, credit),
        ];
        check_payments(due, &lines, drawer(5000))
    };
    assert_eq!(check(&sale, 0, 10_000), Ok(()));
    let problem = check(&sale, 0, 10_001).unwrap_err();
    assert_eq!(problem.code, Code::CustomerRequired);
    assert_eq!(problem.errors[0].pointer, "/payments/1/method");
    write(&mut sale, 4_000, vec![francs(PaymentMethod::Credit, 4_000)]);
    assert_eq!(check(&sale, 5_000, 6_000), Ok(()));
    assert_eq!(
        check(&sale, 0, 6_001).unwrap_err().code,
        Code::CustomerRequired
    );
}

/// Total, kinds of payment, weights of the parts, the step, the rate.
type Case = (i64, Vec<(u8, i64)>, Vec<i64>, i64, ExchangeRate);

fn rates() -> impl Strategy<Value = ExchangeRate> {
    let sides = prop::sample::select(vec![RateSide::BasePerForeign, RateSide::ForeignPerBase]);
    (1_000i64..10_000_000_000, sides)
        .prop_map(|(micros, side)| ExchangeRate::new(micros, side).unwrap())
}

fn cases() -> impl Strategy<Value = Case> {
    (
        1i64..50_000_000,
        prop::collection::vec((0u8..5, 1i64..100), 1..4),
        prop::collection::vec(1i64..100, 1..8),
        prop::sample::select(vec![1i64, 100, 5000]),
        prop_oneof![Just(usual_rate()), rates()],
    )
}

/// Payments that cover the total: shares of it by several ways, and enough cash at the end.
fn payments(
    total: i64,
    shares: &[(u8, i64)],
    cash_dollars: bool,
    rate: ExchangeRate,
) -> Vec<Payment> {
    let whole: i64 = shares.iter().map(|share| share.1).sum::<i64>() + 50;
    let cents = |minor| {
        rate.to_foreign(amount(minor), currency("USD"), currency("CDF"), 1)
            .unwrap()
            .minor()
    };
    let mut lines = Vec::new();
    for (kind, share) in shares {
        let part = total * share / whole;
        lines.push(match kind {
            0 => francs(PaymentMethod::MobileMoney, part),
            1 => francs(PaymentMethod::Card, part),
            2 => dollars_at(rate, PaymentMethod::MobileMoney, cents(part)),
            3 => dollars_at(rate, PaymentMethod::Cash, cents(part)),
            _ => francs(PaymentMethod::Cash, part),
        });
    }
    let paid: i64 = lines.iter().map(|line| line.base_minor.minor()).sum();
    let rest = (total - paid).max(0);
    lines.push(if cash_dollars {
        dollars_at(rate, PaymentMethod::Cash, cents(rest) + 1)
    } else {
        francs(PaymentMethod::Cash, (rest / 5000 + 1) * 5000)
    });
    lines
}

fn sums(lines: impl Iterator<Item = Payment>) -> std::collections::BTreeMap<(String, String), i64> {
    let mut sums = std::collections::BTreeMap::new();
    for line in lines {
        let key = (
            line.method.as_str().to_owned(),
            line.currency.code().to_owned(),
        );
        *sums.entry(key).or_insert(0) += line.amount_minor.minor();
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

proptest! {
    #[test]
    fn parts_pay_back_exactly_what_was_paid(
        (total, shares, parts, step, rate) in cases(),
        cash_dollars in any::<bool>(),
    ) {
        let paid = payments(total, &shares, cash_dollars, rate);
        let Some(mut sale) = sold(total, paid, step) else { return Ok(()) };
        let kept = sale.total_minor.minor() + sale.rounding_minor.minor();
        let goods = kernel::money::allocate(total, &parts);
        let last = goods.len() - 1;
        for (position, part) in goods.iter().enumerate() {
            let left = Due { sale: &sale, goods_minor: amount(*part), completes: false }.left_minor();
            let lines = refund(&mut sale, *part, position == last, step);
            let out: i64 = lines.iter().map(|line| line.base_minor.minor()).sum();
            prop_assert!(left >= out);
            for line in &lines {
                prop_assert!(line.amount_minor > 0);
                if line.method == PaymentMethod::Cash && position != last {
                    prop_assert!(line.amount_minor.is_multiple_of(drawer(step).step_of(line.currency)));
                }
            }
        }
        let back: i64 = sale.refunds.iter().map(|one| one.total_minor.minor() + one.rounding_minor.minor()).sum();
        prop_assert_eq!(back, kept);
        let goods_back: i64 = sale.refunds.iter().map(|one| one.total_minor.minor()).sum();
        prop_assert_eq!(goods_back, total);
        // What was not cash went back its own way to the last unit, and where one currency came in and
        // no change went out, so did the cash: each drawer is as before.
        let came = sums(sale.payments.iter().cloned());
        let went = sums(sale.refunds.iter().flat_map(|one| one.payments.clone()));
        for (way, amount) in &came {
            if way.0 != "cash" {
                prop_assert_eq!(went.get(way), Some(amount), "{:?}", way);
            }
        }
        let drawers: Vec<_> = came.keys().filter(|way| way.0 == "cash").collect();
        if let ([only], true) = (drawers.as_slice(), sale.change.is_empty()) {
            prop_assert_eq!(went.get(*only), came.get(*only));
        }
    }

    #[test]
    fn in_whatever_way_it_is_cut_nothing_is_paid_twice(
        total in 1i64..1_000_000,
        parts in prop::collection::vec(1i64..50, 1..10),
        by_hand in prop::collection::vec(any::<bool>(), 10),
    ) {
        let paid = francs(PaymentMethod::Cash, (total / 5000 + 1) * 5000);
        let Some(mut sale) = sold(total, vec![paid], 5000) else { return Ok(()) };
        let goods = kernel::money::allocate(total, &parts);
        let last = goods.len() - 1;
        for (position, part) in goods.iter().enumerate() {
            let completes = position == last;
            let due = Due { sale: &sale, goods_minor: amount(*part), completes };
            let mobile = [francs(PaymentMethod::MobileMoney, due.target_minor().minor())];
            let named = by_hand[position]
                && due.target_minor() > 0
                && check_payments(due, &mobile, drawer(5000)).is_ok();
            if named {
                write(&mut sale, *part, mobile.to_vec());
            } else {
                refund(&mut sale, *part, completes, 5000);
            }
        }
        let back: i64 = sale.refunds.iter().map(|one| one.total_minor.minor() + one.rounding_minor.minor()).sum();
        prop_assert_eq!(back, sale.total_minor.minor() + sale.rounding_minor.minor());
    }
}

#[test]
fn change_in_two_currencies_leaves_both_drawers_right() {
    let hundred = dollars(PaymentMethod::Cash, 100_00);
    let ninety = dollars(PaymentMethod::Cash, 90_00);
    let change = vec![
        Change::of(
            currency("USD"),
            amount(90_00),
            ninety.rate(),
            ninety.base_minor,
        ),
        Change::of(
            currency("CDF"),
            amount(8_500_00),
            ExchangeRate::PAR,
            amount(8_500_00),
        ),
    ];
    let mut sale = sold(20_000_00, vec![hundred.clone()], 5000).unwrap();
    let settled = settle(amount(20_000_00), &[hundred], Some(change), drawer(5000)).unwrap();
    (sale.change, sale.change_minor) = (settled.change, settled.change_minor);
    sale.rounding_minor = settled.rounding_minor;
    let back = refund(&mut sale, 20_000_00, true, 5000);
    assert_eq!(brief(&back), [("cash", "CDF", 20_005_00, 20_005_00)]);
}
