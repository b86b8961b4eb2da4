//! The second tier: responses in a Redis that several instances share.
//!
//! Connections are taken from the pool and kept, and each carries many requests at once (`lines`):
//! checking one out for each request would cost a PING more than the request itself. A reader waits for
//! its own time limit at most; writes go through a queue, so that no request waits for them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use deadpool_redis::redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};
use kernel::Timestamp;
use metrics::{Counter, counter};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::{
    answer::Answer,
    breaker::{Breaker, BreakerState, Fault},
    envelope::{self, HEAD},
    key::Key,
    lines::Lines,
    tier::Tier,
};
use crate::derived::DerivedKeys;

/// Most responses that wait to be written; more are dropped.
const QUEUE: usize = 256;
/// Larger responses stay in the memory of the instance that made them.
const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// The last byte that is read of a value: one more than a response may have, so that a longer one is not
/// taken for complete. Another program may write half a gigabyte there.
const LAST_BYTE: usize = HEAD + MAX_ANSWER_BYTES;

/// A Redis and the state of its breaker.
pub(super) struct RedisTier {
    shared: Arc<Shared>,
    keys: DerivedKeys,
    tasks: [JoinHandle<()>; 2],
}

struct Shared {
    breaker: Breaker,
    /// Identifies the shop in keys and channels.
    identity: AtomicI64,
    limit: Duration,
    lines: Arc<Lines>,
    queue: mpsc::Sender<Errand>,
    figures: Counts,
}

/// Work that no request waits for.
enum Errand {
    Keep {
        name: String,
        sealed: Vec<u8>,
        lifetime: Duration,
    },
    Tell {
        seq: i64,
    },
}

#[derive(Default)]
struct Counts {
    kept: AtomicU64,
    refused: AtomicU64,
    dropped: AtomicU64,
    faults: AtomicU64,
    unknown: AtomicU64,
}

/// Counters of the tier.
#[derive(Debug, Clone, Copy)]
pub(super) struct RedisFigures {
    pub state: BreakerState,
    pub times_opened: u64,
    pub faults: u64,
    pub kept: u64,
    pub refused: u64,
    pub dropped: u64,
    pub unknown: u64,
}

impl RedisTier {
    /// Begins to connect in the background. Needs a running runtime.
    pub(super) fn start(url: &str, limit: Duration, keys: DerivedKeys) -> Result<Self, RedisError> {
        let lines = Arc::new(Lines::new(url)?);
        let (queue, errands) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared {
            breaker: Breaker::default(),
            identity: AtomicI64::new(0),
            limit,
            lines,
            queue,
            figures: Counts::default(),
        });
        let tasks = [
            tokio::spawn(keep_connected(Arc::clone(&shared))),
            tokio::spawn(run_errands(Arc::clone(&shared), errands)),
        ];
        Ok(Self {
            shared,
            keys,
            tasks,
        })
    }

    /// Sets the shop whose responses are stored.
    pub(super) fn identify(&self, identity: i64) {
        self.shared.identity.store(identity, Ordering::Relaxed);
    }

    /// Notifies the other instances that the log of changes has grown.
    pub(super) fn notify(&self, seq: i64) {
        self.shared.send(Errand::Tell { seq });
    }

    /// True when requests may use Redis.
    pub(super) fn is_used(&self) -> bool {
        self.shared.breaker.passes()
    }

    /// Ends the background tasks.
    pub(super) fn stop(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }

    pub(super) fn figures(&self) -> RedisFigures {
        let figures = &self.shared.figures;
        let count = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        RedisFigures {
            state: self.shared.breaker.state(),
            times_opened: self.shared.breaker.times_opened(),
            faults: count(&figures.faults),
            kept: count(&figures.kept),
            refused: count(&figures.refused),
            dropped: count(&figures.dropped),
            unknown: count(&figures.unknown),
        }
    }
}

impl Drop for RedisTier {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The channel on which instances of a shop notify each other of changes.
pub(super) fn channel(identity: i64) -> String {
    format!("salesflow:{identity:x}:changes")
}

#[async_trait]
impl Tier for RedisTier {
    async fn find(&self, key: &Key, now: Timestamp) -> Option<Answer> {
        let shared = &self.shared;
        if !shared.breaker.passes() {
            return None;
        }
        let name = key.in_redis(shared.identity.load(Ordering::Relaxed));
        let command = Cmd::getrange(&name, 0, LAST_BYTE.cast_signed());
        let found: Vec<u8> = shared.ask(&command).await?;
        if found.is_empty() {
            return None;
        }
        let opened = envelope::open(&self.keys, &name, found);
        if opened.is_none() {
            // Not a response, another form, or without a valid seal. Redis works, and the response is
            // computed.
            shared.figures.unknown.fetch_add(1, Ordering::Relaxed);
            counter!("cache_redis_unknown_seals_total").increment(1);
        }
        opened.filter(|answer| answer.is_fresh(now))
    }

