//! `serve`: the shop on the network.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use anyhow::Context as _;

use super::say;
use crate::{app::Application, clock::MachineClock, settings::Settings, webapp};

/// Serves until a signal ends it.
pub(super) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    platform::telemetry::start_logs(settings.log.style(), &settings.log.filter);
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    if !webapp::is_built() {
        tracing::warn!("the web app is not in this program: it serves the API and /docs only");
    }
    let application = Application::build(settings, Arc::new(MachineClock)).await?;
    let token = application
        .modules()
        .sales
        .people
        .ensure_setup_token()
        .await
        .context("the setup token cannot be created")?;
    if let Some(token) = token {
        // Not in the log, which may be stored and sent elsewhere.
        let address = address_for_people(settings.server.bind.ip(), application.port());
        say(&format!(
            "This shop has no owner yet. Open {address}/ouverture?code={token} to become the owner. It works once. \
             Without a browser, POST /api/v1/setup does the same with the setup token {token}"
        ))?;
    }
    tracing::info!(
        address = %format_args!("http://{}:{}", settings.server.bind.ip(), application.port()),
        profile = settings.profile.as_str(),
        "the shop is open"
    );
    application.run().await
}

/// An address that a browser on this machine can open.
fn address_for_people(ip: IpAddr, port: u16) -> String {
    if ip.is_unspecified() {
        format!("http://localhost:{port}")
    } else {
        format!("http://{}", SocketAddr::new(ip, port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_first_start_can_be_opened() {
        for (ip, address) in [
            ("127.0.0.1", "http://127.0.0.1:8080"),
            ("0.0.0.0", "http://localhost:8080"),
            ("::", "http://localhost:8080"),
            ("::1", "http://[::1]:8080"),
        ] {
            assert_eq!(address_for_people(ip.parse().unwrap(), 8080), address);
        }
    }
}
