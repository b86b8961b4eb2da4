//! How often each route was requested, and how long it took.
//!
//! The route of a path and its metrics are looked up once in each thread. Searching both tables again
//! took longer than sending a kept answer.

use std::{cell::RefCell, collections::HashMap, rc::Rc, time::Duration};

use actix_web::HttpRequest;
use metrics::{Counter, Histogram, Label};

/// The label of a path without a route.
pub(super) const UNMATCHED: &str = "unmatched";
/// Remembered paths: there are fewer routes without parameters.
const MAX_PATHS: usize = 512;

thread_local! {
    /// Paths that are their own route.
    static PATHS: RefCell<HashMap<Box<str>, Rc<str>>> = RefCell::default();
    static METERS: RefCell<HashMap<Rc<str>, Vec<Meter>>> = RefCell::default();
}

struct Meter {
    method: &'static str,
    status: u16,
    requests: Counter,
    duration: Histogram,
}

/// The route of a request, such as `/api/v1/products/{id}`.
pub(super) fn route_of(request: &HttpRequest) -> Rc<str> {
    let path = request.path();
    let known = PATHS.with_borrow(|paths| paths.get(path).cloned());
    if let Some(route) = known {
        return route;
    }
    let Some(pattern) = request.match_pattern() else {
        return Rc::from(UNMATCHED);
    };
    let route: Rc<str> = Rc::from(pattern);
    if *route == *path {
        PATHS.with_borrow_mut(|paths| {
            if paths.len() < MAX_PATHS {
                paths.insert(Box::from(path), Rc::clone(&route));
            }
        });
    }
    route
}

pub(super) fn count(method: &'static str, route: &Rc<str>, status: u16, elapsed: Duration) {
    METERS.with_borrow_mut(|all| {
        let meters = all.entry(Rc::clone(route)).or_default();
        let known = meters
            .iter()
            .position(|meter| meter.method == method && meter.status == status);
        let position = known.unwrap_or_else(|| {
            meters.push(Meter::new(method, route, status));
            meters.len() - 1
        });
        if let Some(meter) = meters.get(position) {
            meter.requests.increment(1);
            meter.duration.record(elapsed);
        }
    });
}

impl Meter {
    fn new(method: &'static str, route: &str, status: u16) -> Self {
        let labels = [
            Label::from_static_parts("method", method),
            Label::new("route", route.to_owned()),
            Label::new("status", status.to_string()),
        ];
        Self {
            method,
            status,
            requests: metrics::counter!("http_requests_total", labels.iter()),
            duration: metrics::histogram!("http_request_duration_seconds", labels.iter()),
        }
    }
}
