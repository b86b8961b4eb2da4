//! A cached response: its bytes, with entity tag and age.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::Bytes,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Timestamp;
use sha2::{Digest as _, Sha256};

/// The response is for this user only, and must be validated before it is shown again.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, no-cache");
const VARY: HeaderValue = HeaderValue::from_static("authorization");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Bytes of the hash in a tag.
const TAG_BYTES: usize = 16;
/// When the clock is set back, cached responses may be this far in the future.
const MAX_AHEAD_SECONDS: i64 = 60;

#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub body: Bytes,
    /// Hash of the bytes, in quotes.
    pub tag: HeaderValue,
    pub computed_at: Timestamp,
    /// From then on it is not sent any more.
    pub expires_at: Timestamp,
}

impl Answer {
    pub(super) fn new(body: Bytes, computed_at: Timestamp, expires_at: Timestamp) -> Self {
        Self {
            tag: tag_of(&body),
            body,
            computed_at,
            expires_at,
        }
    }

    /// False after its lifetime, or when it lies in the future.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.computed_at <= now.plus_seconds(MAX_AHEAD_SECONDS)
    }

    /// The response, without a body when the client already has it.
    pub(super) fn respond(&self, request: &HttpRequest, now: Timestamp) -> HttpResponse {
        let known = request
            .headers()
            .get_all(header::IF_NONE_MATCH)
            .any(|value| names(value, &self.tag));
        let mut response = if known {
            HttpResponse::new(StatusCode::NOT_MODIFIED)
        } else {
            HttpResponse::with_body(
                StatusCode::OK,
                actix_web::body::BoxBody::new(self.body.clone()),
            )
        };
        let age = now.micros().saturating_sub(self.computed_at.micros()) / 1_000_000;
        let age = u32::try_from(age).unwrap_or_default();
        let headers = response.headers_mut();
        if !known {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        headers.insert(header::ETAG, self.tag.clone());
        headers.insert(header::AGE, HeaderValue::from(age));
        headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
        headers.insert(header::VARY, VARY);
        response
    }
}

fn tag_of(body: &[u8]) -> HeaderValue {
    let hash = Sha256::digest(body);
    let short = hash.get(..TAG_BYTES).unwrap_or_default();
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(short));
    HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
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

    #[test]
    fn a_response_is_fresh_until_it_expires_and_never_from_the_future() {
        let at = |seconds| Timestamp::from_micros(0).plus_seconds(seconds);
        let answer = Answer::new(Bytes::from_static(b"{}"), at(100), at(110));
        assert!(answer.is_fresh(at(100)) && answer.is_fresh(at(109)));
        assert!(!answer.is_fresh(at(110)));
        assert!(answer.is_fresh(at(60)), "clocks differ by seconds");
        assert!(!answer.is_fresh(at(0)), "the clock was set back");
    }
}
