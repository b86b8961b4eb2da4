//! What a job is written against: the handler, and what it is told while it runs.
//!
//! A handler may be stopped at any moment (a crash, the end of the server) and started again with
//! the same payload: what it writes must be right when it is written twice. It never runs on the
//! threads that answer requests.

mod behind;
pub mod wire;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kernel::{
    ids::{JobId, UserId},
    jobs::JobError,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{oneshot, watch};

/// Attempts at a job whose handler does not say otherwise.
pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;
/// How far the threads that lead a job step back. They keep its lease, so that they must have their
/// turn on a busy machine as well; what they compute goes behind everything ([`compute`]).
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
/// Longest time for one attempt where the handler does not say otherwise.
pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_mins(10);

/// Does one kind of job. Registered with the shell at the start.
#[async_trait]
pub trait JobHandler: Send + Sync + 'static {
    /// The kind of job that it does, such as `forecasts.refit`: at most
    /// [`kernel::jobs::MAX_KIND_LENGTH`] characters, and never changed, since rows carry it.
    fn kind(&self) -> &'static str;

    /// Attempts before it counts as failed, the first included. An attempt that a crash cut short
    /// counts as well, so that a job that kills the program does not do so for ever; one that an
    /// orderly end of the server cut short does not.
    fn max_attempts(&self) -> u32 {
        DEFAULT_MAX_ATTEMPTS
    }

    /// Longest time for one attempt; then it is cancelled and counts as failed.
    fn time_limit(&self) -> Duration {
        DEFAULT_TIME_LIMIT
    }

    /// When it runs by itself: a cron expression of five fields (minute, hour, day of the month,
    /// month, day of the week) in the shop's time zone. Such a job gets the payload `{}`, each due
    /// time leads to one job however many instances there are, and of the times that passed while
    /// nobody was there the last one is made up for.
    fn schedule(&self) -> Option<&'static str> {
        None
    }

    /// Does the work. Runs on the thread of a worker: a computation of more than a few milliseconds
    /// belongs into [`compute`], so that its end can be wished and its time can be limited.
    ///
    /// # Errors
    /// [`JobFailure`] says whether another attempt is worth it.
    async fn run(&self, context: JobContext) -> Result<Value, JobFailure>;
}

/// Why an attempt did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobFailure {
    /// Another attempt may succeed: the database was away, something collided.
    #[error("{}: {}", .0.code, .0.detail)]
    Retry(JobError),
    /// Another attempt would fail as well.
    #[error("{}: {}", .0.code, .0.detail)]
    Final(JobError),
    /// The handler saw that it was cancelled, and stopped.
    #[error("the job was cancelled")]
    Cancelled,
}

impl JobFailure {
    /// Worth another attempt. The detail is shown to users: no internal text.
    pub fn retry(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Retry(JobError {
            code: code.into(),
            detail: detail.into(),
        })
    }

    /// Not worth another attempt. The detail is shown to users: no internal text.
    pub fn last(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Final(JobError {
            code: code.into(),
            detail: detail.into(),
        })
    }
}

/// What a handler is told, and what it tells. Cheap to clone, and usable from any thread.
#[derive(Debug, Clone)]
pub struct JobContext {
    id: JobId,
    attempt: u32,
    requested_by: Option<UserId>,
    payload: Arc<Value>,
    progress: Arc<AtomicU64>,
    cancelled: watch::Receiver<bool>,
}

impl JobContext {
    /// The context of one attempt, and the other end of it for whoever runs the handler.
    #[must_use]
    pub fn new(
        id: JobId,
        attempt: u32,
        requested_by: Option<UserId>,
        payload: Value,
    ) -> (Self, JobControl) {
        let (cancel, cancelled) = watch::channel(false);
        let progress = Arc::new(AtomicU64::new(0f64.to_bits()));
        let context = Self {
            id,
            attempt,
            requested_by,
            payload: Arc::new(payload),
            progress: Arc::clone(&progress),
            cancelled,
        };
        (context, JobControl { progress, cancel })
    }

    /// Which job.
    #[must_use]
    pub const fn id(&self) -> JobId {
        self.id
    }

    /// Which attempt, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Who ordered it; nobody for scheduled work.
    #[must_use]
    pub const fn requested_by(&self) -> Option<UserId> {
        self.requested_by
    }

    /// What it was ordered with.
    #[must_use]
    pub fn payload(&self) -> &Value {
        &self.payload
    }

    /// What it was ordered with, as the handler's own type.
    ///
    /// # Errors
    /// A final failure: the payload of another version of the program, say.
    pub fn payload_as<T: DeserializeOwned>(&self) -> Result<T, JobFailure> {
        T::deserialize(self.payload.as_ref()).map_err(|error| {
            tracing::error!(job.id = %self.id, %error, "the payload of a job cannot be read");
            JobFailure::last("job.invalid_payload", "The order of the job is not valid.")
        })
    }

    /// Says how much is done, 0 to 1; figures outside are brought inside. Costs nothing: it is
    /// written down with the next heartbeat, however often it is said.
    pub fn report_progress(&self, done: f64) {
        let done = if done.is_finite() {
            done.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.progress.store(done.to_bits(), Ordering::Relaxed);
    }

    /// True once the work is no longer wanted: somebody cancelled it, its time is over, another
    /// worker has it, or the server ends. Long computations look every now and then.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// The same for use with `?`.
    ///
    /// # Errors
    /// [`JobFailure::Cancelled`].
    pub fn check_cancelled(&self) -> Result<(), JobFailure> {
        if self.is_cancelled() {
            return Err(JobFailure::Cancelled);
        }
        Ok(())
    }

    /// Waits until the work is no longer wanted, for use in `select!`.
    pub async fn cancelled(&self) {
        let mut cancelled = self.cancelled.clone();
        // An error says that nobody runs the job any more.
        let _gone = cancelled.wait_for(|cancelled| *cancelled).await;
    }
}

/// The other end of a [`JobContext`].
#[derive(Debug)]
pub struct JobControl {
    progress: Arc<AtomicU64>,
    cancel: watch::Sender<bool>,
}

impl JobControl {
    /// How much the handler says is done.
    #[must_use]
    pub fn progress(&self) -> f64 {
        f64::from_bits(self.progress.load(Ordering::Relaxed))
    }

