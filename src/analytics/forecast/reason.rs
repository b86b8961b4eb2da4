//! What a figure does not know, said in words and codes.

use serde::Serialize;

use super::outcome::Caveat;

/// Something to know before trusting a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Reason {
    /// What to branch on.
    #[schema(value_type = String, example = "not_enough_data")]
    pub code: &'static str,
    /// The same in an English sentence.
    pub detail: String,
}

impl Reason {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// No model has been fitted that this program can use.
    #[must_use]
    pub fn model_missing() -> Self {
        Self::new(
            "model_missing",
            "There is no model yet: these are averages of the last 8 weeks with their range. A model is being fitted.",
        )
    }

    /// The model was fitted some days ago.
    #[must_use]
    pub fn model_old(days: i64) -> Self {
        Self::new(
            "model_old",
            format!("The model does not know the last {days} days: its refit is overdue."),
        )
    }

    /// The product is newer than the model.
    #[must_use]
    pub fn not_in_model() -> Self {
        Self::new(
            "not_in_model",
            "The product is newer than the model: these are averages until the next refit.",
        )
    }

    /// Days without stock were left out.
    #[must_use]
    pub fn stock_outs(days: u32) -> Self {
        Self::new(
            "stock_out_days_left_out",
            format!(
                "Nothing was left on {days} days: they count as unknown, not as days without demand."
            ),
        )
    }

    /// Days beyond all measure were left out.
    #[must_use]
    pub fn unusual_days(days: u32) -> Self {
        Self::new(
            "unusual_days_left_out",
            format!("{days} days sold more than 20 times what good days sell: they are left out."),
        )
    }

    /// No earlier forecast of it could be scored yet.
    #[must_use]
    pub fn not_scored_yet() -> Self {
        Self::new(
            "not_scored_yet",
            "No earlier forecast has been compared with what came yet.",
        )
    }

    /// Never sold: advice follows the reorder level.
    #[must_use]
    pub fn by_reorder_level() -> Self {
        Self::new(
            "by_reorder_level",
            "There is no forecast to go by: the stock is held against the reorder level.",
        )
    }

    /// Nothing to go by at all.
    #[must_use]
    pub fn no_reorder_level() -> Self {
        Self::new(
            "no_reorder_level",
            "There is neither a forecast nor a reorder level to go by.",
        )
    }
}

impl From<Caveat> for Reason {
    fn from(caveat: Caveat) -> Self {
        match caveat {
            Caveat::NoSalesYet => Self::new(
                "no_sales_yet",
                "It was not sold in the days that are looked at: this is an average of comparable products.",
            ),
            Caveat::NothingToCompare => Self::new(
                "nothing_to_compare",
                "Nothing was ever sold that it could be compared with: there is no figure.",
            ),
            Caveat::NotEnoughData => Self::new(
                "not_enough_data",
                "Not enough data for a model: this is an average with its range.",
            ),
            Caveat::Dormant => Self::new("dormant", "Nothing was sold for long: the rate fades."),
            Caveat::BandNotCalibrated => Self::new(
                "band_not_calibrated",
                "The band comes from general experience: the shop is too young for a backtest.",
            ),
            Caveat::WorseThanSeasonalNaive => Self::new(
                "worse_than_seasonal_naive",
                "The model did worse than repeating the last week, which is shown instead.",
            ),
        }
    }
}
