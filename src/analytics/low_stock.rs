//! Products that should be ordered today, and products that can wait. Alert and advice use the same
//! probability.
//!
//! An alert means: order today. The alternative is to wait for the next usual order day ([`rhythm`]);
//! that order arrives with the *later delivery*. The stock-out probability is the chance that the stock
//! runs out before the later delivery, from the distribution of sales until then ([`advice`]). An alert
//! is raised where it exceeds what the service level allows. Products that can wait for the next order
//! day, but not for the one after it, are watched: a separate list without alerts.

pub mod advice;
mod demand;
pub mod http;
pub mod order;
pub mod rhythm;
pub mod risk;

use chrono::{Days, NaiveDate};
use forecasting::outcome::Method;
use kernel::{
    Currency, Period, Quantity, Timestamp,
    figure::MAX_FIGURE,
    ids::{CategoryId, ProductId},
    paging::Page,
};
use serde::{Deserialize, Serialize};

use crate::{
    Analytics,
    error::AnalyticsError,
    forecast::{reason::Reason, series::all_products, view::SetBy},
};
use advice::advise_all;
use rhythm::{Deliveries, LEARNT_DAYS, OrderDaysOf};

/// Most receipts of the last weeks that are read, newest first.
const MAX_RECEIPTS: u32 = 200_000;
/// Most watched products that are listed; all of them are counted.
pub const MAX_WATCHED: usize = 200;

/// Severity by the expected loss of margin, compared with the margin that the shop earns on a day.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LowStockSeverity {
    /// Less than 0.5 % of a day's margin.
    Low,
    /// At least 0.5 %; without a forecast: out of stock.
    Medium,
    /// At least 3 %.
    High,
    /// At least 10 %.
    Critical,
}

/// What to do about a product today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LowStockAction {
    /// Order it today: an alert.
    Order,
    /// It can wait for the next usual order day, but not for the one after it.
    Watch,
    /// No order is needed.
    Nothing,
}

/// Source of the advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The forecast until the later delivery.
    Forecast,
    /// The product's reorder level, because there is no forecast.
    ReorderLevel,
}

/// The figures behind the advice. Quantities in the product's unit, unless the name says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Why {
    /// Stock at all locations.
    pub on_hand: Quantity,
    /// Days from order to delivery.
    pub lead_time_days: i64,
    /// Where the lead time is set.
    pub lead_time_set_by: SetBy,
    /// Next usual order day after today, in the shop's time zone.
    pub next_order_on: NaiveDate,
    /// Delivery day of an order placed then: the later delivery. An order placed today arrives earlier.
    pub next_delivery_on: NaiveDate,
    /// Days from today to the later delivery.
    pub days_to_delivery: usize,
    /// Whose deliveries of the last twelve weeks decide the usual order days.
    pub order_days_of: OrderDaysOf,
    /// Required probability that the stock lasts until the later delivery, basis points.
    pub service_level_bp: i64,
    /// Where the service level is set.
    pub service_level_set_by: SetBy,
    /// Reorder level, as set on the product.
    pub reorder_level: Quantity,
    /// Expected sales until the later delivery.
    #[schema(required)]
    pub expected_demand: Option<f64>,
    /// Lower edge of the 80 % band: sales exceed it in 9 of 10 cases.
    #[schema(required)]
    pub demand_lo80: Option<f64>,
    /// Upper edge of the 80 % band: sales stay below it in 9 of 10 cases.
    #[schema(required)]
    pub demand_hi80: Option<f64>,
    /// Expected demand until the later delivery that the stock cannot meet.
    #[schema(required)]
    pub expected_lost_units: Option<f64>,
    /// Margin of a unit: price without tax less cost, minor units.
    pub unit_margin_minor: i64,
    /// Selling price of a unit with tax, minor units.
    pub unit_sales_minor: i64,
    /// Purchase cost of a unit, minor units.
    pub unit_cost_minor: i64,
    /// Days after the later delivery that an order also covers.
    pub review_days: usize,
    /// Expected sales in those days.
    #[schema(required)]
    pub review_demand: Option<f64>,
    /// Forecasting method; null without a forecast.
    #[schema(required)]
    pub method: Option<Method>,
    /// Last day of the training data.
    pub trained_to: NaiveDate,
    /// Id of the model; null for stand-in averages.
    #[schema(required)]
    pub model_id: Option<String>,
}

