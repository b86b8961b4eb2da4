//! Orders the jobs that come due.
//!
//! Every instance looks; the one whose transaction moves the schedule on orders the job. The moments
//! that passed while no instance ran lead to one job. A clock that was set back makes nothing due
//! again, and while it is known to be wrong, nothing is ordered.

use std::{sync::Arc, time::Duration};

use chrono_tz::Tz;
use kernel::{Clock, Timestamp};
use sales::shop_reader::ShopReader;
use store::{
    floor::Floor,
    jobs::{JobStore, Schedule},
};
use tokio::sync::watch;

use super::registry::Registry;

/// A schedule that has come further than this ahead of a right clock did so by a wrong one: it counts
/// from now. Within it, a due moment is not repeated.
const LONGEST_STEP_BACK_SECONDS: i64 = 86_400;

/// Orders what is due, until the server ends.
pub(crate) struct Scheduler {
    pub store: JobStore,
    pub registry: Registry,
    pub shop: ShopReader,
    pub clock: Arc<dyn Clock>,
    pub floor: Floor,
    pub every: Duration,
}

impl Scheduler {
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut is_established = false;
        loop {
            if let Err(error) = self.look(&mut is_established).await {
                tracing::warn!(%error, "the schedules could not be read or brought up to date");
            }
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn look(&self, is_established: &mut bool) -> anyhow::Result<()> {
        if let Some(fault) = self.floor.fault() {
            tracing::debug!(%fault, "nothing is ordered by a clock that is wrong");
            return Ok(());
        }
        if !*is_established {
            let definitions = self.registry.definitions();
            let kinds = self.registry.kinds();
            self.store.establish_schedules(definitions, &kinds).await?;
            *is_established = true;
        }
        let schedules = self.store.schedules().await?;
        if schedules.is_empty() {
            return Ok(());
        }
        let zone = self.shop.current().await?.time_zone;
        let known = schedules
            .iter()
            .filter(|schedule| self.registry.get(&schedule.kind).is_some());
        for schedule in known {
            // One that cannot be ordered is tried again with the next look, and does not stop others.
            if let Err(error) = self.look_at(schedule, zone).await {
                tracing::warn!(schedule.id = %schedule.id, %error, "scheduled work could not be ordered");
            }
        }
        Ok(())
    }

    async fn look_at(&self, schedule: &Schedule, zone: Tz) -> anyhow::Result<()> {
        let now = self.clock.now();
        if is_far_ahead(schedule.last_due, now) {
            tracing::warn!(schedule.id = %schedule.id, last_due = %schedule.last_due, "a schedule was met by a clock that was ahead; it counts from now");
            self.store.restart_schedule(schedule, now).await?;
            return Ok(());
        }
        let Some(due) = schedule.timing.due(zone, schedule.last_due, now) else {
            return Ok(());
        };
        if self.store.enqueue_due(schedule, due).await? {
            tracing::info!(schedule.id = %schedule.id, job.kind = schedule.kind, %due, "scheduled work is ordered");
        }
        Ok(())
    }
}

fn is_far_ahead(last_due: Timestamp, now: Timestamp) -> bool {
    last_due > now.plus_seconds(LONGEST_STEP_BACK_SECONDS)
}
