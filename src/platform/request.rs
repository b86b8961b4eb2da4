//! The origin of a request: address, user agent, and the id in the logs.

use std::{
    cell::RefCell,
    fmt,
    future::{Ready, ready},
    net::IpAddr,
    sync::atomic::{AtomicI64, Ordering},
};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HeaderValue},
    web,
};
use kernel::{Clock as _, Timestamp, clock::SystemClock};
use uuid::{Builder, Uuid};

use crate::problem::ApiError;

/// Header in which a proxy writes the client's address.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Time between two warnings about an untrusted proxy.
const WARNED_EVERY_SECONDS: i64 = 3600;
/// Longest stored user agent.
const MAX_USER_AGENT: usize = 200;

/// The id of a request in the logs and in its response: a UUID of version 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A new id.
    #[must_use]
    pub fn generate() -> Self {
        thread_local! {
            // An id has to be unique, not secret: system randomness for each request took longer than
            // reading the clock.
            static CHANCE: RefCell<[u8; 16]> = RefCell::new(*Uuid::new_v4().as_bytes());
        }
        let milliseconds = SystemClock.now().micros().div_euclid(1_000);
        let bytes = CHANCE.with_borrow_mut(|state| {
            let next = u128::from_le_bytes(*state)
                .wrapping_mul(0x0fc9_4e3b_f4e9_ab32_8664_58cd_56f5_e605)
                .wrapping_add(1);
            *state = next.to_le_bytes();
            // The low bits of such a sequence repeat early.
            let mixed = next ^ (next >> 64);
            let mut bytes = [0; 10];
            bytes.copy_from_slice(mixed.to_le_bytes().last_chunk().unwrap_or(&[0; 10]));
            bytes
        });
        let milliseconds = u64::try_from(milliseconds).unwrap_or_default();
        Self(Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid())
    }

    /// The 36 characters as a header value.
    #[must_use]
    pub fn to_header(self) -> HeaderValue {
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(self.0.hyphenated().encode_lower(&mut text))
            .unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Settings of the HTTP edge.
#[derive(Debug, Clone, Copy)]
pub struct EdgeSettings {
    /// True behind a proxy that sets `X-Forwarded-For`; its last entry is then the client.
    pub trusts_forwarded_for: bool,
    /// True when this header, while not trusted, leads to a warning in the log.
    pub warns_of_forwarded_for: bool,
    /// Largest JSON body, in bytes.
    pub max_json_bytes: usize,
    /// Longest wait for a body, in seconds.
    pub body_timeout_seconds: u64,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            trusts_forwarded_for: false,
            warns_of_forwarded_for: false,
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

    /// True when the client used TLS up to the trusted proxy, by the last entry of `X-Forwarded-Proto`.
    #[must_use]
    pub fn is_tls(self, request: &HttpRequest) -> bool {
        self.trusts_forwarded_for
            && request
                .headers()
                .get_all("x-forwarded-proto")
                .last()
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.rsplit(',').next())
                .is_some_and(|word| word.trim().eq_ignore_ascii_case("https"))
    }
}

/// When a request arrived, before it waited for anything; the edge adds it to the extensions of every
/// request that may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrivedAt(pub Timestamp);

/// The origin and arrival of a request: for the audit log, the throttle, and the time of what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Address of the client.
    pub address: String,
    /// User agent of the client, cut to 200 characters.
    pub user_agent: String,
    /// Id of the request in the logs.
    pub request_id: String,
    /// When the request arrived; `None` for work without a request.
    pub arrived_at: Option<Timestamp>,
}

impl Origin {
    /// For work without a request (the command line, the demo shop).
    #[must_use]
    pub fn local(what: &str) -> Self {
        Self {
            address: "local".to_owned(),
            user_agent: what.to_owned(),
            request_id: String::new(),
            arrived_at: None,
        }
    }

    /// Reads origin and arrival of a request.
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
            arrived_at: request.extensions().get().map(|ArrivedAt(at)| *at),
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

/// The id of a request in the logs.
#[must_use]
pub fn request_id(request: &HttpRequest) -> String {
    request
        .extensions()
        .get::<RequestId>()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    let edge = EdgeSettings::of(request);
    if edge.warns_of_forwarded_for
        && !edge.trusts_forwarded_for
        && request.headers().contains_key(FORWARDED_FOR)
    {
        warn_of_unknown_proxy();
    }
    let forwarded = edge
        .trusts_forwarded_for
        .then(|| last_forwarded(request.headers()))
        .flatten();
    forwarded.or_else(|| request.peer_addr().map(|peer| peer.ip()))
}

/// Behind an untrusted proxy all clients share one address, and one person who guesses passwords makes
/// all of them wait. Warned about rarely: any client may send the header.
fn warn_of_unknown_proxy() {
    static LAST: AtomicI64 = AtomicI64::new(i64::MIN);
    let now = SystemClock.now().micros().div_euclid(1_000_000);
    if is_due(&LAST, now) {
        tracing::warn!(
            "X-Forwarded-For arrives while server.trust_proxy is off: if a proxy stands before the \
             program, all clients behind it count as one address; set server.trust_proxy = true"
        );
    }
}

/// True for the first caller, and then for one in every [`WARNED_EVERY_SECONDS`].
fn is_due(last: &AtomicI64, now: i64) -> bool {
    let before = last.load(Ordering::Relaxed);
    now >= before.saturating_add(WARNED_EVERY_SECONDS)
        && last
            .compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
}

/// The last entry of the last line was written by our own proxy; the client may have written the others.
fn last_forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all(FORWARDED_FOR).last()?.to_str().ok()?;
    line.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use actix_web::http::header::HeaderName;

    use super::*;

    #[test]
    fn a_client_cannot_choose_the_address_that_a_proxy_saw() {
        let address = |lines: &[&str]| {
            let name = || HeaderName::from_static("x-forwarded-for");
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(name(), HeaderValue::from_str(line).unwrap());
            }
            last_forwarded(&headers).map(|address| address.to_string())
        };
        let seen = Some("198.51.100.7".to_owned());
        assert_eq!(address(&["198.51.100.7"]), seen);
        assert_eq!(address(&["203.0.113.1, 198.51.100.7"]), seen);
        assert_eq!(address(&["203.0.113.1", "198.51.100.7"]), seen);
        assert_eq!(address(&["203.0.113.1", "unknown"]), None);
        assert_eq!(address(&[]), None);
    }

    #[test]
    fn a_warning_is_due_once_an_hour() {
        let last = AtomicI64::new(i64::MIN);
        let due: Vec<_> = [0, 1, 3_599, 3_600, 3_601, 9_000]
            .into_iter()
            .filter(|now| is_due(&last, *now))
            .collect();
        assert_eq!(due, [0, 3_600, 9_000]);
    }

    #[test]
    fn ids_differ_also_between_threads_and_are_of_version_7() {
        let make = || {
            (0..10_000)
                .map(|_| RequestId::generate().0)
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(make)).collect();
        let mut seen = HashSet::new();
        for thread in threads {
            for id in thread.join().unwrap() {
                assert_eq!(id.get_version_num(), 7);
                assert!(seen.insert(id));
            }
        }
        assert_eq!(RequestId::generate().to_header().len(), 36);
    }
}
