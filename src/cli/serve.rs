//! `serve`: the shop on the network.

use std::sync::Arc;

use kernel::clock::SystemClock;

use crate::{app::Application, settings::Settings};

/// Serves until a signal ends it.
pub(super) async fn serve(settings: &Settings) -> anyhow::Result<()> {
    platform::telemetry::start_logs(settings.log.style(), &settings.log.filter);
    let application = Application::build(settings, Arc::new(SystemClock)).await?;
    tracing::info!(
        address = %format_args!("http://{}:{}", settings.server.bind.ip(), application.port()),
        profile = settings.profile.as_str(),
        "the shop is open"
    );
    application.run().await
}
