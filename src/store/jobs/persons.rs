//! Schedules of persons: made, listed, changed, paused, run at once and deleted, within the transaction
//! of the use case, which has checked who may.

use std::collections::HashMap;

use kernel::{
    Timestamp,
    ids::{JobId, ScheduleId, UserId},
    jobs::{Job, JobKind, JobsError, MAX_PAYLOAD_BYTES, Ordered},
    schedule::{MAX_SCHEDULES_OF_PERSONS, MAX_SCHEDULES_PER_PERSON, Timing},
};
use sea_orm::Value;

use super::{
    JobStore, NewJob, OrderError,
    rows::{StoredJob, columns},
    schedules::{note_run, timing_of},
};
use crate::{Dialect, StoreError, Tx, selection};

/// How often a new schedule looks for a free place that another takes at the same moment.
const PLACE_ATTEMPTS: u32 = 3;

/// A schedule of a person, with the payload of its kind of job.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonalSchedule<P> {
    /// Its id.
    pub id: ScheduleId,
    /// Whose it is: its jobs run with the rights of this user.
    pub user: UserId,
    /// When it is due.
    pub timing: Timing,
    /// What each job gets.
    pub payload: P,
    /// Every due moment up to here was ordered or has passed.
    pub last_due: Timestamp,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// Number of changes, for `If-Match`.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// The last job that it ordered.
    pub last_job: Option<JobId>,
}

selection! {
    struct StoredPersonal in schedules {
        id: ScheduleId,
        user_id: UserId,
        cron: Option<String>,
        every_seconds: Option<i64>,
        payload_json: String,
        last_due_us: Timestamp,
        paused_at_us: Option<Timestamp>,
        version: i64,
        created_at_us: Timestamp,
        last_job_id: Option<JobId>,
    }
}

/// Why a schedule was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The person has as many as allowed.
    #[error("a person may have {MAX_SCHEDULES_PER_PERSON} schedules")]
    TooMany,
    /// The persons of the shop have as many as allowed.
    #[error("the users of a shop may have {MAX_SCHEDULES_OF_PERSONS} schedules together")]
    ShopFull,
    /// The payload is too large, or cannot be written as JSON.
    #[error(transparent)]
    Payload(JobsError),
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl crate::Retry for ScheduleError {
    fn is_collision(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_collision())
    }

    fn is_absence(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_absence())
    }
}

