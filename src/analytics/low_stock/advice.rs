//! The order advice of a product: whether to order today, how much, and the expected loss otherwise.
//!
//! With demand D until the later delivery and stock s, the stock-out probability is P(D > s). The
//! reorder point is the quantile of D at the service level, so that "at or below the reorder point" and
//! "the probability exceeds what the service level allows" mean the same; the safety stock is that
//! quantile less the mean; the margin at risk is the mean of D - s where positive, times the margin of a
//! unit. This is a policy of periodic review (Silver, Pyke and Thomas, 2017): the stock has to last for
//! the time to the next order plus the lead time, not the lead time alone. A product without a forecast
//! of its own is compared with its reorder level, and the advice says so.

use std::sync::Arc;

use chrono::NaiveDate;
use forecasting::{
    outcome::{Caveat, Forecast, TotalForecast},
    settings::HORIZON_LIMIT_DAYS,
};
use kernel::{
    Quantity,
    product::PIECE,
    read::{ProductFacts, ShopFacts},
};

use super::{
    Basis, LowStock, LowStockAction, LowStockSeverity, Why, demand,
    rhythm::{Deliveries, NextOrder},
};
use crate::forecast::{
    answers::{first_days, has_figures, reasons_of, set_by},
    model::Model,
    reason::Reason,
    view::rounded,
};

/// An order covers at least this many days after the day on which it is placed.
const REVIEW_DAYS: usize = 7;
/// Longest cover that is shown.
const MOST_COVER_DAYS: f64 = 999.0;
/// Expected losses above these parts of a day's margin have that severity.
const CRITICAL_SHARE: f64 = 0.1;
const HIGH_SHARE: f64 = 0.03;
const MEDIUM_SHARE: f64 = 0.005;

/// The advice for every product that is not archived, in the order of the products.
#[must_use]
pub fn advise_all(
    products: &[ProductFacts],
    shop: &ShopFacts,
    model: &Arc<Model>,
    deliveries: &Deliveries,
    today: NaiveDate,
) -> Vec<LowStock> {
    let mut lines: Vec<LowStock> = products
        .iter()
        .filter(|product| !product.is_archived)
        .map(|product| advise(product, shop, model, deliveries, today))
        .collect();
    let margin_of_a_day = lines.iter().filter_map(margin_a_day).sum();
    for line in &mut lines {
        line.severity = severity(line, margin_of_a_day);
        line.order_cost_minor = cost_of(line.suggested_quantity, line.why.unit_cost_minor);
    }
    lines
}

pub(super) fn advise(
    product: &ProductFacts,
    shop: &ShopFacts,
    model: &Model,
    deliveries: &Deliveries,
    today: NaiveDate,
) -> LowStock {
    let lead_time_days = product.lead_time_days.unwrap_or(shop.lead_time_days);
    let lead = u64::try_from(lead_time_days).unwrap_or(0);
    let next = deliveries.next_order(product.id, lead);
    let review_days = REVIEW_DAYS
        .max(next.cycle_days)
        .saturating_sub(next.wait_days);
    let why = Why {
        on_hand: product.on_hand,
        lead_time_days,
        lead_time_set_by: set_by(product.lead_time_days),
        next_order_on: next.order_on,
        next_delivery_on: next.delivery_on,
        days_to_delivery: next.days_to_delivery,
        order_days_of: next.rhythm_of,
        service_level_bp: product.service_level_bp.unwrap_or(shop.service_level_bp),
        service_level_set_by: set_by(product.service_level_bp),
        reorder_level: product.reorder_level,
        expected_demand: None,
        demand_lo80: None,
        demand_hi80: None,
        expected_lost_units: None,
        unit_margin_minor: (product.net_price_minor - product.cost_minor).minor(),
        unit_sales_minor: with_tax(product),
        unit_cost_minor: product.cost_minor.minor(),
        review_days,
        review_demand: None,
        method: None,
        trained_to: model.products.as_of(),
        model_id: model.entry.as_ref().map(|entry| entry.id.clone()),
    };
    match forecast_of(product, model, next, review_days, today) {
        Some(forecast) => {
            let mut reasons = reasons_of(model, &forecast, today);
            if is_own(&forecast) {
                by_forecast(product, why, model, &forecast, next, reasons)
            } else {
                reasons.push(level_reason(product));
                by_level(product, why, reasons)
            }
        }
        None => by_level(
            product,
            why,
            vec![Reason::not_in_model(), level_reason(product)],
        ),
    }
}

