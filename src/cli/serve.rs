//! `serve`: the shop on the network.

use std::sync::Arc;

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
        say(&format!(
            "This shop has no owner yet. POST /api/v1/setup creates one, once, with the setup token {token}"
        ))?;
    }
    tracing::info!(
        address = %format_args!("http://{}:{}", settings.server.bind.ip(), application.port()),
        profile = settings.profile.as_str(),
        "the shop is open"
    );
    application.run().await
}
