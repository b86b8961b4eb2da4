//! What a set of movements needs, what it leaves, and what a shortage says.

use kernel::ids::LocationId;
use proptest::prelude::*;
use serde_json::json;
use store::Rows as _;

use super::*;

fn moved(level: LevelKey, milli: i64, kind: MovementKind) -> StockMove {
    StockMove {
        product_id: level.0,
        location_id: level.1,
        delta: Quantity::from_milli(milli),
        kind,
        reference_id: None,
        unit_cost_minor: None,
        reason: None,
        actor_id: None,
        occurred_at: Timestamp::from_micros(5),
    }
}

fn sold(level: LevelKey, milli: i64) -> StockMove {
    moved(level, -milli, MovementKind::Sale)
}

fn received(level: LevelKey, milli: i64) -> StockMove {
    moved(level, milli, MovementKind::Receipt)
}

fn counted_at(level: LevelKey, micros: i64) -> StockMove {
    StockMove {
        occurred_at: Timestamp::from_micros(micros),
        ..moved(level, 0, MovementKind::Count)
    }
}

fn level() -> LevelKey {
    (ProductId::generate(), LocationId::generate())
}

fn state(on_hand_milli: i64, seq: i64) -> LevelState {
    LevelState {
        on_hand_milli,
        seq,
        counted_at: None,
    }
}

#[test]
fn what_must_be_there_is_the_deepest_point_on_the_way() {
    let (sugar, salt) = (level(), level());
    let moves = [
        sold(sugar, 3_000),
        sold(salt, 500),
        received(sugar, 5_000),
        sold(sugar, 4_000),
        received(sugar, 9_000),
    ];
    let demands = demands_of(&moves);
    let of_sugar = Demand {
        total_milli: 7_000,
        need_milli: 3_000,
        count: 4,
        counted_at: None,
    };
    assert_eq!(demands[&sugar], of_sugar);
    assert_eq!(demands[&salt].need_milli, 500);
    let only_in = demands_of(&[received(salt, 500)]);
    assert_eq!(only_in[&salt].need_milli, 0, "nothing needs to be there");
}

#[test]
fn the_latest_count_of_a_set_is_known() {
    let (sugar, salt) = (level(), level());
    let moves = [
        counted_at(sugar, 7),
        counted_at(sugar, 9),
        counted_at(sugar, 8),
        sold(salt, 1),
    ];
    let demands = demands_of(&moves);
    let latest = Some(Timestamp::from_micros(9));
    assert_eq!(demands[&sugar].counted_at, latest);
    assert_eq!(demands[&salt].counted_at, None, "a sale is no count");
    let known = |micros| {
        let level = LevelState {
            counted_at: Some(Timestamp::from_micros(micros)),
            ..state(1_000, 3)
        };
        met(&Levels::from([(sugar, level)]), &demands)[&sugar].counted_at
    };
    assert_eq!(known(3), latest);
    let later = Some(Timestamp::from_micros(11));
    assert_eq!(known(11), later, "a later count stays");
}

#[test]
fn a_level_is_met_to_the_last_gram_and_not_a_gram_further() {
    let (sugar, salt, gone) = (level(), level(), level());
    let levels = Levels::from([(sugar, state(3_000, 4)), (salt, state(2_999, 4))]);
    let moves = [sold(sugar, 3_000), sold(salt, 3_000), received(gone, 1)];
    let after = met(&levels, &demands_of(&moves));
    assert_eq!(after, Levels::from([(sugar, state(0, 5))]));
}

#[test]
fn movements_are_numbered_from_what_the_level_is_after_all_of_them() {
    let (sugar, elsewhere) = (level(), level());
    let moves = [sold(sugar, 1_000), received(sugar, 250), sold(elsewhere, 1)];
    let after = Levels::from([(sugar, state(4_250, 9))]);
    let recorded_at = Timestamp::from_micros(77);
    let posted = replay(&moves, &after, recorded_at);
    let figures: Vec<_> = posted
        .iter()
        .map(|one| (one.seq, one.balance_after.milli(), one.recorded_at))
        .collect();
    assert_eq!(figures, [(8, 4_000, recorded_at), (9, 4_250, recorded_at)]);
    assert_eq!(posted[0].wanted, moves[0]);
    assert_ne!(posted[0].id, posted[1].id);
}

