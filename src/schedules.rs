//! Scheduled reports: which report, when, to whom. A schedule is a row of the job queue ([ADR 0025]); the
//! job makes the report and delivers it, to a folder of the server and by mail ([ADR 0031]).
//!
//! A use case of the shell: the report is made by analytics, the rows are those of the queue, the audit
//! log is written by `sales`, and only the shell reaches the disk and the network.
//!
//! [ADR 0025]: ../docs/adr/0025-schedules.md
//! [ADR 0031]: ../docs/adr/0031-delivered-reports.md

mod courier;
pub mod folder;
pub mod http;
pub mod job;
mod letter;
pub mod mail;
mod recipients;

use std::sync::Arc;

use kernel::{
    Clock, Code, Permission, Problem, Timestamp,
    ids::{ScheduleId, UserId},
    jobs::{Job, Ordered},
    schedule::{MAX_SCHEDULES_OF_PERSONS, MAX_SCHEDULES_PER_PERSON, Timing},
};
use platform::headers::IfMatch;
use sales::{
    Actor, SalesError, SalesResult,
    audit::{self, Deed, Entry},
    audit_log::shapes::ScheduleNoted,
    shop_reader::ShopReader,
};
use serde_json::json;
use store::{
    Tx, WriteDb,
    jobs::{JobStore, OrderError, PersonalSchedule, ScheduleError},
};

use self::{
    folder::Folder,
    job::{DeliverReport, DeliveryPlan},
    mail::Mailer,
};

pub use courier::Courier;

/// Where reports can be delivered.
#[derive(Debug)]
pub struct Outlets {
    /// The mail server; `None` when none is configured.
    pub mailer: Option<Mailer>,
    /// The folder for files; `None` when none is configured.
    pub folder: Option<Folder>,
}

/// The schedules of a shop.
#[derive(Clone, derive_more::Debug)]
#[debug("Schedules {{ .. }}")]
pub struct Schedules {
    store: JobStore,
    write: WriteDb,
    shop: ShopReader,
    clock: Arc<dyn Clock>,
    outlets: Arc<Outlets>,
}

/// A schedule with its runs.
#[derive(Debug, Clone)]
pub struct ScheduleWithRuns {
    /// The schedule.
    pub schedule: PersonalSchedule<DeliveryPlan>,
    /// When it runs next; `None` while it is paused.
    pub next_run: Option<Timestamp>,
    /// Its last job, under way or ended; `None` before the first.
    pub last_run: Option<Job>,
}

/// A change of a schedule. Absent parts stay as they are.
#[derive(Debug, Clone, Default)]
pub struct ScheduleChange {
    /// What is delivered, and where to.
    pub plan: Option<DeliveryPlan>,
    /// When.
    pub timing: Option<Timing>,
    /// Whether it is paused.
    pub paused: Option<bool>,
}

impl Schedules {
    /// The schedules over this queue.
    #[must_use]
    pub const fn new(
        store: JobStore,
        write: WriteDb,
        shop: ShopReader,
        clock: Arc<dyn Clock>,
        outlets: Arc<Outlets>,
    ) -> Self {
        Self {
            store,
            write,
            shop,
            clock,
            outlets,
        }
    }

    /// Where reports can be delivered.
    #[must_use]
    pub fn outlets(&self) -> &Outlets {
        &self.outlets
    }

    /// The schedules of the actor, of an owner those of everybody; the oldest first.
    ///
    /// # Errors
    /// `server.unavailable`.
    pub async fn list(&self, actor: &Actor) -> SalesResult<Vec<ScheduleWithRuns>> {
        let of = if sees_all(actor) { None } else { actor.user_id };
        let schedules = self.store.schedules_of_persons::<DeliverReport>(of).await?;
        let mut jobs = self.store.last_jobs_of_schedules::<DeliverReport>().await?;
        let mut found = Vec::with_capacity(schedules.len());
        for schedule in schedules {
            let last_run = schedule.last_job.and_then(|job| jobs.remove(&job));
            found.push(self.with_runs(schedule, last_run).await?);
        }
        Ok(found)
    }

