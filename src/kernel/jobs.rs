//! Background work: kinds of job as types, the state of a job, and the port through which one kind is
//! ordered.
//!
//! A job is a row first: it survives a crash, one worker has it at a time, and its state can be read.
//! `store` keeps the rows, the shell runs them, and the modules have the handlers (`platform::jobs`). A
//! module holds one [`Orders`] for each kind that it may order: it cannot order the work of another
//! module, because it has no handle that accepts it.

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

/// A kind of job: its name, its payload and its outcome.
pub trait JobKind: Debug + Send + Sync + 'static {
    /// The name, such as `forecasts.refit`: at most [`MAX_KIND_LENGTH`] characters. It never changes,
    /// because stored rows contain it.
    const KIND: &'static str;
    /// Permission of the person by whose schedule it runs.
    const NEEDS: Permission;
    /// The reasons of its own for which it fails; those that all kinds share are not repeated.
    const FAILURES: &'static [FailureReason];
    /// The payload; at most [`MAX_PAYLOAD_BYTES`] as JSON.
    type Payload: Debug + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The outcome; at most [`MAX_RESULT_BYTES`] as JSON.
    type Outcome: Serialize + Send + 'static;
}

/// The payload of work without parameters: `{}` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoPayload {}

/// A reason why a job fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureReason {
    /// Code to branch on.
    pub code: &'static str,
    /// The reason as an English sentence for users, without internal text.
    pub detail: &'static str,
}

impl FailureReason {
    /// A reason with its code and sentence.
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

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker, for the first time or for another attempt.
    Queued,
    /// A worker runs it.
    Running,
    /// Ended with a result.
    Done,
    /// Ended with an error; it is not tried again.
    Failed,
    /// A user cancelled it.
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

    /// True once the job has ended.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// Why a job failed, for the user who ordered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JobError {
    /// Code to branch on.
    #[schema(example = "job.timed_out")]
    pub code: String,
    /// The reason as an English sentence.
    pub detail: String,
}

/// A job as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The name of its kind.
    pub kind: String,
    /// Its state.
    pub state: JobState,
    /// Progress, 0 to 1.
    pub progress: f64,
    /// Attempts that have begun.
    pub attempts: u32,
    /// The outcome, once it is done.
    pub result: Option<Value>,
    /// Why the last attempt failed, also while it waits for another one.
    pub error: Option<JobError>,
    /// User who ordered it; `None` for scheduled work.
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
    /// The payload of the handler.
    pub payload: J::Payload,
    /// While a job with this key is queued or running, another order returns that job.
    pub dedup_key: Option<String>,
    /// User who orders it; `None` for scheduled work.
    pub requested_by: Option<UserId>,
    /// Address of the request; empty for scheduled work.
    pub address: String,
    /// Id of the request; empty for scheduled work.
    pub request_id: String,
}

impl<J: JobKind> Order<J> {
    /// An order without a user, which may be repeated.
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

    /// Allows at most one queued or running job with this key.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedup_key = Some(key.into());
        self
    }

    /// Sets the user who orders.
    #[must_use]
    pub fn requested_by(mut self, user: UserId) -> Self {
        self.requested_by = Some(user);
        self
    }

    /// Adds address and id of the request, for the audit log.
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
    /// A new job was queued.
    New(Job),
    /// The same work was ordered before and has not ended.
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

/// Filter of a list of jobs; all of them by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobFilter {
    /// Only jobs in this state.
    pub state: Option<JobState>,
    /// Only jobs of the kind with this name.
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

/// Why an order or a query failed. The cause is in the log.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// The queue is full.
    #[error("too many jobs are waiting")]
    QueueFull,
    /// The payload, the key or the name of the kind is too long.
    #[error("the order is too large: {0}")]
    TooLarge(&'static str),
    /// The database is not available or too slow.
    #[error("the store is unavailable")]
    Unavailable,
    /// Stored data or the payload cannot be read or written: a bug.
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

/// Orders jobs of one kind, and of no other.
#[async_trait]
pub trait Orders<J: JobKind>: Send + Sync + 'static {
    /// Orders the work. Once this returns `Ok`, the job survives a crash.
    async fn order(&self, order: Order<J>) -> Result<Ordered, JobsError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_payload_is_an_empty_object_and_nothing_else() {
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
