//! The HTTP operations of exchange rates.

use actix_web::{HttpResponse, get, post, web};
use kernel::{Currency, ExchangeRate, RateMicros, RateSide, Timestamp, ids::RateId};
use platform::{
    access::{Allowed, to},
    body::{JsonBody, rules},
    headers::IdempotencyKey,
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{Assurance, ListedRate, NewRate, Rate};
use crate::{Sales, actor::Actor, idempotency::RequestKey};

pub(in crate::shop) fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(list_rates)
        .service(create_rate)
        .service(withdraw_rate);
}

/// A new exchange rate.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRate {
    /// The foreign currency.
    currency: Currency,
    /// The rate in millionths: 2,850.50 is 2850500000.
    #[validate(range(min = 1, max = 10_000_000_000_000_i64))]
    #[schema(
        minimum = 1,
        maximum = 10_000_000_000_000_i64,
        example = 2_850_500_000_i64
    )]
    rate_micros: i64,
    /// What the rate counts. A franc shop writes francs for a dollar: `base_per_foreign`, the
    /// default. A dollar shop writes the same figure as `foreign_per_base`.
    #[serde(default)]
    rate_side: RateSide,
    /// The time from which it applies; now when absent.
    valid_from: Option<Timestamp>,
    /// True to confirm a rate that is more than 20 % from the previous one.
    #[serde(default)]
    #[schema(default = false)]
    confirm: bool,
}

/// The reason for withdrawing a rate.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawRate {
    /// Why the rate is withdrawn.
    #[validate(length(min = 1, max = 500), custom(function = rules::not_blank))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

const _: () = assert!(RateMicros::MAX == 10_000_000_000_000);

/// A filter for rates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RateQuery {
    /// Only rates of this currency.
    currency: Option<Currency>,
    /// True: only the rate of each currency that applies now, on one page.
    #[serde(default)]
    #[param(default = false)]
    in_force: bool,
    /// Rates in a page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of rates.
#[derive(Debug, Serialize, ToSchema)]
pub struct RateList {
    /// Rates, newest first by the time from which they apply.
    items: Vec<ListedRate>,
    /// Cursor of the next page; null on the last one.
    next_cursor: Option<String>,
}

/// List exchange rates, newest first, or those that apply now.
#[utoipa::path(
    operation_id = "list_rates", tag = "settings", params(RateQuery),
    responses(
        (status = 200, description = "A page of rates", body = RateList),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody),
    )
)]
#[get("/rates")]
pub async fn list_rates(
    _access: Allowed<to::ReadSettings>,
    query: QueryOf<RateQuery>,
    sales: web::Data<Sales>,
) -> ApiResult<web::Json<RateList>> {
    let limit = page_limit(query.0.limit)?;
    if query.0.in_force {
        return Ok(web::Json(RateList {
            items: sales.shop.rates_in_force(query.0.currency).await?,
            next_cursor: None,
        }));
    }
    let cursor = query.0.cursor.as_deref();
    let (items, next_cursor) = sales.shop.rates(query.0.currency, cursor, limit).await?;
    Ok(web::Json(RateList { items, next_cursor }))
}

/// Record an exchange rate. It applies from its date on. Sales keep the rate at which they were paid.
#[utoipa::path(
    operation_id = "create_rate", tag = "settings",
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeats of the request with this key answer the same rate")),
    request_body = CreateRate,
    responses(
        (status = 201, description = "The rate", body = Rate),
        (status = 400, description = "The body is not JSON, or a header is not valid", body = ProblemBody),
        (status = 422, description = "A field is not valid, it is the base currency, or the rate is far from the one before and not confirmed", body = ProblemBody),
    )
)]
#[post("/rates")]
pub async fn create_rate(
    access: Allowed<to::ChangeSettings>,
    origin: Origin,
    key: IdempotencyKey,
    body: JsonBody<CreateRate>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let key = RequestKey::of_request(key, access.caller.user_id, "POST /rates", &body.raw);
    let new = NewRate {
        currency: body.value.currency,
        rate: ExchangeRate::new(body.value.rate_micros, body.value.rate_side)
            .map_err(crate::SalesError::from)?,
        valid_from: body.value.valid_from,
        assurance: if body.value.confirm {
            Assurance::Confirmed
        } else {
            Assurance::Checked
        },
    };
    let actor = Actor::new(access.caller, origin);
    let answer = sales.shop.post_rate(&actor, key.as_ref(), new).await?;
    Ok(answer.into())
}

/// Withdraw a rate.
///
/// For a wrong rate: no sale that is posted from now on uses it, for any time, and the previous one
/// applies again. Sales that used it keep the rate at which they were paid.
#[utoipa::path(
    operation_id = "withdraw_rate", tag = "settings", request_body = WithdrawRate,
    params(("id" = RateId, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeats of the request safe: 1 to 128 visible ASCII characters")),
    responses(
        (status = 200, description = "The rate, withdrawn", body = Rate),
        (status = 404, description = "No such rate", body = ProblemBody),
        (status = 422, description = "The reason is missing", body = ProblemBody),
    )
)]
#[post("/rates/{id}/withdraw")]
pub async fn withdraw_rate(
    access: Allowed<to::ChangeSettings>,
    origin: Origin,
    id: PathId<RateId>,
    key: IdempotencyKey,
    body: JsonBody<WithdrawRate>,
    sales: web::Data<Sales>,
) -> ApiResult<HttpResponse> {
    let operation = format!("withdraw_rate {}", id.0);
    let key = RequestKey::of_request(key, access.caller.user_id, &operation, &body.raw);
    let actor = Actor::new(access.caller, origin);
    let reason = &body.value.reason;
    let answer = sales
        .shop
        .withdraw_rate(&actor, id.0, reason, key.as_ref())
        .await?;
    Ok(answer.into())
}
