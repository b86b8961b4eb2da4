//! Connections: how many one address may have, and how long each may last without being of use.
//!
//! The server library ends a connection that is idle between two requests, and one whose first head is
//! slow. All else is held open for as long as the other side likes: a body that is never finished and
//! that nobody reads, a later head that stops in the middle, an answer that is not taken. So every
//! stream is wrapped (`guarded`) and follows two rules:
//!
//! - while no request is under way, another must have arrived whole within [`Limits::idle`];
//! - while an answer is sent, something of it must be taken within [`Limits::stalled`].
//!
//! While a request is under way the edge limits its time. Watchers and long downloads are under way.
//!
//! An address has so many connections (`addresses`). One more takes the place of the one that was of
//! use longest ago: whoever holds connections open keeps nobody out, not even behind the same address.

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

/// Between two requests: short, since a browser opens another one in no time.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// Time for the head of the first request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client that still sends is listened to after its answer, so that it reads the answer
/// and not that the line broke.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long a connection may be of no use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Without a request under way.
    pub idle: Duration,
    /// Without anything of an answer being taken.
    pub stalled: Duration,
}

/// Adds the service of a listener to a server: each connection guarded, its requests answered by the
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

/// Guards a connection that was just opened; the refusal of one too many closes it.
fn guard(
    stream: TcpStream,
    addresses: &Arc<Addresses>,
    limits: Limits,
) -> Result<Accepted, DispatchError> {
    // Answers are written whole; to wait for more of them only makes a till slower.
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