    /// Makes a schedule. It runs with the rights that the user has at each run.
    ///
    /// # Errors
    /// `schedule.too_many`, `schedule.mail_not_configured`, `schedule.folder_not_configured`.
    pub async fn create(
        &self,
        actor: &Actor,
        user: UserId,
        plan: &DeliveryPlan,
        timing: &Timing,
    ) -> SalesResult<ScheduleWithRuns> {
        self.check_outlets(plan)?;
        let schedule = self
            .write
            .transaction(async |tx: &Tx| {
                let added = self
                    .store
                    .add_schedule_in::<DeliverReport>(tx, user, timing, plan);
                let id = added.await.map_err(refusal)?;
                let locked = self.store.lock_schedule_in::<DeliverReport>(tx, id);
                let schedule = locked.await?.ok_or_else(no_such_schedule)?;
                let entry = Entry::of(Deed::ScheduleCreate, id).after(noted(&schedule));
                audit::record(tx, actor, self.clock.now(), entry).await?;
                Ok::<_, SalesError>(schedule)
            })
            .await?;
        self.with_runs(schedule, None).await
    }

    /// Changes a schedule, pauses it, or lets it go on. It keeps the user with whose rights it runs.
    ///
    /// # Errors
    /// `resource.not_found`, also for another user's; `request.precondition_failed`;
    /// `schedule.mail_not_configured`, `schedule.folder_not_configured`.
    pub async fn change(
        &self,
        actor: &Actor,
        id: ScheduleId,
        if_match: IfMatch,
        change: impl Fn(&DeliveryPlan) -> Result<ScheduleChange, Problem>,
    ) -> SalesResult<ScheduleWithRuns> {
        let schedule = self
            .write
            .transaction(async |tx: &Tx| {
                let before = self.lock(tx, actor, id).await?;
                if_match.check(before.version)?;
                let wanted = change(&before.payload)?;
                let after = self.apply(&before, wanted);
                if after == before {
                    return Ok(before);
                }
                if after.paused_at.is_none() {
                    self.check_outlets(&after.payload)?;
                }
                let changed = self
                    .store
                    .change_schedule_in::<DeliverReport>(tx, &before, after);
                let after = changed.await.map_err(refusal)?;
                let entry = Entry::of(Deed::ScheduleUpdate, id)
                    .before(noted(&before))
                    .after(noted(&after));
                audit::record(tx, actor, self.clock.now(), entry).await?;
                Ok::<_, SalesError>(after)
            })
            .await?;
        let last_run = match schedule.last_job {
            Some(job) => self.store.get(job).await.map_err(Problem::from)?,
            None => None,
        };
        self.with_runs(schedule, last_run).await
    }

    fn apply(
        &self,
        before: &PersonalSchedule<DeliveryPlan>,
        change: ScheduleChange,
    ) -> PersonalSchedule<DeliveryPlan> {
        let mut after = before.clone();
        if let Some(plan) = change.plan {
            after.payload = plan;
        }
        // The same expression counts on from where it is.
        if let Some(timing) = change.timing
            && timing.expression() != before.timing.expression()
        {
            after.timing = timing;
        }
        match (change.paused, before.paused_at) {
            (Some(true), None) => after.paused_at = Some(self.clock.now()),
            (Some(false), Some(_)) => after.paused_at = None,
            _ => {}
        }
        after
    }

    /// Deletes a schedule, and cancels its job if one is under way.
    ///
    /// # Errors
    /// `resource.not_found`, also for another user's.
    pub async fn delete(&self, actor: &Actor, id: ScheduleId) -> SalesResult<()> {
        self.write
            .transaction(async |tx: &Tx| {
                let schedule = self.lock(tx, actor, id).await?;
                self.store.delete_schedule_in(tx, &schedule).await?;
                let entry = Entry::of(Deed::ScheduleDelete, id).before(noted(&schedule));
                audit::record(tx, actor, self.clock.now(), entry).await
            })
            .await?;
        self.store.announce();
        Ok(())
    }

