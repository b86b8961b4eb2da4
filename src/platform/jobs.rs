//! The interface of job handlers: the trait, and the context of an attempt.
//!
//! A handler may be stopped at any moment (a crash, the end of the server) and started again with the
//! same payload: what it writes must be right when it is written twice. It never runs on the threads
//! that serve requests.

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
    Permission, Role, Timestamp,
    ids::{JobId, UserId},
    jobs::{FailureReason, JobError, JobKind},
    schedule::{Definition, Recurring, TimingError},
};
use serde_json::Value;
use tokio::sync::{oneshot, watch};

/// The payload is not valid, usually because another version of the program wrote it.
pub const INVALID_PAYLOAD: FailureReason =
    FailureReason::new("job.invalid_payload", "The order of the job is not valid.");
/// The system cannot start more threads.
pub const NO_THREAD: FailureReason =
    FailureReason::new("job.no_thread", "The system cannot start another thread.");
/// A handler or its computation panicked.
pub const PANICKED: FailureReason =
    FailureReason::new("job.panicked", "The job panicked. The log has the place.");

/// Attempts of a job whose handler sets no other number.
pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;
/// Niceness of the threads that run a job. They also renew its lease, so they need some time on a busy
/// machine; computations have the lowest priority ([`compute`]).
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
/// Longest attempt of a job whose handler sets no other limit.
pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_mins(10);

/// The payload of the kind of job that a handler does.
pub type PayloadOf<H> = <<H as JobHandler>::Job as JobKind>::Payload;
/// The outcome of the kind of job that a handler does.
pub type OutcomeOf<H> = <<H as JobHandler>::Job as JobKind>::Outcome;

/// Does one kind of job. The shell registers it at the start.
#[async_trait]
pub trait JobHandler: Send + Sync + 'static {
    /// The kind of job.
    type Job: JobKind;

    /// Attempts before the job counts as failed, the first included. An attempt that a crash ended
    /// counts as well, so that a job that kills the program is not repeated for ever; one that an
    /// orderly end of the server stopped does not.
    fn max_attempts(&self) -> u32 {
        DEFAULT_MAX_ATTEMPTS
    }

    /// Longest time of one attempt; then it is cancelled and counts as failed.
    fn time_limit(&self) -> Duration {
        DEFAULT_TIME_LIMIT
    }

    /// The schedules of the program itself for this kind. Each due moment leads to one job however
    /// many instances there are, and the moments that passed while no instance ran lead to one.
    ///
    /// # Errors
    /// When a timing is not valid; the program does not start then.
    fn schedules(&self) -> Result<Vec<Recurring<PayloadOf<Self>>>, TimingError> {
        Ok(Vec::new())
    }

    /// Does the work on a worker's thread. A computation of more than a few milliseconds belongs in
    /// [`compute`], so that it can be cancelled and limited.
    ///
    /// # Errors
    /// [`JobFailure`] decides whether another attempt is made.
    async fn run(
        &self,
        context: JobContext,
        payload: PayloadOf<Self>,
    ) -> Result<OutcomeOf<Self>, JobFailure>;
}

/// A handler of any kind of job, with payload and outcome as JSON. Implemented by every [`JobHandler`].
#[async_trait]
pub trait AnyJobHandler: Send + Sync + 'static {
    /// The name of the kind.
    fn kind(&self) -> &'static str;

    /// As [`JobHandler::max_attempts`].
    fn attempts(&self) -> u32;

    /// As [`JobHandler::time_limit`].
    fn longest_attempt(&self) -> Duration;

    /// What a person must be allowed to do when the job runs by that person's schedule.
    fn needs(&self) -> Permission;

    /// The schedules of the program itself for this kind.
    ///
    /// # Errors
    /// When one is not valid.
    fn definitions(&self) -> Result<Vec<Definition>, DefinitionError>;

    /// As [`JobHandler::run`], with the payload as it is stored.
    ///
    /// # Errors
    /// Errors of the handler; `job.invalid_payload` when the payload does not match its kind.
    async fn run_stored(&self, context: JobContext, payload: Value) -> Result<Value, JobFailure>;
}

