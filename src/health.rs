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

    /// Whether the server is ready to work.
    async fn look(&self) -> Result<(), Unready> {
        if self.draining.0.load(Ordering::SeqCst) {
            return Err(Unready::Draining);
        }
        self.look_at_database().await?;
        self.floor
            .fault()
            .map_or(Ok(()), |fault| Err(Unready::Clock(fault)))
    }

    /// The word of the reason why the server is not ready, one of [`reasons`]; `None` when it is.
    pub async fn reason(&self) -> Option<&'static str> {
        self.look().await.err().map(Unready::as_str)
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
    /// It is shutting down.
    Draining,
    /// The database does not answer.
    Away,
    /// The database cannot be written.
    Storage(StorageFault),
    /// The clock is wrong.
    Clock(ClockFault),
}

impl Unready {
    /// The word in the report and in the metrics.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::Away => "database_unavailable",
            Self::Storage(fault) => fault.as_str(),
            Self::Clock(ClockFault::Behind { .. }) => "clock_behind",
            Self::Clock(ClockFault::Apart { .. }) => "clock_apart",
        }
    }
}

/// Every reason for which a server is not ready.
pub fn reasons() -> impl Iterator<Item = &'static str> {
    let others = [
        "draining",
        "database_unavailable",
        "clock_behind",
        "clock_apart",
    ];
    others
        .into_iter()
        .chain(StorageFault::ALL.map(StorageFault::as_str))
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
    let report = Report {
        status: "live",
        ..Report::default()
    };
    answer(HttpResponse::Ok(), report)
}

/// The server is ready: migrated, not shutting down, the database answers and takes writes, and the
/// clock is right.
#[get("/health/ready")]
async fn ready(health: Data<Health>) -> HttpResponse {
    match health.look().await {
        Ok(()) => {
            let report = Report {
                status: "ready",
                redis: Some(health.cache.second_tier()),
                replica_answers: health.stores.read.replica_answers(),
                ..Report::default()
            };
            answer(HttpResponse::Ok(), report)
        }
        Err(unready) => answer(HttpResponse::ServiceUnavailable(), report_of(unready)),
    }
}

fn report_of(unready: Unready) -> Report {
    let status = unready.as_str();
    let report = Report {
        status,
        ..Report::default()
    };
    match unready {
        Unready::Draining | Unready::Away => report,
        Unready::Storage(fault) => Report {
            reason: Some(fault.sentence()),
            ..report
        },
        Unready::Clock(fault) => Report {
            clock: Some(match fault {
                ClockFault::Behind { now, floor } => ClockReport::Behind { now, floor },
                ClockFault::Apart { now, database } => ClockReport::Apart { now, database },
            }),
            ..report
        },
    }
}

fn answer(mut response: actix_web::HttpResponseBuilder, report: Report) -> HttpResponse {
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(report)
}
