//! The kinds of cached responses: the one table of their lifetimes and of what makes them outdated.

use std::time::Duration;

use kernel::changes::Scope;

/// The subject of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CacheKind {
    /// Figures that depend on the sales of a period only: summary, time series.
    Kpi,
    /// Figures of a period with names of products, categories, users or locations.
    Breakdown,
    /// The performance of products, with their present stock.
    Products,
    /// Order advice.
    LowStock,
    /// Forecasts.
    Forecast,
    /// Accuracy of earlier forecasts.
    Accuracy,
    /// The list of findings.
    Anomalies,
    /// The first screen: parts of all others.
    Dashboard,
    /// Findings of one quarter of the year before feedback is applied; responses are made from them.
    Findings,
}

/// Data on which a response depends, beside its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depends {
    /// Sales of the days that it covers.
    Days,
    /// Settings of the shop.
    Shop,
    /// The catalogue.
    Catalogue,
    /// The users.
    People,
    /// The stock.
    Stock,
    /// Models, forecasts, findings and feedback.
    Insights,
}

/// Whether new sales still change a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// All its days are closed: only a late entry changes it, and that is in the log.
    Closed,
    /// It covers the present day or moment.
    Open,
}

const HOUR: u64 = 3600;
/// Longest lifetime of a response of any kind.
pub(super) const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * HOUR);

impl CacheKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Kpi,
        Self::Breakdown,
        Self::Products,
        Self::LowStock,
        Self::Forecast,
        Self::Accuracy,
        Self::Anomalies,
        Self::Dashboard,
        Self::Findings,
    ];

    /// The name in metrics, keys and the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The lifetime of a response while no change affects it. `open_period` is the setting
    /// `cache.open_period_seconds`: at 0 only closed responses are cached.
    #[must_use]
    pub fn lifetime(self, age: Age, open_period: Duration) -> Duration {
        let (closed, open) = match self {
            Self::Kpi | Self::Breakdown => (Some(24 * HOUR), open_period.as_secs()),
            Self::Anomalies => (Some(HOUR), 30),
            Self::Findings => (Some(24 * HOUR), 30),
            // Every sale of the present day moves the stock that they show.
            Self::Products | Self::LowStock | Self::Dashboard => (None, 10),
            // Refits are in the log; between them only the history of the present day changes.
            Self::Forecast => (None, 60),
            Self::Accuracy => (None, 300),
        };
        match (age, closed) {
            (Age::Closed, Some(seconds)) => Duration::from_secs(seconds),
            _ if open_period.is_zero() => Duration::ZERO,
            _ => Duration::from_secs(open),
        }
    }

    /// The changes that make a response outdated before its time.
    #[must_use]
    pub const fn depends_on(self) -> &'static [Depends] {
        use Depends::{Catalogue, Days, Insights, People, Shop, Stock};
        match self {
            Self::Kpi => &[Days, Shop],
            // A stock movement on a past day is logged as a change of that day.
            Self::Breakdown | Self::Findings => &[Days, Shop, Catalogue, People],
            Self::Products => &[Days, Shop, Catalogue, Stock],
            Self::LowStock | Self::Forecast => &[Days, Shop, Catalogue, Stock, Insights],
            Self::Accuracy => &[Days, Shop, Catalogue, Insights],
            Self::Anomalies | Self::Dashboard => &[Days, Shop, Catalogue, People, Stock, Insights],
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

impl Depends {
    /// The data that a line of the log affects.
    #[must_use]
    pub const fn of(scope: Scope) -> Self {
        match scope {
            Scope::Days { .. } => Self::Days,
            Scope::Shop => Self::Shop,
            Scope::Catalogue => Self::Catalogue,
            Scope::People => Self::People,
            Scope::Stock => Self::Stock,
            Scope::Insights => Self::Insights,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_index_and_a_name_of_its_own() {
        let mut words: Vec<_> = CacheKind::ALL.iter().map(|kind| kind.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), CacheKind::ALL.len());
        for (place, kind) in CacheKind::ALL.iter().enumerate() {
            assert_eq!(kind.index(), place);
        }
    }

    #[test]
    fn closed_responses_live_at_least_as_long_as_open_ones_and_at_most_as_long_as_the_log() {
        let open_period = Duration::from_secs(3);
        for kind in CacheKind::ALL {
            let closed = kind.lifetime(Age::Closed, open_period);
            assert!(closed >= kind.lifetime(Age::Open, open_period), "{kind:?}");
            assert!(closed <= Duration::from_hours(24), "{kind:?}");
            assert!(kind.lifetime(Age::Open, Duration::ZERO).is_zero());
        }
    }
}
