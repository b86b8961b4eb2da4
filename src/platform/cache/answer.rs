//! A cached response: its bytes, with entity tag and age.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web::Bytes,
};
use kernel::Timestamp;

use crate::tagged;

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
            tag: tagged::tag_of(&body),
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
        let mut response = tagged::respond(request, &self.tag, &self.body);
        let age = now.micros().saturating_sub(self.computed_at.micros()) / 1_000_000;
        let age = u32::try_from(age).unwrap_or_default();
        response
            .headers_mut()
            .insert(header::AGE, HeaderValue::from(age));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
