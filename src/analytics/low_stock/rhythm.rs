//! The next day on which an order can be placed, learnt from past receipts.
//!
//! A shop orders from most suppliers on a usual day: the van comes on Mondays, the market is on Fridays.
//! The days on which a supplier delivered in the last weeks show it: a weekday with deliveries in at
//! least three weeks of five, or, without such a weekday, the usual number of days between two
//! deliveries. The supplier of a product is that of its newest receipt; a product whose receipts name no
//! supplier uses its own receipts, and one with hardly any receipts those of the whole shop. Without
//! enough receipts every day is an order day: waiting then means until tomorrow.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Days, NaiveDate};
use chrono_tz::Tz;
use kernel::{ids::ProductId, read::ReceiptFacts};
use serde::Serialize;

/// Days of receipts from which a rhythm is learnt: twelve weeks.
pub const LEARNT_DAYS: u64 = 84;
/// Fewest days with a delivery from which weekdays are learnt.
const FEWEST_DELIVERIES: usize = 3;
/// Fewest days with a delivery from which the days between two deliveries are learnt.
const FEWEST_FOR_A_GAP: usize = 4;
/// A weekday is usual when this part of the weeks has a delivery on it.
const USUAL_SHARE: f64 = 0.6;
/// A weekday of the supplier is dropped for a product that came on it in less than this part of the
/// weeks.
const OWN_SHARE: f64 = 0.25;
/// Days between two orders where every day is an order day.
const EVERY_DAY_CYCLE: u64 = 7;
/// Longest time between two deliveries that counts as a rhythm.
const LONGEST_GAP: i64 = 60;

/// Whose deliveries decide the usual order days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderDaysOf {
    /// Deliveries of the product's supplier.
    Supplier,
    /// Deliveries of the product.
    Product,
    /// Deliveries of the whole shop.
    Shop,
    /// None: too few are known, so every day is an order day.
    EveryDay,
}

/// The days on which deliveries come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rhythm {
    /// On these weekdays, Monday first.
    Weekdays([bool; 7]),
    /// Every `days` days after the last one.
    Every { last: NaiveDate, days: u64 },
}

/// The next order and its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextOrder {
    /// Next usual order day after today.
    pub order_on: NaiveDate,
    /// Delivery day of that order: the later delivery.
    pub delivery_on: NaiveDate,
    /// Days from today to that delivery.
    pub days_to_delivery: usize,
    /// Days from today to that order.
    pub wait_days: usize,
    /// Days from that order to the one after it.
    pub cycle_days: usize,
    /// Whose deliveries decided the order days.
    pub rhythm_of: OrderDaysOf,
}

/// The deliveries of the last weeks, by product, supplier and shop.
#[derive(Debug, Default)]
pub struct Deliveries {
    today: NaiveDate,
    products: BTreeMap<ProductId, BTreeSet<NaiveDate>>,
    supplier_of: BTreeMap<ProductId, String>,
    suppliers: BTreeMap<String, BTreeSet<NaiveDate>>,
    shop: BTreeSet<NaiveDate>,
}

impl Deliveries {
    /// Groups receipts; they come newest first.
    #[must_use]
    pub fn new(receipts: &[ReceiptFacts], zone: Tz, today: NaiveDate) -> Self {
        let mut known = Self {
            today,
            ..Self::default()
        };
        for receipt in receipts {
            let date = receipt.received_at.date_in(zone);
            let named = receipt.supplier.as_deref().map(spelling);
            known.shop.insert(date);
            let own = known.products.entry(receipt.product_id).or_default();
            let is_newest = own.is_empty();
            own.insert(date);
            if let Some(name) = named.filter(|name| !name.is_empty()) {
                if is_newest {
                    known.supplier_of.insert(receipt.product_id, name.clone());
                }
                known.suppliers.entry(name).or_default().insert(date);
            }
        }
        known
    }

    /// The next order after today of a product with this lead time.
    #[must_use]
    pub fn next_order(&self, product: ProductId, lead_days: u64) -> NextOrder {
        let (rhythm, rhythm_of) = self.rhythm(product);
        let soonest = lead_days + 1;
        let (wait, cycle) = match rhythm {
            None => (1, EVERY_DAY_CYCLE),
            Some(rhythm) => {
                let first = rhythm.first_from(self.today, soonest);
                let second = rhythm.first_from(self.today, first + 1);
                (first - lead_days, second - first)
            }
        };
        let after = |days: u64| {
            let date = self.today.checked_add_days(Days::new(days));
            date.unwrap_or(self.today)
        };
        NextOrder {
            order_on: after(wait),
            delivery_on: after(wait + lead_days),
            days_to_delivery: whole(wait + lead_days),
            wait_days: whole(wait),
            cycle_days: whole(cycle),
            rhythm_of,
        }
    }

