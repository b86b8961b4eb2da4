//! Headers that every answer carries, and those that a request may carry once only.

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

/// Names the request in the logs.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Says that requests without a token act as a role: never outside of development.
const DEVELOPMENT_ROLE: HeaderName = HeaderName::from_static("x-salesflow-development-role");

/// An answer of the API is data: it loads nothing, runs nothing, and is framed by nobody.
const DATA_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// For a year a browser does not come back without TLS. Other hosts of the domain are not ours to bind.
pub(super) const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What changes the meaning of a request that changes something. Of two values, this program and a proxy
/// before it might each follow another.
const ONCE: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::IF_MATCH,
    HeaderName::from_static("idempotency-key"),
];

/// Refuses headers that contradict themselves, and what the library would wait for in vain.
///
/// # Errors
/// `request.invalid_header`.
pub(super) fn check(head: &RequestHead) -> Result<(), Problem> {
    once(head, &header::AUTHORIZATION)?;
    if head.method == Method::GET {
        return Ok(());
    }
    ONCE.iter().try_for_each(|name| once(head, name))?;
    // The library takes all that follows for the body, whatever its length is said to be.
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

/// Puts the name of a request on its answer, and whom requests without a token act as.
pub(super) fn sign(headers: &mut HeaderMap, id: RequestId, role: Option<&HeaderValue>) {
    headers.insert(REQUEST_ID, id.to_header());
    if let Some(role) = role {
        headers.insert(DEVELOPMENT_ROLE, role.clone());
    }
}

/// Adds them; a page that brought a policy of its own keeps it.
pub(super) fn add_to(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, DATA_POLICY);
    }
    // Figures of a shop do not belong into the cache of a shared machine.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
