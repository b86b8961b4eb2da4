//! Goods that are bought together. The sales per day are decided before: only the customer changes,
//! so that pairs do not distort a forecast.

use super::{
    baskets::{Basket, position_of},
    chance::Chance,
};

/// With this probability, a customer of the first product also takes the second, as long as another
/// customer would have taken it alone.
#[rustfmt::skip]
pub const PAIRS: &[(&str, &str, f64)] = &[
    ("SPA-500", "TOM-70", 0.55),
    ("THE-RUK", "SUC-MOR", 0.45),
    ("CAF-KIV", "LAI-UHT", 0.40),
    ("PAI-MOU", "MAR-250", 0.45),
    ("FAR-BLE", "LEV-11", 0.50),
    ("DEN-COL", "BRO-DEN", 0.45),
    ("CAH-48", "STY-BIC", 0.50),
    ("COU-M", "LIN-80", 0.40),
    ("BOU-BIE", "ALL-BOI", 0.55),
    ("FAR-MAI", "FRE-SAM", 0.35),
];

/// Moves paired goods into one basket of the same day.
pub(super) fn bring_together(chance: &mut Chance, baskets: &mut Vec<Basket>) {
    for (first, second, probability) in PAIRS {
        let (Some(first), Some(second)) = (position_of(Some(first)), position_of(Some(second)))
        else {
            continue;
        };
        let takers: Vec<usize> = places(baskets, |basket| has(basket, first));
        for taker in takers {
            if baskets.get(taker).is_none_or(|basket| has(basket, second))
                || !chance.happens(*probability)
            {
                continue;
            }
            let giver = places(baskets, |basket| has(basket, second) && !has(basket, first));
            let Some(giver) = giver.first() else {
                break;
            };
            let given = baskets.get_mut(*giver).and_then(|basket| {
                let line = basket.lines.iter().position(|(one, _)| *one == second)?;
                Some(basket.lines.remove(line))
            });
            if let (Some(line), Some(basket)) = (given, baskets.get_mut(taker)) {
                basket.lines.push(line);
            }
        }
    }
    baskets.retain(|basket| !basket.lines.is_empty());
}

fn has(basket: &Basket, position: usize) -> bool {
    basket.lines.iter().any(|(one, _)| *one == position)
}

fn places(baskets: &[Basket], wanted: impl Fn(&Basket) -> bool) -> Vec<usize> {
    let found = baskets.iter().enumerate();
    let found = found.filter(|(_, basket)| wanted(basket));
    found.map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::demo::{PLANTED, PlantedKind, baskets, chance::Stream, items::ITEMS};

    fn sold(baskets: &[Basket]) -> BTreeMap<usize, i64> {
        let mut sold = BTreeMap::new();
        for (position, milli) in baskets.iter().flat_map(|basket| &basket.lines) {
            *sold.entry(*position).or_insert(0) += milli;
        }
        sold
    }

    #[test]
    fn pairs_name_products_and_leave_out_those_of_which_something_is_planted_for_a_day() {
        for (first, second, _) in PAIRS {
            for sku in [first, second] {
                assert!(ITEMS.iter().any(|item| item.sku == *sku), "{sku}");
            }
            let slips = PLANTED
                .iter()
                .filter(|one| one.kind == PlantedKind::UnitSlip);
            assert!(
                slips
                    .clone()
                    .all(|one| one.sku != Some(first) && one.sku != Some(second))
            );
        }
    }

    #[test]
    fn a_day_sells_the_same_with_and_without_pairs() {
        let end = "2026-11-20".parse().unwrap();
        let mut chance = Chance::new(11, Stream::Customers);
        let mut together = 0;
        let mut takers = 0;
        for days_back in 0..30 {
            let date = end - chrono::Duration::days(days_back);
            let mut baskets = baskets::of_day(&mut chance, date, end, &[]);
            let before = sold(&baskets);
            bring_together(&mut chance, &mut baskets);
            assert_eq!(sold(&baskets), before);
            let (first, second) = (position_of(Some("SPA-500")), position_of(Some("TOM-70")));
            let (first, second) = (first.unwrap(), second.unwrap());
            takers += places(&baskets, |basket| has(basket, first)).len();
            together += places(&baskets, |basket| has(basket, first) && has(basket, second)).len();
        }
        assert!(together * 2 > takers, "{together} of {takers}");
    }
}
