//! Daily sales of each product, on one calendar.

use std::collections::{BTreeMap, BTreeSet};

use forecasting::anomaly::counts::Counted;
use kernel::{
    Period,
    ids::{CategoryId, ProductId},
    read::{ProductDayFacts, irregular::EmptySpell},
};

use crate::findings::{
    figures::{real, real_sum},
    rules::{Names, count},
};

/// A product that is out of stock for this part of a day may have sold less than the demand.
const OUT_OF_STOCK: f64 = 0.3;
/// A day with this multiple of the usual sales counts, sold out or not.
const SOLD_OUT_BY_DEMAND: f64 = 2.0;

/// One product on the common calendar.
pub(super) struct Row {
    pub id: ProductId,
    pub category: Option<CategoryId>,
    pub sold: Counted,
    /// All of its sales, out of stock or not.
    pub facts: Vec<DaySales>,
    /// Average revenue of one unit, minor units.
    pub price: f64,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DaySales {
    pub units: f64,
    pub sales: f64,
    pub revenue_minor: i128,
}

/// One row for each product that sold in the period; `categories` gives the index of each category.
pub(super) fn of(
    period: &Period,
    facts: &[ProductDayFacts],
    spells: &[EmptySpell],
    names: &Names,
    categories: &[CategoryId],
) -> Vec<Row> {
    let by_product = by_product(period, facts);
    let length = usize::try_from(period.days()).unwrap_or(0);
    // A day without any sale has no information: the shop was closed.
    let is_open: Vec<bool> = (0..length)
        .map(|day| {
            let sold = |days: &Vec<DaySales>| days.get(day).is_some_and(|sold| sold.units > 0.0);
            by_product.values().any(sold)
        })
        .collect();
    let empty = empty_days(period, spells);
    by_product
        .into_iter()
        .map(|(id, facts)| {
            let known = names.products.get(&id);
            let category = known.and_then(|known| known.category_id);
            let usual = mean_of_sales(&facts);
            let out = empty.get(&id);
            // The days after the last sale of an archived product do not count as missing sales.
            let is_archived = known.is_some_and(|known| known.is_archived);
            let last_sold = facts.iter().rposition(|sold| sold.units > 0.0);
            let on_sale: Vec<Option<&DaySales>> = facts
                .iter()
                .zip(&is_open)
                .enumerate()
                .map(|(day, (sold, open))| {
                    let is_out = out.is_some_and(|days| days.contains(&day))
                        && sold.units < SOLD_OUT_BY_DEMAND * usual;
                    let is_gone = is_archived && last_sold.is_none_or(|last| day > last);
                    (*open && !is_out && !is_gone).then_some(sold)
                })
                .collect();
            let by = |figure: fn(&DaySales) -> f64| -> Vec<Option<f64>> {
                on_sale.iter().map(|sold| sold.map(figure)).collect()
            };
            Row {
                id,
                category,
                sold: Counted {
                    category: category.and_then(|id| categories.binary_search(&id).ok()),
                    units: by(|sold| sold.units),
                    sales: by(|sold| sold.sales),
                },
                price: price_of(&facts),
                facts,
            }
        })
        .collect()
}

/// The days of each product, from the first day of the period on.
fn by_product(period: &Period, facts: &[ProductDayFacts]) -> BTreeMap<ProductId, Vec<DaySales>> {
    let length = usize::try_from(period.days()).unwrap_or(0);
    let mut by_product: BTreeMap<ProductId, Vec<DaySales>> = BTreeMap::new();
    for fact in facts {
        let day = usize::try_from((fact.date - period.from()).num_days()).ok();
        let Some(day) = day.filter(|day| *day < length) else {
            continue;
        };
        let days = by_product
            .entry(fact.product_id)
            .or_insert_with(|| vec![DaySales::default(); length]);
        if let Some(slot) = days.get_mut(day) {
            *slot = DaySales {
                units: real_sum(fact.units_sold_milli.max(0)) / 1_000.0,
                sales: real(fact.sales).max(0.0),
                revenue_minor: fact.revenue_minor,
            };
        }
    }
    by_product
}

/// Units and revenue of some products on a day.
pub(super) fn total<'a>(sold: impl Iterator<Item = &'a DaySales>) -> (f64, i128) {
    sold.fold((0.0, 0), |sum, sold| {
        (sum.0 + sold.units, sum.1 + sold.revenue_minor)
    })
}

/// The days of a period on which each product was out of stock for a considerable part of the day.
fn empty_days(period: &Period, spells: &[EmptySpell]) -> BTreeMap<ProductId, BTreeSet<usize>> {
    let bounds: Vec<(i64, i64)> = period
        .dates()
        .filter_map(|date| {
            let day = Period::new(date, date, period.zone()).ok()?;
            Some((day.start().micros(), day.end().micros()))
        })
        .collect();
    let mut out: BTreeMap<ProductId, BTreeMap<usize, i64>> = BTreeMap::new();
    for spell in spells {
        let (from, until) = (
            spell.from.micros(),
            spell.until.map_or(i64::MAX, kernel::Timestamp::micros),
        );
        let first = bounds.partition_point(|(_, ends)| *ends <= from);
        for (day, (starts, ends)) in bounds.iter().enumerate().skip(first) {
            if *starts >= until {
                break;
            }
            let gone = until.min(*ends) - from.max(*starts);
            *out.entry(spell.product_id)
                .or_default()
                .entry(day)
                .or_default() += gone;
        }
    }
    out.into_iter()
        .map(|(product, days)| {
            let days = days.into_iter().filter(|(day, gone)| {
                bounds
                    .get(*day)
                    .is_some_and(|(starts, ends)| real(*gone) >= OUT_OF_STOCK * real(ends - starts))
            });
            (product, days.map(|(day, _)| day).collect())
        })
        .collect()
}

fn mean_of_sales(facts: &[DaySales]) -> f64 {
    let sold: Vec<f64> = facts
        .iter()
        .map(|fact| fact.units)
        .filter(|sold| *sold > 0.0)
        .collect();
    sold.iter().sum::<f64>() / count(sold.len()).max(1.0)
}

fn price_of(facts: &[DaySales]) -> f64 {
    let (sold, revenue) = total(facts.iter());
    if sold > 0.0 {
        (real_sum(revenue) / sold).max(0.0)
    } else {
        0.0
    }
}