/// A product with its order advice.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LowStock {
    /// The product to order, by the id of the catalogue.
    pub product_id: ProductId,
    /// SKU of the product.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Id of its category; null without one.
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    /// Unit of the product.
    pub unit: String,
    /// What to do today.
    pub action: LowStockAction,
    /// Source of the advice.
    pub basis: Basis,
    /// Severity, by the expected loss of margin.
    pub severity: LowStockSeverity,
    /// Probability that the stock runs out before the later delivery (the delivery of an order placed on
    /// the next usual order day); null without a forecast.
    #[schema(required)]
    pub stock_out_probability: Option<f64>,
    /// Expected loss of margin until then, without tax, minor units.
    pub margin_at_risk_minor: i64,
    /// Expected sales lost until then, with tax, minor units.
    pub sales_at_risk_minor: i64,
    /// Stock at all locations.
    pub on_hand: Quantity,
    /// Days that the stock is expected to last, at most 999; null when no sales are expected.
    #[schema(required)]
    pub days_of_cover: Option<f64>,
    /// Order today when the stock is at or below this quantity: from there on it lasts until the later
    /// delivery less surely than the service level requires.
    pub reorder_point: f64,
    /// Part of the reorder point that covers sales above the expectation; null without a forecast.
    #[schema(required)]
    pub safety_stock: Option<f64>,
    /// Quantity to order today; 0 when it can wait.
    pub suggested_quantity: f64,
    /// What that quantity costs at the present cost, minor units.
    pub order_cost_minor: i64,
    /// The figures behind the advice.
    pub why: Why,
    /// Reasons for caution.
    pub reasons: Vec<Reason>,
}

/// A product that can wait for the next usual order day, but not for the one after it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct WatchedProduct {
    /// The product to watch: no order is needed yet.
    pub product_id: ProductId,
    /// SKU of the product.
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Unit of the product.
    pub unit: String,
    /// Stock at all locations.
    pub on_hand: Quantity,
    /// Days that the stock is expected to last, at most 999; null when no sales are expected.
    #[schema(required)]
    pub days_of_cover: Option<f64>,
    /// Day on which it is expected to be ordered.
    pub order_on: NaiveDate,
}

impl From<LowStock> for WatchedProduct {
    fn from(line: LowStock) -> Self {
        Self {
            product_id: line.product_id,
            sku: line.sku,
            name: line.name,
            unit: line.unit,
            on_hand: line.on_hand,
            days_of_cover: line.days_of_cover,
            order_on: line.why.next_order_on,
        }
    }
}

/// Position of a product in the list, worst first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place(i64, i64, ProductId);

/// Order of the products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LowStockSort {
    /// Largest expected loss of margin first.
    #[default]
    Margin,
    /// Largest expected loss of sales first.
    Sales,
    /// Most severe first, then by loss of margin.
    Severity,
    /// Fewest days of cover first.
    Days,
    /// Most expensive order first.
    OrderCost,
}

/// The figures of a whole list, on all its pages. Amounts in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct LowStockTotals {
    /// Expected loss of margin, without tax.
    pub margin_at_risk_minor: i64,
    /// Expected loss of sales, with tax.
    pub sales_at_risk_minor: i64,
    /// What all suggested quantities cost.
    pub order_cost_minor: i64,
    /// Products of low severity.
    pub low: usize,
    /// Products of medium severity.
    pub medium: usize,
    /// Products of high severity.
    pub high: usize,
    /// Products of critical severity.
    pub critical: usize,
}

/// Which products are requested, and in which order.
#[derive(Debug, Clone)]
pub struct LowStockQuestion {
    /// Those to order, or all.
    pub listed: Listed,
    /// Only products of this severity or worse.
    pub severity: Option<LowStockSeverity>,
    /// Only products of this category and of those below it.
    pub category_id: Option<CategoryId>,
    /// Order of the products.
    pub sort: LowStockSort,
    /// Only products after this place.
    pub after: Option<Place>,
    /// Most products of the page.
    pub limit: u32,
}

impl LowStock {
    fn place(&self, sort: LowStockSort) -> Place {
        let parts_per_million = self
            .stock_out_probability
            .map_or(0, |p| advice::whole(p * 1e6));
        let first = match sort {
            LowStockSort::Margin => -self.margin_at_risk_minor,
            LowStockSort::Sales => -self.sales_at_risk_minor,
            LowStockSort::OrderCost => -self.order_cost_minor,
            LowStockSort::Days => self
                .days_of_cover
                .map_or(i64::MAX, |days| advice::whole(days * 1e3)),
            LowStockSort::Severity => {
                let severity = match self.severity {
                    LowStockSeverity::Critical => 0,
                    LowStockSeverity::High => 1,
                    LowStockSeverity::Medium => 2,
                    LowStockSeverity::Low => 3,
                };
                return Place(severity, -self.margin_at_risk_minor, self.product_id);
            }
        };
        Place(first, -parts_per_million, self.product_id)
    }

    fn is_out_of_range(&self) -> bool {
        let figures = [
            self.margin_at_risk_minor,
            self.sales_at_risk_minor,
            self.order_cost_minor,
        ];
        figures.into_iter().any(|figure| figure > MAX_FIGURE)
    }

    /// Refuses a margin that is too large, over the days until the later delivery.
    fn out_of_range(&self, today: NaiveDate) -> AnalyticsError {
        let days = u64::try_from(self.why.days_to_delivery).unwrap_or(0).max(1) - 1;
        AnalyticsError::FigureOutOfRange {
            from: today,
            to: today.checked_add_days(Days::new(days)).unwrap_or(today),
        }
    }
}

