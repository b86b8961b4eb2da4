//! What will run out, and what to order: one number for the alert and the advice.
//!
//! The number is the probability that the stock is gone before an order of today is delivered, read
//! off the distribution of what will sell until then. The reorder point is the quantile of the same
//! distribution at the service level, the safety stock what lies between it and the mean, and the
//! margin at risk the mean of what could not be sold times the margin of a unit. A product without
//! a forecast of its own is held against its reorder level, and says so.

pub mod http;

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use kernel::{
    Currency, Quantity, Timestamp,
    figure::MAX_FIGURE,
    ids::{CategoryId, ProductId},
    paging::Page,
    read::{ProductFacts, ShopFacts},
};
use serde::{Deserialize, Serialize};

use crate::{
    Analytics,
    error::AnalyticsError,
    forecast::{
        answers::{SetBy, first_days, has_figures, reasons_of, rounded, set_by},
        model::Model,
        outcome::{Caveat, Forecast, Method, TotalForecast},
        reason::Reason,
        series::all_products,
    },
};

/// Days between two looks at the stock: an order covers them on top of the lead time.
const REVIEW_DAYS: usize = 7;
/// More days of cover than this are not counted.
const MOST_COVER_DAYS: f64 = 999.0;
/// Shares of the expected margin until delivery from which on its loss is that severe.
const CRITICAL_SHARE: f64 = 0.5;
const HIGH_SHARE: f64 = 0.2;
const MEDIUM_SHARE: f64 = 0.05;

/// How bad it is: by the share of the margin until delivery that is expected to be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[schema(as = LowStockSeverity)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Less than a twentieth of what could be earned.
    Low,
    /// A twentieth and more.
    Medium,
    /// A fifth and more.
    High,
    /// Half and more.
    Critical,
}

/// What the advice goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The forecast until delivery.
    Forecast,
    /// The reorder level of the product, for want of a forecast.
    ReorderLevel,
}

/// The figures that an advice comes from. Units, unless the name says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Why {
    /// What lies at all locations.
    pub on_hand: Quantity,
    /// Days from order to delivery.
    pub lead_time_days: i64,
    /// Who says so.
    pub lead_time_set_by: SetBy,
    /// How sure the stock must last until delivery, basis points.
    pub service_level_bp: i64,
    /// Who says so.
    pub service_level_set_by: SetBy,
    /// Level at which to order, as set on the product.
    pub reorder_level: Quantity,
    /// Expected to sell until delivery.
    #[schema(required)]
    pub expected_demand: Option<f64>,
    /// In 9 of 10 cases more sells.
    #[schema(required)]
    pub demand_lo80: Option<f64>,
    /// In 9 of 10 cases less sells.
    #[schema(required)]
    pub demand_hi80: Option<f64>,
    /// Expected to be asked for in vain until delivery.
    #[schema(required)]
    pub expected_lost_units: Option<f64>,
    /// Price without tax less cost of a unit, minor units.
    pub unit_margin_minor: i64,
    /// Days that an order covers behind its delivery.
    pub review_days: usize,
    /// Expected to sell in them.
    #[schema(required)]
    pub review_demand: Option<f64>,
    /// How the forecast was made.
    #[schema(required)]
    pub method: Option<Method>,
    /// The last day that it knows.
    pub trained_to: NaiveDate,
    /// The model; null for averages that stand in until there is one.
    #[schema(required)]
    pub model_id: Option<String>,
}

/// A product that may run out, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LowStock {
    /// The product.
    pub product_id: ProductId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category.
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    /// Its unit.
    pub unit: String,
    /// What the advice goes by.
    pub basis: Basis,
    /// How bad it is.
    pub severity: Severity,
    /// Probability that nothing is left before an order of today is delivered; null without a
    /// forecast.
    #[schema(required)]
    pub stock_out_probability: Option<f64>,
    /// Margin that is expected to be lost by it, without tax, minor units.
    pub margin_at_risk_minor: i64,
    /// What lies at all locations.
    pub on_hand: Quantity,
    /// Days that the stock is expected to last, at most 999; null when nothing is expected to sell.
    #[schema(required)]
    pub days_of_cover: Option<f64>,
    /// Order when the stock has fallen to this.
    pub reorder_point: f64,
    /// What of it is there for days that sell more than expected.
    #[schema(required)]
    pub safety_stock: Option<f64>,
    /// Order this much now.
    pub suggested_quantity: f64,
    /// The figures that it comes from.
    pub why: Why,
    /// What to know before trusting it.
    pub reasons: Vec<Reason>,
}

/// The place behind a line of the list, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place(i64, i64, ProductId);

impl LowStock {
    fn place(&self) -> Place {
        let parts_per_million = self.stock_out_probability.map_or(0, |p| whole(p * 1e6));
        Place(
            -self.margin_at_risk_minor,
            -parts_per_million,
            self.product_id,
        )
    }

    const fn is_out_of_range(&self) -> bool {
        self.margin_at_risk_minor > MAX_FIGURE
    }

