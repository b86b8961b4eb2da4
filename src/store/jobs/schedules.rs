//! Schedules: which job recurs, with what payload, when, and for whom. A due moment leads to one
//! order, however many instances see it.
//!
//! Those of the program have a name and are brought up to date at each start, by which how far they
//! have come is kept. Those of a person ([`super::persons`]) end with the account, and their jobs carry
//! the person, whose rights the runner looks up when a job begins.

use kernel::{
    Timestamp,
    ids::{JobId, ScheduleId, UserId},
    schedule::{Definition, Timing, TimingError},
};
use sea_orm::Value;

use super::{JobStore, NewJob, OrderError};
use crate::{StoreError, Tx, selection};

/// A schedule and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Its name; `None` for a person's.
    pub name: Option<String>,
    /// The name of the kind of job.
    pub kind: String,
    /// When it is due.
    pub timing: Timing,
    /// Whose it is; `None` for the program's own.
    pub user: Option<UserId>,
    /// Every due moment up to here was ordered, or passed while no instance ran.
    pub last_due: Timestamp,
    /// While it is paused, nothing is ordered.
    pub is_paused: bool,
}

selection! {
    struct StoredSchedule in schedules {
        id: ScheduleId,
        name: Option<String>,
        kind: String,
        cron: Option<String>,
        every_seconds: Option<i64>,
        user_id: Option<UserId>,
        last_due_us: Timestamp,
        paused_at_us: Option<Timestamp>,
    }
    Declared(id: ScheduleId, name: String, kind: String)
    Met(kind: String, payload_json: String, user_id: Option<UserId>)
}

