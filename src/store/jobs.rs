//! The durable queue of background work, on the shop's own database.
//!
//! Three rules. A job is taken with one conditional `UPDATE`, so that one worker has it, also with
//! several instances. A worker has it for the length of a lease that its heartbeat renews, so that
//! the job of a killed worker is taken again. Each time a job is taken, `claims` goes up, and a worker
//! writes only under the number that it got: one that was taken for dead cannot overwrite its
//! successor.

mod orders;
mod persons;
mod rows;
mod schedules;
mod work;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use kernel::{
    Clock, Timestamp,
    happenings::HappeningKind,
    ids::JobId,
    jobs::{Job, JobFilter, JobPosition, JobsError},
    paging::Page,
};
use sea_orm::Value;
use tokio::sync::{Notify, futures::Notified};

use self::rows::{StoredJob, columns};
use crate::{
    ColumnKind, ReadDb, StoreError, Tx, WriteDb, happenings, json_rows, selection, to_json,
    write::pause,
};

pub use orders::{NewJob, OrderError, OrderLog};
pub use persons::{PersonalSchedule, ScheduleError};
pub use schedules::{Schedule, end_schedules_of};
pub use work::{Claim, Outcome, Queue, Standing, TakenJob};

/// Jobs that are deleted in one statement of the upkeep: a long one would keep sales waiting.
const FORGET_CHUNK: i64 = 500;
/// Attempts at a transaction that collides with others.
const MAX_ATTEMPTS: u32 = 5;

/// The queue.
#[derive(Clone, derive_more::Debug)]
#[debug("JobStore {{ .. }}")]
pub struct JobStore {
    write: WriteDb,
    log: Option<Arc<dyn OrderLog>>,
    clock: Arc<dyn Clock>,
    max_queued: u32,
    waiting: Arc<Notify>,
    waiting_for_people: Arc<Notify>,
    changed: Arc<Notify>,
}

/// The numbers of jobs that the operator of a server watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobFigures {
    /// Queued jobs.
    pub queued: i64,
    /// Running jobs, on all instances.
    pub running: i64,
    /// How long the oldest queued job has waited for a worker, in seconds.
    pub oldest_wait_seconds: i64,
}

selection! {
    Counted(queued: i64, running: i64, oldest: Option<i64>)
}

impl JobStore {
    /// The queue of a shop, of at most `max_queued` waiting jobs.
    #[must_use]
    pub fn new(write: WriteDb, clock: Arc<dyn Clock>, max_queued: u32) -> Self {
        Self {
            write,
            log: None,
            clock,
            max_queued,
            waiting: Arc::default(),
            waiting_for_people: Arc::default(),
            changed: Arc::default(),
        }
    }

    /// The same, with a log of its orders.
    #[must_use]
    pub fn logged_by(self, log: Arc<dyn OrderLog>) -> Self {
        Self {
            log: Some(log),
            ..self
        }
    }

    /// Reads what was committed last: a replica may lag behind an order.
    const fn read(&self) -> &ReadDb {
        self.write.primary()
    }

    /// The instant `micros` microseconds from now.
    #[must_use]
    pub fn in_micros(&self, micros: i64) -> Timestamp {
        Timestamp::from_micros(self.clock.now().micros().saturating_add(micros))
    }

