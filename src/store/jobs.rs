//! The durable queue of background work, on the shop's own database.
//!
//! Three rules. A job is taken with one conditional `UPDATE`, so that one worker has it, also with
//! several instances. A worker has it for the length of a lease that its heartbeat renews, so that
//! the job of a killed worker is taken again. Every taking raises `claims`, and what a worker
//! writes is written under its own number only: a worker that was thought dead cannot write over
//! the one that came after it.

mod rows;
mod schedules;
mod work;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use kernel::{
    Clock, Timestamp,
    ids::JobId,
    jobs::{
        Job, JobFilter, JobPosition, JobQueue, JobsError, MAX_DEDUP_KEY_LENGTH, MAX_KIND_LENGTH,
        MAX_PAYLOAD_BYTES, NewJob, Ordered,
    },
    paging::Page,
};
use sea_orm::Value;
use tokio::sync::{Notify, futures::Notified};

use self::rows::{COLUMNS, job_of};
use crate::{ReadDb, StoreError, Tx, WriteDb, write::pause};

pub use schedules::ScheduleState;
pub use work::{Claim, Outcome, Standing, TakenJob};

/// Jobs that are deleted in one statement of the upkeep: a long one would keep sales waiting.
const FORGET_CHUNK: i64 = 500;
/// Attempts at a transaction that collides with others.
const MAX_ATTEMPTS: u32 = 5;
/// How often an order looks again for the job that was in its way and is gone by then.
const ORDER_ATTEMPTS: u32 = 3;

/// The queue.
#[derive(Clone)]
pub struct JobStore {
    write: WriteDb,
    log: Option<Arc<dyn OrderLog>>,
    clock: Arc<dyn Clock>,
    max_queued: u32,
    waiting: Arc<Notify>,
    changed: Arc<Notify>,
}

impl std::fmt::Debug for JobStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobStore").finish_non_exhaustive()
    }
}

/// Writes down who ordered which job, in the transaction of the order. Implemented by `sales`.
#[async_trait]
pub trait OrderLog: Send + Sync + 'static {
    /// A new job waits.
    ///
    /// # Errors
    /// [`StoreError`]: the order is not taken.
    async fn record(&self, tx: &Tx, order: &NewJob, job: &Job) -> Result<(), StoreError>;
}