impl JobStore {
    /// Brings the program's own schedules up to date: new ones begin now, the definition of known ones
    /// is replaced, and those of the kinds of this program that it no longer has are deleted. What
    /// another version does is left alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn establish_schedules(
        &self,
        definitions: &[Definition],
        kinds: &[&str],
    ) -> Result<(), StoreError> {
        let definitions: std::sync::Arc<[Definition]> = definitions.into();
        let kinds: std::sync::Arc<[String]> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        self.in_transaction(move |store, tx| {
            let (definitions, kinds) = (definitions.clone(), kinds.clone());
            Box::pin(async move {
                for definition in definitions.iter() {
                    establish(tx, definition, store.clock.now()).await?;
                }
                let sql = "SELECT id, name, kind FROM schedules WHERE name IS NOT NULL";
                for (id, name, kind) in tx.select::<Declared>(sql, []).await? {
                    let is_declared = definitions.iter().any(|one| one.name == name);
                    if kinds.contains(&kind) && !is_declared {
                        let sql = "DELETE FROM schedules WHERE id = $1";
                        tx.execute(sql, [id.as_uuid().into()]).await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }

    /// Every schedule. One that this version cannot read is left out and logged.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let sql = format!("SELECT {} FROM schedules", StoredSchedule::SELECT);
        let stored = self.read().select::<StoredSchedule>(&sql, []).await?;
        let mut schedules = Vec::with_capacity(stored.len());
        for one in stored {
            match schedule_of(one) {
                Err(StoreError::Corrupt(what)) => {
                    tracing::error!(what, "a schedule cannot be read");
                }
                schedule => schedules.push(schedule?),
            }
        }
        Ok(schedules)
    }

    /// Orders the job of a schedule for a due moment, in one transaction with the note that it was
    /// ordered. False when another instance was quicker, or the schedule was changed, paused or deleted.
    ///
    /// # Errors
    /// [`OrderError`]; the due moment stays open then.
    pub async fn enqueue_due(
        &self,
        schedule: &Schedule,
        due: Timestamp,
    ) -> Result<bool, OrderError> {
        let (id, last_due) = (schedule.id, schedule.last_due);
        let is_ours = self
            .in_transaction(move |store, tx| {
                Box::pin(async move {
                    let sql = "UPDATE schedules SET last_due_us = $3
                               WHERE id = $1 AND last_due_us = $2 AND paused_at_us IS NULL
                               RETURNING kind, payload_json, user_id";
                    let values: [Value; 3] = [
                        id.as_uuid().into(),
                        last_due.micros().into(),
                        due.micros().into(),
                    ];
                    let met = tx.select_one::<Met>(sql, values).await?;
                    let Some((kind, payload, user)) = met else {
                        return Ok::<_, OrderError>(false);
                    };
                    let job = NewJob::scheduled(id, kind, payload, user, due);
                    let ordered = store.enqueue_in(tx, &job).await?;
                    note_run(tx, id, ordered.into_job().id).await?;
                    Ok(true)
                })
            })
            .await?;
        self.announce();
        Ok(is_ours)
    }

    /// Lets a schedule count from `now`, after the clock was far ahead and is right again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn restart_schedule(
        &self,
        schedule: &Schedule,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE schedules SET last_due_us = $3 WHERE id = $1 AND last_due_us = $2";
        let values = vec![
            schedule.id.as_uuid().into(),
            schedule.last_due.micros().into(),
            now.micros().into(),
        ];
        self.execute(sql, values).await?;
        Ok(())
    }

    /// Ends the schedules of a person whose account has ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_schedules(&self, user: UserId) -> Result<u64, StoreError> {
        self.in_transaction(move |_, tx| Box::pin(end_schedules_of(tx, user)))
            .await
    }
}

/// Ends the schedules of a person, in the transaction that ends the account. Returns their number.
///
/// # Errors
/// [`StoreError`].
pub async fn end_schedules_of(tx: &Tx, user: UserId) -> Result<u64, StoreError> {
    let sql = "DELETE FROM schedules WHERE user_id = $1";
    tx.execute(sql, [user.as_uuid().into()]).await
}

async fn establish(tx: &Tx, definition: &Definition, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO schedules (id, name, kind, payload_json, cron, every_seconds, last_due_us, created_at_us)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
               ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, payload_json = excluded.payload_json,
                   cron = excluded.cron, every_seconds = excluded.every_seconds
               WHERE (schedules.kind, schedules.payload_json, COALESCE(schedules.cron, ''), COALESCE(schedules.every_seconds, 0))
                  <> (excluded.kind, excluded.payload_json, COALESCE(excluded.cron, ''), COALESCE(excluded.every_seconds, 0))";
    let values: [Value; 7] = [
        ScheduleId::generate().as_uuid().into(),
        definition.name.into(),
        definition.kind.into(),
        definition.payload.as_str().into(),
        definition.timing.expression().into(),
        definition.timing.interval_seconds().into(),
        now.micros().into(),
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Notes which job a schedule ordered last.
pub(super) async fn note_run(tx: &Tx, id: ScheduleId, job: JobId) -> Result<(), StoreError> {
    let sql = "UPDATE schedules SET last_job_id = $2 WHERE id = $1";
    let values: [Value; 2] = [id.as_uuid().into(), job.as_uuid().into()];
    tx.execute(sql, values).await?;
    Ok(())
}

/// A timing as it is stored.
pub(super) fn timing_of(
    id: ScheduleId,
    cron: Option<String>,
    every_seconds: Option<i64>,
) -> Result<Timing, StoreError> {
    let timing = match (cron, every_seconds) {
        (Some(expression), None) => Timing::cron(&expression),
        (None, Some(seconds)) => Timing::every_seconds(seconds),
        _ => Err(TimingError::Never),
    };
    timing.map_err(|error| StoreError::Corrupt(format!("schedule {id}: it {error}")))
}

fn schedule_of(stored: StoredSchedule) -> Result<Schedule, StoreError> {
    let id = stored.id;
    let timing = timing_of(id, stored.cron, stored.every_seconds)?;
    Ok(Schedule {
        id,
        name: stored.name,
        kind: stored.kind,
        timing,
        user: stored.user_id,
        last_due: stored.last_due_us,
        is_paused: stored.paused_at_us.is_some(),
    })
}
