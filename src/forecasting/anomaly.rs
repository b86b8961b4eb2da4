//! Days on which a series was not what it should have been.
//!
//! Every judgement is causal: the expectation of a day comes from days before it. What was flagged is
//! not learnt from, so that an anomaly does not excuse the next one.
//!
//! [`counts`] judges the products of a shop: many, small, and counted. [`daily`] and [`hourly`] judge
//! series of any kind (`salesflow lab anomalies`).

pub mod counts;
pub mod daily;
pub mod hourly;
pub mod judge;

use chrono::NaiveDate;

/// How a series left its expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviationKind {
    /// Far more than expected on one day.
    Spike,
    /// Far less than expected on one day, but something.
    Drop,
    /// Nothing at all where something was due.
    Silence,
    /// Several days on one side of the expectation.
    LevelShift,
    /// Most of the series of a shop left it together.
    ShopWide,
}

impl DeviationKind {
    /// The name used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Drop => "drop",
            Self::Silence => "silence",
            Self::LevelShift => "level_shift",
            Self::ShopWide => "shop_wide",
        }
    }
}

/// One reported day, with what a person needs to judge it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The series; `None` for a day of the whole shop.
    pub series_id: Option<String>,
    /// The day.
    pub date: NaiveDate,
    /// The rule that fired.
    pub kind: DeviationKind,
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
