//! What goods cost: a moving average for each product (coût unitaire moyen pondéré, the method of
//! SYSCOHADA).
//!
//! Incoming goods with a value of their own change the average: deliveries at their purchase cost,
//! returns and voids at the cost at which they left. Sales, counts and transfers do not change it. So
//! the cost of what left plus the worth of the stock is the worth of what came in.

use std::collections::BTreeMap;

use kernel::{
    Amount, Balance,
    ids::ProductId,
    money::{self, MinorUnits as _},
    rounding::div_half_up,
};
use store::{ColumnKind, Tx, json_rows, to_json};

use super::{
    counting::CountsSince,
    held::Held,
    movement::StockMove,
    prices::{NewPrice, record_prices},
    products::{ProductCard, load_cards},
};
use crate::{actor::Actor, error::SalesResult};

/// Goods that come in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Their movement, with the cost of a unit.
    pub moved: &'a StockMove,
    /// Their worth together, minor units.
    pub value_minor: Balance,
}

impl<'a> Incoming<'a> {
    /// Goods with the worth of each movement, in their order.
    pub fn of(moves: &'a [StockMove], worth: impl Iterator<Item = Amount>) -> Vec<Self> {
        let goods = moves.iter().zip(worth);
        goods
            .map(|(moved, worth)| Self {
                moved,
                value_minor: worth.into(),
            })
            .collect()
    }
}

/// Goods at the unit cost of their movements; without one, at the average.
///
/// # Errors
/// An amount out of range.
pub fn at_unit_cost<'a>(
    moves: impl IntoIterator<Item = &'a StockMove>,
) -> SalesResult<Vec<Incoming<'a>>> {
    let mut incoming = Vec::new();
    for moved in moves {
        if let Some(cost) = moved.unit_cost_minor {
            let value_minor = money::extend(Balance::from(cost), moved.delta)?;
            incoming.push(Incoming { moved, value_minor });
        }
    }
    Ok(incoming)
}

/// What comes in of one product.
#[derive(Debug, Clone, Copy)]
struct Lot {
    milli: i64,
    /// How much of it a count has seen: that is in the stock already.
    seen_milli: i64,
    value_minor: i128,
    lowest: Amount,
    highest: Amount,
}

