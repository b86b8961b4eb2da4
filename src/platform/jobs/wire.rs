//! The body of a job, the same wherever one is ordered, listed or watched.

use actix_web::{HttpResponse, http::header};
use kernel::{
    Timestamp,
    ids::{JobId, UserId},
    jobs::{Job, JobError, JobState, Ordered},
};
use serde::Serialize;

/// A job in the background.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Job)]
pub struct JobBody {
    /// Id of the job.
    pub id: JobId,
    /// Kind of work, such as `books.verify`.
    pub kind: String,
    /// State of the job.
    pub state: JobState,
    /// Progress, 0 to 1.
    pub progress: f64,
    /// Number of attempts that have begun.
    pub attempts: u32,
    /// Result once it is done; its shape depends on the kind.
    #[schema(value_type = Option<Object>)]
    pub result: Option<serde_json::Value>,
    /// Why the last attempt failed, also while the job waits for another one.
    pub error: Option<JobError>,
    /// User who ordered it; null for scheduled work.
    pub requested_by: Option<UserId>,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When the last attempt began; null before the first.
    pub started_at: Option<Timestamp>,
    /// When it ended; null until then.
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

/// The response to a request that ordered work: 202 with the job and its address, whether the order is
/// new or the same work was already under way.
#[must_use]
pub fn accepted(ordered: Ordered) -> HttpResponse {
    let job = JobBody::from(ordered.into_job());
    HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/api/v1/jobs/{}", job.id)))
        .json(job)
}
