//! What a count had seen goes back with a correction, and what it had not stays.

use kernel::ids::{LocationId, ProductId, UserId};
use serde_json::json;

use super::*;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn moved(milli: i64, kind: MovementKind, micros: i64) -> StockMove {
    StockMove {
        product_id: ProductId::generate(),
        location_id: LocationId::generate(),
        delta: Quantity::from_milli(milli),
        kind,
        reference_id: Some(Uuid::from_u128(7)),
        unit_cost_minor: Some(kernel::Amount::new(100).unwrap()),
        reason: None,
        actor_id: Some(UserId::generate()),
        occurred_at: at(micros),
    }
}

/// A count at an instant that had seen a movement.
fn seen(wanted: &StockMove, counted_at: i64) -> CountsSince {
    CountsSince {
        first: BTreeMap::from([(place_in_time(wanted), at(counted_at))]),
        corrected: BTreeSet::new(),
    }
}

#[test]
fn a_sale_that_a_count_had_seen_is_taken_back_before_it_is_made() {
    let sale = moved(-2_000, MovementKind::Sale, 5);
    let counts = seen(&sale, 9);
    assert_eq!(counts.of(&sale), Some(at(9)));
    let all = counts.respected(vec![sale.clone()]);
    let [correction, last] = all.as_slice() else {
        panic!("a correction beside the sale: {all:?}");
    };
    assert_eq!(last, &sale, "goods that had left need not lie there");
    let expected = StockMove {
        delta: Quantity::from_milli(2_000),
        kind: MovementKind::Correction,
        unit_cost_minor: None,
        reason: Some(SEEN.to_owned()),
        occurred_at: at(9),
        ..sale
    };
    assert_eq!(correction, &expected);
}

#[test]
fn a_delivery_that_a_count_had_seen_comes_before_it_is_taken_back() {
    let delivery = moved(2_000, MovementKind::Receipt, 5);
    let all = seen(&delivery, 9).respected(vec![delivery.clone()]);
    let signs: Vec<i64> = all.iter().map(|one| one.delta.milli()).collect();
    assert_eq!(signs, [2_000, -2_000]);
    assert_eq!(all[0], delivery);
}

#[test]
fn what_no_count_had_seen_is_left_alone_and_in_its_order() {
    let (sale, other) = (
        moved(-1, MovementKind::Sale, 5),
        moved(-1, MovementKind::Sale, 5),
    );
    let counts = seen(&sale, 9);
    assert_eq!(counts.of(&other), None, "another level");
    let later = StockMove {
        occurred_at: at(6),
        ..sale.clone()
    };
    assert_eq!(counts.of(&later), None, "another moment");
    let all = counts.respected(vec![other.clone(), sale.clone(), later.clone()]);
    assert_eq!(all.len(), 4);
    assert_eq!((&all[0], &all[2], &all[3]), (&other, &sale, &later));
}

#[test]
fn a_count_repeated_for_the_same_instant_is_not_one_that_the_first_had_seen() {
    let count = moved(0, MovementKind::Count, 5);
    let sale = moved(0, MovementKind::Sale, 5);
    assert_eq!(place_in_time(&count), (count.level(), at(6)));
    assert_eq!(place_in_time(&sale), (sale.level(), at(5)));
}

#[test]
fn what_goes_back_with_its_correction_is_known_by_its_level() {
    let sale = moved(-1, MovementKind::Void, 5);
    let mut counts = CountsSince::default();
    assert!(!counts.goes_back_with_correction(&sale));
    counts.corrected.insert(sale.level());
    assert!(counts.goes_back_with_correction(&sale));
}

#[test]
fn a_count_that_cannot_be_says_which_line_and_how_much() {
    let [counted, was, is] = [1_000, 5_000, 3_000].map(Quantity::from_milli);
    let problem = contradiction(4, counted, was, is);
    assert_eq!(problem.code, Code::CountContradicted);
    let error = serde_json::to_value(&problem.errors[0]).unwrap();
    assert_eq!(error["pointer"], "/lines/4");
    let figures = ["counted", "expected", "available"].map(|name| error[name].clone());
    assert_eq!(figures, [json!(counted), json!(was), json!(is)]);
}

#[test]
fn what_lies_at_a_level_that_was_never_moved_is_nothing() {
    let sale = moved(-1, MovementKind::Sale, 5);
    let level = LevelState {
        on_hand_milli: 42,
        seq: 1,
        counted_at: Some(at(5)),
    };
    assert_eq!(on_hand(&Levels::new(), sale.level()), 0);
    assert_eq!(
        on_hand(&Levels::from([(sale.level(), level)]), sale.level()),
        42
    );
    // A count at the very moment may have seen what happened then.
    let since = [4, 5, 6].map(|micros| level.was_counted_since(at(micros)));
    assert_eq!(since, [true, true, false]);
}
