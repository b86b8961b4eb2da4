//! What has to be ordered today, and what can wait: one number for the alert and the advice.
//!
//! An alert is an order that should be placed today. The alternative is to wait for the next usual
//! day of ordering ([`rhythm`]); what is ordered then arrives with the *later delivery*. The number
//! is the probability that nothing is left before that later delivery, read off the distribution of
//! what will sell until then ([`advice`]). An alert is raised where it passes what the service level
//! allows. What can wait now, but not once more, is watched: apart, and no alert.

pub mod advice;
mod demand;
pub mod http;
pub mod rhythm;

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
use rhythm::{Deliveries, LEARNT_DAYS, RhythmOf};

/// Receipts of the last weeks that are looked at, the newest first.
const MAX_RECEIPTS: u32 = 200_000;
/// Products to watch that are named; all of them are counted.
pub const MAX_WATCHED: usize = 200;

/// How bad it is: by the margin that is expected to be lost, against what the shop earns on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[schema(as = LowStockSeverity)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Less than half a hundredth of a day's margin.
    Low,
    /// Half a hundredth and more; without a forecast, nothing is left.
    Medium,
    /// Three hundredths and more.
    High,
    /// A tenth and more.
    Critical,
}

/// What is to be done about a product today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = LowStockAction)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Order it today: this is an alert.
    Order,
    /// It can wait for the next usual day of ordering, but not for the one after it.
    Watch,
    /// Nothing.
    Nothing,
}

/// What the advice goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The forecast until the later delivery.
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
    /// The next usual day of ordering after today, in the shop's time zone.
    pub next_order_on: NaiveDate,
    /// When an order of that day is delivered: the later delivery. An order of today comes earlier.
    pub next_delivery_on: NaiveDate,
    /// Days from today to the later delivery.
    pub days_to_delivery: usize,
    /// Whose deliveries of the last twelve weeks say which days of ordering are usual.
    pub order_days_of: RhythmOf,
    /// How sure the stock must last until the later delivery, basis points.
    pub service_level_bp: i64,
    /// Who says so.
    pub service_level_set_by: SetBy,
    /// Level at which to order, as set on the product.
    pub reorder_level: Quantity,
    /// Expected to sell until the later delivery.
    #[schema(required)]
    pub expected_demand: Option<f64>,
    /// In 9 of 10 cases more sells.
    #[schema(required)]
    pub demand_lo80: Option<f64>,
    /// In 9 of 10 cases less sells.
    #[schema(required)]
    pub demand_hi80: Option<f64>,
    /// Expected to be asked for in vain until the later delivery.
    #[schema(required)]
    pub expected_lost_units: Option<f64>,
    /// Price without tax less cost of a unit, minor units.
    pub unit_margin_minor: i64,
    /// Days that an order covers behind the later delivery.
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
    /// What is to be done today.
    pub action: Action,
    /// What the advice goes by.
    pub basis: Basis,
    /// How bad it is.
    pub severity: Severity,
    /// Probability that nothing is left before the later delivery, that of an order of the next usual
    /// day of ordering; null without a forecast.
    #[schema(required)]
    pub stock_out_probability: Option<f64>,
    /// Margin that is expected to be lost by then, without tax, minor units.
    pub margin_at_risk_minor: i64,
    /// What lies at all locations.
    pub on_hand: Quantity,
    /// Days that the stock is expected to last, at most 999; null when nothing is expected to sell.
    #[schema(required)]
    pub days_of_cover: Option<f64>,
    /// Order today when the stock has fallen to this: it lasts until the later delivery as surely as
    /// the service level asks.
    pub reorder_point: f64,
    /// What of it is there for days that sell more than expected.
    #[schema(required)]
    pub safety_stock: Option<f64>,
    /// Order this much today; 0 where it can wait.
    pub suggested_quantity: f64,
    /// The figures that it comes from.
    pub why: Why,
    /// What to know before trusting it.
    pub reasons: Vec<Reason>,
}

/// A product that can wait for the next usual day of ordering, but not for the one after it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = WatchedProduct)]
pub struct Watched {
    /// The product.
    pub product_id: ProductId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What lies at all locations.
    pub on_hand: Quantity,
    /// Days that the stock is expected to last, at most 999.
    #[schema(required)]
    pub days_of_cover: Option<f64>,
    /// The day on which it is expected to be ordered.
    pub order_on: NaiveDate,
}

impl From<LowStock> for Watched {
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

/// The place behind a line of the list, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place(i64, i64, ProductId);

impl LowStock {
    fn place(&self) -> Place {
        let parts_per_million = self
            .stock_out_probability
            .map_or(0, |p| advice::whole(p * 1e6));
        Place(
            -self.margin_at_risk_minor,
            -parts_per_million,
            self.product_id,
        )
    }

    const fn is_out_of_range(&self) -> bool {
        self.margin_at_risk_minor > MAX_FIGURE
    }

    /// The refusal of a margin, of the days until the later delivery.
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
    /// Those to order today.
    Alerts,
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
    /// Products to order today.
    pub alerts: usize,
    /// The first products to watch, those that last the fewest days first; on the first page only.
    pub watch: Vec<Watched>,
    /// All products to watch.
    pub watched: usize,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl Analytics {
    /// What has to be ordered today, the largest expected loss first, and what can wait.
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
        let learnt = today.checked_sub_days(Days::new(LEARNT_DAYS));
        let learnt = Period::new(learnt.unwrap_or(today), today, shop.time_zone)?;
        let receipts = self.readers.stock.receipts(&learnt, MAX_RECEIPTS).await?;
        let currency = shop.currency;
        let work = move || {
            let deliveries = Deliveries::new(&receipts, shop.time_zone, today);
            let mut lines = advise_all(&products, &shop, &model, &deliveries, today);
            let is_to_do = |action: Action| move |line: &&LowStock| line.action == action;
            let alerts = lines.iter().filter(is_to_do(Action::Order)).count();
            let mut watch: Vec<LowStock> = lines
                .iter()
                .filter(is_to_do(Action::Watch))
                .cloned()
                .collect();
            if listed == Listed::Alerts {
                lines.retain(|line| line.action == Action::Order);
            }
            if let Some(line) = lines.iter().find(|line| line.is_out_of_range()) {
                return Err(line.out_of_range(today));
            }
            lines.sort_by_key(LowStock::place);
            let total = lines.len();
            let behind = |line: &LowStock| after.is_none_or(|after| line.place() > after);
            let most = usize::try_from(limit).unwrap_or(usize::MAX);
            let lines = lines.into_iter().filter(behind);
            let lines = lines.take(most.saturating_add(1)).collect();
            let watched = watch.len();
            let lasts = |line: &LowStock| line.days_of_cover.unwrap_or(f64::MAX);
            watch.sort_by(|a, b| {
                let first = lasts(a).total_cmp(&lasts(b));
                first.then_with(|| a.product_id.cmp(&b.product_id))
            });
            watch.truncate(if after.is_none() { MAX_WATCHED } else { 0 });
            Ok(LowStockPage {
                page: Page::from_probe(lines, limit),
                currency,
                total,
                alerts,
                watch: watch.into_iter().map(Watched::from).collect(),
                watched,
                computed_at: now,
            })
        };
        self.forecasts.compute(work).await?
    }
}
