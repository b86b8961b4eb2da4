//! Counters of the cache, for the report and for the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{Counter, counter};

use super::kind::CacheKind;

const KINDS: usize = CacheKind::ALL.len();

/// Where a response came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// From the memory of this process.
    Memory,
    /// From Redis.
    Redis,
    /// Computed.
    Miss,
    /// From another request that was computing it at the same time.
    Shared,
    /// Computed without using the cache: the question is too long, or the log of changes cannot be read.
    Bypass,
}

impl Outcome {
    const ALL: [Self; 5] = [
        Self::Memory,
        Self::Redis,
        Self::Miss,
        Self::Shared,
        Self::Bypass,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory_hit",
            Self::Redis => "redis_hit",
            Self::Miss => "miss",
            Self::Shared => "shared",
            Self::Bypass => "bypass",
        }
    }
}

/// A counter for this cache and for the metrics of the process.
struct Count {
    own: AtomicU64,
    metric: Counter,
}

impl Count {
    const fn new(metric: Counter) -> Self {
        Self {
            own: AtomicU64::new(0),
            metric,
        }
    }

    fn add(&self) {
        self.own.fetch_add(1, Ordering::Relaxed);
        self.metric.increment(1);
    }

    fn get(&self) -> u64 {
        self.own.load(Ordering::Relaxed)
    }
}

/// Counters by kind of response.
#[derive(derive_more::Debug)]
#[debug("Figures {{ .. }}")]
pub(super) struct Figures {
    outcomes: [[Count; 5]; KINDS],
    stale: [Count; KINDS],
    evictions: [Count; KINDS],
}

/// Counters of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct KindFigures {
    pub memory_hits: u64,
    pub redis_hits: u64,
    pub misses: u64,
    pub shared: u64,
    pub bypassed: u64,
    pub stale: u64,
    pub evictions: u64,
}

impl Figures {
    /// All at zero. The recorder of the metrics must be running.
    pub(super) fn new() -> Self {
        let of_kinds = |name: &'static str| {
            CacheKind::ALL.map(|kind| Count::new(counter!(name, "kind" => kind.as_str())))
        };
        Self {
            outcomes: CacheKind::ALL.map(|kind| {
                Outcome::ALL.map(|outcome| {
                    Count::new(counter!(
                        "cache_answers_total",
                        "kind" => kind.as_str(),
                        "outcome" => outcome.as_str()
                    ))
                })
            }),
            stale: of_kinds("cache_stale_total"),
            evictions: of_kinds("cache_evictions_total"),
        }
    }

    pub(super) fn answered(&self, kind: CacheKind, outcome: Outcome) {
        if let Some(count) = self.outcome(kind, outcome) {
            count.add();
        }
    }

    /// A cached response was found after its lifetime.
    pub(super) fn found_stale(&self, kind: CacheKind) {
        if let Some(count) = self.stale.get(kind.index()) {
            count.add();
        }
    }

    /// A response was evicted to make room.
    pub(super) fn evicted(&self, kind: CacheKind) {
        if let Some(count) = self.evictions.get(kind.index()) {
            count.add();
        }
    }

    pub(super) fn of(&self, kind: CacheKind) -> KindFigures {
        let outcome = |outcome| self.outcome(kind, outcome).map_or(0, Count::get);
        let one = |counts: &[Count; KINDS]| counts.get(kind.index()).map_or(0, Count::get);
        KindFigures {
            memory_hits: outcome(Outcome::Memory),
            redis_hits: outcome(Outcome::Redis),
            misses: outcome(Outcome::Miss),
            shared: outcome(Outcome::Shared),
            bypassed: outcome(Outcome::Bypass),
            stale: one(&self.stale),
            evictions: one(&self.evictions),
        }
    }

    fn outcome(&self, kind: CacheKind, outcome: Outcome) -> Option<&Count> {
        self.outcomes.get(kind.index())?.get(outcome as usize)
    }
}
