//! The order list: everything to order today in one answer.

use std::collections::HashMap;

use chrono::Days;
use kernel::{
    Currency, Period, Quantity, Timestamp,
    ids::{CategoryId, ProductId},
};
use serde::Serialize;

use super::{
    Basis, Listed, LowStock, LowStockQuestion, LowStockSeverity, LowStockSort, LowStockTotals,
    MAX_RECEIPTS,
};
use crate::{Analytics, error::AnalyticsError};

/// Most lines of an order list.
pub const MAX_LINES: u32 = 2_000;
/// Days in which the last delivery of a product names its supplier.
const SUPPLIER_DAYS: u64 = 366;

/// A product to order. Quantities in its unit: need + reserve - stock = suggested, rounded up.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OrderLine {
    /// The product to order.
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
    /// The supplier of its last delivery within a year; null if none was named.
    #[schema(required)]
    pub supplier: Option<String>,
    /// Source of the advice.
    pub basis: Basis,
    /// Severity, by the expected loss of margin.
    pub severity: LowStockSeverity,
    /// Expected sales until the order after this one arrives; null without a forecast.
    #[schema(required)]
    pub need: Option<f64>,
    /// Reserve for sales above the expectation; null without a forecast.
    #[schema(required)]
    pub reserve: Option<f64>,
    /// Stock at all locations.
    pub on_hand: Quantity,
    /// Days that the stock is expected to last, at most 999; null when no sales are expected.
    #[schema(required)]
    pub days_of_cover: Option<f64>,
    /// Days from order to delivery.
    pub lead_time_days: i64,
    /// Quantity to order today.
    pub suggested_quantity: f64,
    /// Purchase cost of a unit, minor units.
    pub unit_cost_minor: i64,
    /// What the suggested quantity costs, minor units.
    pub order_cost_minor: i64,
    /// Probability that the stock runs out before the later delivery if nothing is ordered today; null
    /// without a forecast.
    #[schema(required)]
    pub stock_out_probability: Option<f64>,
    /// Expected loss of margin until then, without tax, minor units.
    pub margin_at_risk_minor: i64,
    /// Expected sales lost until then, with tax, minor units.
    pub sales_at_risk_minor: i64,
}

/// Everything to order today.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct OrderList {
    /// The products to order, largest expected loss of margin first; at most 2,000.
    pub lines: Vec<OrderLine>,
    /// Number of products to order, shown or not.
    pub total: usize,
    /// Figures of all of them.
    pub totals: LowStockTotals,
    /// Currency of the amounts.
    pub currency: Currency,
    /// When it was computed.
    pub computed_at: Timestamp,
}

impl OrderLine {
    fn of(line: LowStock, suppliers: &HashMap<ProductId, String>) -> Self {
        let need = line.why.expected_demand.zip(line.why.review_demand);
        Self {
            supplier: suppliers.get(&line.product_id).cloned(),
            product_id: line.product_id,
            sku: line.sku,
            name: line.name,
            category_id: line.category_id,
            unit: line.unit,
            basis: line.basis,
            severity: line.severity,
            need: need.map(|(until_delivery, after)| until_delivery + after),
            reserve: line.safety_stock,
            on_hand: line.on_hand,
            days_of_cover: line.days_of_cover,
            lead_time_days: line.why.lead_time_days,
            suggested_quantity: line.suggested_quantity,
            unit_cost_minor: line.why.unit_cost_minor,
            order_cost_minor: line.order_cost_minor,
            stock_out_probability: line.stock_out_probability,
            margin_at_risk_minor: line.margin_at_risk_minor,
            sales_at_risk_minor: line.sales_at_risk_minor,
        }
    }
}

impl Analytics {
    /// Everything to order today.
    ///
    /// # Errors
    /// As [`Analytics::low_stock`].
    pub async fn order_list(
        &self,
        severity: Option<LowStockSeverity>,
        category_id: Option<CategoryId>,
    ) -> Result<OrderList, AnalyticsError> {
        let question = LowStockQuestion {
            listed: Listed::Alerts,
            severity,
            category_id,
            sort: LowStockSort::Margin,
            after: None,
            limit: MAX_LINES,
        };
        let list = self.low_stock(question).await?;
        let suppliers = self.suppliers().await?;
        let lines = list.page.items.into_iter();
        Ok(OrderList {
            lines: lines.map(|line| OrderLine::of(line, &suppliers)).collect(),
            total: list.total,
            totals: list.totals,
            currency: list.currency,
            computed_at: list.computed_at,
        })
    }

    /// The supplier of the last delivery of each product.
    async fn suppliers(&self) -> Result<HashMap<ProductId, String>, AnalyticsError> {
        let shop = self.readers.catalog.shop().await?;
        let today = self.clock.now().date_in(shop.time_zone);
        let first = today.checked_sub_days(Days::new(SUPPLIER_DAYS));
        let year = Period::new(first.unwrap_or(today), today, shop.time_zone)?;
        let receipts = self.readers.stock.receipts(&year, MAX_RECEIPTS).await?;
        let mut suppliers = HashMap::new();
        for receipt in receipts {
            if let Some(supplier) = receipt.supplier {
                suppliers.entry(receipt.product_id).or_insert(supplier);
            }
        }
        Ok(suppliers)
    }
}
