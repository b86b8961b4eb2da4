//! Problems as responses: RFC 9457 `application/problem+json`.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use kernel::{Code, FieldError, Problem};
use serde::Serialize;

/// Content type of a problem.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// A problem as the error of a handler.
#[derive(Debug)]
pub struct ApiError(pub Problem);

/// The result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

impl<E: Into<Problem>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        status(self.0.code)
    }

    fn error_response(&self) -> HttpResponse {
        respond(&self.0, "")
    }
}

/// The body of a refusal. The document has a schema for each code of it, generated from the table of
/// codes; handlers name this type where they document a refusal.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// Address of the explanation of the code.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "/docs/errors#stock.insufficient")]
    kind: String,
    /// Short sentence, the same for every occurrence of the code.
    title: &'static str,
    /// HTTP status of the response.
    status: u16,
    /// What went wrong in this request, and what to do about it.
    detail: &'a str,
    /// Code to branch on; see docs/errors.md.
    #[schema(example = "stock.insufficient")]
    code: &'static str,
    /// Id of the request in the logs; also in the header `X-Request-Id`.
    request_id: &'a str,
    /// After this many seconds the same request may succeed, as in the header `Retry-After`; absent
    /// if waiting does not help.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_seconds: Option<u32>,
    /// The faults of single fields or parameters, each with its place.
    #[schema(value_type = Vec<Object>)]
    errors: &'a [FieldError],
}

/// The JSON text of a problem, for places without a response.
#[must_use]
pub fn render(problem: &Problem, request_id: &str) -> String {
    let body = ProblemBody {
        kind: format!("/docs/errors#{}", problem.code.as_str()),
        title: problem.code.title(),
        status: problem.code.status(),
        detail: &problem.detail,
        code: problem.code.as_str(),
        request_id,
        retry_after_seconds: problem.retry_after_seconds,
        errors: &problem.errors,
    };
    serde_json::to_string(&body).unwrap_or_default()
}

/// The response of a problem.
#[must_use]
pub fn respond(problem: &Problem, request_id: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status(problem.code));
    if problem.code.status() == 401 {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"salesflow\""));
    }
    if let Some(seconds) = problem.retry_after_seconds {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type(CONTENT_TYPE)
        .body(render(problem, request_id))
}

/// The problem for an error of the framework, by its status.
#[must_use]
pub fn from_framework(error: &actix_web::Error) -> Problem {
    if let Some(ours) = error.as_error::<ApiError>() {
        return ours.0.clone();
    }
    let status = error.as_response_error().status_code();
    match status.as_u16() {
        400 => Problem::new(Code::InvalidQuery, "The request could not be read."),
        404 => Problem::of(Code::NoSuchPath),
        405 => Problem::of(Code::MethodNotAllowed),
        408 => Problem::of(Code::RequestTimeout),
        413 => Problem::of(Code::BodyTooLarge),
        415 => Problem::of(Code::UnsupportedMediaType),
        _ => {
            tracing::error!(error = %error, "a framework error reached the edge");
            Problem::of(Code::Internal)
        }
    }
}

fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