/// How many jobs there are in the states that matter to whoever runs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobFigures {
    /// Those that wait.
    pub queued: i64,
    /// Those that run, on whatever instance.
    pub running: i64,
    /// How long the one that waits longest could have been started, in seconds.
    pub oldest_wait_seconds: i64,
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

    /// The instant that many microseconds from now.
    #[must_use]
    pub fn in_micros(&self, micros: i64) -> Timestamp {
        Timestamp::from_micros(self.clock.now().micros().saturating_add(micros))
    }

    /// Waits until this process has ordered work (at once when it has since the last time).
    pub fn work_ordered(&self) -> Notified<'_> {
        self.waiting.notified()
    }

    /// Waits until this process has written something about any job.
    pub fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Orders work within a transaction of the caller. [`Self::announce`] is due after the commit.
    ///
    /// # Errors
    /// [`OrderError`].
    pub async fn enqueue_in(&self, tx: &Tx, job: &NewJob) -> Result<Ordered, OrderError> {
        let payload = checked(job)?;
        for _ in 0..ORDER_ATTEMPTS {
            if let Some(key) = &job.dedup_key
                && let Some(found) = find_unfinished(tx, key).await?
            {
                return Ok(Ordered::Already(found));
            }
            if count_queued(tx).await? >= i64::from(self.max_queued) {
                return Err(OrderError::Refused(JobsError::QueueFull));
            }
            if let Some(new) = self.insert(tx, job, &payload).await? {
                if let Some(log) = &self.log {
                    log.record(tx, job, &new).await?;
                }
                return Ok(Ordered::New(new));
            }
        }
        let what = "an order collides with jobs that come and go".to_owned();
        Err(OrderError::Store(StoreError::Corrupt(what)))
    }

    async fn insert(
        &self,
        tx: &Tx,
        job: &NewJob,
        payload: &str,
    ) -> Result<Option<Job>, StoreError> {
        let now = self.clock.now().micros();
        let sql = format!(
            "INSERT INTO jobs (id, kind, state, payload_json, dedup_key, requested_by, attempts, claims, available_at_us,
                               cancel_wished, progress_ppm, created_at_us)
             VALUES ($1, $2, 'queued', $3, $4, $5, $6, $6, $7, $8, $6, $7)
             ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
        );
        let values: [Value; 8] = [
            JobId::generate().as_uuid().into(),
            job.kind.into(),
            payload.into(),
            job.dedup_key.as_deref().into(),
            job.requested_by.map(kernel::ids::UserId::as_uuid).into(),
            0i64.into(),
            now.into(),
            false.into(),
        ];
        let row = tx.row(&sql, values).await?;
        row.as_ref().map(job_of).transpose()
    }

    /// Wishes the end of a job within a transaction of the caller. [`Self::announce`] is due after
    /// the commit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cancel_in(&self, tx: &Tx, id: JobId) -> Result<Option<CancelWish>, StoreError> {
        let sql = format!(
            "UPDATE jobs SET cancel_wished = $2,
                 finished_at_us = CASE WHEN state = 'queued' THEN $3 ELSE finished_at_us END,
                 state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
             WHERE id = $1 AND state IN ('queued', 'running') AND cancel_wished <> $2 RETURNING {COLUMNS}"
        );
        let values: [Value; 3] = [
            id.as_uuid().into(),
            true.into(),
            self.clock.now().micros().into(),
        ];
        if let Some(row) = tx.row(&sql, values).await? {
            return Ok(Some(CancelWish::New(job_of(&row)?)));
        }
        let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = $1");
        let row = tx.row(&sql, [id.as_uuid().into()]).await?;
        let job = row.as_ref().map(job_of).transpose()?;
        Ok(job.map(CancelWish::Nothing))
    }

    /// Tells whoever waits in this process that something was written. Others find out by looking.
    pub fn announce(&self) {
        self.waiting.notify_one();
        self.changed.notify_waiters();
    }

    /// How many jobs there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn figures(&self) -> Result<JobFigures, StoreError> {
        let now = self.clock.now().micros();
        let sql = "SELECT (SELECT COUNT(*) FROM jobs WHERE state = 'queued'),
                          (SELECT COUNT(*) FROM jobs WHERE state = 'running'),
                          (SELECT MIN(available_at_us) FROM jobs WHERE state = 'queued')";
        let Some(row) = self.read().row(sql, []).await? else {
            return Ok(JobFigures::default());
        };
        let oldest: Option<i64> = row.get(2)?;
        Ok(JobFigures {
            queued: row.get(0)?,
            running: row.get(1)?,
            oldest_wait_seconds: oldest.map_or(0, |at| (now - at).max(0) / 1_000_000),
        })
    }

    /// Forgets jobs that ended before an instant; answers how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_ended(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let sql = "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE finished_at_us < $1 LIMIT $2)";
            let values = vec![before.micros().into(), FORGET_CHUNK.into()];
            let deleted = self.execute(sql, values).await?;
            forgotten += deleted;
            if deleted < FORGET_CHUNK.unsigned_abs() {
                return Ok(forgotten);
            }
        }
    }
}

/// What a wish to cancel led to.
#[derive(Debug, Clone, PartialEq)]
pub enum CancelWish {
    /// The job has ended, or its worker will hear of it.
    New(Job),
    /// It had ended, or the wish was there before.
    Nothing(Job),
}