    /// Orders the job of a schedule now, also of a paused one.
    ///
    /// # Errors
    /// `resource.not_found`, also for another user's; `job.queue_full`;
    /// `schedule.mail_not_configured`, `schedule.folder_not_configured`.
    pub async fn run_now(&self, actor: &Actor, id: ScheduleId) -> SalesResult<Ordered> {
        let ordered = self
            .write
            .transaction(async |tx: &Tx| {
                let schedule = self.lock(tx, actor, id).await?;
                self.check_outlets(&schedule.payload)?;
                let ordered = self
                    .store
                    .run_schedule_in::<DeliverReport>(tx, &schedule)
                    .await
                    .map_err(refused_order)?;
                if let Ordered::New(job) = &ordered {
                    let entry = Entry::of(Deed::ScheduleRun, id)
                        .after(json!({"kind": job.kind, "state": job.state}));
                    audit::record(tx, actor, self.clock.now(), entry).await?;
                }
                Ok::<_, SalesError>(ordered)
            })
            .await?;
        self.store.announce();
        Ok(ordered)
    }

    /// A schedule that the actor may change.
    async fn lock(
        &self,
        tx: &Tx,
        actor: &Actor,
        id: ScheduleId,
    ) -> SalesResult<PersonalSchedule<DeliveryPlan>> {
        let found = self.store.lock_schedule_in::<DeliverReport>(tx, id).await?;
        let theirs =
            found.filter(|schedule| sees_all(actor) || Some(schedule.user) == actor.user_id);
        Ok(theirs.ok_or_else(no_such_schedule)?)
    }

    fn check_outlets(&self, plan: &DeliveryPlan) -> Result<(), Problem> {
        if !plan.recipients.is_empty() && self.outlets.mailer.is_none() {
            let detail = "Reports cannot be sent by mail: the server has no mail server in its \
                          settings (mail.host and mail.from).";
            return Err(Problem::new(Code::MailNotConfigured, detail));
        }
        if plan.to_folder && self.outlets.folder.is_none() {
            let detail = "Reports cannot be put into a folder: the server has none in its settings \
                          (reports.folder).";
            return Err(Problem::new(Code::FolderNotConfigured, detail));
        }
        Ok(())
    }

    async fn with_runs(
        &self,
        schedule: PersonalSchedule<DeliveryPlan>,
        last_run: Option<Job>,
    ) -> SalesResult<ScheduleWithRuns> {
        let zone = self.shop.current().await?.time_zone;
        let (last, now) = (schedule.last_due, self.clock.now());
        let overdue = schedule.timing.due(zone, last, now);
        let next = overdue.or_else(|| schedule.timing.next(zone, last, now.max(last)));
        Ok(ScheduleWithRuns {
            next_run: next.filter(|_| schedule.paused_at.is_none()),
            schedule,
            last_run,
        })
    }
}

/// An owner answers for everybody's.
fn sees_all(actor: &Actor) -> bool {
    actor.may(Permission::ManageUsers)
}

fn noted(schedule: &PersonalSchedule<DeliveryPlan>) -> ScheduleNoted {
    let DeliveryPlan {
        report,
        to_folder,
        recipients,
    } = &schedule.payload;
    ScheduleNoted {
        user_id: schedule.user,
        kind: report.kind.as_str().to_owned(),
        period: report.period.as_str().to_owned(),
        cron: schedule.timing.expression().map(str::to_owned),
        to_folder: *to_folder,
        recipients: recipients.clone(),
        paused: schedule.paused_at.is_some(),
        version: schedule.version,
    }
}

fn no_such_schedule() -> Problem {
    Problem::not_found("schedule")
}

fn refusal(error: ScheduleError) -> SalesError {
    let most = match error {
        ScheduleError::Store(error) => return error.into(),
        ScheduleError::Payload(error) => return Problem::from(error).into(),
        ScheduleError::TooMany => format!("A user may have {MAX_SCHEDULES_PER_PERSON} schedules."),
        ScheduleError::ShopFull => {
            format!("The users of a shop may have {MAX_SCHEDULES_OF_PERSONS} schedules together.")
        }
    };
    Problem::new(Code::TooManySchedules, most).into()
}

fn refused_order(error: OrderError) -> SalesError {
    match error {
        OrderError::Store(error) => error.into(),
        OrderError::Refused(error) => Problem::from(error).into(),
    }
}
