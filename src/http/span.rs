//! The log line of a request: the caller's id, but no query, header, address or body.

use std::time::{Duration, Instant};

use actix_web::{dev::ServiceRequest, http::Method};
use kernel::ids::UserId;
use platform::{
    access::Asker,
    request::{EdgeSettings, RequestId},
};
use tracing::{
    Level, Span,
    field::{DisplayValue, Empty, display},
};

/// Requested every few seconds by machines, so not logged.
const PROBES: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];
/// A slower read is logged.
const SLOW: Duration = Duration::from_millis(500);

/// What the log needs to name a request.
pub(super) struct Named {
    id: RequestId,
    asker: Asker,
    method: Method,
    path: Box<str>,
    came_by_tls: bool,
    began: Instant,
}

impl Named {
    pub(super) fn new(request: &ServiceRequest, id: RequestId, asker: Asker) -> Self {
        Self {
            id,
            asker,
            method: request.method().clone(),
            path: Box::from(request.path()),
            came_by_tls: EdgeSettings::of(request.request()).is_tls(request.request()),
            began: Instant::now(),
        }
    }

    /// The request's id.
    pub(super) const fn id(&self) -> RequestId {
        self.id
    }

    /// The caller, once known.
    pub(super) const fn asker(&self) -> &Asker {
        &self.asker
    }

    fn user(&self) -> Option<DisplayValue<UserId>> {
        self.asker.get().map(|(user, _)| display(user))
    }

    /// The method of the request.
    pub(super) const fn method(&self) -> &Method {
        &self.method
    }

    /// Whether the client used TLS, according to a trusted proxy.
    pub(super) const fn came_by_tls(&self) -> bool {
        self.came_by_tls
    }

    /// Time since the request arrived.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The span of the request, with id, method, path and user. The user is added when the token has
    /// been verified.
    pub(super) fn span(&self) -> Span {
        let span = tracing::info_span!(
            "request",
            request_id = %self.id,
            http.method = self.method.as_str(),
            http.path = &*self.path,
            user.id = Empty,
        );
        if let Some(user) = self.user() {
            span.record("user.id", user);
        }
        span
    }

    /// The line at its end. A quick and successful read is logged at debug level only: it changed
    /// nothing, the metrics count it, and the line cost more than a kept answer.
    pub(super) fn end(&self, route: &str, status: u16, elapsed: Duration) {
        let is_reading = matches!(self.method, Method::GET | Method::HEAD);
        let is_quiet = (is_reading && status < 400 && elapsed < SLOW) || PROBES.contains(&route);
        if is_quiet && !tracing::enabled!(Level::DEBUG) {
            return;
        }
        let around = Span::current();
        let span = if around.is_none() {
            self.span()
        } else {
            around
        };
        let _inside = span.enter();
        let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        if is_quiet {
            tracing::debug!(
                http.route = route,
                http.status = status,
                elapsed_us,
                "answered"
            );
        } else {
            tracing::info!(
                http.route = route,
                http.status = status,
                elapsed_us,
                "answered"
            );
        }
    }
}
