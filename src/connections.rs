//! Connections: how many one address may have, and how long each may stay unused.
//!
//! The server library closes a connection that idles between two requests, and one whose first head
//! is slow. Everything else it keeps open as long as the client likes: a body that never ends, a
//! later head that stops in the middle, an answer that the client does not read. So every stream is
//! wrapped (`guarded`) and follows two rules:
//!
//! - while no request is running, a whole request must arrive within [`Limits::idle`];
//! - while an answer is sent, the client must read some of it within [`Limits::stalled`].
//!
//! While a request is running, the edge limits its time. Event streams and long downloads count as
//! running.
//!
//! Each address has a limited number of connections (`addresses`). A new one replaces the one that
//! has been unused longest, so nobody can lock others out by holding connections open, not even
//! behind the same address.

mod addresses;
mod guarded;
mod line;
mod plain;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use actix_http::{HttpService, KeepAlive, Protocol, Request, Response, error::DispatchError};
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::{Error, body::MessageBody, dev::AppConfig, rt::net::TcpStream};

pub(crate) use addresses::Addresses;
pub(crate) use line::{Followed, Line, UnderWay};

use guarded::Guarded;

/// Time between two requests. It is short, since a browser opens a new connection at once.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// Time for the head of the first request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the server still reads from a client after its answer, so that the client sees the answer
/// and not a broken connection.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long a connection may stay unused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Without a running request.
    pub idle: Duration,
    /// Without the client reading any of an answer.
    pub stalled: Duration,
}

/// Adds a listener's service to a server: each connection is guarded, its requests are handled by the
/// application.
///
/// # Errors
/// When the listener cannot be used.
pub(crate) fn serve<F, I, S, B>(
    builder: ServerBuilder,
    listener: std::net::TcpListener,
    addresses: Arc<Addresses>,
    limits: Limits,
    application: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: std::fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as actix_service::Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let address = listener.local_addr()?;
    let shutdown = builder.graceful_shutdown_signal();
    builder.listen("salesflow", listener, move || {
        let shutdown = shutdown.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let shutdown = shutdown.clone();
                async move { shutdown.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(KEEP_ALIVE))
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(FAREWELL)
            .local_addr(address)
            .on_connect_ext(|stream: &Guarded<TcpStream>, extensions| {
                extensions.insert(stream.line());
            });
        let factory = application()
            .into_factory()
            .map_err(|error| error.into().error_response());
        let http = http.finish(map_config(factory, |()| AppConfig::default()));
        let addresses = Arc::clone(&addresses);
        fn_service(move |stream: TcpStream| {
            let guarded = guard(stream, &addresses, limits);
            async move { guarded }
        })
        .and_then(http)
    })
}

type Accepted = (Guarded<TcpStream>, Protocol, Option<SocketAddr>);

/// Guards a new connection; an error closes one that is too many.
fn guard(
    stream: TcpStream,
    addresses: &Arc<Addresses>,
    limits: Limits,
) -> Result<Accepted, DispatchError> {
    // Answers are written as a whole, so waiting for more bytes would only delay them.
    let _as_it_is = stream.set_nodelay(true);
    let peer = stream.peer_addr().map_err(DispatchError::Io)?;
    let place = addresses.take(peer.ip());
    let place = place.ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionRefused))?;
    Ok((
        Guarded::new(stream, place, limits),
        Protocol::Http1,
        Some(peer),
    ))
}