/// Which products are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Only those to order today.
    Alerts,
    /// Every product that is not archived.
    All,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct LowStockPage {
    /// The products, worst first.
    pub page: Page<LowStock>,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Number of products in the whole list.
    pub total: usize,
    /// Figures of the whole list.
    pub totals: LowStockTotals,
    /// Number of products to order today.
    pub alerts: usize,
    /// The watched products with the fewest days of cover; on the first page only.
    pub watch: Vec<WatchedProduct>,
    /// Number of watched products.
    pub watched: usize,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl Analytics {
    /// The products to order today, largest expected loss first, and the watched products.
    ///
    /// # Errors
    /// When a margin at risk is too large for the API, or the database fails.
    pub async fn low_stock(
        &self,
        question: LowStockQuestion,
    ) -> Result<LowStockPage, AnalyticsError> {
        let family = match question.category_id {
            Some(category) => Some(self.family(category).await?),
            None => None,
        };
        let shop = self.readers.catalog.shop().await?;
        let now = self.clock.now();
        let today = now.date_in(shop.time_zone);
        let model = self.forecasts.model(today).await?;
        let products = all_products(&self.readers).await?;
        let learnt = today.checked_sub_days(Days::new(LEARNT_DAYS));
        let learnt = Period::new(learnt.unwrap_or(today), today, shop.time_zone)?;
        let receipts = self.readers.stock.receipts(&learnt, MAX_RECEIPTS).await?;
        let currency = shop.currency;
        let work = move || {
            let deliveries = Deliveries::new(&receipts, shop.time_zone, today);
            let mut lines = advise_all(&products, &shop, &model, &deliveries, today);
            let is_alert = |line: &&LowStock| line.action == LowStockAction::Order;
            let alerts = lines.iter().filter(is_alert).count();
            let (watched, watch) = watched(&lines, question.after.is_none());
            let LowStockQuestion { sort, limit, .. } = question;
            if question.listed == Listed::Alerts {
                lines.retain(|line| line.action == LowStockAction::Order);
            }
            let worst = question.severity;
            lines.retain(|line| worst.is_none_or(|least| line.severity >= least));
            if let Some(family) = &family {
                let is_in = |id: CategoryId| family.contains(&id);
                lines.retain(|line| line.category_id.is_some_and(is_in));
            }
            if let Some(line) = lines.iter().find(|line| line.is_out_of_range()) {
                return Err(line.out_of_range(today));
            }
            lines.sort_by_key(|line| line.place(sort));
            let total = lines.len();
            let (from, to) = (today, today);
            let totals = totals_of(&lines);
            let totals = totals.ok_or(AnalyticsError::FigureOutOfRange { from, to })?;
            let after = question.after;
            let behind =
                |line: &LowStock| after.as_ref().is_none_or(|after| line.place(sort) > *after);
            let most = usize::try_from(limit).unwrap_or(usize::MAX);
            let lines = lines.into_iter().filter(behind);
            let lines = lines.take(most.saturating_add(1)).collect();
            Ok(LowStockPage {
                page: Page::from_probe(lines, limit),
                currency,
                total,
                totals,
                alerts,
                watch,
                watched,
                computed_at: now,
            })
        };
        self.forecasts.compute(work).await?
    }
}

/// How many products to watch there are, and on the first page those that last the shortest time.
fn watched(lines: &[LowStock], is_first_page: bool) -> (usize, Vec<WatchedProduct>) {
    let mut watch: Vec<&LowStock> = lines
        .iter()
        .filter(|line| line.action == LowStockAction::Watch)
        .collect();
    let watched = watch.len();
    let lasts = |line: &LowStock| line.days_of_cover.unwrap_or(f64::MAX);
    watch.sort_by(|a, b| {
        let first = lasts(a).total_cmp(&lasts(b));
        first.then_with(|| a.product_id.cmp(&b.product_id))
    });
    watch.truncate(if is_first_page { MAX_WATCHED } else { 0 });
    let watch = watch.into_iter().cloned().map(WatchedProduct::from);
    (watched, watch.collect())
}

/// The figures of a list; `None` where one is too large for the API.
fn totals_of(lines: &[LowStock]) -> Option<LowStockTotals> {
    let sum = |of: fn(&LowStock) -> i64| -> Option<i64> {
        let whole: i128 = lines.iter().map(|line| i128::from(of(line))).sum();
        i64::try_from(whole).ok().filter(|sum| *sum <= MAX_FIGURE)
    };
    let count = |severity| {
        lines
            .iter()
            .filter(|line| line.severity == severity)
            .count()
    };
    Some(LowStockTotals {
        margin_at_risk_minor: sum(|line| line.margin_at_risk_minor)?,
        sales_at_risk_minor: sum(|line| line.sales_at_risk_minor)?,
        order_cost_minor: sum(|line| line.order_cost_minor)?,
        low: count(LowStockSeverity::Low),
        medium: count(LowStockSeverity::Medium),
        high: count(LowStockSeverity::High),
        critical: count(LowStockSeverity::Critical),
    })
}
