//! Headers of every answer, and headers that a request may have only once.

use actix_web::{
    dev::RequestHead,
    http::{
        Method,
        header::{
            self, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
};
use kernel::{Code, FieldError, Problem};
use platform::request::RequestId;

/// The request's id in the log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Says that requests without a token act as a role; used in development only.
const DEVELOPMENT_ROLE: HeaderName = HeaderName::from_static("x-salesflow-development-role");

/// Answers of the API are data: they load nothing, run nothing, and cannot be framed.
const DATA_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// For a year the browser uses TLS only. Other hosts of the domain are not ours to decide.
pub(super) const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Headers that change what a write means. With two values, this program and a proxy might each use
/// another one.
const ONCE: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::IF_MATCH,
    HeaderName::from_static("idempotency-key"),
];

/// Refuses contradictory headers, and those for which the library would wait in vain.
///
/// # Errors
/// `request.invalid_header`.
pub(super) fn check(head: &RequestHead) -> Result<(), Problem> {
    once(head, &header::AUTHORIZATION)?;
    if head.method == Method::GET {
        return Ok(());
    }
    ONCE.iter().try_for_each(|name| once(head, name))?;
    // The library takes everything that follows for the body, whatever its stated length.
    let upgrade = head.headers.get(header::UPGRADE);
    if upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket")) {
        let detail = "WebSocket is not spoken here";
        return Err(refused("Upgrade", detail));
    }
    Ok(())
}

fn once(head: &RequestHead, name: &HeaderName) -> Result<(), Problem> {
    if head.headers.get_all(name).nth(1).is_none() {
        return Ok(());
    }
    Err(refused(name.as_str(), "may be sent once only"))
}

fn refused(name: &str, detail: &str) -> Problem {
    let place = FieldError::new(name, "header.invalid", detail);
    Problem::new(Code::InvalidHeader, format!("{name}: {detail}.")).at(place)
}

/// Adds the request's id to the answer, and the role of requests without a token.
pub(super) fn sign(headers: &mut HeaderMap, id: RequestId, role: Option<&HeaderValue>) {
    headers.insert(REQUEST_ID, id.to_header());
    if let Some(role) = role {
        headers.insert(DEVELOPMENT_ROLE, role.clone());
    }
}

/// Adds them. A page with a policy of its own keeps it.
pub(super) fn add_to(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, DATA_POLICY);
    }
    // A shop's figures must not stay in the cache of a shared machine.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