    /// The refusal of a margin, of the days until delivery.
    fn out_of_range(&self, today: NaiveDate) -> AnalyticsError {
        let days = u64::try_from(self.why.lead_time_days).unwrap_or(0).max(1) - 1;
        AnalyticsError::FigureOutOfRange {
            from: today,
            to: today.checked_add_days(Days::new(days)).unwrap_or(today),
        }
    }
}

/// Which products are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Those at or below their reorder point.
    Low,
    /// Every product that is sold.
    All,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct LowStockPage {
    /// The products, the worst first.
    pub page: Page<LowStock>,
    /// The shop's currency.
    pub currency: Currency,
    /// Lines in the whole list.
    pub total: usize,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl Analytics {
    /// What may run out before an order of today is delivered, the largest expected loss first.
    ///
    /// # Errors
    /// When a margin at risk passes what an answer can carry, or the shop does not answer.
    pub async fn low_stock(
        &self,
        listed: Listed,
        after: Option<Place>,
        limit: u32,
    ) -> Result<LowStockPage, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let now = self.clock.now();
        let today = now.date_in(shop.time_zone);
        let model = self.forecasts.model(today).await?;
        let products = all_products(&self.readers).await?;
        let currency = shop.currency;
        let work = move || {
            let mut lines = advise_all(&products, &shop, &model, today, listed);
            if let Some(line) = lines.iter().find(|line| line.is_out_of_range()) {
                return Err(line.out_of_range(today));
            }
            lines.sort_by_key(LowStock::place);
            let total = lines.len();
            let behind = |line: &LowStock| after.is_none_or(|after| line.place() > after);
            let most = usize::try_from(limit).unwrap_or(usize::MAX);
            let lines = lines.into_iter().filter(behind);
            let lines = lines.take(most.saturating_add(1)).collect();
            Ok((Page::from_probe(lines, limit), total))
        };
        let (page, total) = self.forecasts.compute(work).await??;
        Ok(LowStockPage {
            page,
            currency,
            total,
            computed_at: now,
        })
    }
}

fn advise_all(
    products: &[ProductFacts],
    shop: &ShopFacts,
    model: &Arc<Model>,
    today: NaiveDate,
    listed: Listed,
) -> Vec<LowStock> {
    products
        .iter()
        .filter(|product| !product.is_archived)
        .map(|product| advise(product, shop, model, today))
        .filter(|line| listed == Listed::All || is_low(line))
        .collect()
}

/// At or below its reorder point, where there is one.
fn is_low(line: &LowStock) -> bool {
    line.reorder_point > 0.0 && units(line.on_hand) <= line.reorder_point
}

