//! `health`: asks the running server, for containers that have no other client.

use std::{
    io::{Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::say;
use crate::settings::Settings;

/// Longest wait for the connection, and for the answer.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Longest answer in bytes that is read.
const MAX_ANSWER: u64 = 4096;

pub(super) fn ask(settings: &Settings) -> anyhow::Result<()> {
    let address = reachable(settings.server.bind);
    let answer = request(address).with_context(|| format!(
            "no server answers at {address}. Start it with `salesflow serve`; SALESFLOW__SERVER__BIND is its address"
        ))?;
    let status = answer.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) == Some("200") {
        say("ready")
    } else {
        bail!("the server at {address} is not ready: {status}");
    }
}

fn request(address: SocketAddr) -> std::io::Result<String> {
    let mut connection = TcpStream::connect_timeout(&address, TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    write!(
        connection,
        "GET /health/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    connection.take(MAX_ANSWER).read_to_string(&mut answer)?;
    Ok(answer)
}

/// A server that listens on all addresses is called on the loopback address.
fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}
