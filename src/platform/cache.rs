//! The cache of responses that are expensive to compute, stored as the bytes that are sent.
//!
//! Two tiers: the memory of this process, then a Redis shared by instances, where configured.
//! Correctness depends on neither. A response is stored under its question and its *generation*, the
//! number of the last committed change that affects it (`generations`). These numbers come from the log
//! of changes in the database (`kernel::changes`), which is read every second, and at once after a
//! commit in this process or a notice from another one (`follow`). While the log cannot be read, no
//! cached response is sent.
//!
//! A handler uses it in one expression, after its extractors have authenticated the caller:
//!
//! ```ignore
//! let question = Question::of(CacheKind::Kpi, "summary", &(from, to)).over(&period);
//! let summary = async move || analytics.summary(from, to).await;
//! cache.respond(&request, question, summary).await
//! ```
//!
//! Responses are computed with the limits of heavy questions ([`crate::heavy`]), never on a thread that
//! serves requests.

mod answer;
mod breaker;
mod envelope;
mod figures;
mod follow;
mod generations;
mod key;
pub mod kind;
mod lines;
mod memory;
mod part;
mod ping;
mod redis;
pub mod report;
mod tier;

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web::Bytes};
use deadpool_redis::redis::{Client, RedisError};
use kernel::{
    Clock, Code, Problem, Timestamp,
    changes::{Change, ChangeListener, ChangeLog},
};
use serde::Serialize;
use tokio::task::JoinHandle;

use crate::{
    access::Caller,
    derived::{CryptoError, DerivedKeys},
    heavy::Heavy,
    problem::{ApiError, ApiResult},
    seats::Seat,
    tokens::SigningKeys,
};
use answer::Answer;
use figures::{Figures, Outcome};
use follow::{Calls, Reading};
use generations::Generations;
use memory::Memory;
use redis::RedisTier;
use tier::Tier as _;

pub use key::Question;
pub use kind::CacheKind;
pub use ping::ping;

/// Larger responses are sent, but not cached.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Settings of the cache.
#[derive(Debug, Clone)]
pub struct CacheOptions {
    /// Most bytes of all responses in memory.
    pub memory_bytes: u64,
    /// Longest age of figures about a period that new sales still change. Zero: only responses about
    /// closed periods are cached.
    pub open_period: Duration,
    /// The second tier, where configured.
    pub redis: Option<RedisOptions>,
}

/// Settings of the second tier.
#[derive(Debug, Clone)]
pub struct RedisOptions {
    /// `redis://user:password@host:port/number`, `rediss://` for TLS, or `unix:///path` of a socket.
    pub url: String,
    /// Longest wait for a reply.
    pub limit: Duration,
    /// Keys that seal the stored responses.
    pub keys: DerivedKeys,
}

impl RedisOptions {
    /// Settings with keys derived from this shop's secrets.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn new(url: String, limit: Duration, secrets: &SigningKeys) -> Result<Self, CryptoError> {
        Ok(Self {
            url,
            limit,
            keys: DerivedKeys::new(secrets, envelope::LABEL)?,
        })
    }
}

