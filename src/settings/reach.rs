//! Who can listen on the way to a server, as far as its address shows.

use std::net::IpAddr;

/// The relevant parts of `scheme://user:password@host:port/…`.
struct Parts<'a> {
    scheme: &'a str,
    has_password: bool,
    host: &'a str,
}

fn parts(url: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let (credentials, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let host = match place.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or(bracketed),
        None => place.split(':').next().unwrap_or(place),
    };
    let password = credentials.split_once(':').map(|(_, password)| password);
    Some(Parts {
        scheme,
        has_password: password.is_some_and(|password| !password.is_empty()),
        host,
    })
}

/// True for this machine.
pub(super) fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether this Redis cannot be reached from the network or needs a password.
pub(super) fn redis_is_guarded(url: &str) -> bool {
    parts(url).is_some_and(|parts| {
        parts.scheme.ends_with("unix") || parts.has_password || is_this_machine(parts.host)
    })
}

/// Whether others on the network can read what is sent to this Redis.
pub(super) fn redis_is_in_the_clear(url: &str) -> bool {
    parts(url).is_some_and(|parts| parts.scheme == "redis" && !is_this_machine(parts.host))
}
