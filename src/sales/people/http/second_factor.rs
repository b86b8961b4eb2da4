//! `/auth/second-factor`: a code from the phone besides the password, optional or required.

use actix_web::{HttpResponse, delete, get, post, web};
use kernel::ids::UserId;
use platform::{
    access::{Allowed, to},
    body::JsonBody,
    patch::present,
    problem::{ApiResult, ProblemBody},
    query::PathId,
    request::Origin,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{Actor, Sales, people::passwords::Password};

/// The state of your second factor.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactor {
    /// True when signing in needs a code.
    pub enabled: bool,
    /// True when your role requires one (`auth.second_factor_required`). Without it, every other
    /// operation is refused with `auth.second_factor_missing`.
    pub required: bool,
    /// The number of unused recovery codes.
    #[schema(minimum = 0, maximum = 10)]
    pub recovery_codes_left: i64,
}

/// Your password, since somebody may have found a signed-in device.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginSecondFactorRequest {
    /// Your present password.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub password: String,
}

/// The secret for the app. It is shown once.
#[derive(Serialize, ToSchema)]
pub struct SecondFactorSecret {
    /// The secret in base 32, for typing.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: String,
    /// The same for a QR code.
    #[schema(
        example = "otpauth://totp/Alimentation%20Amani:amani%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Alimentation%20Amani&algorithm=SHA1&digits=6&period=30"
    )]
    pub uri: String,
}

/// A code of the app.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmSecondFactorRequest {
    /// The six digits that the app shows.
    #[validate(length(min = 1, max = 32))]
    #[schema(min_length = 1, max_length = 32, example = "492039")]
    pub otp: String,
}

/// Codes for signing in without the phone. They are shown once; only hashes are stored.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Ten codes. Each can be sent once as `otp` when signing in.
    #[schema(min_items = 10, max_items = 10, example = json!(["MZXW-6YTB-OI7Q", "KRSX-G5CF-LPRA"]))]
    pub recovery_codes: Vec<String>,
}

/// Password and code, for new recovery codes.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewRecoveryCodesRequest {
    /// Your present password.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub password: String,
    /// The six digits that the app shows. A recovery code is not accepted.
    #[validate(length(min = 1, max = 32))]
    #[schema(min_length = 1, max_length = 32, example = "492039")]
    pub otp: String,
}

/// Password and code, for turning the factor off.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveSecondFactorRequest {
    /// Your present password.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    pub password: String,
    /// A code of the app or a recovery code. Not needed before the factor was confirmed.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 32))]
    #[schema(min_length = 1, max_length = 32, nullable = false, example = "492039")]
    pub otp: Option<String>,
}

