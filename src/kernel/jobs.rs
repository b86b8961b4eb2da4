//! Background work: kinds of job as types, the facts of a job, and the port through which one kind is
//! ordered.
//!
//! A job is a row before it is anything else: it survives a crash, one worker has it at a time, and
//! its state can be read. `store` keeps the rows, the shell runs them, and the modules bring the
//! handlers (`platform::jobs`). A module holds one [`Orders`] for each kind that it may order: it
//! cannot order the work of another module, because it has no handle that accepts it.

#[cfg(doctest)]
mod walls;

use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    clock::Timestamp,
    ids::{JobId, UserId},
    problem::{Code, Problem},
    roles::Permission,
};

/// Most characters in the name of a kind.
pub const MAX_KIND_LENGTH: usize = 60;
/// Most characters in a key that keeps the same work from being queued twice.
pub const MAX_DEDUP_KEY_LENGTH: usize = 200;
/// Most bytes of a payload as JSON: a job names its data, it does not carry it.
pub const MAX_PAYLOAD_BYTES: usize = 64 * 1024;
/// Most bytes of an outcome as JSON.
pub const MAX_RESULT_BYTES: usize = 256 * 1024;

/// A kind of job: its name, what it is ordered with and what comes out of it.
pub trait JobKind: Debug + Send + Sync + 'static {
    /// The name, such as `forecasts.refit`: at most [`MAX_KIND_LENGTH`] characters, and never
    /// changed, because stored rows carry it.
    const KIND: &'static str;
    /// What a person must be allowed to do when it runs by that person's schedule.
    const NEEDS: Permission;
    /// Every reason of its own for which it fails; the reasons that all kinds share are not repeated.
    const FAILURES: &'static [FailureReason];
    /// What it is ordered with; at most [`MAX_PAYLOAD_BYTES`] as JSON.
    type Payload: Debug + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What comes out of it; at most [`MAX_RESULT_BYTES`] as JSON.
    type Outcome: Serialize + Send + 'static;
}

/// The payload of work that needs to know nothing: `{}` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoPayload {}

/// A reason for which a job fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureReason {
    /// What a client branches on.
    pub code: &'static str,
    /// The same in an English sentence for users: no internal text.
    pub detail: &'static str,
}

impl FailureReason {
    /// A reason with its code and its sentence.
    #[must_use]
    pub const fn new(code: &'static str, detail: &'static str) -> Self {
        Self { code, detail }
    }
}

impl From<FailureReason> for JobError {
    fn from(reason: FailureReason) -> Self {
        Self {
            code: reason.code.to_owned(),
            detail: reason.detail.to_owned(),
        }
    }
}

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker, for the first time or for another attempt.
    Queued,
    /// A worker has it.
    Running,
    /// Ended with a result.
    Done,
    /// Ended with an error, and is not tried again.
    Failed,
    /// Ended because somebody cancelled it.
    Cancelled,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Queued,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word used in JSON and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// True once nothing more will happen to the job.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// Why a job failed, for the person who ordered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JobError {
    /// What to branch on.
    #[schema(example = "job.timed_out")]
    pub code: String,
    /// The same in an English sentence.
    pub detail: String,
}

/// A job as its row shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The name of its kind.
    pub kind: String,
    /// Its state.
    pub state: JobState,
    /// The part that is done, 0 to 1.
    pub progress: f64,
    /// Attempts begun so far.
    pub attempts: u32,
    /// The outcome, once it is done.
    pub result: Option<Value>,
    /// Why the last attempt failed; also while it waits for another one.
    pub error: Option<JobError>,
    /// Who ordered it; nobody for scheduled work.
    pub requested_by: Option<UserId>,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When the last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// An order of one kind of job.
#[derive(Debug)]
pub struct Order<J: JobKind> {
    /// What the handler receives.
    pub payload: J::Payload,
    /// While a job with this key is queued or running, another order of it returns that job.
    pub dedup_key: Option<String>,
    /// Who orders it; nobody for scheduled work.
    pub requested_by: Option<UserId>,
    /// From which address; empty for scheduled work.
    pub address: String,
    /// By which request; empty for scheduled work.
    pub request_id: String,
}

impl<J: JobKind> Order<J> {
    /// An order by nobody in particular, which may be repeated at will.
    #[must_use]
    pub const fn new(payload: J::Payload) -> Self {
        Self {
            payload,
            dedup_key: None,
            requested_by: None,
            address: String::new(),
            request_id: String::new(),
        }
    }

    /// At most one job with this key is queued or running at a time.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedup_key = Some(key.into());
        self
    }

    /// Ordered by this user.
    #[must_use]
    pub fn requested_by(mut self, user: UserId) -> Self {
        self.requested_by = Some(user);
        self
    }

    /// Ordered from this address by this request, for the audit log.
    #[must_use]
    pub fn requested_from(
        mut self,
        address: impl Into<String>,
        request_id: impl Into<String>,
    ) -> Self {
        self.address = address.into();
        self.request_id = request_id.into();
        self
    }
}

/// The result of an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Ordered {
    /// A new job waits.
    New(Job),
    /// The same work was ordered before and has not ended yet.
    Already(Job),
}

impl Ordered {
    /// The job, new or not.
    #[must_use]
    pub fn into_job(self) -> Job {
        match self {
            Self::New(job) | Self::Already(job) => job,
        }
    }
}

/// Which jobs a list shows; all of them by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobFilter {
    /// Only this state.
    pub state: Option<JobState>,
    /// Only the kind of this name.
    pub kind: Option<String>,
}

/// The position after a job in the list, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPosition(pub i64, pub JobId);

impl Job {
    /// The position after this job.
    #[must_use]
    pub const fn position(&self) -> JobPosition {
        JobPosition(self.created_at.micros(), self.id)
    }
}

/// Why an order or a query failed. Causes stay in the log.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// The queue is full.
    #[error("too many jobs are waiting")]
    QueueFull,
    /// The payload, the key or the name of the kind is too long.
    #[error("the order is too large: {0}")]
    TooLarge(&'static str),
    /// The database is away or too slow.
    #[error("the store is unavailable")]
    Unavailable,
    /// Stored data or the payload cannot be read or written: a fault of the program.
    #[error("the store failed")]
    Failed,
}

impl From<JobsError> for Problem {
    fn from(error: JobsError) -> Self {
        match error {
            JobsError::QueueFull => Self::of(Code::JobQueueFull).retry_after(30),
            JobsError::Unavailable => Self::of(Code::Unavailable).retry_after(2),
            JobsError::TooLarge(_) | JobsError::Failed => Self::of(Code::Internal),
        }
    }
}

/// Orders one kind of job. Its holder can order nothing else.
#[async_trait]
pub trait Orders<J: JobKind>: Send + Sync + 'static {
    /// Orders the work. Once this returns `Ok`, the job survives a crash.
    async fn order(&self, order: Order<J>) -> Result<Ordered, JobsError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_needs_nothing_has_an_empty_object_and_nothing_else() {
        assert_eq!(serde_json::to_string(&NoPayload {}).unwrap(), "{}");
        assert!(serde_json::from_str::<NoPayload>("{}").is_ok());
        for wrong in [r#"{"days":1}"#, "null", "7"] {
            assert!(serde_json::from_str::<NoPayload>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn state_words_read_back() {
        for state in JobState::ALL {
            assert_eq!(JobState::parse(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!(JobState::parse("lost"), None);
    }
}