impl JobStore {
    /// The schedules of persons of one kind of job, of one person or of all, the oldest first. One that
    /// this version cannot read is left out and logged.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn schedules_of_persons<J: JobKind>(
        &self,
        user: Option<UserId>,
    ) -> Result<Vec<PersonalSchedule<J::Payload>>, StoreError> {
        let (only, mut values) = ("AND user_id = $2", vec![Value::from(J::KIND)]);
        let only = user.map_or("", |_| only);
        values.extend(user.map(|user| user.as_uuid().into()));
        let sql = format!(
            "SELECT {} FROM schedules WHERE kind = $1 AND user_id IS NOT NULL {only} ORDER BY created_at_us, id",
            StoredPersonal::SELECT
        );
        let stored = self.read().select::<StoredPersonal>(&sql, values).await?;
        let mut schedules = Vec::with_capacity(stored.len());
        for one in stored {
            match personal::<J>(one) {
                Err(StoreError::Corrupt(what)) => {
                    tracing::error!(what, "a schedule cannot be read");
                }
                schedule => schedules.push(schedule?),
            }
        }
        Ok(schedules)
    }

    /// The last jobs of the schedules of persons of one kind, by their ids.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_jobs_of_schedules<J: JobKind>(
        &self,
    ) -> Result<HashMap<JobId, Job>, StoreError> {
        let sql = format!(
            "SELECT {} FROM jobs WHERE id IN (SELECT last_job_id FROM schedules WHERE kind = $1 AND user_id IS NOT NULL)",
            columns()
        );
        let jobs = self.read().select::<StoredJob>(&sql, [J::KIND.into()]);
        let jobs = jobs.await?.into_iter();
        Ok(jobs.map(|job| (job.id, job)).collect())
    }

    /// A schedule of a person, which nobody else changes until the end of the transaction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lock_schedule_in<J: JobKind>(
        &self,
        tx: &Tx,
        id: ScheduleId,
    ) -> Result<Option<PersonalSchedule<J::Payload>>, StoreError> {
        let sql = format!(
            "SELECT {} FROM schedules WHERE id = $1 AND kind = $2 AND user_id IS NOT NULL{}",
            StoredPersonal::SELECT,
            tx.dialect().for_update()
        );
        let values: [Value; 2] = [id.as_uuid().into(), J::KIND.into()];
        let stored = tx.select_one::<StoredPersonal>(&sql, values).await?;
        stored.map(personal::<J>).transpose()
    }

    /// Makes a schedule of a person, within a transaction of the caller, who has checked that the
    /// person may do what the kind needs. It begins now.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub async fn add_schedule_in<J: JobKind>(
        &self,
        tx: &Tx,
        user: UserId,
        timing: &Timing,
        payload: &J::Payload,
    ) -> Result<ScheduleId, ScheduleError> {
        let payload = written::<J>(payload)?;
        let id = ScheduleId::generate();
        if count_of_persons(tx).await? >= MAX_SCHEDULES_OF_PERSONS {
            return Err(ScheduleError::ShopFull);
        }
        for _ in 0..PLACE_ATTEMPTS {
            let Some(place) = free_place(tx, user).await? else {
                return Err(ScheduleError::TooMany);
            };
            let sql = "INSERT INTO schedules (id, kind, payload_json, cron, every_seconds, user_id, place, last_due_us, created_at_us)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (user_id, place) DO NOTHING";
            let values: [Value; 8] = [
                id.as_uuid().into(),
                J::KIND.into(),
                payload.as_str().into(),
                timing.expression().into(),
                timing.interval_seconds().into(),
                user.as_uuid().into(),
                place.into(),
                self.clock.now().micros().into(),
            ];
            if tx.execute(sql, values).await? == 1 {
                return Ok(id);
            }
        }
        let what = "a schedule collides with others that come and go".to_owned();
        Err(ScheduleError::Store(StoreError::Corrupt(what)))
    }

    /// Stores a changed schedule under the next version. One with another timing, or that is no longer
    /// paused, counts from now: what would have been due before is not made up for.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub async fn change_schedule_in<J: JobKind>(
        &self,
        tx: &Tx,
        before: &PersonalSchedule<J::Payload>,
        mut after: PersonalSchedule<J::Payload>,
    ) -> Result<PersonalSchedule<J::Payload>, ScheduleError> {
        let payload = written::<J>(&after.payload)?;
        let goes_on = before.paused_at.is_some() && after.paused_at.is_none();
        if goes_on || after.timing != before.timing {
            after.last_due = self.clock.now();
        }
        after.version = before.version.saturating_add(1);
        let sql = "UPDATE schedules SET payload_json = $2, cron = $3, every_seconds = $4, last_due_us = $5,
                       paused_at_us = $6, version = $7
                   WHERE id = $1";
        let values: [Value; 7] = [
            after.id.as_uuid().into(),
            payload.as_str().into(),
            after.timing.expression().into(),
            after.timing.interval_seconds().into(),
            after.last_due.micros().into(),
            after.paused_at.map(Timestamp::micros).into(),
            after.version.into(),
        ];
        tx.execute(sql, values).await?;
        Ok(after)
    }

    /// Deletes a schedule and cancels its job, if one has not ended. [`Self::announce`] is due after the
    /// commit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_schedule_in<P: Sync>(
        &self,
        tx: &Tx,
        schedule: &PersonalSchedule<P>,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM schedules WHERE id = $1";
        tx.execute(sql, [schedule.id.as_uuid().into()]).await?;
        if let Some(job) = schedule.last_job {
            self.cancel_in(tx, job).await?;
        }
        Ok(())
    }

    /// Orders the job of a schedule now, also while it is paused. While a job of it has not ended, that one
    /// is returned. [`Self::announce`] is due after the commit.
    ///
    /// # Errors
    /// [`OrderError`].
    pub async fn run_schedule_in<J: JobKind>(
        &self,
        tx: &Tx,
        schedule: &PersonalSchedule<J::Payload>,
    ) -> Result<Ordered, OrderError> {
        let payload = serde_json::to_string(&schedule.payload).map_err(|error| {
            tracing::error!(job.kind = J::KIND, %error, "a payload cannot be written as JSON");
            JobsError::Failed
        })?;
        let (id, kind, now) = (schedule.id, J::KIND.to_owned(), self.clock.now());
        let job = NewJob::scheduled(id, kind, payload, Some(schedule.user), now);
        let ordered = self.enqueue_in(tx, &job).await?;
        if let Ordered::New(job) = &ordered {
            note_run(tx, id, job.id).await?;
        }
        Ok(ordered)
    }
}

fn written<J: JobKind>(payload: &J::Payload) -> Result<String, ScheduleError> {
    let payload = serde_json::to_string(payload).map_err(|error| {
        tracing::error!(job.kind = J::KIND, %error, "a payload cannot be written as JSON");
        ScheduleError::Payload(JobsError::Failed)
    })?;
    if payload.len() > MAX_PAYLOAD_BYTES {
        return Err(ScheduleError::Payload(JobsError::TooLarge("its payload")));
    }
    Ok(payload)
}

/// How many schedules the persons of the shop have. On `PostgreSQL` no other is made until the end of the
/// transaction, so that requests at the same moment cannot pass the limit.
async fn count_of_persons(tx: &Tx) -> Result<i64, StoreError> {
    if tx.dialect() == Dialect::Postgres {
        let sql = "LOCK TABLE schedules IN SHARE ROW EXCLUSIVE MODE";
        tx.execute(sql, []).await?;
    }
    let sql = "SELECT COUNT(*) FROM schedules WHERE user_id IS NOT NULL";
    Ok(tx.value(sql, []).await?.unwrap_or(0))
}

/// The first place among the schedules of a person that is free.
async fn free_place(tx: &Tx, user: UserId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT place FROM schedules WHERE user_id = $1";
    let taken: Vec<i64> = tx.values(sql, [user.as_uuid().into()]).await?;
    Ok((1..=MAX_SCHEDULES_PER_PERSON).find(|place| !taken.contains(place)))
}

fn personal<J: JobKind>(
    stored: StoredPersonal,
) -> Result<PersonalSchedule<J::Payload>, StoreError> {
    let id = stored.id;
    let payload = serde_json::from_str(&stored.payload_json);
    Ok(PersonalSchedule {
        id,
        user: stored.user_id,
        timing: timing_of(id, stored.cron, stored.every_seconds)?,
        payload: payload.map_err(|error| StoreError::Corrupt(format!("schedule {id}: {error}")))?,
        last_due: stored.last_due_us,
        paused_at: stored.paused_at_us,
        version: stored.version,
        created_at: stored.created_at_us,
        last_job: stored.last_job_id,
    })
}
