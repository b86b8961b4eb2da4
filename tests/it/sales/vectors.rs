//! The vectors of money: the program works out what `tests/vectors/money.json` says. Clients that
//! compute amounts themselves run the same file.

use std::{fs, path::Path};

use kernel::{Amount, Currency, ExchangeRate, RateSide, money};
use sales::orders::{
    model::money::{Change, Payment, PaymentMethod},
    tender::{drawer::Drawer, settle},
};
use serde_json::Value;

fn vectors(section: &str) -> Vec<Value> {
    let path = Path::new("tests/vectors/money.json");
    let all: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let cases = all[section].as_array().unwrap().clone();
    assert!(cases.len() > 5, "{section}");
    cases
}

fn int(case: &Value, field: &str) -> i64 {
    case[field]
        .as_i64()
        .unwrap_or_else(|| panic!("{field} of {case}"))
}

fn amount(case: &Value, field: &str) -> Amount {
    Amount::new(int(case, field)).unwrap()
}

fn ints(case: &Value, field: &str) -> Vec<i64> {
    let list = case[field].as_array().unwrap();
    list.iter().map(|value| value.as_i64().unwrap()).collect()
}

fn currency(case: &Value, field: &str) -> Currency {
    Currency::parse(case[field].as_str().unwrap()).unwrap()
}

fn rate(case: &Value) -> ExchangeRate {
    let side = RateSide::parse(case["rate_side"].as_str().unwrap()).unwrap();
    ExchangeRate::new(int(case, "rate_micros"), side).unwrap()
}

#[test]
fn conversions_are_rounded_half_up_once() {
    for case in vectors("to_base") {
        let (foreign, base) = (currency(&case, "currency"), currency(&case, "base"));
        let worth = rate(&case).to_base(amount(&case, "amount_minor"), foreign, base);
        assert_eq!(worth.unwrap(), int(&case, "base_minor"), "{case}");
    }
    for case in vectors("to_foreign") {
        let (foreign, base) = (currency(&case, "currency"), currency(&case, "base"));
        let (due, step) = (amount(&case, "base_minor"), int(&case, "step_minor"));
        let worth = rate(&case).to_foreign(due, foreign, base, step);
        assert_eq!(worth.unwrap(), int(&case, "amount_minor"), "{case}");
    }
}

#[test]
fn tax_is_rounded_half_up_once() {
    for case in vectors("tax_included") {
        let tax = money::tax_within(int(&case, "gross_minor"), int(&case, "rate_bp"));
        assert_eq!(tax, int(&case, "tax_minor"), "{case}");
    }
    for case in vectors("tax_added") {
        let tax = money::tax_on_top(int(&case, "net_minor"), int(&case, "rate_bp"), 1);
        assert_eq!(tax.unwrap(), int(&case, "tax_minor"), "{case}");
    }
}

#[test]
fn splits_go_by_largest_remainder() {
    for case in vectors("split") {
        let parts = money::allocate(int(&case, "total_minor"), &ints(&case, "weights"));
        assert_eq!(parts, ints(&case, "parts_minor"), "{case}");
    }
}

#[test]
fn cash_goes_by_steps() {
    for case in vectors("cash_rounding") {
        let rounded = money::round_to_step(int(&case, "amount_minor"), int(&case, "step_minor"));
        assert_eq!(rounded, int(&case, "rounded_minor"), "{case}");
    }
}

fn payment(case: &Value, line: &Value, base: Currency) -> Payment {
    let method = PaymentMethod::parse(line["method"].as_str().unwrap()).unwrap();
    let (rate, worth) = worth(case, line, base);
    Payment {
        currency: currency(line, "currency"),
        amount_minor: amount(line, "amount_minor"),
        rate_micros: rate.micros,
        rate_side: rate.side,
        ..Payment::in_base(method, base, worth)
    }
}

fn worth(case: &Value, line: &Value, base: Currency) -> (ExchangeRate, Amount) {
    let (own, amount) = (currency(line, "currency"), amount(line, "amount_minor"));
    let rate = if own == base {
        ExchangeRate::PAR
    } else {
        rate(case)
    };
    (rate, rate.to_base(amount, own, base).unwrap())
}

#[test]
fn change_and_rounding_follow_from_what_was_paid() {
    for case in vectors("change") {
        let drawer = Drawer {
            base: currency(&case, "base"),
            step_minor: int(&case, "step_minor"),
        };
        let lines = case["payments"].as_array().unwrap().iter();
        let payments: Vec<_> = lines
            .map(|line| payment(&case, line, drawer.base))
            .collect();
        let change = case["change"].as_array().map(|lines| {
            let line = |line: &Value| {
                let (rate, worth) = worth(&case, line, drawer.base);
                let (own, amount) = (currency(line, "currency"), amount(line, "amount_minor"));
                Change::of(own, amount, rate, worth)
            };
            lines.iter().map(line).collect::<Vec<_>>()
        });
        let is_in_steps = change.iter().flatten().all(|line| {
            let step = drawer.step_of(line.currency);
            line.amount_minor.is_multiple_of(step)
        });
        let refused = case["refused"].as_str();
        if !is_in_steps {
            assert_eq!(refused, Some("payment.cash_step"), "{case}");
            continue;
        }
        match settle(amount(&case, "total_minor"), &payments, change, drawer) {
            Err(problem) => assert_eq!(Some(problem.code.as_str()), refused, "{case}"),
            Ok(settled) => {
                let goes_back = settled.change.iter().map(|line| {
                    serde_json::json!({"currency": line.currency, "amount_minor": line.amount_minor})
                });
                assert_eq!(
                    Value::Array(goes_back.collect()),
                    case["goes_back"],
                    "{case}"
                );
                assert_eq!(
                    settled.rounding_minor,
                    int(&case, "rounding_minor"),
                    "{case}"
                );
            }
        }
    }
}
