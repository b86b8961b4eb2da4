//! Background work as the shell runs it: the registry of handlers, the workers that run them, the
//! schedules, and `/jobs`.
//!
//! The queue itself is `store::jobs`; handlers are written against `platform::jobs`.

mod at_once;
pub mod events;
pub mod http;
mod registry;
mod runner;
mod schedules;
mod supervisor;
mod worker;
mod workers;

use std::{sync::Arc, time::Duration};

use kernel::{Clock, ids::JobId, jobs::Job};
use platform::seats::Seats;
use sales::{
    Actor, SalesError, SalesResult,
    audit::{self, Deed, Entry},
};
use serde_json::json;
use store::{
    Tx, WriteDb,
    jobs::{Cancelled, JobStore},
};
use tokio::sync::{Semaphore, watch};

pub use registry::Registry;
pub use runner::FAILURES as GENERAL_FAILURES;
pub use worker::WorkersOptions;

pub(crate) use at_once::run_at_once;
pub(crate) use schedules::Scheduler;
pub(crate) use worker::Worker;
pub(crate) use workers::Workers;

/// The state behind the operations of `/jobs`.
#[derive(Clone, derive_more::Debug)]
#[debug("Jobs {{ .. }}")]
pub struct Jobs {
    /// The queue.
    pub store: JobStore,
    write: WriteDb,
    clock: Arc<dyn Clock>,
    /// How often a stream reads its job, apart from writes of this process.
    poll: Duration,
    streams: Arc<Semaphore>,
    /// Limits the streams of each user.
    seats: Arc<Seats>,
    stop: watch::Receiver<bool>,
}

impl Jobs {
    /// Reads this queue; streams end when `stop` turns true.
    #[must_use]
    pub fn new(
        store: JobStore,
        write: WriteDb,
        clock: Arc<dyn Clock>,
        poll: Duration,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            store,
            write,
            clock,
            poll,
            streams: Arc::new(Semaphore::new(events::MAX_STREAMS)),
            seats: Seats::new(events::MAX_STREAMS_PER_USER, events::MAX_STREAMS_PER_USER),
            stop,
        }
    }

    /// Cancels a job for a user, and writes the audit log.
    pub async fn cancel(&self, actor: &Actor, id: JobId) -> SalesResult<Option<Job>> {
        let cancelled = self
            .write
            .transaction(async |tx: &Tx| -> Result<_, SalesError> {
                let cancelled = self.store.cancel_in(tx, id).await?;
                if let Some(Cancelled::Now(job)) = &cancelled {
                    let entry = Entry::of(Deed::JobCancel, job.id)
                        .after(json!({"kind": job.kind, "state": job.state}));
                    audit::record(tx, actor, self.clock.now(), entry).await?;
                }
                Ok(cancelled)
            })
            .await?;
        self.store.announce();
        Ok(cancelled.map(Cancelled::into_job))
    }
}