    fn rhythm(&self, product: ProductId) -> (Option<Rhythm>, OrderDaysOf) {
        let nothing = BTreeSet::new();
        let own = self.products.get(&product).unwrap_or(&nothing);
        let supplier = self.supplier_of.get(&product);
        let supplier = supplier.and_then(|name| self.suppliers.get(name));
        let sources = [
            (supplier, OrderDaysOf::Supplier),
            (Some(own), OrderDaysOf::Product),
            (Some(&self.shop), OrderDaysOf::Shop),
        ];
        for (dates, rhythm_of) in sources {
            let Some(dates) = dates.filter(|dates| dates.len() >= FEWEST_DELIVERIES) else {
                continue;
            };
            // The gaps between deliveries of the whole shop do not show how often one product comes.
            let found = match (self.weekdays(dates), rhythm_of) {
                (Some(days), OrderDaysOf::Supplier) => Some(Rhythm::Weekdays(own_of(days, own))),
                (Some(days), _) => Some(Rhythm::Weekdays(days)),
                (None, OrderDaysOf::Shop) => None,
                (None, _) => gap(dates),
            };
            if let Some(rhythm) = found {
                return (Some(rhythm), rhythm_of);
            }
        }
        (None, OrderDaysOf::EveryDay)
    }

    /// The weekdays on which goods came in most weeks since the first delivery.
    fn weekdays(&self, dates: &BTreeSet<NaiveDate>) -> Option<[bool; 7]> {
        let first = *dates.first()?;
        let days = u32::try_from((self.today - first).num_days()).unwrap_or(0);
        let weeks = (f64::from(days) / 7.0).max(f64::from(
            u32::try_from(FEWEST_DELIVERIES).unwrap_or(u32::MAX),
        ));
        let counted = by_weekday(dates);
        let usual = counted.map(|count| f64::from(count) >= USUAL_SHARE * weeks);
        usual.contains(&true).then_some(usual)
    }
}

impl Rhythm {
    /// Days from `today` to the first delivery that is at least `soonest` days away.
    fn first_from(self, today: NaiveDate, soonest: u64) -> u64 {
        match self {
            Self::Weekdays(usual) => (soonest..soonest + 7)
                .find(|days| {
                    let date = today.checked_add_days(Days::new(*days));
                    let weekday = date.map(|date| date.weekday().num_days_from_monday());
                    let place = weekday.and_then(|place| usize::try_from(place).ok());
                    place.and_then(|place| usual.get(place)) == Some(&true)
                })
                .unwrap_or(soonest),
            Self::Every { last, days } => {
                let since = u64::try_from((today - last).num_days()).unwrap_or(0);
                let deliveries = (since + soonest).div_ceil(days.max(1)).max(1);
                (deliveries * days.max(1))
                    .saturating_sub(since)
                    .max(soonest)
            }
        }
    }
}

/// The weekdays of a supplier on which this product comes, where its own receipts show them.
fn own_of(usual: [bool; 7], own: &BTreeSet<NaiveDate>) -> [bool; 7] {
    if own.len() < FEWEST_DELIVERIES {
        return usual;
    }
    let all: u32 = by_weekday(own).iter().sum();
    let mut both = usual;
    for (usual, count) in both.iter_mut().zip(by_weekday(own)) {
        *usual &= f64::from(count) >= OWN_SHARE * f64::from(all);
    }
    if both.contains(&true) { both } else { usual }
}

/// The usual number of days between two deliveries.
fn gap(dates: &BTreeSet<NaiveDate>) -> Option<Rhythm> {
    if dates.len() < FEWEST_FOR_A_GAP {
        return None;
    }
    let later = dates.iter().skip(1);
    let mut gaps: Vec<i64> = dates
        .iter()
        .zip(later)
        .map(|(one, next)| (*next - *one).num_days())
        .collect();
    gaps.sort_unstable();
    let usual = gaps.get(gaps.len() / 2).copied()?;
    let days = u64::try_from(usual).ok()?;
    (2..=LONGEST_GAP).contains(&usual).then_some(Rhythm::Every {
        last: *dates.last()?,
        days,
    })
}

fn by_weekday(dates: &BTreeSet<NaiveDate>) -> [u32; 7] {
    let mut counted = [0; 7];
    for date in dates {
        let place = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or(0);
        if let Some(count) = counted.get_mut(place) {
            *count += 1;
        }
    }
    counted
}

