//! Detects days on which a series deviates from its expectation.
//!
//! Every judgement is causal: the expectation of a day comes from days before it. Flagged days are not
//! learnt from, so that an anomaly does not raise the expectation of the next day.
//!
//! [`counts`] is the one engine for days: it judges the products of a shop and, through [`group`], the
//! series of plain files (`salesflow lab anomalies`), so that the lab measures what an owner sees.
//! [`hourly`] judges hours.

pub mod counts;
pub mod group;
pub mod hourly;
pub mod judge;

/// The kind of a deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeviationKind {
    /// Far more than expected on one day.
    Spike,
    /// Far less than expected on one day, but something.
    Drop,
    /// Nothing was sold where sales were expected.
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
