//! What the log says about a request: no query, no header, no address, no body.

use std::time::Duration;

use actix_web::dev::ServiceRequest;
use platform::request::RequestId;
use tracing::Span;

/// Asked every few seconds by machines: not worth a line each.
const PROBES: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];
/// A reading that takes longer is worth a line.
const SLOW: Duration = Duration::from_millis(500);

/// The span of a request, with its id, method and path.
pub(super) fn of(request: &ServiceRequest, id: RequestId) -> Span {
    tracing::info_span!(
        "request",
        request_id = %id,
        http.method = request.method().as_str(),
        http.path = request.path(),
    )
}

/// The line of its end. What was only read, well and quickly, is written when debugging only: it
/// changed nothing, is counted in the metrics, and the line cost more than a kept answer.
pub(super) fn end(method: &str, route: &str, status: u16, elapsed: Duration) {
    let is_reading = matches!(method, "GET" | "HEAD") && status < 400 && elapsed < SLOW;
    let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    if is_reading || PROBES.contains(&route) {
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