/// The cache of responses.
#[derive(derive_more::Debug)]
#[debug("Cache {{ .. }}")]
pub struct Cache {
    shelf: Arc<Shelf>,
    heavy: Arc<Heavy>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// The state shared by requests and background tasks.
struct Shelf {
    memory: Memory,
    redis: Option<RedisTier>,
    generations: Generations,
    figures: Arc<Figures>,
    calls: Calls,
    clock: Arc<dyn Clock>,
    open_period: Duration,
    /// Raised when everything is dropped, so that responses being computed are dropped as well.
    era: AtomicU32,
    identity: AtomicI64,
}

/// Why a computed response is not stored.
enum Halt {
    Problem(Problem),
    Passing(Answer),
}

impl Cache {
    /// Opens the cache over a shop's log of changes and begins to follow it; missing responses are
    /// computed as heavy questions. It connects to Redis in the background. Needs a running runtime, and
    /// the recorder of the metrics.
    ///
    /// # Errors
    /// When the address of Redis is not valid.
    pub async fn open(
        options: &CacheOptions,
        log: Arc<dyn ChangeLog>,
        clock: Arc<dyn Clock>,
        heavy: Arc<Heavy>,
    ) -> Result<Self, RedisError> {
        let figures = Arc::new(Figures::new());
        let second = options.redis.as_ref();
        let client = second
            .map(|redis| Client::open(redis.url.as_str()))
            .transpose()?;
        let redis = second
            .map(|redis| RedisTier::start(&redis.url, redis.limit, redis.keys.clone()))
            .transpose()?;
        let shelf = Arc::new(Shelf {
            memory: Memory::new(options.memory_bytes, Arc::clone(&figures)),
            redis,
            generations: Generations::default(),
            figures,
            calls: Calls::default(),
            clock,
            open_period: options.open_period,
            era: AtomicU32::new(0),
            identity: AtomicI64::new(0),
        });
        let mut reading = Reading::new(log);
        if let Err(error) = reading.look(&shelf).await {
            tracing::warn!(%error, "the log of changes cannot be read yet: nothing is cached");
        }
        let mut tasks = vec![tokio::spawn(follow::follow(Arc::clone(&shelf), reading))];
        if let Some(client) = client {
            tasks.push(tokio::spawn(follow::listen(Arc::clone(&shelf), client)));
        }
        Ok(Self {
            shelf,
            heavy,
            tasks: Mutex::new(tasks),
        })
    }

    /// The listener for commits of this process.
    #[must_use]
    pub fn listener(&self) -> Arc<dyn ChangeListener> {
        Arc::<Shelf>::clone(&self.shelf)
    }

    /// The limits within which responses are computed.
    #[must_use]
    pub const fn heavy(&self) -> &Arc<Heavy> {
        &self.heavy
    }

    /// Responds with a cached response, or computes it. The caller is authorised before: every caller
    /// gets the same response.
    ///
    /// The response carries `ETag` and `Age`, and is a 304 for a client that has it already.
    ///
    /// # Errors
    /// Errors of `compute`, which are not cached. `request.too_many_at_once` and `server.unavailable`
    /// when there is no room for another heavy question.
    pub async fn respond<T, E, F, Fut>(
        &self,
        request: &HttpRequest,
        question: Question,
        compute: F,
    ) -> ApiResult<HttpResponse>
    where
        T: Serialize + Send + 'static,
        E: Into<Problem> + Send + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let shelf = &*self.shelf;
        let now = shelf.clock.now();
        let kind = question.kind;
        let trusted = if question.can_be_kept() {
            shelf.generations.of(kind, question.span)
        } else {
            None
        };
        let Some(generation) = trusted else {
            shelf.figures.answered(kind, Outcome::Bypass);
            let seat = self.seat_of(request)?;
            let answer = self.have_made(seat, Duration::ZERO, compute).await;
            return Ok(answer
                .map_err(ApiError)?
                .respond(request, shelf.clock.now()));
        };
        let lifetime = if generation.is_settled {
            kind.lifetime(question.age(now), shelf.open_period)
        } else {
            Duration::ZERO
        };
        let key = question.key(shelf.era.load(Ordering::Acquire), generation.number);
        let found = shelf.memory.find(&key, now).await;
        if let Some(answer) = &found
            && answer.is_fresh(now)
        {
            shelf.figures.answered(kind, Outcome::Memory);
            return Ok(answer.respond(request, now));
        }
        // Held also while another request computes the response.
        let seat = self.seat_of(request)?;
        let make = self.have_made(seat.clone(), lifetime, compute);
        let answer = Box::pin(shelf.renew(key, found, lifetime, make, |_| true)).await;
        drop(seat);
        Ok(answer
            .map_err(ApiError)?
            .respond(request, shelf.clock.now()))
    }

    /// A seat among the heavy questions for the caller.
    fn seat_of(&self, request: &HttpRequest) -> Result<Option<Arc<Seat>>, Problem> {
        let caller = request.extensions().get::<Caller>().copied();
        caller
            .map(|caller| self.heavy.seat(caller.user_id))
            .transpose()
    }

