//! What a figure does not know: a code to branch on, the figures of the case, and an English sentence.

use forecasting::outcome::Caveat;
use kernel::Quantity;
use serde::Serialize;
use utoipa::ToSchema;

/// Weeks whose averages stand in for a model.
const STAND_IN_WEEKS: u32 = 8;
/// A day that sold more than this many times what good days sell is left out.
const UNUSUAL_TIMES: u32 = 20;

/// Nothing to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoFigures {}

/// A number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct DaysFigure {
    /// Days.
    pub days: i64,
}

/// Averages that stand in for a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct StandInFigures {
    /// Weeks that they cover.
    pub weeks: u32,
}

/// Days beyond all measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnusualDaysFigures {
    /// Days that were left out.
    pub days: u32,
    /// They sold more than this many times what good days sell.
    pub times: u32,
}

/// The level to which the stock is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReorderLevelFigures {
    /// Level at which to order, as set on the product.
    pub reorder_level: Quantity,
}

/// What is not known, and its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "snake_case")]
pub enum ReasonKind {
    /// No model has been fitted that this program can use.
    ModelMissing(StandInFigures),
    /// The model does not know the last days.
    ModelOld(DaysFigure),
    /// The product is newer than the model.
    NotInModel(NoFigures),
    /// Days without stock were left out.
    StockOutDaysLeftOut(DaysFigure),
    /// Days beyond all measure were left out.
    UnusualDaysLeftOut(UnusualDaysFigures),
    /// No earlier forecast of it could be scored yet.
    NotScoredYet(NoFigures),
    /// No forecast: the advice follows the reorder level.
    ByReorderLevel(ReorderLevelFigures),
    /// Neither a forecast nor a reorder level.
    NoReorderLevel(NoFigures),
    /// New, or not in stock, and not sold yet.
    NoSalesYet(NoFigures),
    /// It lay there for weeks and was never sold.
    LayUnsold(DaysFigure),
    /// Nothing comparable was ever sold.
    NothingToCompare(NoFigures),
    /// Too little is known for a model.
    NotEnoughData(NoFigures),
    /// Nothing was sold for long.
    Dormant(NoFigures),
    /// The band comes from general experience.
    BandNotCalibrated(NoFigures),
    /// The model did worse than repeating the last week.
    WorseThanSeasonalNaive(NoFigures),
}

/// Something to know before trusting a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// What to branch on, and the figures that a sentence of one's own needs.
    #[serde(flatten)]
    pub kind: ReasonKind,
    /// The same in an English sentence.
    pub detail: String,
}

impl Reason {
    fn new(kind: ReasonKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    /// No model has been fitted that this program can use.
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
            format!("The model does not know the last {days} days: its refit is overdue."),
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

    /// Days beyond all measure were left out.
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

    /// No earlier forecast of it could be scored yet.
    #[must_use]
    pub fn not_scored_yet() -> Self {
        Self::new(
            ReasonKind::NotScoredYet(NoFigures {}),
            "No earlier forecast has been compared with what came yet.",
        )
    }

    /// Never sold: advice follows the reorder level.
    #[must_use]
    pub fn by_reorder_level(reorder_level: Quantity) -> Self {
        Self::new(
            ReasonKind::ByReorderLevel(ReorderLevelFigures { reorder_level }),
            "There is no forecast to go by: the stock is compared with the reorder level.",
        )
    }

    /// Nothing to go by at all.
    #[must_use]
    pub fn no_reorder_level() -> Self {
        Self::new(
            ReasonKind::NoReorderLevel(NoFigures {}),
            "There is neither a forecast nor a reorder level to go by.",
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
                    "It lay there on {days} days and was never sold: next to nothing is expected of it."
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
                "Nothing was sold for long: the rate fades, and it may come back all the same.",
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