/// The forecast for as long as the advice needs it: to the delivery after the later one, or as long as
/// an order lasts.
pub(super) fn forecast_of(
    product: &ProductFacts,
    model: &Model,
    next: NextOrder,
    review_days: usize,
    today: NaiveDate,
) -> Option<Forecast> {
    let age = usize::try_from(model.age_days(today)).unwrap_or(0);
    let days = next
        .days_to_delivery
        .saturating_add(next.cycle_days.max(review_days))
        .min(HORIZON_LIMIT_DAYS.saturating_sub(age));
    let series = product.id.to_string();
    let known = model.knows(&series);
    known
        .then(|| model.forecast(&series, today, days).ok())
        .flatten()
}

/// True for a forecast from the product's own sales: an average of other products is no basis for
/// orders.
pub(super) fn is_own(forecast: &Forecast) -> bool {
    has_figures(forecast) && !forecast.caveats.contains(&Caveat::NoSalesYet)
}

fn level_reason(product: &ProductFacts) -> Reason {
    if product.reorder_level.is_positive() {
        Reason::by_reorder_level(product.reorder_level)
    } else {
        Reason::no_reorder_level()
    }
}

fn by_forecast(
    product: &ProductFacts,
    mut why: Why,
    model: &Model,
    forecast: &Forecast,
    next: NextOrder,
    reasons: Vec<Reason>,
) -> LowStock {
    let on_hand = units(product.on_hand);
    let level = f64::from(i32::try_from(why.service_level_bp).unwrap_or(9_500)) / 10_000.0;
    let total = demand::total_of(model, &first_days(forecast, next.days_to_delivery));
    let step = half_a_step(product);
    // Rounded as shown: a rate below a thousandth of a unit counts as zero.
    let reorder_point = point(&total, level, step);
    let is_wanted = rounded(total.mean) > 0.0;
    let lost = expected_above(&total, on_hand);
    let review: f64 = forecast
        .days
        .iter()
        .skip(total.days)
        .take(why.review_days)
        .map(|day| day.mean)
        .sum();
    let until_later = next.days_to_delivery.saturating_add(next.cycle_days);
    let later = demand::total_of(model, &first_days(forecast, until_later));
    let is_due = |point: f64| point > 0.0 && on_hand <= point;
    let action = if is_due(reorder_point) {
        LowStockAction::Order
    } else if is_due(point(&later, level, step)) {
        LowStockAction::Watch
    } else {
        LowStockAction::Nothing
    };
    why.expected_demand = Some(rounded(total.mean));
    why.demand_lo80 = Some(rounded(total.low));
    why.demand_hi80 = Some(rounded(total.high));
    why.expected_lost_units = Some(rounded(lost));
    why.review_demand = Some(rounded(review));
    why.method = Some(forecast.method);
    LowStock {
        action,
        basis: Basis::Forecast,
        stock_out_probability: Some(if is_wanted {
            let asked = if on_hand > 0.0 { on_hand + step } else { 0.0 };
            rounded(total.probability_above(asked))
        } else {
            0.0
        }),
        margin_at_risk_minor: margin_at_risk(lost, why.unit_margin_minor),
        sales_at_risk_minor: margin_at_risk(lost, why.unit_sales_minor),
        days_of_cover: days_of_cover(forecast, on_hand),
        reorder_point,
        safety_stock: Some(rounded((reorder_point - total.mean).max(0.0))),
        suggested_quantity: match action {
            LowStockAction::Order => (reorder_point + review - on_hand).ceil().max(0.0),
            LowStockAction::Watch | LowStockAction::Nothing => 0.0,
        },
        ..blank(product, why, reasons)
    }
}

/// The largest stock that demand exceeds more often than the service level allows.
fn point(total: &TotalForecast, level: f64, step: f64) -> f64 {
    rounded((total.quantile(level) - step).max(0.0))
}

/// Pieces sell in whole numbers: demand above five means six, so the continuous quantile is cut halfway.
pub(super) fn half_a_step(product: &ProductFacts) -> f64 {
    if product.unit == PIECE { 0.5 } else { 0.0 }
}

fn by_level(product: &ProductFacts, why: Why, reasons: Vec<Reason>) -> LowStock {
    let (on_hand, level) = (units(product.on_hand), units(product.reorder_level));
    let is_due = level > 0.0 && on_hand <= level;
    LowStock {
        action: if is_due {
            LowStockAction::Order
        } else {
            LowStockAction::Nothing
        },
        reorder_point: rounded(level),
        // Up to twice the reorder level.
        suggested_quantity: if is_due {
            (2.0 * level - on_hand).ceil().max(0.0)
        } else {
            0.0
        },
        ..blank(product, why, reasons)
    }
}

