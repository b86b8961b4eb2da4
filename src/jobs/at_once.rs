//! One job done at once, for a command that waits for it: the same queue and handlers, no server.

use std::time::Duration;

use anyhow::{Context as _, bail};
use kernel::jobs::{Job, JobKind, JobState, Order, Orders as _};
use store::jobs::Queue;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use super::{Worker, runner};

/// How often the progress is read.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Orders a job, does it, and reports its progress. Its row stays in the queue like any other:
/// `GET /jobs` shows it.
///
/// # Errors
/// When the job fails, or another program has taken it.
pub(crate) async fn run_at_once<J: JobKind>(
    mut worker: Worker,
    order: Order<J>,
    report: impl Fn(f64),
) -> anyhow::Result<Job> {
    let ordered = worker.store.order(order).await?.into_job();
    worker.options.poll = worker.options.poll.min(LOOK_EVERY);
    let taken = worker
        .store
        .take(Queue::All, &[J::KIND], worker.options.lease)
        .await
        .context("the queue of jobs cannot be read")?
        .context("another program does this job already")?;
    let (_running, stop) = watch::channel(false);
    let work = runner::run(&worker, taken, &stop);
    tokio::pin!(work);
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = &mut work => break,
            _ = looks.tick() => {
                if let Ok(Some(job)) = worker.store.get(ordered.id).await {
                    report(job.progress);
                }
            }
        }
    }
    let job = worker.store.get(ordered.id).await?;
    let job = job.context("the job is not in the queue any more")?;
    match (job.state, &job.error) {
        (JobState::Done, _) => Ok(job),
        (_, Some(error)) => bail!("{}", error.detail),
        (state, None) => bail!("the job is {}", state.as_str()),
    }
}
