//! The pulse: sales of all products together on each day, relative to their own levels.

use super::{Counted, Evidence};

/// Half-life of a day in a level.
const HALF_LIFE_DAYS: f64 = 28.0;
/// Least weight of days for a level.
const LEAST_WEIGHT: f64 = 5.0;
/// Weight of the usual pulse of a weekday as a prior, in customers.
const SHOP_PRIOR: f64 = 20.0;
/// Weight of the shop's pulse as a prior of a category, in customers.
const CATEGORY_PRIOR: f64 = 20.0;
/// Number of same weekdays from which the usual pulse is taken.
const WEEKS: usize = 8;

/// Least expected customers of a shop for a deviation of the whole shop.
const LEAST_SHOP: f64 = 4.0;
/// A deviation of the whole shop comes from many products: of each, at most this multiple of its level
/// counts.
const BROAD: f64 = 3.0;
/// This many products, or a third when there are few, cannot make a deviation of the whole shop alone.
const FEW: usize = 3;
/// Weight of a usual day as a prior for the whole shop, in customers.
const OWN_PRIOR: f64 = 1.0;

/// One product, ready to be added up.
struct Series<'a> {
    category: Option<usize>,
    counts: &'a [Option<f64>],
    /// The quantity that weighs as much as one customer.
    quantum: f64,
    levels: Vec<Option<f64>>,
}

impl Series<'_> {
    /// The count of a day and its expectation.
    fn on(&self, day: usize) -> Option<(f64, f64)> {
        let count = self.counts.get(day).copied().flatten();
        let level = self.levels.get(day).copied().flatten();
        count.zip(level)
    }
}

/// Sales of a shop on a day, as a multiple of the expectation.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnDay {
    /// All products.
    pub all: f64,
    /// Without the few products that moved it most.
    pub many: f64,
}

