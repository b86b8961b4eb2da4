//! A job on the wire: the same shape wherever one is ordered, listed or watched.

use actix_web::{HttpResponse, http::header};
use kernel::{
    Timestamp,
    ids::{JobId, UserId},
    jobs::{Job, JobError, JobState, Ordered},
};
use serde::Serialize;

/// A job.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Job)]
pub struct JobBody {
    /// Which one.
    pub id: JobId,
    /// What is done, such as `books.verify`.
    pub kind: String,
    /// Where it is in its life.
    pub state: JobState,
    /// How much of it is done, 0 to 1.
    pub progress: f64,
    /// Attempts begun so far.
    pub attempts: u32,
    /// What came out, once it is done; its shape belongs to the kind.
    #[schema(value_type = Option<Object>)]
    pub result: Option<serde_json::Value>,
    /// Why the last attempt failed; also while the job waits for another one.
    pub error: Option<JobError>,
    /// Who ordered it; null for scheduled work.
    pub requested_by: Option<UserId>,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When the last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl From<Job> for JobBody {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            state: job.state,
            progress: job.progress,
            attempts: job.attempts,
            result: job.result,
            error: job.error,
            requested_by: job.requested_by,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

/// The answer to a request that ordered work: 202, the job, and where to ask for it. The same
/// whether the order is new or the same work was under way.
#[must_use]
pub fn accepted(ordered: Ordered) -> HttpResponse {
    let job = JobBody::from(ordered.into_job());
    HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/api/v1/jobs/{}", job.id)))
        .json(job)
}
