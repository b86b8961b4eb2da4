//! The HTTP operation for a proof in the background.

use actix_web::{HttpResponse, get, post, web};
use kernel::jobs::Orders;
use platform::{
    access::{Allowed, to},
    jobs::wire::{JobBody, accepted},
    problem::{ApiResult, ProblemBody},
    request::Origin,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    VerifyBooks,
    last::{LastProof, last},
};
use crate::Sales;

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(order_verification).service(get_last_proof);
}

/// Prove the books in the background.
///
/// The same proof as `GET /inventory/verify`, for books that take long. It also runs every night.
/// While one is queued or running, that one is returned.
#[utoipa::path(
    operation_id = "order_verification", tag = "inventory",
    responses(
        (status = 202, description = "The job; its result is the body of `GET /inventory/verify`", body = JobBody),
        (status = 503, description = "Too many jobs are waiting", body = ProblemBody),
    )
)]
#[post("/inventory/verify")]
pub async fn order_verification(
    orders: web::Data<dyn Orders<VerifyBooks>>,
    access: Allowed<to::VerifyBooks>,
    origin: Origin,
) -> ApiResult<HttpResponse> {
    let order = VerifyBooks::order()
        .requested_by(access.caller.user_id)
        .requested_from(origin.address, origin.request_id);
    Ok(accepted(orders.order(order).await?))
}

/// Get the last proof of the books that ran in the background.
///
/// It runs every night, and on request. `GET /inventory/verify` makes one at once and is not recorded.
#[utoipa::path(
    operation_id = "get_last_proof", tag = "inventory",
    responses((status = 200, description = "When and up to which movement the books were proved", body = LastProof))
)]
#[get("/inventory/proof")]
pub async fn get_last_proof(
    sales: web::Data<Sales>,
    _access: Allowed<to::VerifyBooks>,
) -> ApiResult<web::Json<LastProof>> {
    Ok(web::Json(last(&sales.ctx.read).await?))
}