/// The pulse of a shop and of its categories.
#[derive(Debug)]
pub(super) struct Pulse {
    shop: Vec<f64>,
    /// The pulse as observed, for days with enough expected sales.
    own: Vec<Option<OwnDay>>,
    /// Running sums by category: sold and expected, in customers.
    categories: Vec<(Vec<f64>, Vec<f64>)>,
    /// Running sums by product, to leave it out of its category.
    products: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Pulse {
    /// Computes the pulse of a shop; `first_weekday` is that of the first day.
    pub(super) fn of(shop: &[Counted], evidence: &[Evidence], first_weekday: usize) -> Self {
        let length = shop.iter().map(|one| one.units.len()).max().unwrap_or(0);
        let series: Vec<Series<'_>> = shop
            .iter()
            .zip(evidence)
            .map(|(one, evidence)| Series {
                category: one.category,
                counts: &evidence.counts,
                quantum: evidence.spread,
                levels: levels(&evidence.counts, evidence.spread),
            })
            .collect();
        let mut pulse = Self {
            shop: vec![1.0; length],
            own: vec![None; length],
            categories: Vec::new(),
            products: Vec::new(),
        };
        pulse.take_shop(&series, first_weekday);
        pulse.take_categories(&series);
        pulse
    }

    /// The observed day of the shop with the contribution of each product limited, where enough was
    /// expected.
    pub(super) fn own(&self) -> &[Option<OwnDay>] {
        &self.own
    }

    /// The pulse of the shop on a day; 1 is an average day.
    pub(super) fn on(&self, day: usize) -> f64 {
        self.shop.get(day).copied().unwrap_or(1.0)
    }

    /// The course of the rest of a product's category from one day to another, relative to the shop.
    pub(super) fn beside(
        &self,
        category: Option<usize>,
        product: usize,
        first: usize,
        last: usize,
    ) -> f64 {
        let whole = category.and_then(|category| self.categories.get(category));
        let Some((whole, own)) = whole.zip(self.products.get(product)) else {
            return 1.0;
        };
        let sold = between(&whole.0, first, last) - between(&own.0, first, last);
        let expected = between(&whole.1, first, last) - between(&own.1, first, last);
        (sold.max(0.0) + CATEGORY_PRIOR) / (expected.max(0.0) + CATEGORY_PRIOR)
    }

    fn take_shop(&mut self, shop: &[Series<'_>], first_weekday: usize) {
        let mut usual: [Vec<f64>; 7] = Default::default();
        for day in 0..self.shop.len() {
            let (mut sold, mut expected) = (0.0, 0.0);
            let mut parts: Vec<(f64, f64)> = Vec::with_capacity(shop.len());
            for one in shop {
                if let Some((count, level)) = one.on(day) {
                    let broad = count.min(BROAD * level + one.quantum) / one.quantum;
                    parts.push((broad, level / one.quantum));
                    sold += count.min(ceiling(level, one.quantum)) / one.quantum;
                    expected += level / one.quantum;
                }
            }
            let Some(weeks) = usual.get_mut((first_weekday + day) % 7) else {
                continue;
            };
            let prior = median(weeks.iter().rev().take(WEEKS).copied()).unwrap_or(1.0);
            let pulse = (sold + SHOP_PRIOR * prior) / (expected + SHOP_PRIOR);
            if expected > 0.0 {
                weeks.push(pulse);
                if let Some(slot) = self.own.get_mut(day) {
                    *slot = (expected >= LEAST_SHOP).then(|| of_many(parts));
                }
            }
            if let Some(slot) = self.shop.get_mut(day) {
                *slot = pulse.max(0.01);
            }
        }
    }

    fn take_categories(&mut self, shop: &[Series<'_>]) {
        let length = self.shop.len();
        let count = shop
            .iter()
            .filter_map(|one| one.category)
            .max()
            .map_or(0, |last| last + 1);
        let empty = || (vec![0.0; length + 1], vec![0.0; length + 1]);
        let mut categories: Vec<(Vec<f64>, Vec<f64>)> = (0..count).map(|_| empty()).collect();
        for one in shop {
            let (mut sold, mut expected) = empty();
            let (mut all_sold, mut all_expected) = (0.0, 0.0);
            for day in 0..length {
                if let Some((count, level)) = one.on(day) {
                    let due = level * self.on(day);
                    all_sold += count.min(ceiling(due, one.quantum)) / one.quantum;
                    all_expected += due / one.quantum;
                }
                set(&mut sold, day + 1, all_sold);
                set(&mut expected, day + 1, all_expected);
            }
            if let Some(whole) = one.category.and_then(|index| categories.get_mut(index)) {
                add(&mut whole.0, &sold);
                add(&mut whole.1, &expected);
            }
            self.products.push((sold, expected));
        }
        self.categories = categories;
    }
}

/// Sold over expected of all products, and without the few that moved it most.
fn of_many(mut parts: Vec<(f64, f64)>) -> OwnDay {
    let sum = |parts: &[(f64, f64)]| {
        let sums = parts.iter().fold((OWN_PRIOR, OWN_PRIOR), |sum, part| {
            (sum.0 + part.0, sum.1 + part.1)
        });
        sums.0 / sums.1
    };
    let all = sum(&parts);
    let direction = if all > 1.0 { 1.0 } else { -1.0 };
    parts.sort_by(|left, right| {
        let moved = |part: &(f64, f64)| direction * (part.0 - part.1);
        moved(left).total_cmp(&moved(right))
    });
    let left_out = FEW.min(parts.len() / 3);
    parts.truncate(parts.len() - left_out);
    OwnDay {
        all,
        many: sum(&parts),
    }
}

fn set(values: &mut [f64], place: usize, value: f64) {
    if let Some(slot) = values.get_mut(place) {
        *slot = value;
    }
}

fn add(to: &mut [f64], from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

fn between(sums: &[f64], first: usize, last: usize) -> f64 {
    let at = |place: usize| sums.get(place).copied().unwrap_or(0.0);
    at(last + 1) - at(first)
}

/// Larger counts on one day say nothing about other products.
pub(super) fn ceiling(level: f64, quantum: f64) -> f64 {
    level + 4.0 * (level * quantum).sqrt() + quantum
}

/// The median, the upper one of two middle values; `None` without any value.
#[must_use]
pub fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The expectation of each day from the days before it, with rare outliers cut.
pub(super) fn levels(units: &[Option<f64>], quantum: f64) -> Vec<Option<f64>> {
    let keep = 0.5_f64.powf(1.0 / HALF_LIFE_DAYS);
    let (mut sum, mut weight) = (0.0, 0.0);
    units
        .iter()
        .map(|units| {
            let level = (weight > LEAST_WEIGHT).then(|| sum / weight);
            if let Some(units) = units {
                let cut = level.map_or(*units, |level| units.min(ceiling(level, quantum)));
                sum = sum * keep + cut;
                weight = weight * keep + 1.0;
            }
            level
        })
        .collect()
}
