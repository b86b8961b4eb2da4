//! The state of the cache, for those who operate the server.

use std::{sync::atomic::Ordering, time::Duration};

use metrics::gauge;
use serde::Serialize;

use super::{
    Cache,
    kind::{Age, CacheKind},
    redis::RedisTier,
};

/// State of the cache of one instance. Counts begin at its start.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CacheReport {
    /// Responses in the memory of this instance.
    pub memory: MemoryReport,
    /// Second tier; null where none is configured.
    pub redis: Option<RedisReport>,
    /// How far the log of changes was read.
    pub changes: ChangesReport,
    /// Counters by kind of response.
    pub kinds: Vec<KindReport>,
}

/// State of the first tier.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MemoryReport {
    /// Number of responses in memory.
    pub entries: u64,
    /// Bytes of the responses in memory, with their keys.
    pub bytes: u64,
    /// Most bytes that memory may hold.
    pub max_bytes: u64,
}

/// State of the second tier.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RedisReport {
    /// Circuit breaker: `closed` when Redis is used, `open` when it is not, `half_open` while it is
    /// tried.
    #[schema(example = "closed")]
    pub breaker: &'static str,
    /// Number of times the breaker has opened.
    pub times_opened: u64,
    /// Requests to Redis without a reply in time, and lost connections.
    pub faults: u64,
    /// Responses stored in Redis by this instance.
    pub kept: u64,
    /// Requests that Redis itself refused, for example because it is full.
    pub refused: u64,
    /// Responses that were not stored because too many were waiting.
    pub dropped: u64,
    /// Values found in Redis without a valid seal of this shop; the responses were computed.
    pub unknown: u64,
    /// True while notices of other instances are received.
    pub is_subscribed: bool,
    /// Number of notices received.
    pub calls_heard: u64,
}

/// State of the log of changes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ChangesReport {
    /// Number of the last change known to this instance.
    pub known: i64,
    /// Number of the last change in the log when it was last read.
    pub shown: i64,
    /// Milliseconds since the log was read; null before the first time. Above 10,000 no cached response
    /// is sent.
    pub age_ms: Option<u64>,
}

/// Counters of one kind of response.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct KindReport {
    /// Name of the kind.
    #[schema(example = "kpi")]
    pub kind: &'static str,
    /// Lifetime of a response about closed periods, seconds.
    pub closed_ttl_seconds: u64,
    /// Lifetime of a response that new sales still change, seconds.
    pub open_ttl_seconds: u64,
    /// Responses from memory.
    pub memory_hits: u64,
    /// Responses from Redis.
    pub redis_hits: u64,
    /// Responses that were computed.
    pub misses: u64,
    /// Responses from another request that was computing them at that moment.
    pub shared: u64,
    /// Responses computed without using the cache.
    pub bypassed: u64,
    /// Cached responses found after their lifetime.
    pub stale: u64,
    /// Responses removed to make room.
    pub evictions: u64,
    /// Share of responses that were not computed, 0 to 1; null before the first.
    pub hit_rate: Option<f64>,
}

/// State of the second tier, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondTier {
    /// None is configured.
    None,
    /// It is used.
    Used,
    /// It is not available; memory is used alone.
    Away,
}

impl Cache {
    /// The state of the second tier.
    #[must_use]
    pub fn second_tier(&self) -> SecondTier {
        match self.shelf.redis.as_ref().map(RedisTier::is_used) {
            None => SecondTier::None,
            Some(true) => SecondTier::Used,
            Some(false) => SecondTier::Away,
        }
    }

    /// The counters and state of the cache.
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
        let is_open = match self.second_tier() {
            SecondTier::None => return,
            SecondTier::Used => 0.0,
            SecondTier::Away => 1.0,
        };
        gauge!("cache_redis_breaker_open").set(is_open);
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
