//! The risk of another quantity than the suggested one: what a buyer who orders a round number, or has
//! no money for more, takes on.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use forecasting::outcome::TotalForecast;
use kernel::{
    Code, Currency, FieldError, Period, Problem, Quantity, Timestamp,
    figure::MAX_FIGURE,
    ids::ProductId,
    quantity::MAX_UNITS,
    read::{ProductFacts, ShopFacts},
};
use serde::Serialize;

use super::{
    LowStock, MAX_RECEIPTS, advice, demand,
    rhythm::{Deliveries, LEARNT_DAYS},
};
use crate::{
    Analytics,
    error::AnalyticsError,
    forecast::{answers::first_days, model::Model, reason::Reason, view::rounded},
};

/// What happens when this quantity of a product is ordered today.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OrderRisk {
    /// The product to order.
    pub product_id: ProductId,
    /// The quantity that is judged.
    pub quantity: f64,
    /// The quantity that the list suggests for today; 0 when nothing has to be ordered.
    pub suggested_quantity: f64,
    /// Stock at all locations.
    pub on_hand: Quantity,
    /// The day on which the order after this one arrives: stock and quantity have to last until then.
    pub lasts_until: NaiveDate,
    /// Expected sales until then; null without a forecast.
    #[schema(required)]
    pub expected_demand: Option<f64>,
    /// Probability that more is wanted until then than stock and quantity together; null without a
    /// forecast.
    #[schema(required)]
    pub stock_out_probability: Option<f64>,
    /// Expected loss of margin until then, without tax, minor units; null without a forecast.
    #[schema(required)]
    pub margin_at_risk_minor: Option<i64>,
    /// Expected sales lost until then, with tax, minor units; null without a forecast.
    #[schema(required)]
    pub sales_at_risk_minor: Option<i64>,
    /// What the quantity costs, minor units.
    pub order_cost_minor: i64,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Reasons for caution.
    pub reasons: Vec<Reason>,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl OrderRisk {
    fn of(line: LowStock, exposure: Option<&Exposure>, quantity: f64, at: &AskedAt) -> Self {
        let stock = advice::units(line.on_hand) + quantity;
        let lost = exposure.map(|exposure| exposure.lost_units(stock));
        let money = |unit: i64| lost.map(|lost| advice::margin_at_risk(lost, unit));
        let days = line
            .why
            .days_to_delivery
            .saturating_add(line.why.review_days);
        let days = Days::new(u64::try_from(days).unwrap_or(0));
        Self {
            product_id: line.product_id,
            quantity,
            suggested_quantity: line.suggested_quantity,
            on_hand: line.on_hand,
            lasts_until: at.today.checked_add_days(days).unwrap_or(at.today),
            expected_demand: exposure.map(|exposure| rounded(exposure.total.mean)),
            stock_out_probability: exposure.map(|exposure| exposure.probability(stock)),
            margin_at_risk_minor: money(line.why.unit_margin_minor),
            sales_at_risk_minor: money(line.why.unit_sales_minor),
            order_cost_minor: advice::cost_of(quantity, line.why.unit_cost_minor),
            currency: at.currency,
            reasons: line.reasons,
            computed_at: at.now,
        }
    }

    fn is_out_of_range(&self) -> bool {
        let figures = [
            Some(self.order_cost_minor),
            self.margin_at_risk_minor,
            self.sales_at_risk_minor,
        ];
        figures.into_iter().flatten().any(|one| one > MAX_FIGURE)
    }
}

/// The demand that stock and order have to meet, until the order after this one arrives.
struct Exposure {
    /// Its distribution.
    total: TotalForecast,
    step: f64,
}

impl Exposure {
    /// The probability of a demand above this stock.
    fn probability(&self, stock: f64) -> f64 {
        if rounded(self.total.mean) <= 0.0 {
            return 0.0;
        }
        let asked = if stock > 0.0 { stock + self.step } else { 0.0 };
        rounded(self.total.probability_above(asked))
    }

    /// The expected demand beyond this stock.
    fn lost_units(&self, stock: f64) -> f64 {
        advice::expected_above(&self.total, stock)
    }
}

/// The advice for a product, with the demand that an order of today has to meet; `None` without a
/// forecast of its own.
fn exposure(
    product: &ProductFacts,
    shop: &ShopFacts,
    model: &Arc<Model>,
    deliveries: &Deliveries,
    today: NaiveDate,
) -> (LowStock, Option<Exposure>) {
    let line = advice::advise(product, shop, model, deliveries, today);
    let lead = u64::try_from(line.why.lead_time_days).unwrap_or(0);
    let next = deliveries.next_order(product.id, lead);
    let forecast = advice::forecast_of(product, model, next, line.why.review_days, today)
        .filter(advice::is_own);
    let days = next.days_to_delivery.saturating_add(line.why.review_days);
    let exposure = forecast.map(|forecast| Exposure {
        total: demand::total_of(model, &first_days(&forecast, days)),
        step: advice::half_a_step(product),
    });
    (line, exposure)
}

/// When, and in which currency.
struct AskedAt {
    today: NaiveDate,
    now: Timestamp,
    currency: Currency,
}

fn check(quantity: f64) -> Result<(), Problem> {
    #[expect(clippy::cast_precision_loss, reason = "a billion is a whole double")]
    let most = MAX_UNITS as f64;
    if (0.0..=most).contains(&quantity) {
        return Ok(());
    }
    let detail = format!("must lie between 0 and {MAX_UNITS}");
    let place = FieldError::new("?quantity", "query.out_of_range", detail.clone())
        .with("min", 0)
        .with("max", MAX_UNITS);
    Err(Problem::new(Code::InvalidQuery, format!("quantity {detail}.")).at(place))
}

impl Analytics {
    /// The risk of ordering `quantity` of a product today; the suggested quantity when absent.
    ///
    /// # Errors
    /// `request.invalid_query` for the quantity, `resource.not_found`, `product.archived`, or a figure
    /// that is too large for the API.
    pub async fn order_risk(
        &self,
        id: ProductId,
        quantity: Option<f64>,
    ) -> Result<OrderRisk, AnalyticsError> {
        quantity.map(check).transpose()?;
        let product = self.forecasts.living_product(id).await?;
        let shop = self.readers.catalog.shop().await?;
        let now = self.clock.now();
        let today = now.date_in(shop.time_zone);
        let model = self.forecasts.model(today).await?;
        let learnt = today.checked_sub_days(Days::new(LEARNT_DAYS));
        let learnt = Period::new(learnt.unwrap_or(today), today, shop.time_zone)?;
        let receipts = self.readers.stock.receipts(&learnt, MAX_RECEIPTS).await?;
        let work = move || {
            let deliveries = Deliveries::new(&receipts, shop.time_zone, today);
            let at = AskedAt {
                today,
                now,
                currency: shop.currency,
            };
            let (line, exposure) = exposure(&product, &shop, &model, &deliveries, today);
            let quantity = quantity.unwrap_or(line.suggested_quantity);
            let risk = OrderRisk::of(line, exposure.as_ref(), quantity, &at);
            if risk.is_out_of_range() {
                let (from, to) = (today, risk.lasts_until);
                return Err(AnalyticsError::FigureOutOfRange { from, to });
            }
            Ok(risk)
        };
        self.forecasts.compute(work).await?
    }
}