    /// Waits until this process orders work; returns at once when it did so since the last call for this
    /// queue.
    pub fn work_ordered(&self, queue: Queue) -> Notified<'_> {
        match queue {
            Queue::All => self.waiting.notified(),
            Queue::OfPeople => self.waiting_for_people.notified(),
        }
    }

    /// Waits until this process writes to any job.
    pub fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Cancels a job within a transaction of the caller, as [`Self::cancel`] does. [`Self::announce`]
    /// is due after the commit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cancel_in(&self, tx: &Tx, id: JobId) -> Result<Option<Cancelled>, StoreError> {
        let sql = format!(
            "UPDATE jobs SET cancel_wished = $2,
                 finished_at_us = CASE WHEN state = 'queued' THEN $3 ELSE finished_at_us END,
                 state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
             WHERE id = $1 AND state IN ('queued', 'running') AND cancel_wished <> $2 RETURNING {}",
            columns()
        );
        let values: [Value; 3] = [
            id.as_uuid().into(),
            true.into(),
            self.clock.now().micros().into(),
        ];
        if let Some(job) = tx.select_one::<StoredJob>(&sql, values).await? {
            if job.state.has_ended() {
                let (now, id) = (self.clock.now(), job.id.to_string());
                happenings::record(tx, now, HappeningKind::Job, id);
            }
            return Ok(Some(Cancelled::Now(job)));
        }
        let sql = format!("SELECT {} FROM jobs WHERE id = $1", columns());
        let job = tx.select_one::<StoredJob>(&sql, [id.as_uuid().into()]);
        Ok(job.await?.map(Cancelled::Before))
    }

    /// Wakes those in this process that wait for a write. Other instances find it by polling.
    pub fn announce(&self) {
        self.waiting.notify_one();
        self.waiting_for_people.notify_one();
        self.changed.notify_waiters();
    }

    /// One job, if there is (still) one with this id.
    ///
    /// # Errors
    /// [`JobsError`].
    pub async fn get(&self, id: JobId) -> Result<Option<Job>, JobsError> {
        let sql = format!("SELECT {} FROM jobs WHERE id = $1", columns());
        let job = self
            .read()
            .select_one::<StoredJob>(&sql, [id.as_uuid().into()]);
        job.await.map_err(reported)
    }

    /// The jobs with these ids, in any order; those that are gone are left out.
    ///
    /// # Errors
    /// [`JobsError`].
    pub async fn get_all(&self, ids: &[JobId]) -> Result<Vec<Job>, JobsError> {
        let ids: Vec<(&JobId,)> = ids.iter().map(|id| (id,)).collect();
        let wanted = json_rows(self.write.dialect(), 1, &[("id", ColumnKind::Uuid)]);
        let columns = columns();
        let sql = format!(
            "SELECT {columns} FROM jobs WHERE id IN (SELECT wanted.id FROM {wanted} AS wanted)"
        );
        let jobs = self
            .read()
            .select::<StoredJob>(&sql, [to_json(&ids).into()]);
        jobs.await.map_err(reported)
    }

    /// The newest jobs, from a position on.
    ///
    /// # Errors
    /// [`JobsError`].
    pub async fn list(
        &self,
        filter: &JobFilter,
        after: Option<JobPosition>,
        limit: u32,
    ) -> Result<Page<Job>, JobsError> {
        let mut parts = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        let mut bind = |value: Value| {
            values.push(value);
            values.len()
        };
        if let Some(state) = filter.state {
            parts.push(format!("state = ${}", bind(state.as_str().into())));
        }
        if let Some(kind) = &filter.kind {
            parts.push(format!("kind = ${}", bind(kind.as_str().into())));
        }
        if let Some(JobPosition(at, id)) = after {
            let (at, id) = (bind(at.into()), bind(id.as_uuid().into()));
            parts.push(format!("(created_at_us, id) < (${at}, ${id})"));
        }
        let probe = bind((i64::from(limit) + 1).into());
        let condition = if parts.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", parts.join(" AND "))
        };
        let sql = format!(
            "SELECT {} FROM jobs {condition} ORDER BY created_at_us DESC, id DESC LIMIT ${probe}",
            columns()
        );
        let jobs = self.read().select::<StoredJob>(&sql, values).await;
        Ok(Page::from_probe(jobs.map_err(reported)?, limit))
    }

    /// Cancels a job: one that is queued at once, one that runs as soon as its handler checks; one that
    /// has ended stays as it is. Returns the job as it is then.
    ///
    /// # Errors
    /// [`JobsError`].
    pub async fn cancel(&self, id: JobId) -> Result<Option<Job>, JobsError> {
        let job = self
            .in_transaction(move |store, tx| Box::pin(store.cancel_in(tx, id)))
            .await
            .map_err(reported)?;
        self.announce();
        Ok(job.map(Cancelled::into_job))
    }

    /// How many jobs there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn figures(&self) -> Result<JobFigures, StoreError> {
        let now = self.clock.now().micros();
        let sql = "SELECT (SELECT COUNT(*) FROM jobs WHERE state = 'queued') AS queued,
                          (SELECT COUNT(*) FROM jobs WHERE state = 'running') AS running,
                          (SELECT MIN(available_at_us) FROM jobs WHERE state = 'queued') AS oldest";
        let figures = self.read().select_one::<Counted>(sql, []).await?;
        let (queued, running, oldest) = figures.unwrap_or_default();
        Ok(JobFigures {
            queued,
            running,
            oldest_wait_seconds: oldest.map_or(0, |at| (now - at).max(0) / 1_000_000),
        })
    }

    /// Deletes the jobs that ended before an instant, but the last of each schedule, which shows how it
    /// went; returns their number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_ended(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let sql = "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE finished_at_us < $1
                           AND NOT EXISTS (SELECT 1 FROM schedules WHERE schedules.last_job_id = jobs.id) LIMIT $2)";
            let values = vec![before.micros().into(), FORGET_CHUNK.into()];
            let deleted = self.execute(sql, values).await?;
            forgotten += deleted;
            if deleted < FORGET_CHUNK.unsigned_abs() {
                return Ok(forgotten);
            }
        }
    }
}

