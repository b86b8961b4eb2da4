//! `/setup` and `/auth`: signing in, staying signed in, signing out.

use actix_web::{HttpResponse, get, http::header, post, web};
use chrono_tz::Tz;
use kernel::Problem;
use platform::{
    access::{Allowed, to},
    body::JsonBody,
    problem::{ApiResult, ProblemBody},
    request::Origin,
};

use super::dto::{ChangePasswordRequest, LoginRequest, RefreshRequest, SetupRequest, TokenPair};
use crate::{
    Sales,
    people::{User, passwords::Password, sessions::SignedIn, setup::FirstOwner},
    shop::settings::ShopFields,
};

/// Create the first owner.
///
/// Works once, with the one-time token that the server printed when it started without an owner. The
/// owner is then signed in.
#[utoipa::path(
    operation_id = "complete_setup", tag = "auth", security(()),
    request_body = SetupRequest,
    responses(
        (status = 201, description = "The owner, signed in", body = TokenPair),
        (status = 401, description = "The setup token is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "There is an owner already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks its rules", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/setup")]
pub async fn complete_setup(
    sales: web::Data<Sales>,
    origin: Origin,
    body: JsonBody<SetupRequest>,
) -> ApiResult<HttpResponse> {
    let body = body.value;
    let owner = FirstOwner {
        email: body.email,
        name: body.name,
        password: Password::new(&body.password),
        shop: ShopFields {
            name: body.shop_name,
            currency: body.currency,
            time_zone: body.time_zone.as_deref().map(parse_time_zone).transpose()?,
            ..ShopFields::default()
        },
    };
    let signed_in = sales
        .people
        .complete_setup(&origin, &body.token, owner)
        .await?;
    Ok(answer(HttpResponse::Created(), signed_in))
}

/// Sign in.
///
/// An unknown address, a wrong password and a disabled user get the same answer. After five failures
/// an account must wait, longer with each further one. An IP address may fail twenty times in a
/// minute. An account that has signed in from the IP address within the last 90 days does not wait
/// for the failures of others there.
///
/// A user with a second factor also sends `otp`: the code of the app or a recovery code. Without it
/// the answer is `auth.second_factor_required`.
///
/// The passwords of a demo shop are random: `make run` prints them and stores them in
/// `data/demo-login.txt`.
#[utoipa::path(
    operation_id = "login", tag = "auth", security(()),
    request_body = LoginRequest,
    responses(
        (status = 200, description = "Signed in", body = TokenPair),
        (status = 401, description = "Wrong address, password or code, or the code is missing", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks its rules", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/auth/login")]
pub async fn login(
    sales: web::Data<Sales>,
    origin: Origin,
    body: JsonBody<LoginRequest>,
) -> ApiResult<HttpResponse> {
    let password = Password::new(&body.value.password);
    let signed_in = sales
        .people
        .sign_in(
            &origin,
            &body.value.email,
            &password,
            body.value.otp.as_deref(),
        )
        .await?;
    Ok(answer(HttpResponse::Ok(), signed_in))
}

/// Exchange the refresh token for the next pair.
///
/// A refresh token works once. If it is used again, somebody has a copy, and its session ends. A
/// session ends `auth.session_max_days` days after the sign-in, however often it is refreshed:
/// `auth.session_expired`. A till keeps its unsent sales and sends them after the next sign-in.
#[utoipa::path(
    operation_id = "refresh_session", tag = "auth", security(()),
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "The next pair", body = TokenPair),
        (status = 401, description = "The token is unknown, used or expired, or its session has ended", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks its rules", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/auth/refresh")]
pub async fn refresh_session(
    sales: web::Data<Sales>,
    origin: Origin,
    body: JsonBody<RefreshRequest>,
) -> ApiResult<HttpResponse> {
    let signed_in = sales
        .people
        .refresh(&origin, &body.value.refresh_token)
        .await?;
    Ok(answer(HttpResponse::Ok(), signed_in))
}

/// End this session.
#[utoipa::path(
    operation_id = "logout", tag = "auth",
    responses(
        (status = 204, description = "The session has ended"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/auth/logout")]
pub async fn logout(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
    origin: Origin,
) -> ApiResult<HttpResponse> {
    sales.people.sign_out(allowed.caller, origin).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Read your own account.
#[utoipa::path(
    operation_id = "get_me", tag = "auth",
    responses(
        (status = 200, description = "The caller", body = User),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/auth/me")]
pub async fn get_me(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
) -> ApiResult<web::Json<User>> {
    Ok(web::Json(sales.people.get(allowed.caller.user_id).await?))
}

/// Change your own password.
///
/// All your sessions end, on every device. The answer contains a new pair of tokens for this one.
#[utoipa::path(
    operation_id = "change_password", tag = "auth",
    request_body = ChangePasswordRequest,
    responses(
        (status = 200, description = "Changed; a new pair for this device", body = TokenPair),
        (status = 401, description = "Not signed in, or the current password is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The new password is not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/auth/password")]
pub async fn change_password(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
    origin: Origin,
    body: JsonBody<ChangePasswordRequest>,
) -> ApiResult<HttpResponse> {
    let current = Password::new(&body.value.current_password);
    let new = Password::new(&body.value.new_password);
    let signed_in = sales
        .people
        .change_own_password(allowed.caller, &origin, &current, &new)
        .await?;
    Ok(answer(HttpResponse::Ok(), signed_in))
}

/// Tokens must not be cached on the way.
fn answer(mut response: actix_web::HttpResponseBuilder, signed_in: SignedIn) -> HttpResponse {
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(TokenPair::from(signed_in))
}

fn parse_time_zone(name: &str) -> Result<Tz, Problem> {
    name.parse().map_err(|_| {
        Problem::invalid(
            "/time_zone",
            "field.unknown_value",
            "is not an IANA time zone such as Africa/Lubumbashi",
        )
    })
}
