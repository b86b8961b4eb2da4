//! Forecasts in money, and their bands.
//!
//! The units of a shop have no price, so money comes from the products: the mean of each day times the
//! present price, added up. Means can be added up and bands cannot: the width is that of the units of
//! the shop or category, as a part of its mean. It contains neither discounts nor new prices.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use forecasting::{
    feast::Feast,
    outcome::{Forecast, TotalForecast},
};
use kernel::{figure::MAX_FIGURE, read::ProductFacts};
use serde::Serialize;

use super::{feasts::feast_in, model::Model};

/// Normal quantiles of the edges of the bands of 50, 80 and 95 %.
const EDGE_50: f64 = 0.6745;
const EDGE_80: f64 = 1.2816;
const EDGE_95: f64 = 1.9600;

/// Money expected on a day or in all days, minor units, with its bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct MoneyBand {
    /// Expected money. Means can be added up.
    pub mean_minor: i64,
    /// Lower edge of the 50 % band.
    pub lo50_minor: i64,
    /// Upper edge of the 50 % band.
    pub hi50_minor: i64,
    /// Lower edge of the 80 % band.
    pub lo80_minor: i64,
    /// Upper edge of the 80 % band.
    pub hi80_minor: i64,
    /// Lower edge of the 95 % band.
    pub lo95_minor: i64,
    /// Upper edge of the 95 % band.
    pub hi95_minor: i64,
}

/// Money expected on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MoneyDay {
    /// Day in the shop's time zone.
    pub date: NaiveDate,
    /// True when the learnt calendar expects the shop to be closed.
    pub closed: bool,
    /// The feast of this day; null on most days. Feasts of the Congo only in its time zones.
    #[schema(required)]
    pub feast: Option<Feast>,
    /// Sales with tax, at present prices.
    #[serde(flatten)]
    pub with_tax: MoneyBand,
    /// Sales without tax: the mean, with the same relative band.
    pub revenue_minor: i64,
}

/// Money expected in the coming days: units of each product times its present price, without discounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MoneyForecast {
    /// Every day, with tax.
    pub days: Vec<MoneyDay>,
    /// All days together, with tax.
    pub total: MoneyBand,
    /// All days together, without tax.
    pub revenue_minor: i64,
}

/// A band of units: its edges, in any unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edges {
    pub lo50: f64,
    pub hi50: f64,
    pub lo80: f64,
    pub hi80: f64,
    pub lo95: f64,
    pub hi95: f64,
}

/// The other bands of a day, from its 80 % band: each side is stretched as that of a normal variable.
pub(super) fn edges_of_day(median: f64, low: f64, high: f64) -> Edges {
    let below = |edge: f64| (median - (median - low) * edge / EDGE_80).max(0.0);
    let above = |edge: f64| median + (high - median) * edge / EDGE_80;
    Edges {
        lo50: below(EDGE_50),
        hi50: above(EDGE_50),
        lo80: low,
        hi80: high,
        lo95: below(EDGE_95),
        hi95: above(EDGE_95),
    }
}

/// The bands of a total, from its quantiles.
pub(super) fn edges_of_total(total: &TotalForecast) -> Edges {
    if total.quantiles.is_empty() {
        return edges_of_day(total.mean, total.low, total.high);
    }
    Edges {
        lo50: total.quantile(0.25),
        hi50: total.quantile(0.75),
        lo80: total.low,
        hi80: total.high,
        // The last quantiles that are known are stretched to the edge.
        lo95: edges_of_day(total.mean, total.low, total.high).lo95,
        hi95: edges_of_day(total.mean, total.low, total.high).hi95,
    }
}

impl MoneyBand {
    fn of(mean: f64, units: f64, edges: Edges) -> Self {
        let part = |edge: f64| {
            if units > 0.0 {
                mean * edge / units
            } else {
                mean
            }
        };
        Self {
            mean_minor: minor(mean),
            lo50_minor: minor(part(edges.lo50)),
            hi50_minor: minor(part(edges.hi50)),
            lo80_minor: minor(part(edges.lo80)),
            hi80_minor: minor(part(edges.hi80)),
            lo95_minor: minor(part(edges.lo95)),
            hi95_minor: minor(part(edges.hi95)),
        }
    }
}

/// The money of a forecast of units, from the forecasts of its products.
pub(super) fn in_money(
    model: &Arc<Model>,
    whole: &Forecast,
    products: &[ProductFacts],
    (today, zone): (NaiveDate, Tz),
) -> MoneyForecast {
    let days = whole.days.len();
    let (mut gross, mut net) = (vec![0.0; days], vec![0.0; days]);
    for product in products.iter().filter(|product| !product.is_archived) {
        let Ok(own) = model.forecast(&product.id.to_string(), today, days) else {
            continue;
        };
        let net_price = real(product.net_price_minor.minor());
        let price = net_price * (1.0 + real(product.tax_rate_bp) / 10_000.0);
        let sums = gross.iter_mut().zip(net.iter_mut()).zip(&own.days);
        for ((gross, net), day) in sums {
            *gross += day.mean * price;
            *net += day.mean * net_price;
        }
    }
    let total = model.total_of(whole);
    let (all, all_net): (f64, f64) = (gross.iter().sum(), net.iter().sum());
    let days = whole.days.iter().zip(gross.iter().zip(&net));
    MoneyForecast {
        days: days
            .map(|(day, (gross, net))| MoneyDay {
                date: day.date,
                closed: day.closed,
                feast: feast_in(zone, day.date),
                with_tax: MoneyBand::of(
                    *gross,
                    day.mean,
                    edges_of_day(day.median, day.low, day.high),
                ),
                revenue_minor: minor(*net),
            })
            .collect(),
        total: MoneyBand::of(all, total.mean, edges_of_total(&total)),
        revenue_minor: minor(all_net),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast to an integer stays inside its range, and the range is cut to what clients read"
)]
pub(super) fn minor(value: f64) -> i64 {
    let whole = if value.is_finite() {
        value.round()
    } else {
        0.0
    };
    (whole as i64).clamp(-MAX_FIGURE, MAX_FIGURE)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an expectation needs no more than sixteen digits"
)]
pub(super) const fn real(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_bands_contain_narrower_ones_and_never_go_below_zero() {
        for (median, low, high) in [(10.0, 4.0, 20.0), (1.0, 0.0, 3.0), (0.0, 0.0, 0.0)] {
            let edges = edges_of_day(median, low, high);
            let rising = [
                edges.lo95, edges.lo80, edges.lo50, edges.hi50, edges.hi80, edges.hi95,
            ];
            assert!(rising.windows(2).all(|two| two[0] <= two[1]), "{rising:?}");
            assert!(edges.lo95 >= 0.0);
        }
    }

    #[test]
    fn a_band_of_money_is_as_wide_as_that_of_the_units() {
        let band = MoneyBand::of(200_000.0, 100.0, edges_of_day(100.0, 80.0, 130.0));
        assert_eq!((band.lo80_minor, band.hi80_minor), (160_000, 260_000));
        let nothing = MoneyBand::of(0.0, 0.0, edges_of_day(0.0, 0.0, 0.0));
        assert_eq!(nothing, MoneyBand::default());
    }
}
