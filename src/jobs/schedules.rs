//! Work that comes due by the clock on the wall of the shop.
//!
//! Every instance looks; the one whose transaction moves the schedule on orders the job. A due time
//! that passed while nobody was there is made up for once, whatever the number of times.

use std::{sync::Arc, time::Duration};

use chrono_tz::Tz;
use croner::Cron;
use kernel::{Clock, Timestamp};
use sales::shop_reader::ShopReader;
use store::jobs::JobStore;
use tokio::sync::watch;

use super::registry::{Registry, Schedule};

/// Orders what is due, until the server ends.
pub(crate) struct Scheduler {
    pub store: JobStore,
    pub registry: Registry,
    pub shop: ShopReader,
    pub clock: Arc<dyn Clock>,
    pub every: Duration,
}

impl Scheduler {
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.order_due().await {
                tracing::warn!(%error, "what is due could not be looked up");
            }
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    async fn order_due(&self) -> anyhow::Result<()> {
        if self.registry.schedules().is_empty() {
            return Ok(());
        }
        let zone = self.shop.current().await?.time_zone;
        let now = self.clock.now();
        let known = self.store.schedules().await?;
        for schedule in self.registry.schedules() {
            match known.iter().find(|state| state.name == schedule.kind) {
                None => self.store.begin_schedule(schedule.kind, now).await?,
                Some(state) => {
                    if let Some(due) = due(&schedule.cron, zone, state.last_due, now) {
                        self.order(schedule, due).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn order(&self, schedule: &Schedule, due: Timestamp) -> anyhow::Result<()> {
        if self.store.enqueue_due(schedule.kind, due).await? {
            tracing::info!(job.kind = schedule.kind, %due, "scheduled work is ordered");
        }
        Ok(())
    }
}

/// The last due time up to now, unless it was dealt with.
fn due(cron: &Cron, zone: Tz, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let now = now.to_utc().with_timezone(&zone);
    let at = cron.find_previous_occurrence(&now, true).ok()?;
    let at = Timestamp::from_micros(at.timestamp_micros());
    (at > last).then_some(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::NaiveDate;

    use super::{super::registry::parse, *};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_due_time_is_met_once() {
        let cron = parse("30 3 * * *").unwrap();
        let zone = chrono_tz::Africa::Lubumbashi;
        let began = at("2026-03-01T00:00:00Z");
        assert_eq!(due(&cron, zone, began, at("2026-03-01T01:29:59Z")), None);
        let first = at("2026-03-01T01:30:00Z");
        assert_eq!(due(&cron, zone, began, first), Some(first));
        assert_eq!(due(&cron, zone, first, at("2026-03-01T12:00:00Z")), None);
    }

    #[test]
    fn of_the_times_that_were_missed_the_last_one_is_due() {
        let cron = parse("30 3 * * *").unwrap();
        let found = due(
            &cron,
            chrono_tz::Africa::Lubumbashi,
            at("2026-03-01T01:30:00Z"),
            at("2026-03-09T12:00:00Z"),
        );
        assert_eq!(found, Some(at("2026-03-09T01:30:00Z")));
    }

    /// Walks a year minute by minute, as an instance that looks every minute would.
    fn runs_by_day(expression: &str, zone: Tz) -> BTreeMap<NaiveDate, u32> {
        let cron = parse(expression).unwrap();
        let mut now = at("2026-01-01T00:00:00Z");
        let mut last = now;
        let mut runs = BTreeMap::new();
        while now < at("2026-12-31T00:00:00Z") {
            if let Some(found) = due(&cron, zone, last, now) {
                last = found;
                *runs.entry(found.date_in(zone)).or_default() += 1;
            }
            now = now.plus_seconds(600);
        }
        runs
    }

    #[test]
    fn a_nightly_job_runs_once_a_day_also_when_the_clocks_change() {
        // 02:30 does not exist on 29 March and exists twice on 25 October in Paris.
        for zone in [
            chrono_tz::Europe::Paris,
            chrono_tz::America::New_York,
            chrono_tz::Africa::Lubumbashi,
        ] {
            let runs = runs_by_day("30 2 * * *", zone);
            assert!(runs.len() >= 363, "{zone}: {}", runs.len());
            let wrong: Vec<_> = runs.iter().filter(|(_, runs)| **runs != 1).collect();
            assert!(wrong.is_empty(), "{zone}: {wrong:?}");
        }
    }

    #[test]
    fn the_shops_own_midnight_counts() {
        let cron = parse("0 0 * * *").unwrap();
        let zone = chrono_tz::Africa::Lubumbashi;
        let found = due(
            &cron,
            zone,
            at("2026-05-01T00:00:00Z"),
            at("2026-05-02T21:00:00Z"),
        );
        assert_eq!(found, Some(at("2026-05-01T22:00:00Z")));
    }
}
