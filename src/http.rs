//! The edge: what every request passes.
//!
//! One layer measures, limits the time, renders refusals, sets the headers and compresses, so that a
//! request costs one future instead of five.

mod compression;
pub mod fallback;
mod headers;
mod meters;
mod span;

use std::{future::poll_fn, rc::Rc, sync::Arc, task::Poll, time::Duration};

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use compression::Packed;
use fallback::Routes;
use futures_util::FutureExt as _;
use kernel::{Clock, Code, Problem, Role};
use meters::UNMATCHED;
use platform::{
    access::{self, Asker, Recognition},
    problem,
    request::{ArrivedAt, Origin, RequestId},
};
use sales::audit::refusals::{Refusals, RefusedOperation};
use span::Named;
use tokio::time::error::Elapsed;
use tracing::Instrument as _;

use crate::{
    connections::{Followed, Line, UnderWay},
    settings::ServerSettings,
};

/// The body of an answer: of its route or of a refusal, compressed or not.
type Answered<B> = Followed<Packed<EitherBody<B>>>;

/// The path for file uploads, which take longer.
const UPLOADS: &str = "/api/v1/imports";
/// Everything for signed-in users is under this path.
const API: &str = "/api/";
/// The settings of the edge.
#[derive(derive_more::Debug)]
#[debug("Edge {{ .. }}")]
pub struct Edge {
    request_timeout: Duration,
    upload_timeout: Duration,
    clock: Arc<dyn Clock>,
    refusals: Refusals,
    acting_as: Option<HeaderValue>,
}

impl Edge {
    /// From the settings. The clock dates the arrival of requests; `refusals` counts what is refused.
    #[must_use]
    pub fn new(settings: &ServerSettings, clock: Arc<dyn Clock>, refusals: Refusals) -> Self {
        Self {
            request_timeout: Duration::from_secs(settings.request_timeout_seconds),
            upload_timeout: Duration::from_secs(settings.upload_timeout_seconds),
            clock,
            refusals,
            acting_as: None,
        }
    }

    /// The same edge for the development bypass: requests without a token act as this role, and
    /// answers say so.
    #[must_use]
    pub fn acting_as(self, role: Option<Role>) -> Self {
        Self {
            acting_as: role.map(|role| HeaderValue::from_static(role.as_str())),
            ..self
        }
    }

