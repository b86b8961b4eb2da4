//! The edge: what every request passes, whatever it asks.
//!
//! One layer measures, limits the time, renders refusals and sets the headers, so that a request
//! pays for one future and not for five.

pub mod fallback;
mod headers;
pub mod span;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpMessage as _, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header::HeaderValue},
    middleware::Next,
};
use kernel::{Code, Problem};
use platform::problem;
use tracing_actix_web::RequestId;

use crate::settings::ServerSettings;

/// Where files are sent to, which takes longer.
const UPLOADS: &str = "/api/v1/imports";
/// The name of an address that no route claims, in the metrics.
const UNMATCHED: &str = "unmatched";

/// Asked every few seconds by machines: not worth a line each.
const PROBES: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];

/// What the edge was told.
#[derive(Debug)]
pub struct Edge {
    request_timeout: Duration,
    upload_timeout: Duration,
}

impl Edge {
    /// From the settings.
    #[must_use]
    pub const fn new(settings: &ServerSettings) -> Self {
        Self {
            request_timeout: Duration::from_secs(settings.request_timeout_seconds),
            upload_timeout: Duration::from_secs(settings.upload_timeout_seconds),
        }
    }

    fn timeout_of(&self, path: &str) -> Duration {
        if path.starts_with(UPLOADS) {
            self.upload_timeout
        } else {
            self.request_timeout
        }
    }
}

/// Passes one request on and sees to its answer.
///
/// # Errors
/// `Refused`, ready to be sent.
pub async fn handle<B: MessageBody>(
    edge: Arc<Edge>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let began = Instant::now();
    let id = request
        .extensions()
        .get::<RequestId>()
        .map(ToString::to_string)
        .unwrap_or_default();
    let method = method_word(request.method());
    // A HEAD is a GET whose body stays here; the connection leaves it out by itself.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let timeout = edge.timeout_of(request.path());
    let outcome = tokio::time::timeout(timeout, next.call(request)).await;
    let mut response = match outcome {
        Ok(Ok(response)) => render_refusal(response, &id),
        Ok(Err(error)) => {
            let refused = Refused::new(problem::from_framework(&error), id);
            measure(method, UNMATCHED, refused.status_code(), began);
            return Err(refused.into());
        }
        Err(_) => {
            let refused = Refused::new(Problem::of(Code::RequestTimeout), id);
            measure(method, UNMATCHED, refused.status_code(), began);
            return Err(refused.into());
        }
    };
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| UNMATCHED.to_owned());
    measure(method, &route, response.status(), began);
    let headers = response.headers_mut();
    headers::add_to(headers);
    if let Ok(value) = HeaderValue::try_from(&id) {
        headers.insert(headers::REQUEST_ID, value);
    }
    Ok(response)
}

/// A refusal on its way past the routes.
#[derive(Debug)]
struct Refused {
    problem: Problem,
    request_id: String,
}

impl Refused {
    const fn new(problem: Problem, request_id: String) -> Self {
        Self {
            problem,
            request_id,
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.problem.fmt(f)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.code.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = problem::respond(&self.problem, &self.request_id);
        let headers = response.headers_mut();
        headers::add_to(headers);
        if let Ok(value) = HeaderValue::try_from(&self.request_id) {
            headers.insert(headers::REQUEST_ID, value);
        }
        response
    }
}

/// An error of a handler, an extractor or the framework becomes a problem that names the request.
fn render_refusal<B: MessageBody>(
    response: ServiceResponse<B>,
    id: &str,
) -> ServiceResponse<EitherBody<B>> {
    let Some(error) = response.response().error() else {
        return response.map_into_left_body();
    };
    let rendered = problem::respond(&problem::from_framework(error), id);
    response.into_response(rendered).map_into_right_body()
}

fn measure(method: &'static str, route: &str, status: StatusCode, began: Instant) {
    let elapsed = began.elapsed();
    let labels = [
        metrics::Label::from_static_parts("method", method),
        metrics::Label::new("route", route.to_owned()),
        metrics::Label::new("status", status.as_str().to_owned()),
    ];
    metrics::counter!("http_requests_total", labels.iter()).increment(1);
    metrics::histogram!("http_request_duration_seconds", labels.iter()).record(elapsed);
    let elapsed_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    if PROBES.contains(&route) {
        tracing::debug!(
            http.route = route,
            http.status = status.as_u16(),
            elapsed_us,
            "answered"
        );
    } else {
        tracing::info!(
            http.route = route,
            http.status = status.as_u16(),
            elapsed_us,
            "answered"
        );
    }
}

/// Only methods that exist become labels: a client must not fill the memory with inventions.
fn method_word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
