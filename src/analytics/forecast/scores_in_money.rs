//! Scores of all products together in money: an error in bags of rice counts for more than one in boxes
//! of matches.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    accuracy::Record,
    money::{minor, real},
};

/// Errors of all products together, each unit worth its present price without tax.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct MoneyScores {
    /// What was sold on the scored days, minor units; a day counts once for each night that forecast it.
    pub sold_minor: i64,
    /// Sum of the absolute errors divided by what was sold.
    pub wape: f64,
    /// Sum of (forecast - actual) divided by what was sold; above 0 means forecasts too high.
    pub bias: f64,
    /// The same as `wape` for repeating the last week.
    pub seasonal_naive_wape: f64,
}

/// The scores in money. `prices` has the price of a unit of each series, in minor units; a series
/// without one is left out.
pub(super) fn in_money(record: &Record, prices: &HashMap<String, i64>) -> Option<MoneyScores> {
    let (mut sold, mut model, mut drift, mut naive) = (0.0, 0.0, 0.0, 0.0);
    for (id, tally) in &record.series {
        let price = prices.get(id).copied().map_or(0.0, real);
        let units = tally.units();
        sold += price * units.sold;
        model += price * units.model;
        drift += price * units.drift;
        naive += price * units.naive;
    }
    (sold > 0.0).then(|| MoneyScores {
        sold_minor: minor(sold),
        wape: model / sold,
        bias: drift / sold,
        seasonal_naive_wape: naive / sold,
    })
}
