//! The HTTP operation for accepting the clock.

use actix_web::{post, web};
use kernel::Problem;
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    problem::{ApiResult, ProblemBody},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{Correction, accept};
use crate::{Actor, Sales};

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(accept_clock);
}

/// A declaration about the clock.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptClock {
    /// `true`: the machine's clock is right. If it is wrong, set it instead.
    pub now_is_right: bool,
    /// Why it is right, for the audit log.
    #[validate(length(min = 1, max = 500), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Declare that the clock is right.
///
/// While the clock is below the newest record, nothing is recorded (`clock.behind`), since one clock
/// cannot show which of the two times is wrong. This declares that the present one is right. Records
/// with a later time stay as they are but count as wrongly dated: counts among them have not seen
/// anything that happens from now on. The proof of the books lists them under `notices`.
#[utoipa::path(
    operation_id = "accept_clock", tag = "admin", request_body = AcceptClock,
    responses(
        (status = 200, description = "Sales are recorded again", body = Correction),
        (status = 409, description = "The clock is not behind", body = ProblemBody),
        (status = 422, description = "`now_is_right` is not true, or there is no reason", body = ProblemBody),
        (status = 503, description = "The clock is certainly wrong: before the program was built, or different from the database's", body = ProblemBody),
    )
)]
#[post("/admin/clock")]
pub async fn accept_clock(
    sales: web::Data<Sales>,
    access: Allowed<to::OperateServer>,
    origin: Origin,
    body: JsonBody<AcceptClock>,
) -> ApiResult<web::Json<Correction>> {
    if !body.value.now_is_right {
        let detail = "set the clock of the machine instead, then sales are recorded again";
        return Err(Problem::invalid("/now_is_right", "clock.now_is_right", detail).into());
    }
    let actor = Actor::new(access.caller, origin);
    let correction = accept(&sales.ctx, &actor, body.value.reason.trim()).await?;
    Ok(web::Json(correction))
}
