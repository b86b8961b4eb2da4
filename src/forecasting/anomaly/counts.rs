//! Daily sales of many products as counts: how likely is it that chance alone made this day, or the last
//! weeks?
//! Where a shop records each sale, sales are counted: how much one customer takes at once says little
//! about the number of customers. Where a day is one entry (a file of daily totals), units are counted
//! ([`evidence`]). The expectation of a product is its own level of the weeks before, times the pulse of
//! the shop on that day (wages, feasts, rain: what all other products did), times the course of its
//! category. A stretch of days is then judged as a whole by the probability of such a count (`tail`).
//! This is right for a product that sells three a day: one day without a sale means nothing, twelve of
//! them are clear.
//!
//! A series that sells fast (a good seller, a whole store) differs in three points: it has weekdays of
//! its own (`rhythm`); its level never counts as known to better than a tenth, since it wanders; and a
//! spike has to exceed the best day relative to that day's expectation.

use super::DeviationKind;

mod change_point;
mod evidence;
mod history;
mod judge;
mod lasting;
mod pulse;
mod rhythm;
mod shop_day;
mod story;
mod tail;
#[cfg(test)]
mod tests;

use judge::Judge;
use pulse::Pulse;

pub use evidence::{Evidence, evidence};
pub use history::FEWEST_DAYS;
pub use pulse::median;
pub use shop_day::ShopDay;

/// Daily sales of one product on a common calendar. `None` is a day without information: the shop was
/// closed, or the product was out of stock or not yet known.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Index of its category.
    pub category: Option<usize>,
    /// Units sold by day.
    pub units: Vec<Option<f64>>,
    /// Number of sales by day, known on the same days.
    pub sales: Vec<Option<f64>>,
}

/// Robust standard deviations from which a deviation of the whole shop is reported.
pub const SHOP_THRESHOLD: f64 = 3.2;

/// Thresholds in the scale of `tail::surprise`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountRules {
    /// More than expected, in one to three days.
    pub spike: f64,
    /// Less than expected, in one to twelve days.
    pub drop: f64,
    /// A new level.
    pub shift: f64,
    /// More than expected, for a series that sells fast: there are few of them, and their days are
    /// regular.
    pub fast_spike: f64,
    /// Less than expected, for a series that sells fast.
    pub fast_drop: f64,
    /// Lowest score that is returned; 1 is the threshold. Scores below 1 are for subjects whose
    /// threshold was lowered by feedback; nothing else depends on it.
    pub faintest: f64,
}

impl Default for CountRules {
    fn default() -> Self {
        Self {
            spike: 4.9,
            drop: 4.6,
            shift: 5.3,
            fast_spike: 4.3,
            fast_drop: 4.0,
            faintest: 1.0,
        }
    }
}

/// Days of one product that chance does not explain.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// Index of the product.
    pub series: usize,
    /// Index of the first day.
    pub first: usize,
    /// Index of the last day.
    pub last: usize,
    /// Kind of the deviation.
    pub kind: DeviationKind,
    /// True for too much, false for too little.
    pub is_more: bool,
    /// How far beyond the threshold; 1 is exactly at the threshold.
    pub score: f64,
    /// Units sold from the first to the last day.
    pub actual: f64,
    /// Expected units.
    pub expected: f64,
    /// Lower edge of the usual range (80 %).
    pub expected_low: f64,
    /// Upper edge of the usual range (80 %).
    pub expected_high: f64,
    /// Sales above the expectation; negative below it.
    pub sales_off: f64,
    /// True when a new level still holds on the last known day.
    pub goes_on: bool,
    /// The days that were flagged, each from the days up to it.
    pub flagged: Vec<usize>,
}

/// Judges every product; the episodes of a product are in order of time.
#[must_use]
pub fn detect(shop: &[Counted], first_weekday: usize, rules: &CountRules) -> Vec<Episode> {
    let evidence: Vec<Evidence> = shop.iter().map(evidence).collect();
    let pulse = Pulse::of(shop, &evidence, first_weekday);
    let mut episodes = Vec::new();
    for (index, (product, evidence)) in shop.iter().zip(&evidence).enumerate() {
        episodes.append(&mut Judge::new(product, evidence, &pulse, index).run(rules));
    }
    episodes
}

/// The days on which the whole shop deviates, each compared with the same weekday of the weeks before
/// and the trend of the days before. `threshold` is in robust standard deviations; days from `faintest`
/// times the threshold on are returned.
#[must_use]
pub fn shop_days(
    shop: &[Counted],
    first_weekday: usize,
    threshold: f64,
    faintest: f64,
) -> Vec<ShopDay> {
    let evidence: Vec<Evidence> = shop.iter().map(evidence).collect();
    let pulse = Pulse::of(shop, &evidence, first_weekday);
    shop_day::find(&pulse, first_weekday, threshold, faintest)
}

/// Marks days on which the whole shop deviates as unknown: they carry no information about a product.
pub fn blank(one: &mut Counted, days: &[ShopDay]) {
    for day in days.iter().filter(|day| day.score >= 1.0) {
        for series in [&mut one.units, &mut one.sales] {
            if let Some(slot) = series.get_mut(day.day) {
                *slot = None;
            }
        }
    }
}