/// Why a schedule of the program itself is not valid: a fault of the program.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// Its timing is not valid.
    #[error("its timing {0}")]
    Timing(#[from] TimingError),
    /// Its payload cannot be written as JSON.
    #[error("its payload cannot be written: {0}")]
    Payload(#[from] serde_json::Error),
}

#[async_trait]
impl<H: JobHandler> AnyJobHandler for H {
    fn kind(&self) -> &'static str {
        H::Job::KIND
    }

    fn attempts(&self) -> u32 {
        self.max_attempts()
    }

    fn longest_attempt(&self) -> Duration {
        self.time_limit()
    }

    fn needs(&self) -> Permission {
        H::Job::NEEDS
    }

    fn definitions(&self) -> Result<Vec<Definition>, DefinitionError> {
        let schedules = self.schedules()?.into_iter();
        Ok(schedules
            .map(Definition::of::<H::Job>)
            .collect::<Result<_, _>>()?)
    }

    async fn run_stored(&self, context: JobContext, payload: Value) -> Result<Value, JobFailure> {
        let id = context.id();
        let payload = read_payload::<H::Job>(id, &payload)?;
        let outcome = self.run(context, payload).await?;
        serde_json::to_value(outcome).map_err(|error| {
            tracing::error!(job.id = %id, %error, "the outcome of a job cannot be written as JSON");
            panicked()
        })
    }
}

/// Reads a payload as the type of its kind. The log entry of a failure names the field.
fn read_payload<J: JobKind>(id: JobId, payload: &Value) -> Result<J::Payload, JobFailure> {
    serde_path_to_error::deserialize(payload).map_err(|error| {
        tracing::error!(job.id = %id, job.kind = J::KIND, %error, "the payload of a job is not valid");
        JobFailure::Final(JobError {
            code: INVALID_PAYLOAD.code.to_owned(),
            detail: format!("{} {error}.", INVALID_PAYLOAD.detail),
        })
    })
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobFailure {
    /// Another attempt may succeed: the database was not available, or transactions collided.
    #[error("{}: {}", .0.code, .0.detail)]
    Retry(JobError),
    /// Another attempt would fail as well.
    #[error("{}: {}", .0.code, .0.detail)]
    Final(JobError),
    /// The handler was cancelled.
    #[error("the job was cancelled")]
    Cancelled,
}

impl JobFailure {
    /// A failure after which another attempt is made.
    #[must_use]
    pub fn retry(reason: FailureReason) -> Self {
        Self::Retry(reason.into())
    }

    /// A failure after which no other attempt is made.
    #[must_use]
    pub fn last(reason: FailureReason) -> Self {
        Self::Final(reason.into())
    }

    /// The same failure with more to its sentence, such as what another server replied.
    #[must_use]
    pub fn saying(mut self, more: &str) -> Self {
        if let Self::Retry(error) | Self::Final(error) = &mut self {
            error.detail.push(' ');
            error.detail.push_str(more);
        }
        self
    }
}

/// A person for whom a job runs, with the rights at the beginning of the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActingFor {
    /// Id of the person.
    pub user_id: UserId,
    /// Role at the beginning of the attempt, not when the schedule was made.
    pub role: Role,
}

/// The context of an attempt: its job, and where it reports progress. Cheap to clone, and usable from
/// any thread.
#[derive(Debug, Clone)]
pub struct JobContext {
    id: JobId,
    attempt: u32,
    requested_by: Option<UserId>,
    acting_for: Option<ActingFor>,
    due: Option<Timestamp>,
    progress: Arc<AtomicU64>,
    cancelled: watch::Receiver<bool>,
}

impl JobContext {
    /// The context of one attempt, and the control of its caller.
    #[must_use]
    pub fn new(id: JobId, attempt: u32, requested_by: Option<UserId>) -> (Self, JobControl) {
        let (cancel, cancelled) = watch::channel(false);
        let progress = Arc::new(AtomicU64::new(0f64.to_bits()));
        let context = Self {
            id,
            attempt,
            requested_by,
            acting_for: None,
            due: None,
            progress: Arc::clone(&progress),
            cancelled,
        };
        (context, JobControl { progress, cancel })
    }

    /// Sets the person whose schedule ordered the job.
    #[must_use]
    pub fn with_rights_of(self, person: ActingFor) -> Self {
        Self {
            acting_for: Some(person),
            ..self
        }
    }

