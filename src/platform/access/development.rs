//! The development bypass: requests without a token act as a user of the shop, so that a front end can
//! be developed without signing in.
//!
//! The program then listens on the loopback, but a browser on the same machine also opens foreign pages,
//! and any of them could post an import to it. So the request has to be addressed to the loopback by
//! name (a page cannot choose `Host`, but it can point its own name at 127.0.0.1), and the page that
//! sends it, if there is one, has to come from the loopback too.

use std::{net::IpAddr, sync::Arc};

use actix_web::{
    HttpRequest,
    http::{
        Uri,
        header::{self, HeaderMap, HeaderName},
    },
};
use kernel::{Clock as _, Code, Problem, Role, clock::SystemClock, ids::SessionId};
use uuid::Uuid;

use super::{AccessControl, Sessions};
use crate::tokens::{AUDIENCE, Claims, ISSUER};

/// The browser's statement about the page that sends a request.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The session id of the bypass: no session was opened.
#[must_use]
pub const fn no_session() -> SessionId {
    SessionId::from_uuid(Uuid::nil())
}

/// Authenticates a request without a token.
pub(super) struct StandIn {
    sessions: Arc<dyn Sessions>,
    role: Role,
}

impl StandIn {
    /// `None` where the bypass does not apply to the request.
    pub(super) fn of(control: &AccessControl, request: &HttpRequest) -> Option<Self> {
        let role = control.development_role?;
        let headers = request.headers();
        let has_token = headers.contains_key(header::AUTHORIZATION);
        (!has_token && are_local(request.uri(), headers)).then(|| Self {
            sessions: Arc::clone(&control.sessions),
            role,
        })
    }

    /// The claims that a token of the first active user of the role would have.
    pub(super) async fn claims(self) -> Result<Claims, Problem> {
        let user = self.sessions.first_active(self.role).await?;
        let user = user.ok_or_else(|| {
            let role = self.role;
            let detail =
                format!("auth.development_role needs an active {role}, and there is none.");
            Problem::new(Code::Unauthenticated, detail)
        })?;
        let now = SystemClock.now().micros().div_euclid(1_000_000);
        Ok(Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            role: self.role,
            sid: no_session(),
            epoch: 0,
            exp: now,
            iat: now,
            jti: Uuid::nil(),
        })
    }
}

/// True for a request from a program or page of this machine to this machine.
fn are_local(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST);
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => return false,
    };
    let is_addressed_here =
        is_loopback(host) && uri.authority().is_none_or(|to| is_loopback(to.as_str()));
    let is_page_from_here = headers
        .get_all(header::ORIGIN)
        .all(|origin| origin.to_str().is_ok_and(is_origin_here));
    let is_site_from_here = headers.get_all(SITE).all(|site| site != "cross-site");
    is_addressed_here && is_page_from_here && is_site_from_here
}

/// `http://localhost:5173`, on any port.
fn is_origin_here(origin: &str) -> bool {
    let host = origin
        .split_once("://")
        .filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
    host.is_some_and(|(_, host)| is_loopback(host))
}

/// True for a host, with or without a port, that is this machine.
fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, port)) => (name, port),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok());
    let is_here = name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_port && is_here
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn is_let_in(lines: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_str(value).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        are_local(&Uri::from_static("/api/v1/imports"), &headers)
    }

    #[test]
    fn a_request_is_addressed_to_the_loopback() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:8080",
            "127.1.2.3",
            "[::1]:8080",
            "[::1]",
        ] {
            assert!(is_let_in(&[("host", host)]), "{host}");
        }
        for host in [
            "",
            "shop.example",
            "192.0.2.7:8080",
            "0.0.0.0",
            "localhost.evil.example",
            "evil.example:8080",
            "localhost:x",
            "127.0.0.1.nip.io",
            "localhost@evil.example",
            "[::2]:80",
            "[::1",
            "::1",
            "localhost:80:80",
        ] {
            assert!(!is_let_in(&[("host", host)]), "{host}");
        }
        assert!(!is_let_in(&[]));
        assert!(!is_let_in(&[
            ("host", "localhost"),
            ("host", "evil.example")
        ]));
        let proxied = Uri::from_static("http://evil.example/api/v1/imports");
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, HeaderValue::from_static("localhost"));
        assert!(!are_local(&proxied, &headers));
    }

    #[test]
    fn a_page_that_sends_it_comes_from_the_loopback_too() {
        let from = |origin| is_let_in(&[("host", "localhost:8080"), ("origin", origin)]);
        for origin in [
            "http://localhost:5173",
            "https://127.0.0.1",
            "http://[::1]:3000",
        ] {
            assert!(from(origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "https://evil.example",
            "http://localhost.evil.example",
            "localhost:5173",
            "file://localhost",
            "http://localhost:5173/path",
            "http://localhost@evil.example",
        ] {
            assert!(!from(origin), "{origin}");
        }
        let site = |site| is_let_in(&[("host", "localhost:8080"), ("sec-fetch-site", site)]);
        assert!(site("same-origin") && site("none") && site("same-site"));
        assert!(!site("cross-site"));
    }
}
