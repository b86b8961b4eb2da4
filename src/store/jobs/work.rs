//! The queue as a worker sees it: take, renew, look, end.

use std::time::Duration;

use kernel::{
    Timestamp,
    happenings::HappeningKind,
    ids::{JobId, ScheduleId, UserId},
    jobs::{JobError, JobState},
};
use sea_orm::Value;
use uuid::Uuid;

use super::{
    JobStore, micros_of,
    rows::{StoredJob, columns, ppm_of},
};
use crate::{ColumnKind, Dialect, Json, StoreError, happenings, json_rows, selection};

/// The right to write to a job: the number of its claims when this worker took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    id: JobId,
    number: i64,
}

impl Claim {
    /// The id of the job.
    #[must_use]
    pub const fn job_id(&self) -> JobId {
        self.id
    }
}

/// Which jobs a worker takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// All that are due; those that a person ordered in a request come first.
    All,
    /// Only those that a person ordered in a request: somebody waits for them.
    OfPeople,
}

impl Queue {
    /// What its jobs must meet besides being due.
    const fn condition(self) -> &'static str {
        match self {
            Self::All => "",
            Self::OfPeople => " AND requested_by IS NOT NULL AND schedule_id IS NULL",
        }
    }
}

/// A job that a worker has taken.
#[derive(Debug, Clone)]
pub struct TakenJob {
    /// The right to write to it.
    pub claim: Claim,
    /// The name of its kind.
    pub kind: String,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// What it was ordered with.
    pub payload: serde_json::Value,
    /// Who ordered it.
    pub requested_by: Option<UserId>,
    /// Whose schedule ordered it; `None` for the program's own work and for what was ordered in a
    /// request.
    pub acting_for: Option<UserId>,
    /// For which due moment a schedule ordered it.
    pub due: Option<Timestamp>,
    /// True when it was cancelled while it was with a worker that died.
    pub is_cancelled: bool,
}

/// Whether a worker should go on with its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Go on.
    Wanted,
    /// Somebody cancelled it.
    Cancelled,
    /// Another worker has it, or it is gone.
    Lost,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With a result, written as JSON.
    Done(String),
    /// With an error, for good.
    Failed(JobError),
    /// Because somebody cancelled it.
    Cancelled,
    /// With an error; the next attempt begins at this instant or later.
    Again(JobError, Timestamp),
    /// Cut short by an orderly end of the server: the attempt does not count.
    GivenBack,
}

selection! {
    Taken(claims: i64, payload_json: Json<serde_json::Value>, cancel_wished: bool, schedule_id: Option<ScheduleId>, due_at_us: Option<Timestamp>)
}

