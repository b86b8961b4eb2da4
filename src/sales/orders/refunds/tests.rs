//! Which parts of a sale a refund may name, and which request says the same as a recorded refund.

use kernel::Currency;

use super::{
    draft::tests::{amount, particulars, sale, sold},
    *,
};
use crate::orders::model::money::{NewPayment, PaymentMethod};

fn units(units: i64) -> Quantity {
    Quantity::from_units(units)
}

fn wanted(sale_line_id: SaleLineId, quantity: Quantity) -> NewRefundLine {
    NewRefundLine {
        sale_line_id,
        quantity,
        goods: Goods::Resaleable,
    }
}

/// The code, pointer and available quantity of each fault.
fn faults(problem: &Problem) -> Vec<(&'static str, &str, Option<String>)> {
    let faults = problem.errors.iter().map(|error| {
        let available = error.params.get("available").map(ToString::to_string);
        (error.code, error.pointer.as_str(), available)
    });
    faults.collect()
}

/// A refund of one of two sold pieces, paid in cash, and the request that made it.
fn recorded_refund() -> (Refund, NewRefund) {
    let sale = sale(vec![sold(2, 200_00, 80_00), sold(1, 50_00, 20_00)]);
    let mut returns = Returns::of(&sale);
    let lines = vec![
        wanted(sale.lines[0].id, units(1)),
        wanted(sale.lines[1].id, units(1)),
    ];
    let parts = price_refund(&sale, &mut returns, &lines).unwrap();
    let base = Currency::parse("CDF").unwrap();
    let paid = vec![Payment::in_base(PaymentMethod::Cash, base, amount(150_00))];
    let drafted = Drafted::of(&sale, parts, paid, particulars(1)).unwrap();
    let payment = NewPayment {
        method: PaymentMethod::Cash,
        account: None,
        currency: base,
        amount_minor: amount(150_00),
        rate: None,
        reference: None,
    };
    let new = NewRefund {
        id: Some(drafted.refund.id),
        lines,
        payments: Some(vec![payment]),
        reason: "broken".to_owned(),
    };
    (drafted.refund, new)
}

#[test]
fn the_same_request_says_what_is_recorded_in_any_order_of_its_lines() {
    let (refund, mut new) = recorded_refund();
    assert!(says(&new, &refund));
    new.lines.reverse();
    assert!(says(&new, &refund));
    new.payments = None;
    assert!(says(&new, &refund), "money that is not named is as it was");
}

#[test]
fn a_request_that_differs_in_anything_says_something_else() {
    let (refund, new) = recorded_refund();
    let differs = |change: fn(&mut NewRefund)| {
        let mut other = new.clone();
        change(&mut other);
        assert!(!says(&other, &refund), "{other:?}");
    };
    differs(|new| new.reason.push('!'));
    differs(|new| new.lines[0].quantity = units(2));
    differs(|new| new.lines[0].goods = Goods::Damaged);
    differs(|new| new.lines[0].sale_line_id = SaleLineId::generate());
    differs(|new| new.lines.truncate(new.lines.len() - 1));
    differs(|new| new.payments = Some(Vec::new()));
    differs(|new| new.payments.as_mut().unwrap()[0].amount_minor = amount(150_01));
    differs(|new| {
        let payments = new.payments.as_mut().unwrap();
        payments.push(payments[0].clone());
    });
}

#[test]
fn each_line_comes_back_once_and_no_more_of_it_than_is_left() {
    let sale = sale(vec![sold(3, 300_00, 150_00), sold(1, 50_00, 20_00)]);
    let [first, second] = [sale.lines[0].id, sale.lines[1].id];
    let mut returns = Returns::of(&sale);
    let lines = [wanted(first, units(2)), wanted(second, units(1))];
    let parts = price_refund(&sale, &mut returns, &lines).unwrap();
    let worth: Vec<i64> = parts
        .iter()
        .map(|part| part.line.total_minor.minor())
        .collect();
    assert_eq!(worth, [200_00, 50_00]);

    let lines = [
        wanted(SaleLineId::generate(), units(1)),
        wanted(first, units(2)),
        wanted(first, units(1)),
    ];
    let problem = price_refund(&sale, &mut returns, &lines).unwrap_err();
    assert_eq!(problem.code, Code::UnknownReference);
    let one = serde_json::to_string(&units(1)).unwrap();
    assert_eq!(
        faults(&problem),
        [
            ("request.unknown_reference", "/lines/0/sale_line_id", None),
            (
                "refund.exceeds_sold",
                "/lines/1/quantity",
                Some(one.clone())
            ),
            ("refund.exceeds_sold", "/lines/2/sale_line_id", Some(one)),
        ]
    );
}

#[test]
fn a_piece_comes_back_whole_unless_a_fraction_is_all_that_is_left() {
    let mut sale = sale(vec![sold(2, 200_00, 80_00), sold(2, 200_00, 80_00)]);
    sale.lines[1].unit = "kg".to_owned();
    let half = Quantity::from_milli(500);
    let check = |sale: &Sale, lines: &[NewRefundLine]| {
        let mut returns = Returns::of(sale);
        let parts = price_refund(sale, &mut returns, lines).unwrap();
        check_whole_units(sale, &returns, &parts)
    };
    let [pieces, weighed] = [sale.lines[0].id, sale.lines[1].id];
    assert_eq!(check(&sale, &[wanted(pieces, units(1))]), Ok(()));
    assert_eq!(check(&sale, &[wanted(weighed, half)]), Ok(()));
    let lines = [wanted(weighed, half), wanted(pieces, half)];
    let problem = check(&sale, &lines).unwrap_err();
    assert_eq!(problem.code, Code::FractionalQuantity);
    assert_eq!(problem.errors[0].pointer, "/lines/1/quantity");

    sale.lines[0].refunded_quantity = Quantity::from_milli(1_500);
    assert_eq!(check(&sale, &[wanted(pieces, half)]), Ok(()));
}

#[test]
fn the_ledger_says_that_goods_of_an_imported_sale_come_in() {
    let mut sale = sale(Vec::new());
    assert_eq!(reason_of(&sale, "broken"), "broken");
    sale.external_number = Some("A-17".to_owned());
    assert_eq!(reason_of(&sale, "broken"), "broken");
    sale.is_imported = true;
    assert_eq!(
        reason_of(&sale, "broken"),
        "broken (goods of the imported sale A-17 come in)"
    );
}
