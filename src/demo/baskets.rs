//! What the customers of a day want.

use chrono::{Datelike as _, NaiveDate, Weekday};

use super::{
    PLANTED, PlantedKind, calendar, catalogue,
    chance::{Chance, real},
    items::{ITEMS, Item},
    today::Today,
};

/// Scales a day to about seventy sales.
const TRAFFIC: f64 = 0.82;
/// Growth of sales in a year.
const YEARLY_GROWTH: f64 = 0.12;
/// How many products a customer takes, with weights.
const BASKET: &[(usize, f64)] = &[
    (1, 34.0),
    (2, 24.0),
    (3, 17.0),
    (4, 11.0),
    (5, 7.0),
    (6, 4.0),
    (8, 2.0),
    (12, 1.0),
];

/// What one customer wants.
#[derive(Debug)]
pub(super) struct Basket {
    /// Seconds since midnight.
    pub(super) second: i64,
    /// Positions in the catalogue, with quantities in thousandths.
    pub(super) lines: Vec<(usize, i64)>,
}

/// Expected demand for an item on a day, in portions.
pub(super) fn expected(position: usize, date: NaiveDate, end: NaiveDate) -> f64 {
    let Some(item) = ITEMS.get(position) else {
        return 0.0;
    };
    let season =
        catalogue::facts(item.shelf).map_or(1.0, |facts| calendar::season(facts.season, date));
    let age = real((end - date).num_days()) / 365.0;
    let growth = 1.0 - YEARLY_GROWTH * age;
    item.asked_a_day * TRAFFIC * season * growth * calendar::demand(date)
}

/// The same on an ordinary day of the season, at the present level: what the shop plans with.
pub(super) fn usual(position: usize, today: Today<'_>) -> f64 {
    expected(position, today.date, today.end) / calendar::demand(today.date).max(0.1)
        * lasting_factor(position, today.planted)
}

/// The item at a position.
pub(super) fn item_at(position: usize) -> Option<&'static Item> {
    ITEMS.get(position)
}

/// The factor of the day's planted events on the demand for an item.
pub(super) fn planted_factor(position: usize, today: &[(usize, bool)]) -> f64 {
    let sku = ITEMS.get(position).map(|item| item.sku);
    today
        .iter()
        .filter_map(|(index, _)| PLANTED.get(*index))
        .filter(|planted| planted.sku.is_none() || planted.sku == sku)
        .map(|planted| planted.demand_factor)
        .product()
}

/// The factor of permanent level shifts on the demand.
fn lasting_factor(position: usize, today: &[(usize, bool)]) -> f64 {
    let sku = ITEMS.get(position).map(|item| item.sku);
    today
        .iter()
        .filter_map(|(index, _)| PLANTED.get(*index))
        .filter(|planted| planted.kind == PlantedKind::LevelShift && planted.sku == sku)
        .map(|planted| planted.demand_factor)
        .product()
}

/// The planted events that affect a day: their position in the table, and whether it is their first
/// day.
pub(super) fn planted_on(date: NaiveDate, first: NaiveDate, end: NaiveDate) -> Vec<(usize, bool)> {
    let mut found = Vec::new();
    for (index, planted) in PLANTED.iter().enumerate() {
        let dates = planted.dates(end);
        let begins = dates.first().copied();
        // An event that began before the story is left out: nothing could be compared with it.
        if begins.is_some_and(|begins| begins > first) && dates.contains(&date) {
            found.push((index, begins == Some(date)));
        }
    }
    found
}

/// All customers of a day in the order of their arrival.
pub(super) fn of_day(
    chance: &mut Chance,
    date: NaiveDate,
    end: NaiveDate,
    today: &[(usize, bool)],
) -> Vec<Basket> {
    // Some days are better than others.
    let mood = chance.between(0.92, 1.08);
    let mut wishes = Vec::new();
    for (position, item) in ITEMS.iter().enumerate() {
        let mean = expected(position, date, end) * planted_factor(position, today) * mood;
        for _ in 0..chance.poisson(mean) {
            let portion = chance.weighted(item.unit.portions()).unwrap_or(1000);
            wishes.push((position, portion));
        }
    }
    chance.shuffle(&mut wishes);
    let mut wishes = wishes.into_iter().peekable();
    let mut baskets = Vec::new();
    while wishes.peek().is_some() {
        let size = chance.weighted(BASKET).unwrap_or(1);
        let hour = chance.weighted(calendar::hours(date)).unwrap_or(12);
        let second = hour * 3600 + chance.whole(0, 3599);
        let mut lines: Vec<(usize, i64)> = Vec::with_capacity(size);
        for (position, portion) in wishes.by_ref().take(size) {
            match lines.iter_mut().find(|(known, _)| *known == position) {
                Some((_, milli)) => *milli += portion,
                None => lines.push((position, portion)),
            }
        }
        baskets.push(Basket { second, lines });
    }
    for (index, is_first) in today {
        let Some(planted) = PLANTED.get(*index).filter(|_| *is_first) else {
            continue;
        };
        // 250 g keyed in as 250 kg; sales that are all refunded in the evening.
        let (hours, milli): (&[i64], i64) = match planted.kind {
            PlantedKind::UnitSlip => (&[16], 250_000),
            // On Sundays the shop opens after church.
            PlantedKind::RefundWithoutStock if date.weekday() == Weekday::Sun => {
                (&[13, 14, 15, 17], 2_000)
            }
            PlantedKind::RefundWithoutStock => (&[8, 10, 15, 17], 2_000),
            _ => continue,
        };
        if let Some(position) = position_of(planted.sku) {
            baskets.extend(hours.iter().map(|hour| Basket {
                second: hour * 3600 + 11 * 60,
                lines: vec![(position, milli)],
            }));
        }
    }
    baskets.sort_by_key(|basket| basket.second);
    baskets
}

/// The position of an item in the catalogue.
pub(super) fn position_of(sku: Option<&str>) -> Option<usize> {
    ITEMS.iter().position(|item| Some(item.sku) == sku)
}
