//! Operations on the running server, for the owner.

use actix_web::{get, web};
use platform::{
    access::{Allowed, to},
    cache::{Cache, report::CacheReport},
    problem::ApiResult,
};
use utoipa_actix_web::service_config::ServiceConfig;

/// The operations of this room.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(get_cache);
}

/// Show the state of the cache of this instance.
///
/// How many requests were served from memory, from Redis and computed anew, by kind of answer; how
/// long each kind is kept; the state of Redis.
#[utoipa::path(
    operation_id = "get_cache", tag = "admin",
    responses((status = 200, description = "The cache", body = CacheReport))
)]
#[get("/admin/cache")]
pub async fn get_cache(
    cache: web::Data<Cache>,
    _access: Allowed<to::OperateServer>,
) -> ApiResult<web::Json<CacheReport>> {
    Ok(web::Json(cache.report().await))
}