impl JobStore {
    /// True when there may be a job to take. Reads only: an idle worker must not occupy the one writer
    /// of `SQLite`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_work(&self, queue: Queue) -> Result<bool, StoreError> {
        let now: Value = self.clock.now().micros().into();
        let only = queue.condition();
        let sql = format!(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM jobs WHERE state = 'queued' AND available_at_us <= $1{only})
                OR EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND lease_until_us < $1{only})"
        );
        Ok(self.read().value::<i32>(&sql, [now]).await?.is_some())
    }

    /// Takes the job that has waited longest, or one whose worker died, among the kinds that this
    /// instance does. What a person ordered comes before the shop's own work.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take(
        &self,
        queue: Queue,
        kinds: &[&str],
        lease: Duration,
    ) -> Result<Option<TakenJob>, StoreError> {
        let now = self.clock.now().micros();
        let kinds: Vec<[&str; 1]> = kinds.iter().map(|kind| [*kind]).collect();
        let kinds = serde_json::json!(kinds).to_string();
        // PostgreSQL skips rows that other workers are taking. SQLite has one writer.
        let lock = match self.write.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
        };
        let only = queue.condition();
        let known = json_rows(self.write.dialect(), 3, &[("kind", ColumnKind::Text)]);
        let sql = format!(
            "UPDATE jobs SET state = 'running', attempts = attempts + 1, claims = claims + 1, started_at_us = $1,
                 lease_until_us = $2, progress_ppm = 0
             WHERE id = (
                 SELECT id FROM jobs
                 WHERE ((state = 'queued' AND available_at_us <= $1) OR (state = 'running' AND lease_until_us < $1))
                   AND kind IN (SELECT known.kind FROM {known} AS known){only}
                 ORDER BY CASE WHEN requested_by IS NOT NULL AND schedule_id IS NULL THEN 0 ELSE 1 END, available_at_us, id LIMIT 1{lock}
             ) RETURNING {}, claims, payload_json, cancel_wished, schedule_id, due_at_us",
            columns()
        );
        let until = now.saturating_add(micros_of(lease));
        let values: [Value; 3] = [now.into(), until.into(), kinds.into()];
        let taken = self
            .in_transaction(move |_, tx| {
                let (sql, values) = (sql.clone(), values.clone());
                Box::pin(async move { tx.select_one::<(StoredJob, Taken)>(&sql, values).await })
            })
            .await?;
        let Some((job, (number, payload, is_cancelled, schedule, due))) = taken else {
            return Ok(None);
        };
        self.changed.notify_waiters();
        Ok(Some(TakenJob {
            claim: Claim { id: job.id, number },
            kind: job.kind,
            attempt: job.attempts,
            payload: payload.0,
            requested_by: job.requested_by,
            acting_for: schedule.and(job.requested_by),
            due,
            is_cancelled,
        }))
    }

    /// Whether this worker should go on with the job. Reads only.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn look(&self, claim: Claim) -> Result<Standing, StoreError> {
        let sql =
            "SELECT cancel_wished FROM jobs WHERE id = $1 AND claims = $2 AND state = 'running'";
        let values = [Uuid::from(claim.id).into(), claim.number.into()];
        Ok(match self.read().value(sql, values).await? {
            None => Standing::Lost,
            Some(true) => Standing::Cancelled,
            Some(false) => Standing::Wanted,
        })
    }

    /// Renews the lease and stores the progress. False when this worker no longer has the job.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn renew(
        &self,
        claim: Claim,
        progress: f64,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        let until = self.clock.now().micros().saturating_add(micros_of(lease));
        let sql = "UPDATE jobs SET lease_until_us = $3, progress_ppm = $4 WHERE id = $1 AND claims = $2 AND state = 'running'";
        self.write_as(claim, sql, vec![until.into(), ppm_of(progress).into()])
            .await
    }

    /// Stores how an attempt ended. False, and nothing is stored, when this worker no longer has the
    /// job.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end(&self, claim: Claim, outcome: &Outcome) -> Result<bool, StoreError> {
        let now: Value = self.clock.now().micros().into();
        match outcome {
            Outcome::Done(result) => {
                let sql = "UPDATE jobs SET state = 'done', finished_at_us = $3, lease_until_us = NULL, progress_ppm = 1000000,
                               result_json = $4, error_code = NULL, error_detail = NULL
                           WHERE id = $1 AND claims = $2 AND state = 'running'";
                let values = vec![now, result.as_str().into()];
                self.end_as(claim, sql, values).await
            }
            Outcome::Failed(error) => self.stop(claim, JobState::Failed, Some(error)).await,
            Outcome::Cancelled => self.stop(claim, JobState::Cancelled, None).await,
            Outcome::Again(error, at) => {
                // A job that was cancelled in the meantime ends.
                let sql = "UPDATE jobs SET lease_until_us = NULL, available_at_us = $4, error_code = $5, error_detail = $6,
                               finished_at_us = CASE WHEN cancel_wished THEN $3 ELSE NULL END,
                               state = CASE WHEN cancel_wished THEN 'cancelled' ELSE 'queued' END
                           WHERE id = $1 AND claims = $2 AND state = 'running'";
                let values = vec![
                    now,
                    at.micros().into(),
                    error.code.as_str().into(),
                    error.detail.as_str().into(),
                ];
                self.end_as(claim, sql, values).await
            }
            Outcome::GivenBack => {
                let sql = "UPDATE jobs SET lease_until_us = NULL, attempts = attempts - 1, progress_ppm = 0,
                               finished_at_us = CASE WHEN cancel_wished THEN $3 ELSE NULL END,
                               state = CASE WHEN cancel_wished THEN 'cancelled' ELSE 'queued' END
                           WHERE id = $1 AND claims = $2 AND state = 'running'";
                self.end_as(claim, sql, vec![now]).await
            }
        }
    }

    async fn stop(
        &self,
        claim: Claim,
        state: JobState,
        error: Option<&JobError>,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE jobs SET state = $4, finished_at_us = $3, lease_until_us = NULL, error_code = $5, error_detail = $6
                   WHERE id = $1 AND claims = $2 AND state = 'running'";
        let values = vec![
            self.clock.now().micros().into(),
            state.as_str().into(),
            error.map(|error| error.code.as_str()).into(),
            error.map(|error| error.detail.as_str()).into(),
        ];
        self.end_as(claim, sql, values).await
    }

    /// The steps of a job that are done, in any of its attempts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn steps_done(&self, id: JobId) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT step FROM job_steps WHERE job_id = $1";
        self.read().values(sql, [Uuid::from(id).into()]).await
    }

    /// Notes that a step of a job is done, so that no further attempt repeats it. It is forgotten with the
    /// job.
    ///
    /// # Errors
    /// [`StoreError`]: the step may be repeated.
    pub async fn note_step(&self, id: JobId, step: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO job_steps (job_id, step, done_at_us) VALUES ($1, $2, $3)
                   ON CONFLICT (job_id, step) DO NOTHING";
        let now = self.clock.now().micros();
        let values = vec![Uuid::from(id).into(), step.into(), now.into()];
        self.execute(sql, values).await?;
        Ok(())
    }

    /// Runs a statement whose first two parameters are the claim.
    async fn write_as(
        &self,
        claim: Claim,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<bool, StoreError> {
        let touched = self.execute(sql, claimed(claim, values)).await?;
        self.changed.notify_waiters();
        Ok(touched == 1)
    }

    /// The same for a statement after which the job may have ended: that happens in its transaction.
    async fn end_as(
        &self,
        claim: Claim,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<bool, StoreError> {
        let sql = format!("{sql} RETURNING state");
        let values = claimed(claim, values);
        let now = self.clock.now();
        let state = self
            .in_transaction(move |_, tx| {
                let (sql, values) = (sql.clone(), values.clone());
                Box::pin(async move {
                    let state = tx.value::<JobState>(&sql, values).await?;
                    if state.is_some_and(JobState::has_ended) {
                        happenings::record(tx, now, HappeningKind::Job, claim.id.to_string());
                    }
                    Ok::<_, StoreError>(state)
                })
            })
            .await?;
        self.changed.notify_waiters();
        Ok(state.is_some())
    }
}

/// The claim and other values, in the order of a statement's parameters.
fn claimed(claim: Claim, values: Vec<Value>) -> Vec<Value> {
    let mut all = vec![claim.id.as_uuid().into(), claim.number.into()];
    all.extend(values);
    all
}
