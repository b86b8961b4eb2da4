//! `/users`: user accounts, for the owner.

use actix_web::{HttpResponse, get, http::header, patch, post, web};
use kernel::ids::UserId;
use platform::{
    access::{Allowed, to},
    body::JsonBody,
    headers::{IfMatch, etag},
    problem::{ApiResult, ProblemBody},
    query::{PathId, QueryOf, page_limit},
    request::Origin,
};

use super::dto::{NewUserRequest, ResetPasswordRequest, UserPage, UserPatch, UserQuery};
use crate::{
    Actor, Sales,
    paging::{next_cursor, open_cursor},
    people::{
        User,
        accounts::{NewUser, UserChange},
        last_seen::ListedUser,
        passwords::Password,
        repo::UserFilter,
    },
};

/// The name of the list in its cursors.
const LIST: &str = "users";

/// List users.
///
/// In the order of their creation.
#[utoipa::path(
    operation_id = "list_users", tag = "users", params(UserQuery),
    responses(
        (status = 200, description = "A page of users", body = UserPage),
        (status = 400, description = "A parameter or the cursor is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/users")]
pub async fn list_users(
    sales: web::Data<Sales>,
    _: Allowed<to::ManageUsers>,
    query: QueryOf<UserQuery>,
) -> ApiResult<web::Json<UserPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let after: Option<UserId> = open_cursor(LIST, query.cursor.as_deref())?;
    let filter = UserFilter {
        role: query.role,
        disabled: query.disabled,
    };
    let page = sales.people.list(filter, after, limit).await?;
    Ok(web::Json(UserPage {
        next_cursor: next_cursor(LIST, &page, |listed: &ListedUser| listed.user.id),
        items: page.items,
    }))
}

/// Create a user.
#[utoipa::path(
    operation_id = "create_user", tag = "users",
    request_body = NewUserRequest,
    responses(
        (status = 201, description = "The user", body = User),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another user has the address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks its rules", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/users")]
pub async fn create_user(
    sales: web::Data<Sales>,
    allowed: Allowed<to::ManageUsers>,
    origin: Origin,
    body: JsonBody<NewUserRequest>,
) -> ApiResult<HttpResponse> {
    let body = body.value;
    let new = NewUser {
        email: body.email,
        name: body.name,
        role: body.role,
        password: Password::new(&body.password),
    };
    let actor = Actor::new(allowed.caller, origin);
    let user = sales.people.create(&actor, new).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/users/{}", user.id)))
        .insert_header((header::ETAG, etag(user.version)))
        .json(user))
}

/// Read a user.
#[utoipa::path(
    operation_id = "get_user", tag = "users",
    params(("id" = UserId, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The user", body = User),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such user", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/users/{id}")]
pub async fn get_user(
    sales: web::Data<Sales>,
    _: Allowed<to::ManageUsers>,
    id: PathId<UserId>,
) -> ApiResult<HttpResponse> {
    let user = sales.people.get(id.0).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, etag(user.version)))
        .json(user))
}

/// Change a user's role, name, e-mail address or right to sign in.
///
/// A new role and disabling end the user's sessions at once. The last active owner cannot be disabled
/// or get another role.
#[utoipa::path(
    operation_id = "update_user", tag = "users",
    params(
        ("id" = UserId, Path, description = "The user's id"),
        ("If-Match" = Option<String>, Header, description = "The version that the change is based on, in quotes"),
    ),
    request_body = UserPatch,
    responses(
        (status = 200, description = "The user after the change", body = User),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such user", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The last active owner, or another user has the address", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "Changed since it was read", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A field breaks its rules", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[patch("/users/{id}")]
pub async fn update_user(
    sales: web::Data<Sales>,
    allowed: Allowed<to::ManageUsers>,
    origin: Origin,
    id: PathId<UserId>,
    if_match: IfMatch,
    body: JsonBody<UserPatch>,
) -> ApiResult<HttpResponse> {
    let change = UserChange {
        role: body.value.role,
        disabled: body.value.disabled,
        name: body.value.name,
        email: body.value.email,
    };
    let actor = Actor::new(allowed.caller, origin);
    let user = sales.people.change(&actor, id.0, if_match, &change).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, etag(user.version)))
        .json(user))
}

/// Give a user a new password.
///
/// For a user who forgot it. The user's sessions end at once. Change your own password under
/// `/auth/password`, with the current one.
#[utoipa::path(
    operation_id = "reset_password", tag = "users",
    params(("id" = UserId, Path, description = "The user's id")),
    request_body = ResetPasswordRequest,
    responses(
        (status = 204, description = "Changed"),
        (status = 401, description = "Not signed in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "Not an owner, or your own password", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such user", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The new password is not allowed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Busy", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/users/{id}/password")]
pub async fn reset_password(
    sales: web::Data<Sales>,
    allowed: Allowed<to::ManageUsers>,
    origin: Origin,
    id: PathId<UserId>,
    body: JsonBody<ResetPasswordRequest>,
) -> ApiResult<HttpResponse> {
    let actor = Actor::new(allowed.caller, origin);
    let password = Password::new(&body.value.password);
    sales.people.reset_password(&actor, id.0, &password).await?;
    Ok(HttpResponse::NoContent().finish())
}
