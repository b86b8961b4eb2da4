//! What the cache looks like from outside: for whoever runs the server.

use std::{sync::atomic::Ordering, time::Duration};

use metrics::gauge;
use serde::Serialize;

use super::{
    Cache,
    kind::{Age, CacheKind},
    redis::RedisTier,
};

/// The inside of the cache of one instance. Counts begin at its start.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CacheReport {
    /// Answers in the memory of this instance.
    pub memory: MemoryReport,
    /// The second tier; null where none is configured.
    pub redis: Option<RedisReport>,
    /// How far the log of changes has been followed.
    pub changes: ChangesReport,
    /// By kind of answer.
    pub kinds: Vec<KindReport>,
}

/// The first tier.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MemoryReport {
    /// Answers.
    pub entries: u64,
    /// Their bytes, with their keys.
    pub bytes: u64,
    /// How many there may be.
    pub max_bytes: u64,
}

/// The second tier.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RedisReport {
    /// The circuit breaker: `closed` when Redis is used, `open` when it is not, `half_open` while
    /// it is tried.
    #[schema(example = "closed")]
    pub breaker: &'static str,
    /// How often the breaker has opened.
    pub times_opened: u64,
    /// Questions without an answer in time, and lost connections.
    pub faults: u64,
    /// Answers that were kept there.
    pub kept: u64,
    /// Requests that Redis itself refused, such as when it is full.
    pub refused: u64,
    /// Answers that were not kept because too many waited.
    pub dropped: u64,
    /// Values found there that no instance of this shop has sealed: they were computed anew.
    pub unknown: u64,
    /// Whether calls of other instances are heard.
    pub is_subscribed: bool,
    /// How many were.
    pub calls_heard: u64,
}

/// The log of changes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ChangesReport {
    /// The number of the last change that this instance has heard of.
    pub known: i64,
    /// The number of the last change that the log showed.
    pub shown: i64,
    /// Milliseconds since the log was read; null before the first time. Over 10,000 nothing that is
    /// kept is given.
    pub age_ms: Option<u64>,
}

/// One kind of answer.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct KindReport {
    /// Its word.
    #[schema(example = "kpi")]
    pub kind: &'static str,
    /// How long an answer about what is over is kept, in seconds.
    pub closed_ttl_seconds: u64,
    /// How long one is kept that new sales still change, in seconds.
    pub open_ttl_seconds: u64,
    /// Answered from memory.
    pub memory_hits: u64,
    /// Answered from Redis.
    pub redis_hits: u64,
    /// Computed.
    pub misses: u64,
    /// Answered with what somebody else was computing at that moment.
    pub shared: u64,
    /// Computed without asking the cache.
    pub bypassed: u64,
    /// Kept answers that were found after their time.
    pub stale: u64,
    /// Answers that had to make room.
    pub evictions: u64,
    /// The part of all questions that was answered without computing; null before the first.
    pub hit_rate: Option<f64>,
}

/// How the second tier is, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondTier {
    /// None is configured.
    None,
    /// It is used.
    Used,
    /// It is away; the memory goes on alone.
    Away,
}

impl Cache {
    /// How the second tier is.
    #[must_use]
    pub fn second_tier(&self) -> SecondTier {
        match self.shelf.redis.as_ref().map(RedisTier::is_used) {
            None => SecondTier::None,
            Some(true) => SecondTier::Used,
            Some(false) => SecondTier::Away,
        }
    }

    /// What the cache has done so far, and how it is.
    pub async fn report(&self) -> CacheReport {
        let shelf = &*self.shelf;
        let (entries, bytes, max_bytes) = shelf.memory.size().await;
        let (known, shown, age) = shelf.generations.position();
        CacheReport {
            memory: MemoryReport {
                entries,
                bytes,
                max_bytes,
            },
            redis: shelf.redis.as_ref().map(|redis| {
                let figures = redis.figures();
                RedisReport {
                    breaker: figures.state.as_str(),
                    times_opened: figures.times_opened,
                    faults: figures.faults,
                    kept: figures.kept,
                    refused: figures.refused,
                    dropped: figures.dropped,
                    unknown: figures.unknown,
                    is_subscribed: shelf.calls.is_subscribed.load(Ordering::Acquire),
                    calls_heard: shelf.calls.heard.load(Ordering::Relaxed),
                }
            }),
            changes: ChangesReport {
                known,
                shown,
                age_ms: age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
            },
            kinds: CacheKind::ALL
                .into_iter()
                .map(|kind| self.kind(kind))
                .collect(),
        }
    }

    /// Sets the metrics that are not counted as they happen.
    #[expect(clippy::cast_precision_loss, reason = "a metric is a float")]
    pub async fn render_metrics(&self) {
        let (entries, bytes, _) = self.shelf.memory.size().await;
        gauge!("cache_memory_entries").set(entries as f64);
        gauge!("cache_memory_bytes").set(bytes as f64);
        let (_, _, age) = self.shelf.generations.position();
        gauge!("cache_log_age_seconds").set(age.unwrap_or(Duration::MAX).as_secs_f64());
    }

    fn kind(&self, kind: CacheKind) -> KindReport {
        let figures = self.shelf.figures.of(kind);
        let open_period = self.shelf.open_period;
        let hits = figures.memory_hits + figures.redis_hits + figures.shared;
        KindReport {
            kind: kind.as_str(),
            closed_ttl_seconds: kind.lifetime(Age::Closed, open_period).as_secs(),
            open_ttl_seconds: kind.lifetime(Age::Open, open_period).as_secs(),
            memory_hits: figures.memory_hits,
            redis_hits: figures.redis_hits,
            misses: figures.misses,
            shared: figures.shared,
            bypassed: figures.bypassed,
            stale: figures.stale,
            evictions: figures.evictions,
            hit_rate: rate(hits, figures.misses + figures.bypassed),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a part of a whole, for people")]
fn rate(hits: u64, misses: u64) -> Option<f64> {
    let all = hits + misses;
    (all > 0).then(|| hits as f64 / all as f64)
}
