//! Supervises one attempt while its handler runs: renews the lease, stores the progress, and finds out
//! when the handler should stop. Runs apart from the handler, so that one that computes without a
//! pause keeps its job.

use std::{sync::Arc, time::Duration};

use platform::jobs::JobControl;
use store::{
    StoreError,
    jobs::{Claim, JobStore, Standing},
};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep},
};

/// Progress is stored at most this often: each time costs the database a commit.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
/// Smallest step of progress that is worth a commit.
const PROGRESS_STEP: f64 = 0.001;

/// Why an attempt should end before its handler is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Somebody cancelled the job.
    Cancelled,
    /// Its time is over.
    TimedOut,
    /// Another worker has the job.
    Lost,
    /// The server ends.
    Stopping,
}

pub(super) struct Supervisor {
    pub store: JobStore,
    pub claim: Claim,
    pub control: Arc<JobControl>,
    pub reason: watch::Sender<Option<Reason>>,
    pub time_limit: Duration,
    pub poll: Duration,
    pub lease: Duration,
}

impl Supervisor {
    /// Until there is a reason to end the attempt.
    pub(super) async fn watch(self, mut stop: watch::Receiver<bool>) {
        let reason = tokio::select! {
            reason = self.look_after() => reason,
            () = sleep(self.time_limit) => Reason::TimedOut,
            _ = stop.wait_for(|stop| *stop) => Reason::Stopping,
        };
        // The reason first, so that it can be read as soon as the cancellation is seen.
        self.reason.send_replace(Some(reason));
        self.control.cancel();
    }

    async fn look_after(&self) -> Reason {
        let mut tick = interval(self.poll.min(PROGRESS_EVERY));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut renewed = Instant::now();
        let mut written = 0.0;
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.store.changed() => {}
            }
            match self.look(&mut renewed, &mut written).await {
                Ok(Standing::Wanted) => {}
                Ok(Standing::Cancelled) => return Reason::Cancelled,
                Ok(Standing::Lost) => return Reason::Lost,
                Err(error) => {
                    tracing::warn!(job.id = %self.claim.job_id(), %error, "a running job could not be looked at");
                }
            }
        }
    }

    async fn look(&self, renewed: &mut Instant, written: &mut f64) -> Result<Standing, StoreError> {
        let standing = self.store.look(self.claim).await?;
        if standing != Standing::Wanted {
            return Ok(standing);
        }
        let progress = self.control.progress();
        let has_moved = (progress - *written).abs() >= PROGRESS_STEP;
        let since = renewed.elapsed();
        let every = PROGRESS_EVERY.min(self.poll);
        if (has_moved && since >= every) || since >= self.lease / 3 {
            if !self.store.renew(self.claim, progress, self.lease).await? {
                return Ok(Standing::Lost);
            }
            *renewed = Instant::now();
            *written = progress;
        }
        Ok(Standing::Wanted)
    }
}
