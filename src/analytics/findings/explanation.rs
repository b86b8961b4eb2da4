//! Why a finding is reported: a code, for which a client has a sentence, and the figures of that
//! sentence.
//!
//! The codes are part of the contract: each has figures of its own shape, which the document lists.
//! Findings with feedback are kept as JSON, so a figure that is added later needs a default.

use kernel::{Balance, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Figures of a series that left its usual course.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeriesFigures {
    /// Days from the first to the last.
    pub days: usize,
    /// Sales as a multiple of the expectation: 0 is nothing, 1 is as usual.
    pub ratio: f64,
    /// True when a new level still held on the last day with data; false when it has ended, and for what
    /// is not a change of level.
    #[serde(default)]
    #[schema(required)]
    pub goes_on: bool,
}

/// Figures of a day of the whole shop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShopDayFigures {
    /// Number of customers as a multiple of the expectation: 1 is as usual.
    pub ratio: f64,
    /// Revenue as a multiple of the expectation; null where the days before had no revenue.
    #[serde(default)]
    #[schema(required)]
    pub revenue_ratio: Option<f64>,
}

/// Figures of sales below cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BelowCostFigures {
    /// Number of sale lines.
    pub lines: usize,
    /// Cost less revenue without tax, minor units.
    pub loss_minor: Balance,
}

/// Figures of a quantity or a price of another unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlipFigures {
    /// Number of the sale.
    pub number: i64,
    /// The figure as a multiple of the usual one.
    pub ratio: f64,
}

/// Figures of refunds without returned goods.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RefundsWithoutGoodsFigures {
    /// Number of refund lines.
    pub refunds: usize,
    /// Units that were refunded.
    pub units: f64,
    /// Amount refunded, minor units.
    pub amount_minor: Balance,
}

/// Figures of one refund.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LargeRefundFigures {
    /// Number of the sale that was refunded.
    pub number: i64,
}

/// Figures of own sales that were refunded at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuickRefundFigures {
    /// The limit: each refund came less than this many minutes after its sale.
    pub minutes: f64,
    /// Amount refunded, minor units.
    pub amount_minor: Balance,
}

/// Figures of a sale in cash that was voided late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VoidFigures {
    /// Number of the voided sale.
    pub number: i64,
    /// Time of the sale.
    pub sold_at: Timestamp,
    /// Amount paid in cash, minor units.
    pub cash_minor: Balance,
    /// Reason given for the void; null when none was given.
    pub reason: Option<String>,
}

/// Figures of a week of a cashier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CashierWeekFigures {
    /// Sales of the cashier in that week.
    pub sales: i64,
    /// How many of them were voided, discounted, refunded or entered late, by the code.
    pub times: i64,
    /// The amount of those, minor units.
    pub amount_minor: Balance,
    /// Weeks of other cashiers that it is compared with.
    pub peer_weeks: usize,
}

/// Figures of sales while the shop is closed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OffHoursFigures {
    /// Sales on that day while the shop is closed.
    pub sales: usize,
}

/// Figures of a stock count that found too little.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShrinkageFigures {
    /// Units found missing by the count.
    pub missing: f64,
    /// Units expected by the ledger.
    pub should_be: f64,
    /// Value of the missing units at cost, minor units.
    pub value_minor: Balance,
}

/// Why a finding is reported: the code to branch on, and the figures of the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", content = "params")]
pub enum Explanation {
    /// Far more was sold on a day than usual.
    #[serde(rename = "series.spike")]
    Spike(SeriesFigures),
    /// Far less was sold than usual.
    #[serde(rename = "series.drop")]
    Drop(SeriesFigures),
    /// Nothing was sold where sales were expected.
    #[serde(rename = "series.silence")]
    Silence(SeriesFigures),
    /// More is sold from a day on.
    #[serde(rename = "series.higher_level")]
    HigherLevel(SeriesFigures),
    /// Less is sold from a day on.
    #[serde(rename = "series.lower_level")]
    LowerLevel(SeriesFigures),
    /// Most products of the shop sold more.
    #[serde(rename = "shop.more_than_usual")]
    ShopMore(ShopDayFigures),
    /// Most products of the shop sold less.
    #[serde(rename = "shop.less_than_usual")]
    ShopLess(ShopDayFigures),
    /// Most products sold more, but the revenue was lower than usual.
    #[serde(rename = "shop.more_customers_less_money")]
    MoreCustomersLessMoney(ShopDayFigures),
    /// Most products sold less, but the revenue was higher than usual: a large basket.
    #[serde(rename = "shop.fewer_customers_more_money")]
    FewerCustomersMoreMoney(ShopDayFigures),
    /// Sold for less than it cost.
    #[serde(rename = "price.below_cost")]
    PriceBelowCost(BelowCostFigures),
    /// A quantity that looks entered in another unit.
    #[serde(rename = "slip.quantity")]
    QuantitySlip(SlipFigures),
    /// A price that looks meant for another unit.
    #[serde(rename = "slip.price")]
    PriceSlip(SlipFigures),
    /// Money was refunded, but no goods came back.
    #[serde(rename = "refund.without_goods")]
    RefundWithoutGoods(RefundsWithoutGoodsFigures),
    /// A refund far larger than usual refunds.
    #[serde(rename = "refund.large")]
    LargeRefund(LargeRefundFigures),
    /// A cashier refunded own sales within minutes.
    #[serde(rename = "refund.quick")]
    QuickRefund(QuickRefundFigures),
    /// A cash sale was voided long after it was made.
    #[serde(rename = "void.after_cash")]
    VoidAfterCash(VoidFigures),
    /// More voids than other cashiers have.
    #[serde(rename = "staff.voids")]
    StaffVoids(CashierWeekFigures),
    /// More discounts than other cashiers give.
    #[serde(rename = "staff.discounts")]
    StaffDiscounts(CashierWeekFigures),
    /// More refunds than other cashiers have.
    #[serde(rename = "staff.refunds")]
    StaffRefunds(CashierWeekFigures),
    /// More late entries than other cashiers have.
    #[serde(rename = "staff.late_entries")]
    StaffLateEntries(CashierWeekFigures),
    /// Sales while the shop is closed.
    #[serde(rename = "hours.closed")]
    OffHours(OffHoursFigures),
    /// A stock count found too little.
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
