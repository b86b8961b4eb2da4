//! Orders: how a job comes into the queue.

use async_trait::async_trait;
use kernel::{
    Timestamp,
    ids::{JobId, ScheduleId, UserId},
    jobs::{
        Job, JobKind, JobsError, MAX_DEDUP_KEY_LENGTH, MAX_KIND_LENGTH, MAX_PAYLOAD_BYTES, Order,
        Ordered, Orders,
    },
};
use sea_orm::Value;

use super::{
    JobStore, reported,
    rows::{StoredJob, columns},
};
use crate::{StoreError, Tx};

/// How often an order looks again for the job that was in its way and has ended since.
const ORDER_ATTEMPTS: u32 = 3;

/// An order of any kind, as it is stored. Only an [`Order`] becomes one, so that a kind always comes
/// with a payload of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    kind: String,
    payload: String,
    dedup_key: Option<String>,
    schedule: Option<ScheduleId>,
    due: Option<Timestamp>,
    /// Who orders it, or whose schedule does; nobody for the program's own work.
    pub requested_by: Option<UserId>,
    /// From which address; empty for scheduled work.
    pub address: String,
    /// By which request; empty for scheduled work.
    pub request_id: String,
}

impl NewJob {
    /// Writes the payload as JSON and checks every limit.
    ///
    /// # Errors
    /// [`JobsError::TooLarge`]; [`JobsError::Failed`] when the payload cannot be written as JSON.
    pub fn of<J: JobKind>(order: Order<J>) -> Result<Self, JobsError> {
        let payload = serde_json::to_string(&order.payload).map_err(|error| {
            tracing::error!(job.kind = J::KIND, %error, "a payload cannot be written as JSON");
            JobsError::Failed
        })?;
        if J::KIND.is_empty() || J::KIND.chars().count() > MAX_KIND_LENGTH {
            return Err(JobsError::TooLarge("its kind"));
        }
        let key_length = order
            .dedup_key
            .as_ref()
            .map_or(0, |key| key.chars().count());
        if key_length > MAX_DEDUP_KEY_LENGTH {
            return Err(JobsError::TooLarge("its key"));
        }
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(JobsError::TooLarge("its payload"));
        }
        Ok(Self {
            kind: J::KIND.to_owned(),
            payload,
            dedup_key: order.dedup_key,
            schedule: None,
            due: None,
            requested_by: order.requested_by,
            address: order.address,
            request_id: order.request_id,
        })
    }
}

impl NewJob {
    /// The order of a schedule for a due moment, for its person if it has one. While a job of an earlier due moment has
    /// not ended, no other is ordered.
    pub(super) fn scheduled(
        id: ScheduleId,
        kind: String,
        payload: String,
        user: Option<UserId>,
        due: Timestamp,
    ) -> Self {
        Self {
            kind,
            payload,
            dedup_key: Some(format!("schedule:{id}")),
            schedule: Some(id),
            due: Some(due),
            requested_by: user,
            address: String::new(),
            request_id: String::new(),
        }
    }
}

/// Records who ordered which job, in the transaction of the order. Implemented by `sales`.
#[async_trait]
pub trait OrderLog: Send + Sync + 'static {
    /// Records that a new job is queued.
    ///
    /// # Errors
    /// [`StoreError`]: the order is not taken.
    async fn record(&self, tx: &Tx, order: &NewJob, job: &Job) -> Result<(), StoreError>;
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

#[async_trait]
impl<J: JobKind> Orders<J> for JobStore {
    async fn order(&self, order: Order<J>) -> Result<Ordered, JobsError> {
        self.enqueue(NewJob::of(order)?).await
    }
}

impl JobStore {
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
            Err(OrderError::Store(error)) => Err(reported(error)),
        }
    }

    /// Orders work within a transaction of the caller. [`Self::announce`] is due after the commit.
    ///
    /// # Errors
    /// [`OrderError`].
    pub async fn enqueue_in(&self, tx: &Tx, job: &NewJob) -> Result<Ordered, OrderError> {
        for _ in 0..ORDER_ATTEMPTS {
            if let Some(key) = &job.dedup_key
                && let Some(found) = find_unfinished(tx, key).await?
            {
                return Ok(Ordered::Already(found));
            }
            if count_queued(tx).await? >= i64::from(self.max_queued) {
                return Err(OrderError::Refused(JobsError::QueueFull));
            }
            if let Some(new) = self.insert(tx, job).await? {
                if let Some(log) = &self.log {
                    log.record(tx, job, &new).await?;
                }
                return Ok(Ordered::New(new));
            }
        }
        let what = "an order collides with jobs that come and go".to_owned();
        Err(OrderError::Store(StoreError::Corrupt(what)))
    }

    async fn insert(&self, tx: &Tx, job: &NewJob) -> Result<Option<Job>, StoreError> {
        let now = self.clock.now().micros();
        let sql = format!(
            "INSERT INTO jobs (id, kind, state, payload_json, dedup_key, requested_by, attempts, claims, available_at_us,
                               cancel_wished, progress_ppm, created_at_us, schedule_id, due_at_us)
             VALUES ($1, $2, 'queued', $3, $4, $5, $6, $6, $7, $8, $6, $7, $9, $10)
             ON CONFLICT DO NOTHING RETURNING {}",
            columns()
        );
        let values: [Value; 10] = [
            JobId::generate().as_uuid().into(),
            job.kind.as_str().into(),
            job.payload.as_str().into(),
            job.dedup_key.as_deref().into(),
            job.requested_by.map(UserId::as_uuid).into(),
            0i64.into(),
            now.into(),
            false.into(),
            job.schedule.map(ScheduleId::as_uuid).into(),
            job.due.map(Timestamp::micros).into(),
        ];
        tx.select_one::<StoredJob>(&sql, values).await
    }
}

async fn find_unfinished(tx: &Tx, key: &str) -> Result<Option<Job>, StoreError> {
    let sql = format!(
        "SELECT {} FROM jobs WHERE dedup_key = $1 AND state IN ('queued', 'running')",
        columns()
    );
    tx.select_one::<StoredJob>(&sql, [key.into()]).await
}

async fn count_queued(tx: &Tx) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) FROM jobs WHERE state = 'queued'";
    Ok(tx.value(sql, []).await?.unwrap_or(0))
}
