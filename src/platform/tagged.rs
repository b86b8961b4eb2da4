//! Answers with an entity tag: a client that has one already gets a 304 without a body.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::Bytes,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Code, Problem};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::problem::ApiResult;

/// The answer is for this user only, and must be validated before it is shown again.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, no-cache");
const VARY: HeaderValue = HeaderValue::from_static("authorization");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Bytes of the hash in a tag.
const TAG_BYTES: usize = 16;

/// The entity tag of a content, in quotes.
#[must_use]
pub fn tag_of(content: &[u8]) -> HeaderValue {
    let hash = Sha256::digest(content);
    let short = hash.get(..TAG_BYTES).unwrap_or_default();
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(short));
    HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// Whether the client has the answer with this tag, according to its `If-None-Match`.
#[must_use]
pub fn is_known(request: &HttpRequest, tag: &HeaderValue) -> bool {
    let mut sent = request.headers().get_all(header::IF_NONE_MATCH);
    sent.any(|value| names(value, tag))
}

/// The answer with this body and tag, or a 304 for a client that has it.
#[must_use]
pub fn respond(request: &HttpRequest, tag: &HeaderValue, body: &Bytes) -> HttpResponse {
    if is_known(request, tag) {
        return unchanged(tag);
    }
    let body = actix_web::body::BoxBody::new(body.clone());
    let mut response = HttpResponse::with_body(StatusCode::OK, body);
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    mark(&mut response, tag);
    response
}

/// A 304.
#[must_use]
pub fn unchanged(tag: &HeaderValue) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::NOT_MODIFIED);
    mark(&mut response, tag);
    response
}

/// The value as JSON with the tag of its bytes, or a 304.
///
/// # Errors
/// `server.internal` when the value cannot be written as JSON.
pub fn respond_json<T: Serialize>(request: &HttpRequest, value: &T) -> ApiResult<HttpResponse> {
    let body = to_bytes(value)?;
    Ok(respond(request, &tag_of(&body), &body))
}

/// The value as JSON with a tag of its own.
///
/// # Errors
/// `server.internal` when the value cannot be written as JSON.
pub fn respond_as<T: Serialize>(
    request: &HttpRequest,
    tag: &HeaderValue,
    value: &T,
) -> ApiResult<HttpResponse> {
    Ok(respond(request, tag, &to_bytes(value)?))
}

fn to_bytes<T: Serialize>(value: &T) -> Result<Bytes, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "an answer cannot be rendered");
        Problem::of(Code::Internal)
    })?;
    Ok(Bytes::from(body))
}

fn mark(response: &mut HttpResponse, tag: &HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag.clone());
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    headers.insert(header::VARY, VARY);
}

/// True when an `If-None-Match` contains this tag, by the weak comparison that the standard requires for
/// GET.
fn names(wanted: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(wanted), Ok(tag)) = (wanted.to_str(), tag.to_str()) else {
        return false;
    };
    wanted
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_recognised_in_every_form_that_a_client_may_send() {
        let tag = tag_of(b"{}");
        let text = tag.to_str().unwrap();
        assert_eq!(text.len(), 24);
        for sent in [
            text.to_owned(),
            format!("W/{text}"),
            format!("\"x\", {text}"),
            "*".to_owned(),
        ] {
            assert!(
                names(&HeaderValue::try_from(&sent).unwrap(), &tag),
                "{sent}"
            );
        }
        for sent in ["\"x\"", "", "\"", text.trim_matches('"')] {
            assert!(
                !names(&HeaderValue::try_from(sent).unwrap(), &tag),
                "{sent}"
            );
        }
        assert_ne!(tag, tag_of(b"{ }"));
    }
}
