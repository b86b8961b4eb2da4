//! Request headers for safe repetition: `Idempotency-Key` and `If-Match`.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use kernel::{Code, FieldError, Problem};

use crate::problem::ApiError;

/// Longest idempotency key.
const MAX_KEY: usize = 128;

/// The key by which a repeated request is recognised, if the client sent one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("idempotency-key") else {
            return ready(Ok(Self(None)));
        };
        let key = value.to_str().ok().filter(|key| {
            (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
        });
        ready(match key {
            Some(key) => Ok(Self(Some(key.to_owned()))),
            None => Err(ApiError(bad_header(
                "Idempotency-Key",
                "must have 1 to 128 visible ASCII characters, such as a UUID",
            ))),
        })
    }
}

/// The version on which a change is based, if the client sent one: `If-Match: "3"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(header::IF_MATCH) else {
            return ready(Ok(Self(None)));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return ready(Ok(Self(None)));
        }
        // A compressed answer has a weak tag. It names the same version.
        let version = text
            .strip_prefix("W/")
            .unwrap_or(text)
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .and_then(|digits| digits.parse().ok());
        ready(match version {
            Some(version) => Ok(Self(Some(version))),
            None => Err(ApiError(bad_header(
                "If-Match",
                "must be the version in quotes, such as \"3\"",
            ))),
        })
    }
}

impl IfMatch {
    /// Compares the client's version with the stored one.
    ///
    /// # Errors
    /// `request.precondition_failed` when they differ.
    pub fn check(self, version: i64) -> Result<(), Problem> {
        match self.0 {
            Some(expected) if expected != version => Err(Problem::new(
                Code::PreconditionFailed,
                format!(
                    "You read version {expected}; the current version is {version}. Read it again."
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// The entity tag of a version.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

fn bad_header(name: &str, detail: &str) -> Problem {
    Problem::new(Code::InvalidHeader, format!("{name} {detail}.")).at(FieldError::new(
        name,
        "header.invalid",
        detail,
    ))
}
