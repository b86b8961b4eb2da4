//! Asking for a proof of the books.

use actix_web::{HttpResponse, post, web};
use kernel::jobs::JobQueue;
use platform::{
    access::{Allowed, to},
    jobs::wire::{JobBody, accepted},
    problem::{ApiResult, ProblemBody},
    request::Origin,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::ProveBooks;

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(order_verification);
}

/// Have the books proved in the background.
///
/// The same proof as `GET /inventory/verify`, for books that take long. It also runs every night.
/// While one is under way, that one is answered.
#[utoipa::path(
    operation_id = "order_verification", tag = "inventory",
    responses(
        (status = 202, description = "The job; its result is the body of `GET /inventory/verify`", body = JobBody),
        (status = 503, description = "Too many jobs are waiting", body = ProblemBody),
    )
)]
#[post("/inventory/verify")]
pub async fn order_verification(
    queue: web::Data<dyn JobQueue>,
    access: Allowed<to::VerifyBooks>,
    origin: Origin,
) -> ApiResult<HttpResponse> {
    let order = ProveBooks::order()
        .requested_by(access.caller.user_id)
        .requested_from(origin.address, origin.request_id);
    Ok(accepted(queue.enqueue(order).await?))
}