    async fn keep(&self, key: &Key, answer: &Answer) {
        if !self.shared.breaker.passes() || answer.body.len() > MAX_ANSWER_BYTES {
            return;
        }
        let name = key.in_redis(self.shared.identity.load(Ordering::Relaxed));
        let Ok(sealed) = envelope::seal(&self.keys, &name, answer) else {
            return;
        };
        let micros = answer.expires_at.micros() - answer.computed_at.micros();
        self.shared.send(Errand::Keep {
            name,
            sealed,
            lifetime: Duration::from_micros(u64::try_from(micros).unwrap_or(0)),
        });
    }
}

impl Shared {
    /// Sends a command within the time limit. `None` without a good reply, which the breaker counts.
    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut line = self.lines.get()?;
        match timeout(self.limit, command.query_async::<T>(&mut line)).await {
            Ok(Ok(answer)) => {
                self.breaker.succeeded();
                Some(answer)
            }
            // It replies with an error: it is full, read-only, or still loading.
            Ok(Err(error)) if is_refusal(&error) => {
                self.breaker.succeeded();
                self.figures.refused.fetch_add(1, Ordering::Relaxed);
                counter!("cache_redis_refusals_total").increment(1);
                tracing::debug!(%error, "Redis refuses");
                None
            }
            Ok(Err(error)) => {
                let fault = if error.is_timeout() {
                    Fault::Late
                } else {
                    Fault::Lost
                };
                self.fail(fault);
                None
            }
            Err(_) => {
                self.fail(Fault::Late);
                None
            }
        }
    }

    fn fail(&self, fault: Fault) {
        self.figures.faults.fetch_add(1, Ordering::Relaxed);
        counter!("cache_redis_faults_total").increment(1);
        let passed = self.breaker.passes();
        self.breaker.failed(fault);
        if passed && !self.breaker.passes() {
            tracing::warn!(
                ?fault,
                "Redis is not available: the cache uses memory alone"
            );
        }
    }

    fn send(&self, errand: Errand) {
        if self.breaker.passes() && self.queue.try_send(errand).is_err() {
            self.figures.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// True when the server itself refused. Connection errors do not count.
fn is_refusal(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Server(kind) if kind != ServerErrorKind::BusyLoading
    ) || matches!(
        error.kind(),
        ErrorKind::Extension | ErrorKind::UnexpectedReturnType
    )
}

/// Connects, waits for the breaker to open, and tries until Redis works again.
async fn keep_connected(shared: Arc<Shared>) {
    let mut was_away = false;
    loop {
        shared.breaker.begin_trial();
        if shared.lines.open().await {
            shared.breaker.close();
            tracing::info!("Redis replies: the cache uses its second tier");
            was_away = false;
            let since = Instant::now();
            shared.breaker.opens.notified().await;
            // Only here: the request that found the fault may run after the next trial.
            shared.lines.close();
            if let Some(pause) = shared.breaker.pause_after(since.elapsed()) {
                sleep(pause).await;
            }
        } else {
            if !was_away {
                tracing::warn!("Redis does not reply; it is tried again");
                was_away = true;
            }
            sleep(shared.breaker.stay_open()).await;
        }
    }
}

/// Writes responses and sends notices, one after the other.
async fn run_errands(shared: Arc<Shared>, mut errands: mpsc::Receiver<Errand>) {
    let kept_metric: Counter = counter!("cache_redis_kept_total");
    while let Some(errand) = errands.recv().await {
        if !shared.breaker.passes() {
            continue;
        }
        match errand {
            Errand::Keep {
                name,
                sealed,
                lifetime,
            } => {
                let milliseconds = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
                let mut command = Cmd::set(name, sealed);
                command.arg("PX").arg(milliseconds.max(1));
                if shared.ask::<()>(&command).await.is_some() {
                    shared.figures.kept.fetch_add(1, Ordering::Relaxed);
                    kept_metric.increment(1);
                }
            }
            Errand::Tell { seq } => {
                let channel = channel(shared.identity.load(Ordering::Relaxed));
                let _listeners: Option<i64> = shared.ask(&Cmd::publish(channel, seq)).await;
            }
        }
    }
}
