//! The kinds of findings.

use forecasting::anomaly::DeviationKind;
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
    /// Nothing was sold where sales were expected.
    Silence,
    /// Several days on one side of the expectation.
    LevelShift,
    /// Most products of the shop deviate on the same day: a holiday, a power cut, a feast.
    ShopWide,
    /// Sold for less than it cost.
    PriceBelowCost,
    /// Money was refunded again and again, but no goods came back.
    RefundWithoutGoods,
    /// A refund far larger than usual refunds.
    LargeRefund,
    /// A cashier refunds own sales within minutes, more than once a day.
    QuickRefund,
    /// One cashier's sales are refunded far more often than the others'.
    RefundsByCashier,
    /// A cash sale is voided long after it was made.
    VoidAfterCash,
    /// One cashier's sales are voided far more often than the others'.
    VoidsByCashier,
    /// One cashier gives discounts far more often than the others.
    DiscountsByCashier,
    /// One cashier's sales are entered long after they happened far more often than the others'.
    LateEntriesByCashier,
    /// A sale at an hour at which the shop is closed.
    OffHours,
    /// A quantity or a price of another unit: grams for kilograms, a carton for a piece.
    UnitSlip,
    /// A stock count found far more missing than counts usually do.
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

impl From<DeviationKind> for AnomalyKind {
    fn from(kind: DeviationKind) -> Self {
        match kind {
            DeviationKind::Spike => Self::Spike,
            DeviationKind::Drop => Self::Drop,
            DeviationKind::Silence => Self::Silence,
            DeviationKind::LevelShift => Self::LevelShift,
        }
    }
}
