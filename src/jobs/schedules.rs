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
            .filter(|schedule| !schedule.is_paused && self.registry.get(&schedule.kind).is_some());
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

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, path::Path};

    use kernel::clock::ManualClock;
    use store::{StoreError, Tx};

    use super::*;
    use crate::{app::Modules, settings::Settings};

    const HOUR_SECONDS: i64 = 3_600;

    /// The scheduler of the program as it is shipped, on a shop of its own. Its looks are the test's:
    /// that none of them orders anything could not be seen from outside.
    async fn scheduler(folder: &Path, clock: Arc<ManualClock>) -> (Scheduler, Modules) {
        let variables = [
            ("SALESFLOW_PROFILE", "test".to_owned()),
            (
                "SALESFLOW__DATABASE__URL",
                format!("sqlite://{}", folder.join("shop.db").display()),
            ),
            ("SALESFLOW__DATABASE__CREATE", "true".to_owned()),
            (
                "SALESFLOW__AUTH__JWT_SECRET",
                "a secret for tests only, 0123456789abcdef".to_owned(),
            ),
        ];
        let variables: HashMap<String, String> = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let settings = Settings::load(Path::new("config"), variables).unwrap();
        let modules = Modules::open(&settings, clock).await.unwrap();
        let scheduler = Scheduler {
            store: modules.jobs.clone(),
            registry: Registry::new(modules.job_handlers()).unwrap(),
            shop: modules.sales.ctx.shop.clone(),
            clock: Arc::clone(&modules.clock),
            floor: modules.floor.clone(),
            every: Duration::ZERO,
        };
        (scheduler, modules)
    }

    async fn ordered(modules: &Modules) -> i64 {
        let sql = "SELECT COUNT(*) FROM jobs";
        modules.stores.read.value(sql, []).await.unwrap().unwrap()
    }

    /// The shop was at this moment.
    async fn record_at(modules: &Modules, at: Timestamp) {
        let sql = "INSERT INTO clock_corrections (number, corrected_at_us, floor_us, last_position, last_number, reason)
                   VALUES (1, $1, $1 + 1, 0, 0, '')";
        let write = async |tx: &Tx| -> Result<u64, StoreError> {
            tx.execute(sql, [at.micros().into()]).await
        };
        modules.stores.write.transaction(write).await.unwrap();
        modules.floor.read_again().await.unwrap();
    }

    #[tokio::test]
    async fn a_clock_that_is_known_to_be_wrong_orders_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let evening = Timestamp::parse("2026-12-01T20:00:00Z").unwrap();
        let clock = Arc::new(ManualClock::at(evening));
        let (scheduler, modules) = scheduler(folder.path(), Arc::clone(&clock)).await;
        let mut is_established = false;
        scheduler.look(&mut is_established).await.unwrap();
        let nightly = scheduler.store.schedules().await.unwrap().len();
        assert!(nightly >= 2, "{nightly}");
        assert_eq!(ordered(&modules).await, 0, "not due yet");

        // Ten hours later all are due, but the shop has already been at a later hour.
        record_at(&modules, evening.plus_seconds(12 * HOUR_SECONDS)).await;
        clock.advance_seconds(10 * HOUR_SECONDS);
        scheduler.look(&mut is_established).await.unwrap();
        assert_eq!(ordered(&modules).await, 0, "by a wrong clock");

        clock.advance_seconds(2 * HOUR_SECONDS);
        scheduler.look(&mut is_established).await.unwrap();
        assert_eq!(ordered(&modules).await, i64::try_from(nightly).unwrap());
        modules.close().await;
    }

    #[test]
    fn a_schedule_is_far_ahead_of_a_clock_by_more_than_a_day() {
        let now = Timestamp::parse("2026-12-01T20:00:00Z").unwrap();
        let day = LONGEST_STEP_BACK_SECONDS;
        assert!(!is_far_ahead(now, now));
        assert!(!is_far_ahead(now.plus_seconds(-2 * day), now));
        assert!(!is_far_ahead(now.plus_seconds(day), now));
        assert!(is_far_ahead(now.plus_seconds(day + 1), now));
    }
}
