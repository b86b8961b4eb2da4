//! Orders and deliveries. Every supplier comes on fixed days of the week with what was ordered some
//! days before, the lead time of its products. On the day of ordering, the shop checks each shelf and
//! orders what would not last until the delivery after the next one.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use kernel::Quantity;
use sales::inventory::documents::{Heading, Posting, post};

use super::{
    PLANTED, PlantedKind, baskets,
    catalogue::ShelfFacts,
    chance::{Chance, nearest, real},
    order_book::Placed,
    paying::amount,
    staff::Staff,
    stockroom::{CENTIMES, EXAMPLE_SKU, Stockroom},
    today::Today,
};
use crate::{app::Modules, example_ids};

/// How often a supplier cannot deliver an item.
const UNDELIVERED: f64 = 0.05;
/// Safety stock in standard deviations of random demand.
const SAFETY: f64 = 1.1;
/// Times without deliveries, in days counted back from the end: the road was closed.
const CLOSED_ROADS: [(&str, i64, i64); 2] = [
    ("Brasserie des Volcans", 258, 281),
    ("Dépôt Virunga", 96, 112),
];
/// The stock that the unit slip needs.
const SLIP_MILLI: i64 = 320_000;

/// Minimum stock of the example product in the last days.
const EXAMPLE_MILLI: i64 = 60_000;
const EXAMPLE_DAYS: i64 = 3;

/// Position of the product, quantity in thousandths, cost of a unit in minor units.
type OrderLine = (usize, i64, i64);

impl Stockroom {
    /// Orders what will not last. If the shop was closed on a day of ordering, it orders on the next
    /// open day.
    pub(super) fn order(&mut self, chance: &mut Chance, today: Today<'_>) {
        let date = today.date;
        let since = self.orders.looked.unwrap_or(date);
        self.orders.looked = Some(date);
        let missed = since.iter_days().skip(1).take_while(|day| *day < date);
        let days: Vec<i64> = missed.chain([date]).map(weekday).collect();
        for (position, slot) in self.slots.iter().enumerate() {
            let Some((until_delivery, until_next)) = next_deliveries(slot.facts, &days) else {
                continue;
            };
            let portion = slot.item.unit.mean_portion();
            let daily = baskets::usual(position, today);
            let must_last = real(until_delivery + until_next);
            let asked = daily * must_last;
            let need = (asked + SAFETY * (asked * 2.0).sqrt()) * portion;
            let there = slot.on_hand + slot.stored + self.orders.on_order(position);
            if real(there) >= need || chance.happens(UNDELIVERED) {
                continue;
            }
            let cover = slot.facts.cover_days * chance.between(0.85, 1.15);
            let wanted = nearest(need + daily * cover * portion) - there;
            if wanted > 0 {
                self.orders.placed.push(Placed {
                    due: date + chrono::Duration::days(until_delivery),
                    position,
                    milli: (wanted + 999) / 1000 * 1000,
                });
            }
        }
    }

    /// Records the deliveries of a morning, and returns how many there were.
    pub(super) async fn deliver(
        &mut self,
        modules: &Modules,
        chance: &mut Chance,
        staff: &Staff,
        today: Today<'_>,
    ) -> anyhow::Result<usize> {
        let mut orders: BTreeMap<(&str, bool), Vec<OrderLine>> = BTreeMap::new();
        for (position, milli) in self.arriving(today) {
            let Some(slot) = self.slots.get(position) else {
                continue;
            };
            let cost =
                nearest(real(slot.cost_minor) * chance.between(0.985, 1.02) / 100.0) * CENTIMES;
            let place = (slot.facts.supplier, slot.facts.is_stored);
            let lines = orders.entry(place).or_default();
            lines.push((position, milli, cost));
        }
        let receipts = orders.len();
        for ((supplier, is_stored), lines) in orders {
            let heading = Heading {
                supplier: Some(supplier.to_owned()),
                reference: Some(format!(
                    "BL-{}-{:03}",
                    today.date.format("%y%m%d"),
                    chance.whole(1, 999)
                )),
                reason: None,
            };
            let received = lines
                .iter()
                .map(|(position, milli, cost)| (*position, (*milli, *cost)));
            let posting = Posting::Receipt {
                lines: self
                    .identify(received)
                    .map(|(id, (milli, cost))| {
                        (id, Quantity::from_milli(milli), Some(amount(cost)))
                    })
                    .collect(),
                location_id: is_stored.then_some(example_ids::STOREROOM),
                occurred_at: None,
            };
            post(&modules.sales.ctx, &staff.manager, None, &heading, &posting).await?;
            for (position, milli, _) in lines {
                if is_stored {
                    self.store(position, milli);
                } else {
                    self.add(position, milli);
                }
            }
        }
        Ok(receipts)
    }

