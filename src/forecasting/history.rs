//! The input of the engine: daily sales of one series.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Daily sales of one series (a product, a category, a shop) from `start` on.
///
/// `None` is a day without information about demand: the product was out of stock, or the day was not
/// recorded. A day without a sale is `Some(0.0)`. Negative numbers are read as 0, non-finite ones as
/// unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesHistory {
    /// Id of the series, unique within its group.
    pub id: String,
    /// Category; its mean is used before the first sale of the series.
    pub category: Option<String>,
    /// Date of the first quantity.
    pub start: NaiveDate,
    /// One entry per day, without gaps.
    pub quantities: Vec<Option<f64>>,
}

/// Kind of demand (Syntetos, Boylan and Croston 2005): how often, and how evenly.
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
pub enum DemandClass {
    /// Sells often, in even quantities.
    Smooth,
    /// Sells often, in uneven quantities.
    Erratic,
    /// Sells rarely, in even quantities.
    Intermittent,
    /// Sells rarely, in uneven quantities.
    Lumpy,
}

impl DemandClass {
    /// Classifies by the mean interval between sales (1.32) and the squared variation of sizes (0.49).
    pub(crate) fn of(days: f64, positive: f64, mean_size: f64, size_variance: f64) -> Self {
        let interval = if positive > 0.0 {
            days / positive
        } else {
            f64::INFINITY
        };
        let variation = if mean_size > 0.0 {
            size_variance / (mean_size * mean_size)
        } else {
            0.0
        };
        match (interval < 1.32, variation < 0.49) {
            (true, true) => Self::Smooth,
            (true, false) => Self::Erratic,
            (false, true) => Self::Intermittent,
            (false, false) => Self::Lumpy,
        }
    }
}