/// Read the state of your second factor.
#[utoipa::path(
    operation_id = "get_second_factor", tag = "auth",
    responses(
        (status = 200, description = "The state of the second factor", body = SecondFactor),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/auth/second-factor")]
pub async fn get_second_factor(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
) -> ApiResult<web::Json<SecondFactor>> {
    let state = sales.people.second_factor(allowed.caller).await?;
    Ok(web::Json(SecondFactor {
        enabled: state.enabled,
        required: state.required,
        recovery_codes_left: state.recovery_codes_left,
    }))
}

/// Begin to set up a second factor.
///
/// Returns a secret for an authenticator app (TOTP, RFC 6238). Nothing changes until a code of the app
/// is confirmed, within half an hour; beginning again replaces the secret.
#[utoipa::path(
    operation_id = "begin_second_factor", tag = "auth",
    request_body = BeginSecondFactorRequest,
    responses(
        (status = 201, description = "The secret", body = SecondFactorSecret),
        (status = 401, description = "Not signed in, or the password is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "There is a second factor already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks its rules", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/auth/second-factor")]
pub async fn begin_second_factor(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
    origin: Origin,
    body: JsonBody<BeginSecondFactorRequest>,
) -> ApiResult<HttpResponse> {
    let password = Password::new(&body.value.password);
    let enrolment = sales
        .people
        .begin_second_factor(allowed.caller, &origin, &password)
        .await?;
    Ok(HttpResponse::Created().json(SecondFactorSecret {
        secret: enrolment.secret.to_base32(),
        uri: enrolment.uri,
    }))
}

/// Turn the second factor on.
///
/// With a code of the app. From now on `POST /auth/login` needs `otp`. Your other sessions end. The
/// answer has ten recovery codes in case the phone is lost: write them down.
#[utoipa::path(
    operation_id = "confirm_second_factor", tag = "auth",
    request_body = ConfirmSecondFactorRequest,
    responses(
        (status = 200, description = "It is on; the recovery codes", body = RecoveryCodes),
        (status = 401, description = "Not signed in, or the code is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The setup was not begun, or the second factor is on already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks its rules", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/auth/second-factor/confirm")]
pub async fn confirm_second_factor(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
    origin: Origin,
    body: JsonBody<ConfirmSecondFactorRequest>,
) -> ApiResult<web::Json<RecoveryCodes>> {
    let recovery_codes = sales
        .people
        .confirm_second_factor(allowed.caller, &origin, &body.value.otp)
        .await?;
    Ok(web::Json(RecoveryCodes { recovery_codes }))
}

/// Get new recovery codes.
///
/// With password and a code of the app. Returns ten new codes, shown only once. All old ones become
/// invalid. Use it when few are left, or when somebody else has seen them. Your sessions stay.
#[utoipa::path(
    operation_id = "renew_recovery_codes", tag = "auth",
    request_body = RenewRecoveryCodesRequest,
    responses(
        (status = 200, description = "The new recovery codes", body = RecoveryCodes),
        (status = 401, description = "Not signed in, or password or code are wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "There is no second factor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks its rules", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/auth/second-factor/recovery-codes")]
pub async fn renew_recovery_codes(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
    origin: Origin,
    body: JsonBody<RenewRecoveryCodesRequest>,
) -> ApiResult<web::Json<RecoveryCodes>> {
    let password = Password::new(&body.value.password);
    let recovery_codes = sales
        .people
        .renew_recovery_codes(allowed.caller, &origin, &password, &body.value.otp)
        .await?;
    Ok(web::Json(RecoveryCodes { recovery_codes }))
}

/// Turn your second factor off.
///
/// With password and code. Your other sessions end. To change to another phone, turn it off and set
/// it up again. If you lost the phone, send a recovery code or ask an owner (`DELETE
/// /users/{id}/second-factor`).
#[utoipa::path(
    operation_id = "remove_second_factor", tag = "auth",
    request_body = RemoveSecondFactorRequest,
    responses(
        (status = 204, description = "The second factor is off"),
        (status = 401, description = "Not signed in, or password or code are wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "The user has no second factor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks its rules", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[delete("/auth/second-factor")]
pub async fn remove_second_factor(
    sales: web::Data<Sales>,
    allowed: Allowed<to::UseOwnAccount>,
    origin: Origin,
    body: JsonBody<RemoveSecondFactorRequest>,
) -> ApiResult<HttpResponse> {
    let password = Password::new(&body.value.password);
    let otp = body.value.otp.as_deref();
    sales
        .people
        .remove_own_second_factor(allowed.caller, &origin, &password, otp)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Turn the second factor of a user off.
///
/// For a user who lost the phone and the recovery codes. The user's sessions end at once. Make sure
/// that the request really comes from the user. Turn your own off under `/auth/second-factor`.
#[utoipa::path(
    operation_id = "remove_second_factor_of_user", tag = "users",
    params(("id" = UserId, Path, description = "The user's id")),
    responses(
        (status = 204, description = "The second factor is off"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner, or your own second factor", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such user, or a user without a second factor", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[delete("/users/{id}/second-factor")]
pub async fn remove_second_factor_of_user(
    sales: web::Data<Sales>,
    allowed: Allowed<to::ManageUsers>,
    origin: Origin,
    id: PathId<UserId>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(allowed.caller, origin);
    sales.people.remove_second_factor(&actor, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
