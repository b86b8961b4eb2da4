//! What a detector reports.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The rule that fired.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AnomalyKind {
    /// Far more than expected on one day.
    Spike,
    /// Far less than expected on one day, but something.
    Drop,
    /// Nothing at all where something was due.
    Silence,
    /// Several days on one side of the expectation.
    LevelShift,
    /// Most of the shop fired together: a holiday, a power cut, a feast.
    ShopWide,
    /// Sold for less than it cost.
    PriceBelowCost,
    /// Money went back again and again, goods did not.
    RefundWithoutGoods,
    /// A refund far larger than refunds are.
    LargeRefund,
    /// Whoever sold takes it back minutes later, more than once a day.
    QuickRefund,
    /// One cashier's sales are refunded far more often than the others'.
    RefundsByCashier,
    /// A sale paid in cash is voided long after it.
    VoidAfterCash,
    /// One cashier's sales are voided far more often than the others'.
    VoidsByCashier,
    /// One cashier gives discounts far more often than the others.
    DiscountsByCashier,
    /// One cashier's sales are entered long after they happened far more often than the others'.
    LateEntriesByCashier,
    /// Sold at an hour at which the shop is closed.
    OffHours,
    /// A quantity or a price of another unit: grams for kilograms, a carton for a piece.
    UnitSlip,
    /// A count found far more missing than counts do.
    Shrinkage,
}

impl AnomalyKind {
    /// The name used in files and in ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Drop => "drop",
            Self::Silence => "silence",
            Self::LevelShift => "level_shift",
            Self::ShopWide => "shop_wide",
            Self::PriceBelowCost => "price_below_cost",
            Self::RefundWithoutGoods => "refund_without_goods",
            Self::LargeRefund => "large_refund",
            Self::QuickRefund => "quick_refund",
            Self::RefundsByCashier => "refunds_by_cashier",
            Self::VoidAfterCash => "void_after_cash",
            Self::VoidsByCashier => "voids_by_cashier",
            Self::DiscountsByCashier => "discounts_by_cashier",
            Self::LateEntriesByCashier => "late_entries_by_cashier",
            Self::OffHours => "off_hours",
            Self::UnitSlip => "unit_slip",
            Self::Shrinkage => "shrinkage",
        }
    }
}

/// One reported day, with what a person needs to judge it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The series; `None` for a day of the whole shop.
    pub series_id: Option<String>,
    /// The day.
    pub date: NaiveDate,
    /// The rule that fired.
    pub kind: AnomalyKind,
    /// How far beyond the threshold, 1 = just there; negative never.
    pub score: f64,
    /// What was sold.
    pub actual: f64,
    /// What was expected.
    pub expected: f64,
    /// Lower edge of the usual range (80 %).
    pub expected_low: f64,
    /// Upper edge of the usual range (80 %).
    pub expected_high: f64,
    /// Series that fired together, for a day of the whole shop.
    pub series_involved: Vec<String>,
}

impl Finding {
    /// Units above (positive) or below the expectation; times the margin it is the money effect.
    #[must_use]
    pub fn excess(&self) -> f64 {
        self.actual - self.expected
    }
}
