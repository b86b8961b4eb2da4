//! Daily sales of many products as counts: how likely is it that chance alone made this day, or the
//! last weeks?
//!
//! What is counted is sales, where a shop records each of them: how much one customer takes at once
//! says little about how many come. Where a day is one entry (a file of old totals), units are
//! counted ([`evidence`]). What a product is expected to sell is its own level of the weeks before,
//! times the pulse of the shop on that day (wages, feasts, rain: what all the other products did),
//! times what its category did meanwhile. A stretch of days is then judged as a whole by how rarely
//! chance brings such a count (`tail`). A product that sells three a day is judged rightly this
//! way: one day without a sale says nothing, twelve of them say everything.
//!
//! A series that sells fast (a good seller, a whole store) is judged otherwise in three points: its
//! weekdays are its own (`rhythm`), its level is never known better than by a tenth, since it wanders,
//! and a spike has to exceed its best day as days go, not as it stands.

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

/// One product: what it sold each day of a common calendar. `None` is a day that says nothing: the
/// shop was closed, the product was out of stock or not yet known.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Which others it goes with.
    pub category: Option<usize>,
    /// Units by day.
    pub units: Vec<Option<f64>>,
    /// Sales with it by day, known on the same days.
    pub sales: Vec<Option<f64>>,
}

/// Robust standard deviations from which the whole shop has a day of its own.
pub const SHOP_THRESHOLD: f64 = 3.2;

/// The surprise from which something is reported, in the scale of `tail::surprise`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountRules {
    /// Too much, in one to three days.
    pub spike: f64,
    /// Too little, in one to twelve days.
    pub drop: f64,
    /// Another level.
    pub shift: f64,
    /// Too much, of a series that sells fast: there are few of them, and their days are regular.
    pub fast_spike: f64,
    /// Too little of it.
    pub fast_drop: f64,
    /// The lowest score that is returned; 1 is just at the threshold. What is below 1 is returned for
    /// subjects whose feedback lowered the threshold; nothing else depends on it.
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

/// Some days of one product that chance does not explain.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// Which product, by its place.
    pub series: usize,
    /// Its first day, by its place.
    pub first: usize,
    /// Its last day.
    pub last: usize,
    /// What it is.
    pub kind: DeviationKind,
    /// Too much rather than too little.
    pub is_more: bool,
    /// How far beyond the threshold, 1 = just there.
    pub score: f64,
    /// Units sold from the first to the last day.
    pub actual: f64,
    /// Units that were to be expected.
    pub expected: f64,
    /// Lower edge of the usual range (80 %).
    pub expected_low: f64,
    /// Upper edge of the usual range (80 %).
    pub expected_high: f64,
    /// Sales too many, or too few.
    pub sales_off: f64,
    /// Another level that still holds on the last day that is known.
    pub goes_on: bool,
    /// The days on which it stood out, each by the days up to it.
    pub flagged: Vec<usize>,
}

/// Judges every product; each product's stories in their order.
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

/// The days on which the whole shop stands out, each compared with the same weekday of the weeks
/// before and the trend of the days before. `threshold` is in robust standard deviations; days from
/// `faintest` times the threshold on are returned.
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

/// Marks the days of the whole shop as unknown: they say nothing about a product.
pub fn blank(one: &mut Counted, days: &[ShopDay]) {
    for day in days.iter().filter(|day| day.score >= 1.0) {
        for series in [&mut one.units, &mut one.sales] {
            if let Some(slot) = series.get_mut(day.day) {
                *slot = None;
            }
        }
    }
}