fn advise(product: &ProductFacts, shop: &ShopFacts, model: &Model, today: NaiveDate) -> LowStock {
    let lead_time_days = product.lead_time_days.unwrap_or(shop.lead_time_days);
    let lead = usize::try_from(lead_time_days).unwrap_or(1).max(1);
    let series = product.id.to_string();
    let known = model.knows(&series);
    let forecast = known
        .then(|| model.forecast(&series, today, lead + REVIEW_DAYS).ok())
        .flatten();
    let why = Why {
        on_hand: product.on_hand,
        lead_time_days,
        lead_time_set_by: set_by(product.lead_time_days),
        service_level_bp: product.service_level_bp.unwrap_or(shop.service_level_bp),
        service_level_set_by: set_by(product.service_level_bp),
        reorder_level: product.reorder_level,
        expected_demand: None,
        demand_lo80: None,
        demand_hi80: None,
        expected_lost_units: None,
        unit_margin_minor: product.net_price_minor.saturating_sub(product.cost_minor),
        review_days: REVIEW_DAYS,
        review_demand: None,
        method: None,
        trained_to: model.products.as_of(),
        model_id: model.entry.as_ref().map(|entry| entry.id.clone()),
    };
    match forecast {
        Some(forecast) => {
            let mut reasons = reasons_of(model, &forecast, today);
            if is_own(&forecast) {
                let total = model.total_of(&first_days(&forecast, lead));
                by_forecast(product, why, &forecast, &total, reasons)
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

/// True for a forecast from the product's own sales: an average of others is nothing to order by.
fn is_own(forecast: &Forecast) -> bool {
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
    forecast: &Forecast,
    total: &TotalForecast,
    reasons: Vec<Reason>,
) -> LowStock {
    let on_hand = units(product.on_hand);
    let level = f64::from(i32::try_from(why.service_level_bp).unwrap_or(9_500)) / 10_000.0;
    // As they are shown: a rate that has faded below a thousandth of a unit is none.
    let reorder_point = rounded(total.quantile(level).max(0.0));
    let is_wanted = rounded(total.mean) > 0.0;
    let lost = expected_above(total, on_hand);
    let review: f64 = forecast
        .days
        .iter()
        .skip(total.days)
        .map(|day| day.mean)
        .sum();
    let is_due = reorder_point > 0.0 && on_hand <= reorder_point;
    let margin = margin_at_risk(lost, why.unit_margin_minor);
    let share = if is_wanted { lost / total.mean } else { 0.0 };
    why.expected_demand = Some(rounded(total.mean));
    why.demand_lo80 = Some(rounded(total.low));
    why.demand_hi80 = Some(rounded(total.high));
    why.expected_lost_units = Some(rounded(lost));
    why.review_demand = Some(rounded(review));
    why.method = Some(forecast.method);
    LowStock {
        basis: Basis::Forecast,
        severity: severity(share),
        stock_out_probability: Some(if is_wanted {
            rounded(total.probability_above(on_hand))
        } else {
            0.0
        }),
        margin_at_risk_minor: margin,
        days_of_cover: days_of_cover(forecast, on_hand),
        reorder_point,
        safety_stock: Some(rounded((reorder_point - total.mean).max(0.0))),
        suggested_quantity: if is_due {
            (reorder_point + review - on_hand).ceil().max(0.0)
        } else {
            0.0
        },
        ..blank(product, why, reasons)
    }
}

fn by_level(product: &ProductFacts, why: Why, reasons: Vec<Reason>) -> LowStock {
    let (on_hand, level) = (units(product.on_hand), units(product.reorder_level));
    let is_due = level > 0.0 && on_hand <= level;
    let missing = if level > 0.0 {
        (level - on_hand) / level
    } else {
        0.0
    };
    LowStock {
        severity: if is_due && missing >= 1.0 {
            Severity::High
        } else if is_due {
            Severity::Medium
        } else {
            Severity::Low
        },
        reorder_point: rounded(level),
        // Up to twice the level: what the owner thought low, and as much again.
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
        basis: Basis::ReorderLevel,
        severity: Severity::Low,
        stock_out_probability: None,
        margin_at_risk_minor: 0,
        on_hand: product.on_hand,
        days_of_cover: None,
        reorder_point: 0.0,
        safety_stock: None,
        suggested_quantity: 0.0,
        why,
        reasons,
    }
}

fn severity(share: f64) -> Severity {
    if share >= CRITICAL_SHARE {
        Severity::Critical
    } else if share >= HIGH_SHARE {
        Severity::High
    } else if share >= MEDIUM_SHARE {
        Severity::Medium
    } else {
        Severity::Low
    }
}

/// Nothing is lost with a product that is sold at cost or below.
#[expect(clippy::cast_precision_loss, reason = "prices stay below 2^52")]
fn margin_at_risk(lost_units: f64, unit_margin_minor: i64) -> i64 {
    whole(lost_units * unit_margin_minor.max(0) as f64)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast to an integer stays inside its range"
)]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "thousandths of a unit stay below 2^52"
)]
fn units(quantity: Quantity) -> f64 {
    quantity.milli() as f64 / 1_000.0
}

/// The mean of what is asked for beyond the stock: the area between the quantiles and the stock.
fn expected_above(total: &TotalForecast, stock: f64) -> f64 {
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

/// Days until the stock has been sold as expected; `None` when nothing is expected to sell.
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
mod tests {
    use super::*;

    fn total(quantiles: &[(f64, f64)], mean: f64) -> TotalForecast {
        TotalForecast {
            days: 7,
            mean,
            low: mean / 2.0,
            high: mean * 2.0,
            quantiles: quantiles.to_vec(),
        }
    }

    #[test]
    fn what_is_lost_is_what_lies_beyond_the_stock() {
        let certain: Vec<(f64, f64)> = (1..20).map(|n| (f64::from(n) * 0.05, 10.0)).collect();
        let certain = total(&certain, 10.0);
        assert!((expected_above(&certain, 0.0) - 10.0).abs() < 1e-9);
        assert!((expected_above(&certain, 4.0) - 6.0).abs() < 1e-9);
        assert!(expected_above(&certain, 10.0).abs() < 1e-9);
        let even: Vec<(f64, f64)> = (1..20)
            .map(|n| (f64::from(n) * 0.05, f64::from(n) * 5.0))
            .collect();
        let even = total(&even, 50.0);
        let lost = expected_above(&even, 50.0);
        assert!((11.5..14.0).contains(&lost), "an eighth of 100: {lost}");
    }

    #[test]
    fn more_stock_never_means_more_loss() {
        let even: Vec<(f64, f64)> = (1..20)
            .map(|n| (f64::from(n) * 0.05, f64::from(n) * 5.0))
            .collect();
        let even = total(&even, 50.0);
        let losses: Vec<f64> = (0..40)
            .map(|n| expected_above(&even, f64::from(n) * 5.0))
            .collect();
        assert!(losses.windows(2).all(|pair| pair[0] >= pair[1]));
        assert!(losses.iter().all(|loss| *loss >= 0.0));
    }

    #[test]
    fn a_product_below_cost_loses_no_margin() {
        assert_eq!(margin_at_risk(12.0, -5), 0);
        assert_eq!(margin_at_risk(2.5, 1_000), 2_500);
    }

    #[test]
    fn severity_follows_the_share_that_is_lost() {
        let said: Vec<Severity> = [0.0, 0.05, 0.2, 0.9].map(severity).to_vec();
        assert_eq!(
            said,
            [
                Severity::Low,
                Severity::Medium,
                Severity::High,
                Severity::Critical
            ]
        );
    }
}
