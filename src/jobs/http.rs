//! `/jobs`: look at background work, end it, watch it.

use actix_web::{HttpResponse, get, http::header, post, web};
use kernel::{
    Code, FieldError, Problem,
    ids::JobId,
    jobs::{JobFilter, JobPosition, JobState, MAX_KIND_LENGTH},
};
use platform::{
    access::{Allowed, Standing, to},
    cursor,
    jobs::wire::JobBody,
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use sales::Actor;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Jobs, events};

/// Names the list in its cursors.
const LIST: &str = "jobs";

/// The operations of this room, relative to `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_jobs)
        .service(get_job)
        .service(cancel_job)
        .service(watch_job);
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobsQuery {
    /// Items in the page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Those in this state.
    #[param(inline)]
    pub state: Option<JobState>,
    /// Those of this kind, such as `books.verify`.
    #[param(max_length = 60)]
    pub kind: Option<String>,
}

/// A page of jobs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobsPage {
    /// Jobs, newest first.
    pub items: Vec<JobBody>,
    /// For the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// Background work, newest first.
///
/// What has ended is forgotten after some days (`jobs.keep_days`).
#[utoipa::path(
    operation_id = "list_jobs", tag = "jobs", params(JobsQuery),
    responses(
        (status = 200, description = "A page of jobs", body = JobsPage),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody),
    )
)]
#[get("/jobs")]
pub async fn list_jobs(
    jobs: web::Data<Jobs>,
    _: Allowed<to::ReadJobs>,
    query: QueryOf<JobsQuery>,
) -> ApiResult<web::Json<JobsPage>> {
    let JobsQuery {
        limit,
        cursor,
        state,
        kind,
    } = query.0;
    let limit = page_limit(limit)?;
    if kind
        .as_ref()
        .is_some_and(|kind| kind.chars().count() > MAX_KIND_LENGTH)
    {
        let detail = format!("may have at most {MAX_KIND_LENGTH} characters");
        let error = FieldError::new("?kind", "query.out_of_range", detail);
        return Err(Problem::of(Code::InvalidQuery).at(error).into());
    }
    let after: Option<JobPosition> = match &cursor {
        Some(cursor) => Some(cursor::open(LIST, cursor)?),
        None => None,
    };
    let page = jobs
        .store
        .list(&JobFilter { state, kind }, after, limit)
        .await?;
    let last = page.items.last().filter(|_| page.has_more);
    Ok(web::Json(JobsPage {
        next_cursor: last.map(|job| cursor::seal(LIST, &job.position())),
        items: page.items.into_iter().map(JobBody::from).collect(),
    }))
}

/// One job: where it is, what came out.
#[utoipa::path(
    operation_id = "get_job", tag = "jobs", params(("id" = JobId, Path, description = "The job's id")),
    responses((status = 200, description = "The job", body = JobBody), (status = 404, description = "There is no such job (any more)", body = ProblemBody))
)]
#[get("/jobs/{id}")]
pub async fn get_job(
    jobs: web::Data<Jobs>,
    _: Allowed<to::ReadJobs>,
    id: PathId<JobId>,
) -> ApiResult<web::Json<JobBody>> {
    let job = jobs.store.get(id.0).await?.ok_or_else(no_such_job)?;
    Ok(web::Json(job.into()))
}

/// End a job.
///
/// One that waits is cancelled at once. One that runs hears of it and is `cancelled` a moment
/// later; until then the answer says `running`. Cancelling twice changes nothing.
#[utoipa::path(
    operation_id = "cancel_job", tag = "jobs", params(("id" = JobId, Path, description = "The job's id")),
    responses(
        (status = 200, description = "The job as it is now", body = JobBody),
        (status = 404, description = "There is no such job (any more)", body = ProblemBody),
        (status = 409, description = "It is done or has failed", body = ProblemBody),
    )
)]
#[post("/jobs/{id}/cancel")]
pub async fn cancel_job(
    jobs: web::Data<Jobs>,
    access: Allowed<to::ManageJobs>,
    id: PathId<JobId>,
    origin: Origin,
) -> ApiResult<web::Json<JobBody>> {
    let actor = Actor::new(access.caller, origin);
    let job = jobs.cancel(&actor, id.0).await?.ok_or_else(no_such_job)?;
    if matches!(job.state, JobState::Done | JobState::Failed) {
        let detail = format!("The job is {} already.", job.state.as_str());
        return Err(Problem::new(Code::JobEnded, detail).into());
    }
    Ok(web::Json(job.into()))
}

/// Watch a job.
///
/// Server-sent events: `event: job` with the job as `data`, at once and whenever it changes; the
/// stream ends when the job has ended, when whoever watches is signed out, disabled or gets another role, and
/// after ten minutes. A user may watch eight at once. Comments keep the line open. Browsers
/// read it with `fetch`, since `EventSource` cannot send a token.
#[utoipa::path(
    operation_id = "watch_job", tag = "jobs", params(("id" = JobId, Path, description = "The job's id")),
    responses(
        (status = 200, description = "The events", body = String, content_type = "text/event-stream"),
        (status = 404, description = "There is no such job (any more)", body = ProblemBody),
        (status = 429, description = "The user watches too many jobs", body = ProblemBody),
        (status = 503, description = "Too many clients are watching", body = ProblemBody),
    )
)]
#[get("/jobs/{id}/events")]
pub async fn watch_job(
    jobs: web::Data<Jobs>,
    access: Allowed<to::ReadJobs>,
    standing: Standing,
    id: PathId<JobId>,
) -> ApiResult<HttpResponse> {
    let job = jobs.store.get(id.0).await?.ok_or_else(no_such_job)?;
    let seat = jobs.seats.take(access.caller.user_id)?;
    let stream = events::stream(&jobs, job, standing, seat)
        .ok_or_else(|| Problem::of(Code::JobStreamsFull).retry_after(30))?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A proxy that collects the answer before it passes it on would defeat the purpose.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream))
}

fn no_such_job() -> Problem {
    Problem::new(Code::NotFound, "There is no job with this id.")
}