/// Sets the average cost of each product to that of its stock and the incoming goods; called before
/// the goods are moved. The products (`lock_products`) and the levels are locked. Goods that a count
/// has seen are weighed once. Goods that go back together with their correction change nothing.
pub async fn take_in(
    tx: &Tx,
    actor: &Actor,
    held: &Held,
    counts: &CountsSince,
    incoming: &[Incoming<'_>],
) -> SalesResult<()> {
    let mut lots = lots_of(counts, incoming);
    if lots.is_empty() {
        return Ok(());
    }
    let cards = load_cards(tx, lots.keys().copied()).await?;
    lots.retain(|product, lot| {
        let cost = cards.get(product).map(|card| card.cost_minor);
        cost.is_some_and(|cost| (lot.lowest, lot.highest) != (cost, cost))
    });
    if lots.is_empty() {
        return Ok(());
    }
    let there = on_hand_of(tx, lots.keys()).await?;
    let mut changed = Vec::with_capacity(lots.len());
    for (product, lot) in lots {
        let Some(card) = cards.get(&product) else {
            continue;
        };
        let there = there.get(&product).copied().unwrap_or(0);
        let cost = average(card.cost_minor, there, lot);
        if cost != card.cost_minor {
            changed.push((product, card, cost));
        }
    }
    write(tx, actor, held, &changed).await
}

fn lots_of(counts: &CountsSince, incoming: &[Incoming<'_>]) -> BTreeMap<ProductId, Lot> {
    let mut lots: BTreeMap<ProductId, Lot> = BTreeMap::new();
    for goods in incoming {
        let Some(cost) = goods.moved.unit_cost_minor else {
            continue;
        };
        let milli = goods.moved.delta.milli();
        if milli <= 0 || counts.goes_back_with_correction(goods.moved) {
            continue;
        }
        let lot = lots.entry(goods.moved.product_id).or_insert(Lot {
            milli: 0,
            seen_milli: 0,
            value_minor: 0,
            lowest: cost,
            highest: cost,
        });
        lot.milli = lot.milli.saturating_add(milli);
        if counts.of(goods.moved).is_some() {
            lot.seen_milli = lot.seen_milli.saturating_add(milli);
        }
        lot.value_minor += i128::from(goods.value_minor);
        lot.lowest = lot.lowest.min(cost);
        lot.highest = lot.highest.max(cost);
    }
    lots
}

/// The cost of a unit after a lot has come in. It is between the old cost and the lot's: a few grams,
/// whose worth rounds to zero, do not make the rest cheaper.
fn average(cost_minor: Amount, there_milli: i64, lot: Lot) -> Amount {
    let before = there_milli.saturating_sub(lot.seen_milli).max(0);
    let (mut lowest, mut highest) = (lot.lowest, lot.highest);
    if before > 0 {
        lowest = lowest.min(cost_minor);
        highest = highest.max(cost_minor);
    }
    let worth = i128::from(cost_minor) * i128::from(before) + lot.value_minor * 1000;
    let whole = i128::from(before) + i128::from(lot.milli);
    Amount::nearest(div_half_up(worth, whole.max(1))).clamp(lowest, highest)
}

store::selection! {
    There(product_id: ProductId, on_hand_milli: i64)
}

/// The stock of each product at all locations, thousandths.
async fn on_hand_of(
    tx: &Tx,
    products: impl Iterator<Item = &ProductId>,
) -> SalesResult<BTreeMap<ProductId, i64>> {
    let rows: Vec<_> = products.map(|id| (id,)).collect();
    let source = json_rows(tx.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sum = tx.dialect().sum("level.on_hand_milli");
    let sql = format!(
        "SELECT level.product_id, {sum} AS on_hand_milli FROM {source} AS wanted
         JOIN stock_levels AS level ON level.product_id = wanted.id GROUP BY level.product_id"
    );
    let there = tx.select::<There>(&sql, [to_json(&rows).into()]).await?;
    Ok(there.into_iter().collect())
}

async fn write(
    tx: &Tx,
    actor: &Actor,
    held: &Held,
    changed: &[(ProductId, &ProductCard, Amount)],
) -> SalesResult<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let at = held.recorded_at.micros();
    let costs: Vec<_> = changed.iter().map(|(id, _, cost)| (id, cost)).collect();
    let columns = [("id", ColumnKind::Uuid), ("cost", ColumnKind::Int)];
    let source = json_rows(tx.dialect(), 1, &columns);
    let sql = format!(
        "UPDATE products SET cost_minor = changed.cost, version = products.version + 1, updated_at_us = $2
         FROM {source} AS changed WHERE products.id = changed.id"
    );
    tx.execute(&sql, [to_json(&costs).into(), at.into()])
        .await?;
    let prices = changed.iter().map(|(id, card, cost)| NewPrice {
        product_id: *id,
        price_minor: card.price_minor,
        cost_minor: *cost,
    });
    record_prices(tx, prices, actor.user_id, held.recorded_at).await
}

#[cfg(test)]
mod tests {
    use kernel::{Quantity, Timestamp, ids::LocationId};

    use super::*;
    use crate::inventory::movement::MovementKind;

    fn amount(minor: i64) -> Amount {
        Amount::new(minor).unwrap()
    }

    fn lot(milli: i64, cost: i64, value_minor: i128) -> Lot {
        Lot {
            milli,
            seen_milli: 0,
            value_minor,
            lowest: amount(cost),
            highest: amount(cost),
        }
    }

    /// The average of a cost and a lot.
    fn cost_after(cost: i64, there_milli: i64, lot: Lot) -> i64 {
        average(amount(cost), there_milli, lot).minor()
    }

    #[test]
    fn what_comes_back_weighs_by_its_quantity() {
        assert_eq!(
            cost_after(15_000, 10_000, lot(5_000, 10_000, 50_000)),
            13_333
        );
        assert_eq!(
            cost_after(15_000, 0, lot(5_000, 10_000, 50_000)),
            10_000,
            "nothing lies there"
        );
        let seen = Lot {
            seen_milli: 4_000,
            ..lot(4_000, 200, 800)
        };
        assert_eq!(cost_after(100, 10_000, seen), 140);
    }

    fn delivery(product_id: ProductId, milli: i64, unit_cost: Option<i64>) -> StockMove {
        StockMove {
            product_id,
            location_id: LocationId::generate(),
            delta: Quantity::from_milli(milli),
            kind: MovementKind::Receipt,
            reference_id: None,
            unit_cost_minor: unit_cost.map(amount),
            reason: None,
            actor_id: None,
            occurred_at: Timestamp::from_micros(5),
        }
    }

    #[test]
    fn goods_without_a_cost_of_their_own_or_that_leave_are_in_no_lot() {
        let (sugar, salt) = (ProductId::generate(), ProductId::generate());
        let moves = [
            delivery(sugar, 2_000, Some(300)),
            delivery(sugar, 1_000, Some(200)),
            delivery(sugar, 1_000, Some(400)),
            delivery(salt, 1_000, None),
            delivery(salt, 0, Some(100)),
            delivery(salt, -1_000, Some(100)),
        ];
        let incoming = at_unit_cost(&moves).unwrap();
        let worth: Vec<i64> = incoming.iter().map(|one| one.value_minor.minor()).collect();
        assert_eq!(worth, [600, 200, 400, 0, -100]);
        let lots = lots_of(&CountsSince::default(), &incoming);
        assert_eq!(lots.keys().collect::<Vec<_>>(), [&sugar]);
        let lot = lots[&sugar];
        assert_eq!(
            (lot.milli, lot.seen_milli, lot.value_minor),
            (4_000, 0, 1_200)
        );
        assert_eq!((lot.lowest, lot.highest), (amount(200), amount(400)));
        let named = Incoming::of(&moves, [7, 8].map(amount).into_iter());
        let worth: Vec<i64> = named.iter().map(|one| one.value_minor.minor()).collect();
        assert_eq!(worth, [7, 8]);
    }

    #[test]
    fn the_average_lies_between_the_costs_that_it_is_made_of() {
        // The worth of a lot may be off its unit costs by a rounding, never the average.
        assert_eq!(cost_after(100, 1_000, lot(1_000, 200, 1_000_000)), 200);
        assert_eq!(cost_after(300, 1_000, lot(1_000, 200, 0)), 200);
        assert_eq!(cost_after(100, 1_000, lot(3_000, 200, 600)), 175);
        // What lies there without being counted twice is never less than nothing.
        let all_seen = Lot {
            seen_milli: 2_000,
            ..lot(1_000, 200, 200)
        };
        assert_eq!(cost_after(100, 1_000, all_seen), 200);
    }

    #[test]
    fn a_gram_whose_worth_rounds_to_nothing_keeps_its_cost() {
        assert_eq!(cost_after(500, 0, lot(1, 333, 0)), 333);
        assert_eq!(cost_after(333, 1, lot(1, 334, 0)), 333);
    }
}