    /// What arrives today: the orders, and what a planted event needs, which the shop knew in
    /// advance.
    fn arriving(&mut self, today: Today<'_>) -> BTreeMap<usize, i64> {
        let Today {
            date,
            end,
            planted: today,
        } = today;
        let days_back = (end - date).num_days();
        let is_cut_off = |supplier: &str| {
            CLOSED_ROADS
                .iter()
                .any(|(cut, from, to)| *cut == supplier && (*from..=*to).contains(&days_back))
        };
        let mut arriving = BTreeMap::new();
        let slots = &self.slots;
        self.orders.placed.retain(|one| {
            let waits = one.due > date
                || slots
                    .get(one.position)
                    .is_some_and(|slot| is_cut_off(slot.facts.supplier));
            if !waits {
                *arriving.entry(one.position).or_insert(0) += one.milli;
            }
            waits
        });
        for (position, slot) in slots.iter().enumerate() {
            let mut needed = needed_today(position, date, end, today);
            if slot.item.sku == EXAMPLE_SKU && days_back <= EXAMPLE_DAYS {
                needed = needed.max(EXAMPLE_MILLI);
            }
            let there = slot.on_hand + slot.stored + arriving.get(&position).copied().unwrap_or(0);
            if needed > there {
                *arriving.entry(position).or_insert(0) += (needed - there + 999) / 1000 * 1000;
            }
        }
        arriving
    }
}

/// If one of these days is a day of ordering: the days until its delivery, and from there to the
/// following delivery.
fn next_deliveries(facts: &ShelfFacts, days: &[i64]) -> Option<(i64, i64)> {
    let delivery_days = facts.delivery_days;
    delivery_days.iter().find_map(|delivery| {
        let ordering = (delivery - facts.lead_days).rem_euclid(7);
        let gap = |other: &i64| (other - delivery - 1).rem_euclid(7) + 1;
        let until_next = delivery_days.iter().map(gap).min()?;
        days.contains(&ordering)
            .then_some((facts.lead_days, until_next))
    })
}

fn weekday(date: NaiveDate) -> i64 {
    i64::from(date.weekday().num_days_from_monday())
}

/// What a planted event needs today, in thousandths.
pub(super) fn needed_today(
    position: usize,
    date: NaiveDate,
    end: NaiveDate,
    today: &[(usize, bool)],
) -> i64 {
    if slip_today(position, today) {
        return SLIP_MILLI;
    }
    let portion = baskets::item_at(position).map_or(0.0, |item| item.unit.mean_portion());
    nearest(special_need(position, date, end, today) * portion)
}

/// What a spike or a new level needs on its first day, in portions.
fn special_need(position: usize, date: NaiveDate, end: NaiveDate, today: &[(usize, bool)]) -> f64 {
    let is_special = today.iter().any(|(index, is_first)| {
        *is_first
            && PLANTED.get(*index).is_some_and(|planted| {
                planted.demand_factor > 1.0
                    && (planted.sku.is_none()
                        || baskets::position_of(planted.sku) == Some(position))
            })
    });
    if is_special {
        baskets::expected(position, date, end) * baskets::planted_factor(position, today) * 1.6
    } else {
        0.0
    }
}

fn slip_today(position: usize, today: &[(usize, bool)]) -> bool {
    today.iter().any(|(index, is_first)| {
        *is_first
            && PLANTED.get(*index).is_some_and(|planted| {
                planted.kind == PlantedKind::UnitSlip
                    && baskets::position_of(planted.sku) == Some(position)
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::catalogue::SHELVES;

    #[test]
    fn every_shelf_is_ordered_a_lead_time_before_each_of_its_deliveries() {
        for facts in SHELVES {
            let ordering: Vec<i64> = (0..7)
                .filter(|day| next_deliveries(facts, &[*day]).is_some())
                .collect();
            let mut arriving: Vec<i64> = ordering
                .iter()
                .map(|day| (day + facts.lead_days) % 7)
                .collect();
            let mut delivery_days = facts.delivery_days.to_vec();
            arriving.sort_unstable();
            delivery_days.sort_unstable();
            assert_eq!(arriving, delivery_days, "{}", facts.name);
        }
    }

    #[test]
    fn what_comes_twice_a_week_lasts_until_the_next_time() {
        let fresh = SHELVES
            .iter()
            .find(|one| one.delivery_days == [4, 0])
            .unwrap();
        assert_eq!(next_deliveries(fresh, &[3]), Some((1, 3)));
        assert_eq!(next_deliveries(fresh, &[6]), Some((1, 4)));
        assert_eq!(next_deliveries(fresh, &[0]), None);
        let weekly = SHELVES.iter().find(|one| one.delivery_days == [5]).unwrap();
        assert_eq!(next_deliveries(weekly, &[0]), Some((5, 7)));
    }
}
