//! What is paid, in which currency, and what is given back.

use kernel::{Currency, RateSide};
use proptest::prelude::*;

use super::*;

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

fn tender(method: PaymentMethod, base_minor: i64) -> Payment {
    Payment::in_base(method, currency("CDF"), amount(base_minor))
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
    let worth = rate.to_base(amount(cents), currency("USD"), currency("CDF"));
    Payment {
        currency: currency("USD"),
        amount_minor: amount(cents),
        rate_micros: rate.micros,
        rate_side: rate.side,
        ..tender(method, worth.unwrap().minor())
    }
}

fn dollars_back(cents: i64) -> Change {
    back_at(francs_a_dollar(), cents)
}

fn back_at(rate: ExchangeRate, cents: i64) -> Change {
    let paid = dollars_at(rate, PaymentMethod::Cash, cents);
    Change::of(
        paid.currency,
        paid.amount_minor,
        paid.rate(),
        paid.base_minor,
    )
}

fn francs_back(minor: i64) -> Change {
    Change::of(
        currency("CDF"),
        amount(minor),
        ExchangeRate::PAR,
        amount(minor),
    )
}

/// What goes back, and the rounding.
fn settled(total: i64, payments: &[Payment], step: i64) -> Result<(i64, i64), Code> {
    settle(amount(total), payments, None, drawer(step))
        .map(|settled| (settled.change_minor.minor(), settled.rounding_minor.minor()))
        .map_err(|problem| problem.code)
}

fn asked(total: i64, payments: &[Payment], change: Vec<Change>, step: i64) -> Result<i64, Code> {
    settle(amount(total), payments, Some(change), drawer(step))
        .map(|settled| settled.rounding_minor.minor())
        .map_err(|problem| problem.code)
}