fn blank(product: &ProductFacts, why: Why, reasons: Vec<Reason>) -> LowStock {
    LowStock {
        product_id: product.id,
        sku: product.sku.clone(),
        name: product.name.clone(),
        category_id: product.category_id,
        unit: product.unit.clone(),
        action: LowStockAction::Nothing,
        basis: Basis::ReorderLevel,
        severity: LowStockSeverity::Low,
        stock_out_probability: None,
        margin_at_risk_minor: 0,
        sales_at_risk_minor: 0,
        on_hand: product.on_hand,
        days_of_cover: None,
        reorder_point: 0.0,
        safety_stock: None,
        suggested_quantity: 0.0,
        order_cost_minor: 0,
        why,
        reasons,
    }
}

/// Expected margin of a product on a day; `None` without a forecast.
fn margin_a_day(line: &LowStock) -> Option<f64> {
    let days = f64::from(u32::try_from(line.why.days_to_delivery).unwrap_or(u32::MAX));
    let sold = line.why.expected_demand? / days.max(1.0);
    Some(sold * real(line.why.unit_margin_minor.max(0)))
}

fn severity(line: &LowStock, margin_of_a_day: f64) -> LowStockSeverity {
    if line.basis == Basis::ReorderLevel {
        // Without a forecast the loss is unknown.
        return if line.action == LowStockAction::Order && !line.on_hand.is_positive() {
            LowStockSeverity::Medium
        } else {
            LowStockSeverity::Low
        };
    }
    let lost = real(line.margin_at_risk_minor);
    if lost <= 0.0 {
        LowStockSeverity::Low
    } else if lost >= CRITICAL_SHARE * margin_of_a_day {
        LowStockSeverity::Critical
    } else if lost >= HIGH_SHARE * margin_of_a_day {
        LowStockSeverity::High
    } else if lost >= MEDIUM_SHARE * margin_of_a_day {
        LowStockSeverity::Medium
    } else {
        LowStockSeverity::Low
    }
}

/// What a quantity costs.
pub(super) fn cost_of(quantity: f64, unit_cost_minor: i64) -> i64 {
    whole(quantity * real(unit_cost_minor))
}

/// What a customer pays for a unit.
fn with_tax(product: &ProductFacts) -> i64 {
    let tax = 1.0 + real(product.tax_rate_bp) / 10_000.0;
    whole(real(product.net_price_minor.minor()) * tax)
}

/// A product sold at or below cost loses no margin.
pub(super) fn margin_at_risk(lost_units: f64, unit_margin_minor: i64) -> i64 {
    whole(lost_units * real(unit_margin_minor.max(0)))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast to an integer stays inside its range"
)]
pub(super) fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "prices and margins are compared, not added up"
)]
const fn real(value: i64) -> f64 {
    value as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "thousandths of a unit stay below 2^52"
)]
pub(super) fn units(quantity: Quantity) -> f64 {
    quantity.milli() as f64 / 1_000.0
}

/// Mean demand beyond the stock: the area between the quantiles and the stock.
pub(super) fn expected_above(total: &TotalForecast, stock: f64) -> f64 {
    let above = |quantity: f64| (quantity - stock).max(0.0);
    let mut area = 0.0;
    let mut before: Option<(f64, f64)> = None;
    for (level, quantity) in &total.quantiles {
        let here = above(*quantity);
        area += match before {
            Some((from, there)) => (level - from) * (there + here) / 2.0,
            None => level * here,
        };
        before = Some((*level, here));
    }
    let (last, _) = before.unwrap_or((0.0, 0.0));
    area + (1.0 - last) * above(total.quantile(f64::midpoint(1.0, last)))
}

/// Days until the stock is sold at the expected rate; `None` when no sales are expected.
fn days_of_cover(forecast: &Forecast, stock: f64) -> Option<f64> {
    let mut left = stock;
    let mut days = 0.0;
    for day in &forecast.days {
        if day.mean > left {
            return Some(rounded(days + left / day.mean));
        }
        left -= day.mean;
        days += 1.0;
    }
    let sold = stock - left;
    (sold > 0.0).then(|| rounded((days + left * days / sold).min(MOST_COVER_DAYS)))
}

#[cfg(test)]
mod tests;