#[test]
fn a_shortage_names_the_lines_that_take_more_than_is_there() {
    let (sugar, salt, rice) = (level(), level(), level());
    // A correction beside a line has no place of its own among the lines of the request.
    let moves = [
        moved(salt, 500, MovementKind::Correction),
        sold(salt, 500),
        sold(sugar, 2_000),
        received(sugar, 500),
        sold(sugar, 2_500),
        sold(rice, 1_000),
    ];
    let demands = demands_of(&moves);
    let there = Levels::from([
        (salt, state(0, 1)),
        (sugar, state(3_999, 1)),
        (rice, state(1_000, 1)),
    ]);
    let problem = shortage(&moves, &demands, &there);
    assert_eq!(problem.code, Code::InsufficientStock);
    let lines: Vec<&str> = problem
        .errors
        .iter()
        .map(|one| one.pointer.as_str())
        .collect();
    assert_eq!(
        lines,
        ["/lines/1", "/lines/3"],
        "what comes in is not short"
    );
    let line = serde_json::to_value(&problem.errors[0]).unwrap();
    assert_eq!(line["product_id"], json!(sugar.0));
    assert_eq!(line["requested"], json!(Quantity::from_milli(4_000)));
    assert_eq!(line["available"], json!(Quantity::from_milli(3_999)));
    let unknown = shortage(
        &[sold(rice, 1)],
        &demands_of(&[sold(rice, 1)]),
        &Levels::new(),
    );
    assert_eq!(
        unknown.errors.len(),
        1,
        "a level that is not there has nothing"
    );
}

#[test]
fn a_movement_is_written_under_the_names_of_its_columns() {
    let correction = moved(level(), -250, MovementKind::Correction);
    let after = Levels::from([(correction.level(), state(750, 3))]);
    let posted = replay(&[correction], &after, Timestamp::from_micros(9));
    let rows: Vec<Vec<serde_json::Value>> = serde_json::from_str(&posted.to_json(true)).unwrap();
    let names = posted.columns(true);
    let value = |name: &str| {
        let place = names.iter().position(|(column, _)| *column == name);
        rows[0][place.unwrap()].clone()
    };
    assert_eq!(value("delta_milli"), -250);
    assert_eq!(value("balance_after_milli"), 750);
    assert_eq!(
        (value("kind"), value("is_correction")),
        (json!("count"), json!(true))
    );
    assert_eq!(
        (value("seq"), value("recorded_at_us")),
        (json!(3), json!(9))
    );
}

proptest! {
    #[test]
    fn no_balance_on_the_way_is_negative_and_none_of_what_is_needed_is_too_much(
        steps in prop::collection::vec((0_usize..3, -5_000_i64..5_000), 1..40),
        spare in 0_i64..3,
    ) {
        let levels = [level(), level(), level()];
        let moves: Vec<StockMove> = steps
            .iter()
            .map(|(place, milli)| moved(levels[*place], *milli, MovementKind::Adjustment))
            .collect();
        let demands = demands_of(&moves);
        let there: Levels = demands
            .iter()
            .map(|(key, demand)| (*key, state(demand.need_milli + spare, 10)))
            .collect();
        let after = met(&there, &demands);
        prop_assert_eq!(after.len(), demands.len());
        let posted = replay(&moves, &after, Timestamp::from_micros(1));
        prop_assert_eq!(posted.len(), moves.len());
        let mut lowest = BTreeMap::new();
        let mut running = there.clone();
        for one in &posted {
            let level = running.get_mut(&one.wanted.level()).unwrap();
            level.on_hand_milli += one.wanted.delta.milli();
            level.seq += 1;
            prop_assert_eq!((one.seq, one.balance_after.milli()), (level.seq, level.on_hand_milli));
            let least = lowest.entry(one.wanted.level()).or_insert(i64::MAX);
            *least = (*least).min(level.on_hand_milli);
        }
        prop_assert_eq!(&running, &after);
        for (key, least) in lowest {
            prop_assert!(least >= 0);
            // What is needed is exactly what the deepest point takes, unless nothing goes below zero.
            prop_assert!(demands[&key].need_milli == 0 || least == spare);
        }
    }
}
