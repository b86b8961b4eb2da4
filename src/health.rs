//! Liveness and readiness, for operators and container platforms.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{
    HttpResponse, get,
    http::header,
    web::{Data, ServiceConfig},
};
use kernel::Timestamp;
use platform::cache::{Cache, report::SecondTier};
use serde::Serialize;
use store::{ClockFault, StorageFault, Stores, floor::Floor};

/// Longest wait for the database.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// True once the server is shutting down.
#[derive(Debug, Clone, Default)]
pub struct Draining(pub(crate) Arc<AtomicBool>);

/// What the endpoints check.
#[derive(derive_more::Debug)]
#[debug("Health {{ .. }}")]
pub struct Health {
    stores: Stores,
    floor: Floor,
    cache: Arc<Cache>,
    draining: Draining,
}

impl Health {
    /// Checks a database, a cache and a server.
    #[must_use]
    pub const fn new(stores: Stores, floor: Floor, cache: Arc<Cache>, draining: Draining) -> Self {
        Self {
            stores,
            floor,
            cache,
            draining,
        }
    }

    /// Whether the database answers and, as far as is known, takes writes.
    async fn look_at_database(&self) -> Result<(), Unready> {
        // The shop needs the primary but not a replica.
        let primary = self.stores.write.primary();
        let looked = tokio::time::timeout(PING_TIMEOUT, async {
            self.stores
                .write
                .check_storage()
                .await
                .map_err(Unready::Storage)?;
            primary.ping().await.map_err(|_| Unready::Away)
        });
        looked.await.unwrap_or(Err(Unready::Away))
    }
}

/// Why the server is not ready.
#[derive(Debug, Clone, Copy)]
enum Unready {
    Away,
    /// The database cannot be written.
    Storage(StorageFault),
}

#[derive(Default, Serialize)]
struct Report {
    status: &'static str,
    /// What is wrong and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What is wrong with the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<ClockReport>,
    /// The state of Redis. The program is ready without it, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    redis: Option<SecondTier>,
    /// Whether the read replica answers. While it does not, the primary answers instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_answers: Option<bool>,
}

/// Two times, of which one is wrong.
#[derive(Serialize)]
#[serde(untagged)]
enum ClockReport {
    Behind { now: Timestamp, floor: Timestamp },
    Apart { now: Timestamp, database: Timestamp },
}

/// The paths outside `/api/v1` of this file.
pub fn routes(config: &mut ServiceConfig) {
    config.service(live).service(ready);
}

/// The process runs. If this does not answer, restart it.
#[get("/health/live")]
async fn live() -> HttpResponse {
    answer(HttpResponse::Ok(), "live")
}

/// The server is ready: migrated, not shutting down, the database answers and takes writes, and the
/// clock is right.
#[get("/health/ready")]
async fn ready(health: Data<Health>) -> HttpResponse {
    if health.draining.0.load(Ordering::SeqCst) {
        return answer(HttpResponse::ServiceUnavailable(), "draining");
    }
    match health.look_at_database().await {
        Ok(()) => {}
        Err(Unready::Away) => {
            return answer(HttpResponse::ServiceUnavailable(), "database_unavailable");
        }
        Err(Unready::Storage(fault)) => {
            let report = Report {
                status: fault.as_str(),
                reason: Some(fault.sentence()),
                ..Report::default()
            };
            return HttpResponse::ServiceUnavailable()
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .json(report);
        }
    }
    if let Some(fault) = health.floor.fault() {
        return unready_clock(fault);
    }
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Report {
            status: "ready",
            redis: Some(health.cache.second_tier()),
            replica_answers: health.stores.read.replica_answers(),
            ..Report::default()
        })
}

fn unready_clock(fault: ClockFault) -> HttpResponse {
    let (status, clock) = match fault {
        ClockFault::Behind { now, floor } => ("clock_behind", ClockReport::Behind { now, floor }),
        ClockFault::Apart { now, database } => {
            ("clock_apart", ClockReport::Apart { now, database })
        }
    };
    HttpResponse::ServiceUnavailable()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Report {
            status,
            clock: Some(clock),
            ..Report::default()
        })
}

fn answer(mut response: actix_web::HttpResponseBuilder, status: &'static str) -> HttpResponse {
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Report {
            status,
            ..Report::default()
        })
}
