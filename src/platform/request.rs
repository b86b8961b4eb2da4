//! Who asks, from where, under which name in the logs.

use std::{
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web};

use crate::problem::ApiError;

/// Longest user agent that is kept.
const MAX_USER_AGENT: usize = 200;

/// What the edge knows about the world before it.
#[derive(Debug, Clone, Copy)]
pub struct EdgeSettings {
    /// True behind a proxy that sets `X-Forwarded-For`; its last entry is then the client.
    pub trusts_forwarded_for: bool,
    /// Largest JSON body, in bytes.
    pub max_json_bytes: usize,
    /// Longest wait for a body, in seconds.
    pub body_timeout_seconds: u64,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            trusts_forwarded_for: false,
            max_json_bytes: 1024 * 1024,
            body_timeout_seconds: 30,
        }
    }
}

impl EdgeSettings {
    /// The settings of the running server.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        request
            .app_data::<web::Data<Self>>()
            .map_or_else(Self::default, |settings| *settings.get_ref())
    }
}

/// Where a request came from: for the audit log and the throttle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The client's address.
    pub address: String,
    /// What the client calls itself, cut to a sensible length.
    pub user_agent: String,
    /// The name of the request in the logs.
    pub request_id: String,
}

impl Origin {
    /// Work that no request asked for (the command line, the demo shop).
    #[must_use]
    pub fn local(what: &str) -> Self {
        Self {
            address: "local".to_owned(),
            user_agent: what.to_owned(),
            request_id: String::new(),
        }
    }

    /// Reads it off a request.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let user_agent = request
            .headers()
            .get("user-agent")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Self {
            address: client_address(request)
                .map_or_else(|| "unknown".to_owned(), |address| address.to_string()),
            user_agent: user_agent.chars().take(MAX_USER_AGENT).collect(),
            request_id: request_id(request),
        }
    }
}

impl FromRequest for Origin {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// The name of a request in the logs.
#[must_use]
pub fn request_id(request: &HttpRequest) -> String {
    request
        .extensions()
        .get::<tracing_actix_web::RequestId>()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    if EdgeSettings::of(request).trusts_forwarded_for {
        // The last entry was written by our own proxy; those before it by whoever asked.
        let forwarded = request
            .headers()
            .get("x-forwarded-for")
            .and_then(|value| value.to_str().ok());
        if let Some(address) = forwarded
            .and_then(|list| list.rsplit(',').next())
            .and_then(|text| text.trim().parse().ok())
        {
            return Some(address);
        }
    }
    request.peer_addr().map(|peer| peer.ip())
}