    /// Sets the due moment for which a schedule ordered the job.
    #[must_use]
    pub fn due_at(self, due: Option<Timestamp>) -> Self {
        Self { due, ..self }
    }

    /// The due moment for which a schedule ordered the job, which may be long past when the program was
    /// off; `None` for orders by a request. The same in every attempt.
    #[must_use]
    pub const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// The person whose schedule ordered the job; `None` for the program's own work, and for orders by
    /// a request, whose rights were checked then. The outcome must not contain what the role may not
    /// see.
    #[must_use]
    pub const fn acting_for(&self) -> Option<ActingFor> {
        self.acting_for
    }

    /// Id of the job.
    #[must_use]
    pub const fn id(&self) -> JobId {
        self.id
    }

    /// Number of the attempt, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// User who ordered it; `None` for scheduled work.
    #[must_use]
    pub const fn requested_by(&self) -> Option<UserId> {
        self.requested_by
    }

    /// Reports the progress, 0 to 1; other values are clamped. Cheap: it is stored with the next
    /// heartbeat.
    pub fn report_progress(&self, done: f64) {
        let done = if done.is_finite() {
            done.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.progress.store(done.to_bits(), Ordering::Relaxed);
    }

    /// True when the work should stop: it was cancelled, its time is over, another worker has it, or the
    /// server ends. A long computation checks this every few milliseconds.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// Fails when the work should stop, for use with `?`.
    ///
    /// # Errors
    /// [`JobFailure::Cancelled`].
    pub fn check_cancelled(&self) -> Result<(), JobFailure> {
        if self.is_cancelled() {
            return Err(JobFailure::Cancelled);
        }
        Ok(())
    }

    /// Waits until the work should stop, for use in `select!`.
    pub async fn cancelled(&self) {
        let mut cancelled = self.cancelled.clone();
        // An error means that the worker has stopped running the job.
        let _gone = cancelled.wait_for(|cancelled| *cancelled).await;
    }
}

/// The caller's side of a [`JobContext`].
#[derive(Debug)]
pub struct JobControl {
    progress: Arc<AtomicU64>,
    cancel: watch::Sender<bool>,
}

impl JobControl {
    /// The progress that the handler reported.
    #[must_use]
    pub fn progress(&self) -> f64 {
        f64::from_bits(self.progress.load(Ordering::Relaxed))
    }

    /// Asks the handler to stop.
    pub fn cancel(&self) {
        self.cancel.send_replace(true);
    }
}

/// Runs a computation on a thread of the lowest priority and waits for it. A panic is a final failure of
/// the job. When the caller stops waiting, the computation continues until it checks
/// [`JobContext::is_cancelled`]; it does not keep the program from ending.
///
/// # Errors
/// Errors of the computation, or a panic.
pub async fn compute<T, F>(work: F) -> Result<T, JobFailure>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, JobFailure> + Send + 'static,
{
    match compute_behind(work).await {
        Ok(outcome) => outcome,
        Err(NotComputed::Panicked) => Err(panicked()),
        Err(NotComputed::NoThread) => Err(JobFailure::retry(NO_THREAD)),
    }
}

/// Why a computation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotComputed {
    /// It panicked; the log has the place.
    #[error("the computation panicked")]
    Panicked,
    /// The system cannot start more threads.
    #[error("there is no thread for the computation")]
    NoThread,
}

/// Like [`compute`], for a computation that a request waits for and that must not slow a sale down.
///
/// # Errors
/// Why it has no result.
pub async fn compute_behind<T, F>(work: F) -> Result<T, NotComputed>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (sender, outcome) = oneshot::channel();
    let body = move || {
        // The caller may have stopped waiting.
        let _unsent = sender.send(work());
    };
    if let Err(error) = behind::submit(Box::new(body)) {
        tracing::error!(%error, "a thread for a computation cannot be started");
        return Err(NotComputed::NoThread);
    }
    // The sender is dropped without a result only when the computation panicked.
    outcome.await.map_err(|_| NotComputed::Panicked)
}

/// Lowers the priority of the calling thread. Only on Linux: elsewhere it would apply to the whole
/// program.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "a thread of the jobs keeps the priority of the program");
    }
}

/// The failure of a handler that panicked.
#[must_use]
pub fn panicked() -> JobFailure {
    JobFailure::last(PANICKED)
}

#[cfg(test)]
mod tests;
