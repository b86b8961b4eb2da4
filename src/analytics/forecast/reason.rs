//! Limits of a figure: a code to branch on, the figures of the case, and an English sentence.

use forecasting::outcome::Caveat;
use kernel::Quantity;
use serde::Serialize;
use utoipa::ToSchema;

/// Weeks of stand-in averages.
const STAND_IN_WEEKS: u32 = 8;
/// A day with sales above this multiple of good days is left out.
const UNUSUAL_TIMES: u32 = 20;

/// A reason without figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoFigures {}

/// A number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct DaysFigure {
    /// Number of days.
    pub days: i64,
}

/// Figures of stand-in averages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct StandInFigures {
    /// Weeks of sales that the averages cover.
    pub weeks: u32,
}

/// Figures of days with unusually large sales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnusualDaysFigures {
    /// Number of days left out.
    pub days: u32,
    /// The limit: they sold more than this multiple of good days.
    pub times: u32,
}

/// The reorder level that the stock is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReorderLevelFigures {
    /// Reorder level, as set on the product.
    pub reorder_level: Quantity,
}

/// The limit of a figure, as a code with its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "snake_case")]
pub enum ReasonKind {
    /// There is no usable model yet.
    ModelMissing(StandInFigures),
    /// The model does not contain the last days.
    ModelOld(DaysFigure),
    /// The product is newer than the model.
    NotInModel(NoFigures),
    /// Days without stock were left out.
    StockOutDaysLeftOut(DaysFigure),
    /// Days with unusually large sales were left out.
    UnusualDaysLeftOut(UnusualDaysFigures),
    /// No earlier forecast has been scored yet.
    NotScoredYet(NoFigures),
    /// There is no forecast: the advice follows the reorder level.
    ByReorderLevel(ReorderLevelFigures),
    /// There is neither a forecast nor a reorder level.
    NoReorderLevel(NoFigures),
    /// The product is new or was out of stock, and has not been sold yet.
    NoSalesYet(NoFigures),
    /// The product was in stock for weeks and never sold.
    LayUnsold(DaysFigure),
    /// No comparable product was ever sold.
    NothingToCompare(NoFigures),
    /// Too little history for a model.
    NotEnoughData(NoFigures),
    /// Nothing was sold for a long time.
    Dormant(NoFigures),
    /// The band is not calibrated by the shop's own data.
    BandNotCalibrated(NoFigures),
    /// The model had larger errors than repeating the last week.
    WorseThanSeasonalNaive(NoFigures),
}

/// A reason for caution about a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// Code to branch on, and its figures.
    #[serde(flatten)]
    pub kind: ReasonKind,
    /// The reason as an English sentence.
    pub detail: String,
}

impl Reason {
    fn new(kind: ReasonKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    /// There is no usable model yet.
    #[must_use]
    pub fn model_missing() -> Self {
        Self::new(
            ReasonKind::ModelMissing(StandInFigures {
                weeks: STAND_IN_WEEKS,
            }),
            format!(
                "There is no model yet: these are averages of the last {STAND_IN_WEEKS} weeks with their range. A model is being fitted."
            ),
        )
    }

    /// The model was fitted some days ago.
    #[must_use]
    pub fn model_old(days: i64) -> Self {
        Self::new(
            ReasonKind::ModelOld(DaysFigure { days }),
            format!("The model does not contain the last {days} days: its refit is overdue."),
        )
    }

    /// The product is newer than the model.
    #[must_use]
    pub fn not_in_model() -> Self {
        Self::new(
            ReasonKind::NotInModel(NoFigures {}),
            "The product is newer than the model: these are averages until the next refit.",
        )
    }

    /// Days without stock were left out.
    #[must_use]
    pub fn stock_outs(days: u32) -> Self {
        Self::new(
            ReasonKind::StockOutDaysLeftOut(DaysFigure {
                days: i64::from(days),
            }),
            format!(
                "Nothing, or too little to sell, was left on {days} days: they count as unknown, not as days without demand."
            ),
        )
    }

    /// Days with unusually large sales were left out.
    #[must_use]
    pub fn unusual_days(days: u32) -> Self {
        Self::new(
            ReasonKind::UnusualDaysLeftOut(UnusualDaysFigures {
                days,
                times: UNUSUAL_TIMES,
            }),
            format!(
                "{days} days sold more than {UNUSUAL_TIMES} times what good days sell: they are left out."
            ),
        )
    }

    /// No earlier forecast has been scored yet.
    #[must_use]
    pub fn not_scored_yet() -> Self {
        Self::new(
            ReasonKind::NotScoredYet(NoFigures {}),
            "No earlier forecast has been compared with actual sales yet.",
        )
    }

    /// Never sold: the advice follows the reorder level.
    #[must_use]
    pub fn by_reorder_level(reorder_level: Quantity) -> Self {
        Self::new(
            ReasonKind::ByReorderLevel(ReorderLevelFigures { reorder_level }),
            "There is no forecast: the stock is compared with the reorder level.",
        )
    }

    /// There is neither a forecast nor a reorder level.
    #[must_use]
    pub fn no_reorder_level() -> Self {
        Self::new(
            ReasonKind::NoReorderLevel(NoFigures {}),
            "There is neither a forecast nor a reorder level.",
        )
    }
}

impl From<Caveat> for Reason {
    fn from(caveat: Caveat) -> Self {
        let none = NoFigures {};
        match caveat {
            Caveat::NoSalesYet => Self::new(
                ReasonKind::NoSalesYet(none),
                "It is new, or was not in stock, and was not sold yet: this is an average of comparable products.",
            ),
            Caveat::LayUnsold { days } => Self::new(
                ReasonKind::LayUnsold(DaysFigure {
                    days: i64::from(days),
                }),
                format!(
                    "It was in stock on {days} days and never sold: hardly any sales are expected."
                ),
            ),
            Caveat::NothingToCompare => Self::new(
                ReasonKind::NothingToCompare(none),
                "Nothing was ever sold that it could be compared with: there is no figure.",
            ),
            Caveat::NotEnoughData => Self::new(
                ReasonKind::NotEnoughData(none),
                "Not enough data for a model: this is an average with its range.",
            ),
            Caveat::Dormant => Self::new(
                ReasonKind::Dormant(none),
                "Nothing was sold for long: the forecast decreases, but sales may start again.",
            ),
            Caveat::BandNotCalibrated => Self::new(
                ReasonKind::BandNotCalibrated(none),
                "The band comes from general experience: the shop is too young for a backtest.",
            ),
            Caveat::WorseThanSeasonalNaive => Self::new(
                ReasonKind::WorseThanSeasonalNaive(none),
                "The model did worse than repeating the last week, which is shown instead.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reason_is_a_code_its_figures_and_a_sentence() {
        let old = serde_json::to_value(Reason::model_old(3)).unwrap();
        assert_eq!(
            (&old["code"], &old["params"]),
            (&json!("model_old"), &json!({"days": 3}))
        );
        assert!(old["detail"].as_str().unwrap().contains("3 days"));
        let dormant = serde_json::to_value(Reason::from(Caveat::Dormant)).unwrap();
        assert_eq!(
            (&dormant["code"], &dormant["params"]),
            (&json!("dormant"), &json!({}))
        );
    }
}
