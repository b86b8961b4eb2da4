//! The kinds of cached answers: how long each is kept, and what makes it outdated. The one table.

use std::time::Duration;

use kernel::changes::Scope;

/// What an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CacheKind {
    /// Figures of a period that come from its sales alone: summary, time series.
    Kpi,
    /// Figures of a period that carry names of products, categories, users or places.
    Breakdown,
    /// The performance of products, which also says what lies in stock now.
    Products,
    /// What to order.
    LowStock,
    /// Expected sales.
    Forecast,
    /// How good the forecasts were.
    Accuracy,
    /// What looks wrong.
    Anomalies,
    /// What was found in one quarter of the year, before answers move any threshold: a part of which
    /// answers are made.
    Findings,
}

/// What an answer depends on beside its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depends {
    /// The sales of the days that it covers.
    Days,
    /// The settings of the shop.
    Shop,
    /// The catalogue.
    Catalogue,
    /// The users.
    People,
    /// The stock.
    Stock,
    /// What analytics has learnt.
    Insights,
}

/// Whether new sales still change the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// All its days are over: only a late entry changes it, and is written down when it does.
    Closed,
    /// It covers the present day, or the present moment.
    Open,
}

const HOUR: u64 = 3600;
/// No answer of any kind is kept longer.
pub(super) const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * HOUR);

impl CacheKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Kpi,
        Self::Breakdown,
        Self::Products,
        Self::LowStock,
        Self::Forecast,
        Self::Accuracy,
        Self::Anomalies,
        Self::Findings,
    ];

    /// The word in metrics, keys and the report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// How long an answer is kept when nothing is written down that touches it. `open_period` is
    /// the setting `cache.open_period_seconds`: at 0 nothing is kept that is not closed.
    #[must_use]
    pub fn lifetime(self, age: Age, open_period: Duration) -> Duration {
        let (closed, open) = match self {
            Self::Kpi | Self::Breakdown => (Some(24 * HOUR), open_period.as_secs()),
            Self::Anomalies => (Some(HOUR), 30),
            Self::Findings => (Some(24 * HOUR), 30),
            // Every sale of the present day moves the stock that they show.
            Self::Products | Self::LowStock => (None, 10),
            // Refits are written down; in between only the history of the present day moves.
            Self::Forecast => (None, 60),
            Self::Accuracy => (None, 300),
        };
        match (age, closed) {
            (Age::Closed, Some(seconds)) => Duration::from_secs(seconds),
            _ if open_period.is_zero() => Duration::ZERO,
            _ => Duration::from_secs(open),
        }
    }

    /// What makes an answer outdated before its time.
    #[must_use]
    pub const fn depends_on(self) -> &'static [Depends] {
        use Depends::{Catalogue, Days, Insights, People, Shop, Stock};
        match self {
            Self::Kpi => &[Days, Shop],
            // Stock that was moved on a past day is written down as a change of that day.
            Self::Breakdown | Self::Findings => &[Days, Shop, Catalogue, People],
            Self::Products => &[Days, Shop, Catalogue, Stock],
            Self::LowStock | Self::Forecast => &[Days, Shop, Catalogue, Stock, Insights],
            Self::Accuracy => &[Days, Shop, Catalogue, Insights],
            Self::Anomalies => &[Days, Shop, Catalogue, People, Stock, Insights],
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

impl Depends {
    /// What a line of the log touches.
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
    fn every_kind_has_a_place_and_a_word_of_its_own() {
        let mut words: Vec<_> = CacheKind::ALL.iter().map(|kind| kind.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), CacheKind::ALL.len());
        for (place, kind) in CacheKind::ALL.iter().enumerate() {
            assert_eq!(kind.index(), place);
        }
    }

    #[test]
    fn what_is_closed_lives_as_long_as_what_is_open_or_longer_and_never_longer_than_the_log() {
        let open_period = Duration::from_secs(3);
        for kind in CacheKind::ALL {
            let closed = kind.lifetime(Age::Closed, open_period);
            assert!(closed >= kind.lifetime(Age::Open, open_period), "{kind:?}");
            assert!(closed <= Duration::from_hours(24), "{kind:?}");
            assert!(kind.lifetime(Age::Open, Duration::ZERO).is_zero());
        }
    }
}
