//! Background work: the facts of a job, and the port through which one is ordered.
//!
//! A job is a row before it is anything else: it is there after a crash, one worker has it at a
//! time, and everybody may look at it. `store` keeps the rows, the shell runs them, the modules
//! bring the handlers (`platform::jobs`) and hold nothing but this port.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    clock::Timestamp,
    ids::{JobId, UserId},
    paging::Page,
    problem::{Code, Problem},
};

/// Longest word for a kind of job.
pub const MAX_KIND_LENGTH: usize = 60;
/// Longest key that keeps the same work from waiting twice.
pub const MAX_DEDUP_KEY_LENGTH: usize = 200;
/// Most bytes of a payload, written as JSON: a job names its data, it does not carry it.
pub const MAX_PAYLOAD_BYTES: usize = 64 * 1024;
/// Most bytes of a result, written as JSON.
pub const MAX_RESULT_BYTES: usize = 256 * 1024;

/// Where a job is in its life.
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
    /// Ended because somebody wished so.
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

/// Why a job failed, in words for whoever ordered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JobError {
    /// What to branch on.
    #[schema(example = "job.timed_out")]
    pub code: String,
    /// The same in an English sentence.
    pub detail: String,
}

/// A job as everybody may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Which one.
    pub id: JobId,
    /// What is done.
    pub kind: String,
    /// Where it is in its life.
    pub state: JobState,
    /// How much of it is done, 0 to 1.
    pub progress: f64,
    /// Attempts begun so far.
    pub attempts: u32,
    /// What came out, once it is done.
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

/// Work to be ordered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Which handler does it.
    pub kind: &'static str,
    /// What the handler is told; at most [`MAX_PAYLOAD_BYTES`].
    pub payload: Value,
    /// While a job with this key is queued or running, another order of it answers that one.
    pub dedup_key: Option<String>,
    /// Who orders it; nobody for scheduled work.
    pub requested_by: Option<UserId>,
    /// From which address; empty for scheduled work.
    pub address: String,
    /// By which request; empty for scheduled work.
    pub request_id: String,
}

impl NewJob {
    /// Work that nobody in particular ordered, any number of times.
    #[must_use]
    pub const fn new(kind: &'static str, payload: Value) -> Self {
        Self {
            kind,
            payload,
            dedup_key: None,
            requested_by: None,
            address: String::new(),
            request_id: String::new(),
        }
    }

    /// The same work is not wanted twice at once: `key` says what "the same" is.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedup_key = Some(key.into());
        self
    }

    /// Ordered by this user.
    #[must_use]
    pub const fn requested_by(mut self, user: UserId) -> Self {
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

/// What an order led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Ordered {
    /// A new job waits.
    New(Job),
    /// The same work was ordered before and has not ended yet.
    Already(Job),
}

impl Ordered {
    /// The job, whichever way.
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
    /// Those in this state.
    pub state: Option<JobState>,
    /// Those of this kind.
    pub kind: Option<String>,
}

/// The place behind a job in the list, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPosition(pub i64, pub JobId);

impl Job {
    /// The place behind this job.
    #[must_use]
    pub const fn position(&self) -> JobPosition {
        JobPosition(self.created_at.micros(), self.id)
    }
}

/// What can be wrong with an order or a question. Causes stay in the log.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// As many jobs wait as may.
    #[error("too many jobs are waiting")]
    QueueFull,
    /// The payload, the key or the kind is longer than it may be.
    #[error("the order is too large: {0}")]
    TooLarge(&'static str),
    /// The store is away or too slow.
    #[error("the store is unavailable")]
    Unavailable,
    /// The store answered something that cannot be.
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

/// The queue, for those who order work and those who look at it.
#[async_trait]
pub trait JobQueue: Send + Sync + 'static {
    /// Orders work. Once this has answered, the job survives a crash.
    async fn enqueue(&self, job: NewJob) -> Result<Ordered, JobsError>;

    /// One job, if there is (still) one with this id.
    async fn get(&self, id: JobId) -> Result<Option<Job>, JobsError>;

    /// The newest jobs, from a place on.
    async fn list(
        &self,
        filter: &JobFilter,
        after: Option<JobPosition>,
        limit: u32,
    ) -> Result<Page<Job>, JobsError>;

    /// Wishes the end of a job: one that waits is cancelled at once, one that runs as soon as its
    /// handler looks up; one that has ended stays as it is. Answers the job as it is then.
    async fn cancel(&self, id: JobId) -> Result<Option<Job>, JobsError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_words_read_back() {
        for state in JobState::ALL {
            assert_eq!(JobState::parse(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!(JobState::parse("lost"), None);
    }
}
