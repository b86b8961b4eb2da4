//! Finds the sales of a group for which stock is missing. Pure.

use std::collections::BTreeMap;

use super::place::Place;
use crate::inventory::{
    held::{LevelState, Levels},
    ledger::{Demand, demands_of, shortage},
    movement::LevelKey,
};

/// Refuses drafts for which stock is missing, in the order of arrival. A later, smaller sale may
/// still fit where an earlier, larger one does not. Returns whether one was refused.
pub(super) fn refuse_short(places: &mut [Place<'_>], levels: &Levels) -> bool {
    let moves = places.iter().filter_map(Place::draft);
    if suffices(levels, &demands_of(moves.flat_map(|(_, moves)| moves))) {
        return false;
    }
    let mut left = levels.clone();
    let mut has_refused = false;
    for place in places {
        let Some((_, moves)) = place.draft() else {
            continue;
        };
        let demands = demands_of(moves);
        if suffices(&left, &demands) {
            for (key, demand) in demands {
                if let Some(level) = left.get_mut(&key) {
                    level.on_hand_milli += demand.total_milli;
                }
            }
        } else {
            let problem = shortage(moves, &demands, &left);
            place.refuse(problem);
            has_refused = true;
        }
    }
    has_refused
}

fn suffices(levels: &Levels, demands: &BTreeMap<LevelKey, Demand>) -> bool {
    let fits = |level: Option<&LevelState>, demand: &Demand| {
        level.is_some_and(|level| level.on_hand_milli >= demand.need_milli)
    };
    demands
        .iter()
        .all(|(key, demand)| fits(levels.get(key), demand))
}

#[cfg(test)]
mod tests {
    use kernel::{
        Amount, Balance, Currency, Quantity, Timestamp,
        ids::{LocationId, ProductId, UserId},
    };
    use tokio::sync::oneshot;

    use super::{
        super::{job::Job, place::Outcome},
        *,
    };
    use crate::{
        actor::Actor,
        error::SalesError,
        inventory::{movement::StockMove, products::ProductCard},
        orders::{
            draft::{Cart, CartLine, Particulars, moves_of},
            model::{NewSale, Sale},
            pricing::Terms,
            tender::Settlement,
        },
        shop_reader::TaxMode,
    };

    fn job() -> Job {
        let order = NewSale {
            id: None,
            lines: Vec::new(),
            discount_minor: Amount::ZERO,
            payments: None,
            change: None,
            location_id: None,
            occurred_at: None,
            note: None,
            cashier_id: None,
            external_number: None,
            discount_reason: None,
        };
        Job {
            actor: Actor::operator("test"),
            order,
            arrived_at: Timestamp::from_micros(1),
            key: None,
            reply: oneshot::channel().0,
            guard: None,
            may_be_recorded: false,
        }
    }

    fn sale(place: LocationId, lines: &[(ProductId, i64)]) -> Sale {
        let card = ProductCard {
            name: "Rice".to_owned(),
            unit: "kg".to_owned(),
            price_minor: Amount::new(100).unwrap(),
            cost_minor: Amount::new(50).unwrap(),
            tax_rate_bp: 0,
            is_archived: false,
        };
        let lines: Vec<CartLine<'_>> = lines
            .iter()
            .map(|(product_id, milli)| CartLine {
                id: None,
                product_id: *product_id,
                card: &card,
                quantity: Quantity::from_milli(*milli),
                unit_price_minor: card.price_minor,
                discount_minor: Amount::ZERO,
            })
            .collect();
        let terms = Terms {
            tax_mode: TaxMode::Included,
            currency: Currency::parse("CDF").unwrap(),
        };
        let cashier_id = UserId::generate();
        let particulars = Particulars {
            id: None,
            location_id: place,
            cashier_id,
            recorded_by: cashier_id,
            entered_late: false,
            note: None,
            external_number: None,
            discount_reason: None,
            occurred_at: Timestamp::from_micros(1),
            recorded_at: Timestamp::from_micros(1),
        };
        let unpaid = Settlement {
            change: Vec::new(),
            change_minor: Amount::ZERO,
            rounding_minor: Balance::ZERO,
        };
        let cart = Cart::price(&lines, Amount::ZERO, terms).unwrap();
        cart.into_sale(particulars, Vec::new(), unpaid)
    }

    fn drafted(job: &Job, sale: Sale) -> Place<'_> {
        let moves = moves_of(&sale, None);
        let mut place = Place::open(job);
        place.outcome = Outcome::Drafted { sale, moves };
        place
    }

    fn levels(on_hand: &[(LevelKey, i64)]) -> Levels {
        let state = |on_hand_milli| LevelState {
            on_hand_milli,
            seq: 1,
            counted_at: None,
        };
        let levels = on_hand.iter();
        levels.map(|(key, milli)| (*key, state(*milli))).collect()
    }

    fn refused(places: &[Place<'_>]) -> Vec<bool> {
        places.iter().map(Place::is_refused).collect()
    }

    #[test]
    fn a_smaller_sale_goes_where_a_larger_one_before_it_could_not() {
        let (job, shop) = (job(), LocationId::generate());
        let (rice, beans) = (ProductId::generate(), ProductId::generate());
        let there = levels(&[((rice, shop), 5_000), ((beans, shop), 1_000)]);
        let mut places = vec![
            drafted(&job, sale(shop, &[(rice, 3_000)])),
            drafted(&job, sale(shop, &[(rice, 3_000), (beans, 1_000)])),
            drafted(&job, sale(shop, &[(rice, 2_000), (beans, 1_000)])),
            drafted(&job, sale(shop, &[(rice, 1)])),
        ];
        assert!(refuse_short(&mut places, &there));
        assert_eq!(refused(&places), [false, true, false, true]);
        let Outcome::Settled(Err(SalesError::Refused(problem))) = &places[1].outcome else {
            panic!("the second is refused");
        };
        assert_eq!(problem.errors.len(), 1, "beans suffice: {problem:?}");
        assert_eq!(problem.errors[0].pointer, "/lines/0");
    }

    #[test]
    fn a_group_that_fits_is_left_alone() {
        let (job, shop, rice) = (job(), LocationId::generate(), ProductId::generate());
        let there = levels(&[((rice, shop), 5_000)]);
        let mut places = vec![
            drafted(&job, sale(shop, &[(rice, 3_000)])),
            Place::open(&job),
            drafted(&job, sale(shop, &[(rice, 2_000)])),
        ];
        assert!(!refuse_short(&mut places, &there));
        assert_eq!(refused(&places), [false, false, false]);
        // A level that does not exist is empty.
        let elsewhere = LocationId::generate();
        let mut places = vec![drafted(&job, sale(elsewhere, &[(rice, 1)]))];
        assert!(refuse_short(&mut places, &there));
    }

    #[test]
    fn what_comes_in_within_a_sale_is_there_for_it() {
        // The correction beside a movement that a count has seen comes first.
        let (job, shop, rice) = (job(), LocationId::generate(), ProductId::generate());
        let sale = sale(shop, &[(rice, 3_000)]);
        let mut moves = moves_of(&sale, None);
        let back = StockMove {
            delta: Quantity::from_milli(3_000),
            ..moves[0].clone()
        };
        moves.insert(0, back);
        let mut place = Place::open(&job);
        place.outcome = Outcome::Drafted { sale, moves };
        let mut places = vec![place];
        assert!(!refuse_short(&mut places, &levels(&[((rice, shop), 0)])));
    }
}
