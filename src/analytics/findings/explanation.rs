//! Why a finding is reported: a code for each sentence that a client words, and the figures that the
//! sentence needs.
//!
//! The sentences are part of the contract: each code has figures of its own shape, which the
//! document lists. Findings that somebody answered are kept as JSON: a figure that is added later
//! needs a default.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Figures of a series that left its usual course.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeriesFigures {
    /// Days from the first to the last.
    pub days: usize,
    /// What was sold as a multiple of what was expected: 0 is nothing, 1 is as usual.
    pub ratio: f64,
    /// Another level that still held on the last day that was looked at; false for what is over, and
    /// for what is no other level.
    #[serde(default)]
    #[schema(required)]
    pub goes_on: bool,
}

/// Figures of a day of the whole shop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShopDayFigures {
    /// How many came, as a multiple of what was expected: 1 is as usual.
    pub ratio: f64,
    /// What the day brought, as a multiple of what was expected; null where the days before it brought
    /// nothing.
    #[serde(default)]
    #[schema(required)]
    pub revenue_ratio: Option<f64>,
}

/// Figures of sales below cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BelowCostFigures {
    /// Lines of sales.
    pub lines: usize,
    /// Cost less revenue without tax, minor units.
    pub loss_minor: i64,
}

/// Figures of a quantity or a price of another unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlipFigures {
    /// Number of the sale.
    pub number: i64,
    /// The figure as a multiple of the usual one.
    pub ratio: f64,
}

/// Figures of refunds of which no goods came back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RefundsWithoutGoodsFigures {
    /// Lines of refunds.
    pub refunds: usize,
    /// Units that were paid back.
    pub units: f64,
    /// What was paid back, minor units.
    pub amount_minor: i64,
}

/// Figures of one refund.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LargeRefundFigures {
    /// Number of the sale.
    pub number: i64,
}

/// Figures of own sales that were taken back at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuickRefundFigures {
    /// Less than this many minutes after the sale.
    pub minutes: f64,
    /// What was paid back, minor units.
    pub amount_minor: i64,
}

/// Figures of a sale in cash that was voided late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VoidFigures {
    /// Number of the sale.
    pub number: i64,
    /// When it was sold.
    pub sold_at: Timestamp,
    /// What was paid in cash, minor units.
    pub cash_minor: i64,
    /// The reason that was given.
    pub reason: Option<String>,
}

/// Figures of a week of a cashier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CashierWeekFigures {
    /// Sales of the week.
    pub sales: i64,
    /// How many of them it was done to.
    pub times: i64,
    /// Which amount, minor units.
    pub amount_minor: i64,
    /// Weeks of others that it is compared with.
    pub peer_weeks: usize,
}

/// Figures of sales while the shop is closed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OffHoursFigures {
    /// Sales of that day.
    pub sales: usize,
}

/// Figures of a count that found too little.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShrinkageFigures {
    /// Units that were missing.
    pub missing: f64,
    /// Units that should have been there.
    pub should_be: f64,
    /// What is missing at cost, minor units.
    pub value_minor: i64,
}

/// Why a finding is reported: what to branch on, and the figures of the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", content = "params")]
pub enum Explanation {
    /// Far more was sold on a day.
    #[serde(rename = "series.spike")]
    Spike(SeriesFigures),
    /// Far less was sold.
    #[serde(rename = "series.drop")]
    Drop(SeriesFigures),
    /// Nothing was sold where something was due.
    #[serde(rename = "series.silence")]
    Silence(SeriesFigures),
    /// More is sold from a day on.
    #[serde(rename = "series.higher_level")]
    HigherLevel(SeriesFigures),
    /// Less is sold from a day on.
    #[serde(rename = "series.lower_level")]
    LowerLevel(SeriesFigures),
    /// Most of the shop sold more.
    #[serde(rename = "shop.more_than_usual")]
    ShopMore(ShopDayFigures),
    /// Most of the shop sold less.
    #[serde(rename = "shop.less_than_usual")]
    ShopLess(ShopDayFigures),
    /// Most of the shop sold more, and yet it brought less money than usual.
    #[serde(rename = "shop.more_customers_less_money")]
    MoreCustomersLessMoney(ShopDayFigures),
    /// Most of the shop sold less, and yet it brought more money than usual: a large basket.
    #[serde(rename = "shop.fewer_customers_more_money")]
    FewerCustomersMoreMoney(ShopDayFigures),
    /// Sold for less than it cost.
    #[serde(rename = "price.below_cost")]
    PriceBelowCost(BelowCostFigures),
    /// A quantity of another unit.
    #[serde(rename = "slip.quantity")]
    QuantitySlip(SlipFigures),
    /// A price of another unit.
    #[serde(rename = "slip.price")]
    PriceSlip(SlipFigures),
    /// Money went back, goods did not.
    #[serde(rename = "refund.without_goods")]
    RefundWithoutGoods(RefundsWithoutGoodsFigures),
    /// A refund far larger than refunds are.
    #[serde(rename = "refund.large")]
    LargeRefund(LargeRefundFigures),
    /// Own sales taken back within minutes.
    #[serde(rename = "refund.quick")]
    QuickRefund(QuickRefundFigures),
    /// A sale in cash voided long after it.
    #[serde(rename = "void.after_cash")]
    VoidAfterCash(VoidFigures),
    /// More voids than the others have.
    #[serde(rename = "staff.voids")]
    StaffVoids(CashierWeekFigures),
    /// More discounts than the others give.
    #[serde(rename = "staff.discounts")]
    StaffDiscounts(CashierWeekFigures),
    /// More refunds than the others have.
    #[serde(rename = "staff.refunds")]
    StaffRefunds(CashierWeekFigures),
    /// More late entries than the others have.
    #[serde(rename = "staff.late_entries")]
    StaffLateEntries(CashierWeekFigures),
    /// Sold while the shop is closed.
    #[serde(rename = "hours.closed")]
    OffHours(OffHoursFigures),
    /// A count found too little.
    #[serde(rename = "count.shrinkage")]
    Shrinkage(ShrinkageFigures),
}

impl Explanation {
    /// Whether a whole number among the figures meets a condition.
    pub(super) fn has_figure(&self, condition: impl Fn(i64) -> bool) -> bool {
        let written = serde_json::to_value(self).unwrap_or_default();
        written
            .get("params")
            .and_then(Value::as_object)
            .is_some_and(|params| params.values().filter_map(Value::as_i64).any(condition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_is_a_code_and_its_figures() {
        let silence = Explanation::Silence(SeriesFigures {
            days: 3,
            ratio: 0.0,
            goes_on: false,
        });
        let written = serde_json::to_value(&silence).unwrap();
        assert_eq!(
            written,
            serde_json::json!({"code": "series.silence", "params": {"days": 3, "ratio": 0.0, "goes_on": false}})
        );
        assert_eq!(
            serde_json::from_value::<Explanation>(written).unwrap(),
            silence
        );
        assert!(silence.has_figure(|figure| figure == 3));
        assert!(!silence.has_figure(|figure| figure > 3));
    }
}