    /// Tells the handler that its work is no longer wanted.
    pub fn cancel(&self) {
        self.cancel.send_replace(true);
    }
}

/// Runs a computation away from everything else, behind all that the machine has to do, and waits for
/// it. A panic in it is a final failure of the job. When nobody waits any more it
/// goes on until it looks at [`JobContext::is_cancelled`]; it does not keep the program from ending.
///
/// # Errors
/// The computation's own, or that it panicked.
pub async fn compute<T, F>(work: F) -> Result<T, JobFailure>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, JobFailure> + Send + 'static,
{
    match compute_behind(work).await {
        Ok(outcome) => outcome,
        Err(NotComputed::Panicked) => Err(panicked()),
        Err(NotComputed::NoThread) => {
            let detail = "The machine has no thread to spare.";
            Err(JobFailure::retry("job.no_thread", detail))
        }
    }
}

/// Why a computation came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotComputed {
    /// It panicked; the log says where.
    #[error("the computation broke")]
    Panicked,
    /// The system starts no more threads.
    #[error("there is no thread for the computation")]
    NoThread,
}

/// The same for what a request waits for and a sale must not feel.
///
/// # Errors
/// Why it came to nothing.
pub async fn compute_behind<T, F>(work: F) -> Result<T, NotComputed>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (answer, outcome) = oneshot::channel();
    let body = move || {
        // Nobody may be waiting any more.
        let _unheard = answer.send(work());
    };
    if let Err(error) = behind::submit(Box::new(body)) {
        tracing::error!(%error, "a thread for a computation cannot be started");
        return Err(NotComputed::NoThread);
    }
    // The sender goes without a word only when the computation panicked.
    outcome.await.map_err(|_| NotComputed::Panicked)
}

/// Lets everything else on the machine go first. On Linux this concerns the calling thread alone;
/// elsewhere it would concern the whole program, and is left out.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "a thread of the jobs keeps the priority of the program");
    }
}

/// The failure of a handler that panicked.
#[must_use]
pub fn panicked() -> JobFailure {
    JobFailure::last("job.panicked", "The job broke. The log says where.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn context() -> (JobContext, JobControl) {
        JobContext::new(JobId::generate(), 1, None, json!({"days": 28}))
    }

    #[test]
    fn progress_stays_between_nothing_and_all() {
        let (context, control) = context();
        for (said, kept) in [(0.5, 0.5), (-1.0, 0.0), (7.0, 1.0), (f64::NAN, 0.0)] {
            context.report_progress(said);
            assert!((control.progress() - kept).abs() < f64::EPSILON, "{said}");
        }
    }

    #[tokio::test]
    async fn a_cancelled_handler_learns_it_on_every_way() {
        let (context, control) = context();
        assert_eq!(context.check_cancelled(), Ok(()));
        control.cancel();
        context.cancelled().await;
        assert!(context.is_cancelled());
        assert_eq!(context.check_cancelled(), Err(JobFailure::Cancelled));
    }

    #[tokio::test]
    async fn a_handler_that_nobody_runs_any_more_does_not_wait_for_ever() {
        let (context, control) = context();
        drop(control);
        context.cancelled().await;
    }

    #[tokio::test]
    async fn what_a_request_waits_for_is_computed_on_a_thread_that_steps_back() {
        assert_eq!(compute_behind(|| 42).await, Ok(42));
        #[cfg(target_os = "linux")]
        {
            use thread_priority::{NormalThreadSchedulePolicy::Idle, ThreadSchedulePolicy::Normal};
            let class = compute_behind(thread_priority::thread_schedule_policy).await;
            assert_eq!(class, Ok(Ok(Normal(Idle))));
            let processors = || rustix::thread::sched_getaffinity(None).unwrap().count();
            let all = processors();
            assert_eq!(compute_behind(processors).await, Ok(all - all / 2));
        }
        let broken = compute_behind::<(), _>(|| panic!("as wished")).await;
        assert_eq!(broken, Err(NotComputed::Panicked));
    }

    #[tokio::test]
    async fn computations_do_not_wait_for_each_other() {
        // Each needs the other three; the second time the threads of the first are there.
        for _ in 0..2 {
            let all = Arc::new(std::sync::Barrier::new(4));
            let computations = (0..4).map(|_| {
                let all = Arc::clone(&all);
                compute_behind(move || all.wait().is_leader())
            });
            let outcomes = futures_util::future::join_all(computations).await;
            let leaders = outcomes.into_iter().filter(|outcome| *outcome == Ok(true));
            assert_eq!(leaders.count(), 1);
        }
    }

    #[tokio::test]
    async fn a_panic_in_a_computation_is_a_final_failure() {
        let outcome = compute::<(), _>(|| panic!("as wished")).await;
        assert_eq!(outcome, Err(panicked()));
    }

    #[test]
    fn a_payload_of_another_shape_is_a_final_failure() {
        #[derive(serde::Deserialize, Debug, PartialEq)]
        struct Order {
            days: u32,
        }
        let (context, _control) = context();
        assert_eq!(context.payload_as::<Order>(), Ok(Order { days: 28 }));
        assert!(matches!(
            context.payload_as::<Vec<u8>>(),
            Err(JobFailure::Final(_))
        ));
    }
}