    /// Counts requests that the role does not allow, for the audit log.
    fn note_refusal(&self, request: &HttpRequest, named: &Named, route: &str) {
        if let Some((user_id, role)) = named.asker().get() {
            self.refusals.count_operation(RefusedOperation {
                user_id,
                role,
                operation: format!("{} {route}", method_word(named.method())),
                origin: Origin::of(request),
            });
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

/// Passes a request on and completes its answer.
///
/// # Errors
/// `Refused`, ready to be sent.
pub async fn handle<B: MessageBody + 'static>(
    edge: Arc<Edge>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Answered<B>>, Error> {
    let on_the_line = request.conn_data::<Arc<Line>>().map(UnderWay::begin);
    let id = RequestId::generate();
    request.extensions_mut().insert(id);
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let named = Named::new(&request, id, asker);
    // A HEAD is handled as a GET. The connection drops the body by itself.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let is_reading = request.method() == Method::GET;
    if let Err(problem) = headers::check(request.head()) {
        return Err(refuse(problem, &named, &edge));
    }
    if !is_reading {
        let arrived_at = ArrivedAt(edge.clock.now());
        request.extensions_mut().insert(arrived_at);
    }
    let timeout = edge.timeout_of(request.path());
    // The caller is identified first, so that a refused or delayed body reveals nothing to strangers.
    if request.path().starts_with(API) {
        match access::recognise(request.request()) {
            Recognition::Known(caller) => {
                request.extensions_mut().insert(caller);
            }
            Recognition::LookedUp(looking) => {
                let span = named.span();
                let answer = async move {
                    let outcome = tokio::time::timeout(timeout, async {
                        let caller = looking.await;
                        request.extensions_mut().insert(caller);
                        next.call(request).await
                    });
                    finish(outcome.await, &named, &edge, on_the_line)
                };
                return answer.instrument(span).await;
            }
        }
    }
    let mut under_way = next.call(request);
    // A kept answer is ready at once. A timer and a span would add a tenth to its cost.
    if is_reading
        && let Poll::Ready(outcome) =
            poll_fn(|context| Poll::Ready(under_way.poll_unpin(context))).await
    {
        return finish(Ok(outcome), &named, &edge, on_the_line);
    }
    let span = named.span();
    async move {
        let outcome = tokio::time::timeout(timeout, under_way).await;
        finish(outcome, &named, &edge, on_the_line)
    }
    .instrument(span)
    .await
}

/// Renders a refusal, counts the answer and sets its headers.
fn finish<B: MessageBody + 'static>(
    outcome: Result<Result<ServiceResponse<B>, Error>, Elapsed>,
    named: &Named,
    edge: &Edge,
    on_the_line: Option<UnderWay>,
) -> Result<ServiceResponse<Answered<B>>, Error> {
    let id = named.id();
    let mut response = match outcome {
        Ok(Ok(response)) => render_refusal(response, id),
        Ok(Err(error)) => return Err(refuse(problem::from_framework(&error), named, edge)),
        Err(_) => return Err(refuse(Problem::of(Code::RequestTimeout), named, edge)),
    };
    let route = meters::route_of(response.request());
    conclude(named, &route, response.status());
    if response.status() == StatusCode::FORBIDDEN {
        edge.note_refusal(response.request(), named, &route);
    }
    let headers = response.headers_mut();
    headers::add_to(headers);
    if named.came_by_tls() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, headers::ONLY_TLS);
    }
    headers::sign(headers, id, edge.acting_as.as_ref());
    let response = compression::apply(response);
    Ok(response.map_body(|_, body| Followed::new(body, on_the_line)))
}

/// Ends a request that has no route, or whose route gave no answer.
fn refuse(problem: Problem, named: &Named, edge: &Edge) -> Error {
    let refused = Refused::new(problem, named.id(), edge.acting_as.clone());
    conclude(named, &Rc::from(UNMATCHED), refused.status_code());
    refused.into()
}

/// A refusal that bypasses the routes.
#[derive(Debug)]
struct Refused {
    problem: Problem,
    request_id: RequestId,
    acting_as: Option<HeaderValue>,
}

impl Refused {
    const fn new(problem: Problem, request_id: RequestId, acting_as: Option<HeaderValue>) -> Self {
        Self {
            problem,
            request_id,
            acting_as,
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
        let mut response = problem::respond(&self.problem, &self.request_id.to_string());
        let headers = response.headers_mut();
        headers::add_to(headers);
        headers::sign(headers, self.request_id, self.acting_as.as_ref());
        response
    }
}

/// Turns an error of a handler, an extractor or the framework into a problem that names the request.
fn render_refusal<B: MessageBody>(
    response: ServiceResponse<B>,
    id: RequestId,
) -> ServiceResponse<EitherBody<B>> {
    let Some(error) = response.response().error() else {
        return response.map_into_left_body();
    };
    let problem = problem::from_framework(error);
    let request = response.request();
    // A path may look like the path of a record: `/sales/batch` is not a missing sale.
    let methods = match (problem.code, request.app_data::<Data<Routes>>()) {
        (Code::NotFound, Some(routes)) => routes.other_methods_of(request),
        _ => None,
    };
    let rendered = match methods {
        Some(methods) => fallback::refuse_method(&methods, &id.to_string()),
        None => problem::respond(&problem, &id.to_string()),
    };
    response.into_response(rendered).map_into_right_body()
}

fn conclude(named: &Named, route: &Rc<str>, status: StatusCode) {
    let elapsed = named.elapsed();
    let method = method_word(named.method());
    meters::count(method, route, status.as_u16(), elapsed);
    named.end(route, status.as_u16(), elapsed);
}

/// Only known methods become labels: a client must not fill the memory with invented ones.
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
