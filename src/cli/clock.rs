//! `clock accept`: declares that the clock is right.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;
use sales::Actor;

use super::{say, words};
use crate::{app::Modules, clock::MachineClock, settings::Settings};

#[derive(Debug, Subcommand)]
pub(super) enum ClockStep {
    /// Accept the time that this machine shows now, although records of the shop are dated later
    ///
    /// The later times were wrong: the records stay as they are, and selling goes on. If the clock of
    /// this machine is wrong, set it first.
    Accept {
        /// Why: kept in the audit log
        #[arg(long, default_value = "accepted on the command line")]
        reason: String,
    },
}

pub(super) async fn run(settings: &Settings, step: ClockStep) -> anyhow::Result<()> {
    let ClockStep::Accept { reason } = step;
    let modules = Modules::open(settings, Arc::new(MachineClock)).await?;
    let actor = Actor::operator("command line");
    let accepted = sales::clock::accept(&modules.sales.ctx, &actor, &reason).await;
    modules.close().await;
    let correction = accepted
        .map_err(words::refused)
        .context("nothing was changed")?;
    say(&format!(
        "The time of this machine is accepted: {}. These records are dated later, up to {}, and stay as they are: {} movements of stock and {} sales.",
        correction.now, correction.floor, correction.movements, correction.sales
    ))
}
