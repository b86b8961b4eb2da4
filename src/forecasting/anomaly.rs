//! Days on which a series was not what it should have been.
//!
//! Every judgement is causal: the expectation of a day comes from days before it. What was flagged is
//! not learnt from, so that an anomaly does not excuse the next one.
//!
//! [`counts`] is the one engine for days: it judges the products of a shop, and through [`group`] the
//! series of plain files (`salesflow lab anomalies`), so that what is measured is what an owner meets.
//! [`hourly`] judges hours.

pub mod counts;
pub mod group;
pub mod hourly;
pub mod judge;

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
        }
    }
}