    /// Computes and renders a response as a heavy question.
    fn have_made<T, E, F, Fut>(
        &self,
        seat: Option<Arc<Seat>>,
        lifetime: Duration,
        compute: F,
    ) -> impl Future<Output = Result<Answer, Problem>> + use<T, E, F, Fut>
    where
        T: Serialize + Send + 'static,
        E: Into<Problem> + Send + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let heavy = Arc::clone(&self.heavy);
        let clock = Arc::clone(&self.shelf.clock);
        async move { heavy.run(seat, render(clock, lifetime, compute)).await }
    }

    /// Ends the background tasks. Soon afterwards no cached response is sent.
    pub fn stop(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        for task in tasks.drain(..) {
            task.abort();
        }
        if let Some(redis) = &self.shelf.redis {
            redis.stop();
        }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shelf {
    /// A response that memory does not have, or only an outdated one: from Redis, from another request
    /// that is computing it, or computed.
    async fn renew(
        &self,
        key: key::Key,
        stale: Option<Answer>,
        lifetime: Duration,
        made: impl Future<Output = Result<Answer, Problem>>,
        is_usable: impl Fn(&Answer) -> bool,
    ) -> Result<Answer, Problem> {
        let kind = key.kind;
        if let Some(stale) = stale {
            self.figures.found_stale(kind);
            self.memory.drop_stale(&key, &stale).await;
        }
        let mut outcome = Outcome::Shared;
        let make = async {
            let redis = self.redis.as_ref().filter(|_| !lifetime.is_zero());
            if let Some(redis) = redis
                && let Some(answer) = redis.find(&key, self.clock.now()).await
                && is_usable(&answer)
            {
                outcome = Outcome::Redis;
                return Ok(answer);
            }
            outcome = Outcome::Miss;
            let answer = made.await.map_err(Halt::Problem)?;
            if lifetime.is_zero() || answer.body.len() > MAX_ANSWER_BYTES {
                return Err(Halt::Passing(answer));
            }
            if let Some(redis) = redis {
                redis.keep(&key, &answer).await;
            }
            Ok(answer)
        };
        let made = self.memory.find_or_make(key.clone(), make).await;
        self.figures.answered(kind, outcome);
        match made {
            Ok(answer) => Ok(answer),
            Err(halt) => match &*halt {
                Halt::Passing(answer) => Ok(answer.clone()),
                Halt::Problem(problem) => Err(problem.clone()),
            },
        }
    }

    fn identify(&self, identity: i64) {
        self.identity.store(identity, Ordering::Release);
        if let Some(redis) = &self.redis {
            redis.identify(identity);
        }
    }

    fn forget_all(&self) {
        self.era.fetch_add(1, Ordering::AcqRel);
        self.generations.reset();
        self.memory.clear();
    }
}

async fn render<T, E, F, Fut>(
    clock: Arc<dyn Clock>,
    lifetime: Duration,
    compute: F,
) -> Result<Answer, Problem>
where
    T: Serialize,
    E: Into<Problem>,
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let computed_at = clock.now();
    let value = compute().await.map_err(Into::into)?;
    let body = serde_json::to_vec(&value).map_err(|error| {
        tracing::error!(%error, "a response cannot be rendered");
        Problem::of(Code::Internal)
    })?;
    let micros = i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX);
    let expires_at = Timestamp::from_micros(computed_at.micros().saturating_add(micros));
    Ok(Answer::new(Bytes::from(body), computed_at, expires_at))
}

impl ChangeListener for Shelf {
    fn committed(&self, changes: &[Change]) {
        self.generations.learn(changes);
        self.calls.look.notify_one();
        if let Some(redis) = &self.redis
            && let Some(last) = changes.iter().map(|change| change.seq).max()
        {
            redis.notify(last);
        }
    }

    fn unclear(&self) {
        self.calls.look.notify_one();
    }
}

#[cfg(test)]
mod tests;