#[test]
fn change_is_rounded_to_the_cash_step_and_the_rounding_is_kept() {
    assert_eq!(
        settled(1_234_500, &[cash(2_000_000)], 5000),
        Ok((765_000, 500))
    );
    let change = settle(amount(1_234_500), &[cash(2_000_000)], None, drawer(5000)).unwrap();
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

#[test]
fn cash_that_comes_back_whole_needs_a_bill_that_is_paid_without_it() {
    // Nothing is due in cash: all of it may go back, and no more than came.
    let card = |minor| tender(PaymentMethod::Card, minor);
    let paid = [card(10_000), cash(5_000)];
    assert_eq!(settled(10_000, &paid, 5000), Ok((5_000, 0)));
    assert_eq!(asked(10_000, &paid, vec![francs_back(5_000)], 5000), Ok(0));
    assert_eq!(
        asked(0, &paid[1..], vec![francs_back(5_000)], 5000),
        Ok(0),
        "a bill of nothing"
    );
    // The nearest step of 4,000 is 5,000, which did not come in.
    let refused = settled(10_000, &[card(10_000), cash(4_000)], 5000);
    assert_eq!(refused, Err(Code::ChangeExceedsCash));
    // The card alone paid too much: cash does not give change for it.
    let refused = settled(10_000, &[card(11_000), cash(10_000)], 5000);
    assert_eq!(refused, Err(Code::ChangeExceedsCash));
}

#[test]
fn change_is_the_nearest_step_of_what_is_too_much() {
    // 2,200 too much: nothing goes back, though 12,600 - 10,000 would round to a step.
    assert_eq!(settled(10_400, &[cash(12_600)], 5000), Ok((0, 2_200)));
    assert_eq!(settled(10_000, &[cash(12_600)], 5000), Ok((5_000, -2_400)));
}

#[test]
fn a_bill_that_is_not_met_is_insufficient_without_change_and_unbalanced_with_it() {
    let none = asked(12_600, &[cash(10_000)], vec![], 5000);
    assert_eq!(none, Err(Code::PaymentInsufficient));
    assert_eq!(asked(12_345, &[cash(10_000)], vec![], 5000), Ok(-2_345));
    let some = asked(12_600, &[cash(10_000)], vec![francs_back(5_000)], 5000);
    assert_eq!(some, Err(Code::PaymentUnbalanced));
}

#[test]
fn a_step_of_cash_rounds_only_where_cash_moves() {
    let mobile = |minor| tender(PaymentMethod::MobileMoney, minor);
    assert_eq!(
        asked(10_000, &[mobile(10_500)], vec![], 5000),
        Err(Code::PaymentUnbalanced)
    );
    assert_eq!(asked(10_000, &[mobile(10_000)], vec![], 5000), Ok(0));
    assert_eq!(asked(10_000, &[cash(10_500)], vec![], 5000), Ok(500));
}

#[test]
fn less_than_a_cent_is_let_go_where_foreign_money_and_no_base_cash_moved() {
    let due = 1_234_500;
    let mobile = |cents| dollars(PaymentMethod::MobileMoney, cents);
    // No cash came, but a line of change of nothing was asked for.
    let nothing_back = vec![francs_back(0)];
    assert_eq!(asked(due, &[mobile(433)], nothing_back, 5000), Ok(-233));
    // A line of cash of nothing moves no francs.
    assert_eq!(settled(due, &[mobile(433), cash(0)], 5000), Ok((0, -233)));
    // Francs from a telephone beside the dollars do not make the bill payable to the franc.
    let francs = tender(PaymentMethod::MobileMoney, 94_000);
    assert_eq!(settled(due, &[mobile(400), francs], 5000), Ok((0, -300)));
    // Dollars of which none came let nothing go.
    let refused = settled(2_400, &[mobile(0)], 5000);
    assert_eq!(refused, Err(Code::PaymentInsufficient));
}

#[test]
fn a_refusal_says_how_much_was_paid_and_how_much_is_due() {
    let problem = |payments: &[Payment], change| {
        let refused = settle(amount(10_000), payments, change, drawer(5000)).unwrap_err();
        serde_json::to_value(&refused.errors).unwrap()
    };
    let short = problem(&[cash(4_000)], None);
    assert_eq!(
        (&short[0]["paid_minor"], &short[0]["due_minor"]),
        (&4_000.into(), &10_000.into())
    );
    let card = [tender(PaymentMethod::Card, 20_000), cash(1_000)];
    assert_eq!(problem(&card, None)[0]["cash_minor"], 1_000);
    let off = problem(&[cash(30_000)], Some(vec![francs_back(5_000)]));
    let said = [
        &off[0]["paid_minor"],
        &off[0]["change_minor"],
        &off[0]["due_minor"],
    ];
    assert_eq!(said, [30_000, 5_000, 10_000]);
}

#[test]
fn the_drawer_has_the_step_of_the_shop_for_its_own_currency() {
    let francs = drawer(5000);
    assert_eq!(francs.step_of(currency("CDF")), 5000);
    let dollars = currency("USD");
    assert_eq!(francs.step_of(dollars), dollars.cash_step_minor());
    let due: Vec<i64> = [-2_600, -1_000, 0, 1, 2_499, 2_500, 12_600]
        .map(|minor| francs.due_in_cash(minor))
        .into();
    assert_eq!(due, [-5_000, 0, 0, 5_000, 5_000, 5_000, 15_000]);
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
        let paid: i64 = tenders.iter().map(|one| one.base_minor.minor()).sum();
        let in_cash = paid - other;
        if let Ok(settled) = settle(amount(total), &tenders, None, drawer(step)) {
            let (change, rounding) = (settled.change_minor.minor(), settled.rounding_minor.minor());
            prop_assert_eq!(paid - change, total + rounding);
            prop_assert!(change <= in_cash);
            prop_assert_eq!(change % step, 0);
            prop_assert!(rounding.abs() <= step.max(2850));
            prop_assert!(total == 0 || paid > change);
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
        let paid: i64 = tenders.iter().map(|one| one.base_minor.minor()).sum();
        let foreign = back_at(rate, cents_back.min(cents));
        let over = paid - total - foreign.base_minor.minor();
        let francs = if close { kernel::money::round_to_step(over, step) } else { back * step };
        let change: Vec<Change> = if francs > 0 { vec![foreign, francs_back(francs)] } else { vec![foreign] };
        if let Ok(settled) = settle(amount(total), &tenders, Some(change.clone()), drawer(step)) {
            let out: i64 = change.iter().map(|line| line.base_minor.minor()).sum();
            prop_assert_eq!(&settled.change, &change);
            prop_assert_eq!(settled.change_minor.minor(), out);
            prop_assert_eq!(paid - out, total + settled.rounding_minor.minor());
            let is_below_a_cent = rate.is_below_one_minor(settled.rounding_minor, foreign.currency, currency("CDF"));
            prop_assert!(settled.rounding_minor.minor().abs() <= step || is_below_a_cent);
            prop_assert!(total == 0 || paid > out);
        }
    }
}
