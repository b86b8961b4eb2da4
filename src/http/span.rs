//! What the log says about a request: who asked, as an id; no query, no header, no address, no body.

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

/// Asked every few seconds by machines: not worth a line each.
const PROBES: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];
/// A reading that takes longer is worth a line.
const SLOW: Duration = Duration::from_millis(500);

/// What is needed to name a request in the log, should it come to that.
pub(super) struct Named {
    id: RequestId,
    asker: Asker,
    method: Method,
    path: Box<str>,
    came_by_tls: bool,
    began: Instant,
}

impl Named {
    /// Begins now.
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

    /// Its name.
    pub(super) const fn id(&self) -> RequestId {
        self.id
    }

    /// Who it comes from, once that is known.
    pub(super) const fn asker(&self) -> &Asker {
        &self.asker
    }

    fn user(&self) -> Option<DisplayValue<UserId>> {
        self.asker.get().map(|(user, _)| display(user))
    }

    /// As it was asked.
    pub(super) const fn method(&self) -> &Method {
        &self.method
    }

    /// Whether the client spoke TLS, as far as a trusted proxy says.
    pub(super) const fn came_by_tls(&self) -> bool {
        self.came_by_tls
    }

    /// Since it came in.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The span of the request, with its id, method, path and user. The user is written into it as
    /// soon as the token was verified.
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

    /// The line of its end. What was only read, well and quickly, is written when debugging only:
    /// it changed nothing, is counted in the metrics, and the line cost more than a kept answer.
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