/// The result of cancelling a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Cancelled {
    /// The job has ended, or its worker will stop.
    Now(Job),
    /// It had ended or was cancelled before: nothing changed.
    Before(Job),
}

impl Cancelled {
    /// The job as it is now.
    #[must_use]
    pub fn into_job(self) -> Job {
        match self {
            Self::Now(job) | Self::Before(job) => job,
        }
    }
}

/// Logs the cause; the caller gets the kind of failure.
fn reported(error: StoreError) -> JobsError {
    match error {
        StoreError::Unavailable(cause) => {
            tracing::warn!(error = %cause, "the queue of jobs is unavailable");
            JobsError::Unavailable
        }
        StoreError::Storage { .. } => {
            tracing::warn!(%error, "the queue of jobs cannot be written");
            JobsError::Unavailable
        }
        StoreError::Collision(cause) => {
            tracing::warn!(error = %cause, "a write to the queue of jobs collided too often");
            JobsError::Unavailable
        }
        other => {
            tracing::error!(error = %other, "the queue of jobs failed");
            JobsError::Failed
        }
    }
}

/// The work of a transaction, as a future that may move between threads: workers and handlers
/// are spawned, which [`WriteDb::transaction`] does not allow.
type Work<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

impl JobStore {
    /// Runs work in one transaction, and again a few times when it collides with another.
    async fn in_transaction<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: crate::Retry,
        F: for<'t> Fn(&'t Self, &'t Tx) -> Work<'t, T, E>,
    {
        let mut attempt = 1;
        loop {
            // Dropped on the way out, the transaction is rolled back.
            let tx = self.write.begin().await?;
            match work(self, &tx).await {
                Ok(value) => {
                    tx.commit().await?;
                    return Ok(value);
                }
                Err(error) if error.is_collision() && attempt < MAX_ATTEMPTS => {
                    tx.rollback().await;
                    pause(attempt).await;
                    attempt += 1;
                }
                Err(error) => {
                    tx.rollback().await;
                    return Err(error);
                }
            }
        }
    }

    /// Runs one statement in a transaction; returns the number of rows that it changed.
    async fn execute(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        self.in_transaction(move |_, tx| {
            let values = values.clone();
            Box::pin(async move { tx.execute(sql, values).await })
        })
        .await
    }
}

/// The length of a lease in microseconds.
fn micros_of(lease: Duration) -> i64 {
    i64::try_from(lease.as_micros()).unwrap_or(i64::MAX)
}