/// Names that differ only in case or blanks are the same supplier.
fn spelling(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn whole(days: u64) -> usize {
    usize::try_from(days).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    const ZONE: Tz = chrono_tz::Africa::Lubumbashi;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn product(number: u8) -> ProductId {
        format!("00000000-0000-7000-8000-0000000000{number:02}")
            .parse()
            .unwrap()
    }

    fn receipt(number: u8, supplier: Option<&str>, date: NaiveDate) -> ReceiptFacts {
        ReceiptFacts {
            product_id: product(number),
            supplier: supplier.map(str::to_owned),
            received_at: Timestamp::start_of_day(date, ZONE).plus_seconds(6 * 3_600),
        }
    }

    /// On every `step`-th day of the last twelve weeks, newest first.
    fn every(
        number: u8,
        supplier: Option<&str>,
        last: NaiveDate,
        step: usize,
    ) -> Vec<ReceiptFacts> {
        (0..84)
            .step_by(step)
            .map(|back| receipt(number, supplier, last - chrono::Duration::days(back)))
            .collect()
    }

    fn next(receipts: &[ReceiptFacts], today: NaiveDate, lead: u64) -> NextOrder {
        Deliveries::new(receipts, ZONE, today).next_order(product(1), lead)
    }

    #[test]
    fn an_order_is_placed_a_lead_time_before_its_usual_delivery_day() {
        // A Monday.
        let receipts = every(1, Some("Dépôt Virunga"), day("2026-11-23"), 7);
        let saturday = next(&receipts, day("2026-11-28"), 2);
        assert_eq!(saturday.rhythm_of, OrderDaysOf::Supplier);
        assert_eq!(
            saturday.order_on,
            day("2026-12-05"),
            "today is an order day; the next one is in a week"
        );
        assert_eq!(saturday.delivery_on, day("2026-12-07"));
        assert_eq!((saturday.days_to_delivery, saturday.cycle_days), (9, 7));
        let friday = next(&receipts, day("2026-11-27"), 2);
        assert_eq!(friday.order_on, day("2026-11-28"));
        assert_eq!(friday.days_to_delivery, 3);
    }

    #[test]
    fn a_rare_product_follows_its_supplier_and_a_frequent_one_its_own_days() {
        let mut receipts = every(2, Some("MARCHÉ  Virunga"), day("2026-11-27"), 7);
        receipts.extend(every(3, Some("Marché Virunga"), day("2026-11-23"), 7));
        receipts.push(receipt(1, Some("marché virunga"), day("2026-11-20")));
        receipts.sort_by_key(|one| std::cmp::Reverse(one.received_at));
        let hardly = next(&receipts, day("2026-11-28"), 1);
        assert_eq!(hardly.order_on, day("2026-11-29"), "Mondays and Fridays");
        assert_eq!(hardly.cycle_days, 4);
        receipts.extend(every(1, Some("Marché Virunga"), day("2026-11-27"), 14));
        receipts.sort_by_key(|one| std::cmp::Reverse(one.received_at));
        let own = next(&receipts, day("2026-11-28"), 1);
        assert_eq!(own.order_on, day("2026-12-03"), "it comes on Fridays only");
    }

    #[test]
    fn without_a_usual_weekday_the_days_between_two_deliveries_count() {
        let receipts = every(1, None, day("2026-11-20"), 10);
        let found = next(&receipts, day("2026-11-26"), 3);
        assert_eq!(found.rhythm_of, OrderDaysOf::Product);
        assert_eq!(found.delivery_on, day("2026-11-30"));
        assert_eq!((found.wait_days, found.cycle_days), (1, 10));
        let late = next(&receipts, day("2026-11-27"), 3);
        assert_eq!(late.delivery_on, day("2026-12-10"));
    }

    #[test]
    fn a_product_without_receipts_follows_the_shop_and_without_any_receipt_tomorrow() {
        let receipts = every(2, None, day("2026-11-26"), 7);
        let found = next(&receipts, day("2026-11-27"), 2);
        assert_eq!(found.rhythm_of, OrderDaysOf::Shop);
        assert_eq!(found.delivery_on, day("2026-12-03"));
        let nothing = next(&[], day("2026-11-27"), 2);
        assert_eq!(nothing.rhythm_of, OrderDaysOf::EveryDay);
        assert_eq!(nothing.order_on, day("2026-11-28"));
        assert_eq!(nothing.days_to_delivery, 3);
        // Goods come on any day: every day is an order day.
        let daily = every(2, None, day("2026-11-26"), 2);
        assert_eq!(
            next(&daily, day("2026-11-27"), 2).rhythm_of,
            OrderDaysOf::EveryDay
        );
    }

    #[test]
    fn the_later_delivery_comes_after_that_of_an_order_placed_today() {
        for step in [1, 2, 3, 4, 7, 10, 14, 28, 60] {
            for lead in 0..20 {
                for today in day("2026-11-20").iter_days().take(30) {
                    let receipts = every(1, Some("S"), day("2026-11-20"), step);
                    let found = next(&receipts, today, lead);
                    let wait = u64::try_from(found.wait_days).unwrap();
                    assert!(
                        found.order_on > today && wait >= 1,
                        "{step} {lead} {found:?}"
                    );
                    assert!(found.cycle_days >= 1);
                    assert_eq!(
                        (found.delivery_on - today).num_days(),
                        i64::try_from(wait + lead).unwrap()
                    );
                }
            }
        }
    }
}