impl CancelWish {
    /// The job as it is now.
    #[must_use]
    pub fn into_job(self) -> Job {
        match self {
            Self::New(job) | Self::Nothing(job) => job,
        }
    }
}

/// Why an order was not taken.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// It breaks a limit.
    #[error(transparent)]
    Refused(#[from] JobsError),
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl crate::Retry for OrderError {
    fn is_collision(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_collision())
    }

    fn is_absence(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_absence())
    }
}

fn checked(job: &NewJob) -> Result<String, JobsError> {
    if job.kind.is_empty() || job.kind.chars().count() > MAX_KIND_LENGTH {
        return Err(JobsError::TooLarge("its kind"));
    }
    let key_length = job.dedup_key.as_ref().map_or(0, |key| key.chars().count());
    if key_length > MAX_DEDUP_KEY_LENGTH {
        return Err(JobsError::TooLarge("its key"));
    }
    let payload = job.payload.to_string();
    if payload.len() > MAX_PAYLOAD_BYTES {
        return Err(JobsError::TooLarge("its payload"));
    }
    Ok(payload)
}

async fn find_unfinished(tx: &Tx, key: &str) -> Result<Option<Job>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs WHERE dedup_key = $1 AND state IN ('queued', 'running')"
    );
    let row = tx.row(&sql, [key.into()]).await?;
    row.as_ref().map(job_of).transpose()
}

async fn count_queued(tx: &Tx) -> Result<i64, StoreError> {
    let row = tx
        .row("SELECT COUNT(*) FROM jobs WHERE state = 'queued'", [])
        .await?;
    row.map_or(Ok(0), |row| row.get(0))
}

/// The cause goes to the log, the kind of failure to whoever asked.
fn told(error: StoreError) -> JobsError {
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

#[async_trait]
impl JobQueue for JobStore {
    async fn enqueue(&self, job: NewJob) -> Result<Ordered, JobsError> {
        let outcome = self
            .in_transaction(move |store, tx| {
                let job = job.clone();
                Box::pin(async move { store.enqueue_in(tx, &job).await })
            })
            .await;
        match outcome {
            Ok(ordered) => {
                self.announce();
                Ok(ordered)
            }
            Err(OrderError::Refused(refusal)) => Err(refusal),
            Err(OrderError::Store(error)) => Err(told(error)),
        }
    }

    async fn get(&self, id: JobId) -> Result<Option<Job>, JobsError> {
        let sql = format!("SELECT {COLUMNS} FROM jobs WHERE id = $1");
        let row = self.read().row(&sql, [id.as_uuid().into()]).await;
        let job = row.and_then(|row| row.as_ref().map(job_of).transpose());
        job.map_err(told)
    }

    async fn list(
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
            "SELECT {COLUMNS} FROM jobs {condition} ORDER BY created_at_us DESC, id DESC LIMIT ${probe}"
        );
        let rows = self.read().rows(&sql, values).await.map_err(told)?;
        let jobs: Result<Vec<_>, _> = rows.iter().map(job_of).collect();
        Ok(Page::from_probe(jobs.map_err(told)?, limit))
    }

    async fn cancel(&self, id: JobId) -> Result<Option<Job>, JobsError> {
        let job = self
            .in_transaction(move |store, tx| Box::pin(store.cancel_in(tx, id)))
            .await
            .map_err(told)?;
        self.announce();
        Ok(job.map(CancelWish::into_job))
    }
}

/// What is done in a transaction, as a future that may move between threads: workers and handlers
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

    /// Runs one statement in a transaction; answers the number of rows it touched.
    async fn execute(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StoreError> {
        self.in_transaction(move |_, tx| {
            let values = values.clone();
            Box::pin(async move { tx.execute(sql, values).await })
        })
        .await
    }
}

/// How long a worker has a job before it must renew its right, in microseconds.
fn micros_of(lease: Duration) -> i64 {
    i64::try_from(lease.as_micros()).unwrap_or(i64::MAX)
}
