//! `clock accept`: somebody says that the clock is right.

use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;
use sales::Actor;

use super::say;
use crate::{app::Modules, clock::MachineClock, settings::Settings};

#[derive(Debug, Subcommand)]
pub(super) enum Step {
    /// Say that the clock is right now, although the shop was at a later time: what is recorded with
    /// a later time had a wrong one. Set the clock of the machine first, if it is wrong
    Accept {
        /// Why, for the audit log
        #[arg(long, default_value = "accepted on the command line")]
        reason: String,
    },
}

pub(super) async fn run(settings: &Settings, step: Step) -> anyhow::Result<()> {
    let Step::Accept { reason } = step;
    let modules = Modules::open(settings, Arc::new(MachineClock)).await?;
    let actor = Actor::operator("command line");
    let accepted = sales::clock::accept(&modules.sales.ctx, &actor, &reason).await;
    modules.close().await;
    let correction = accepted.context("the clock was not accepted")?;
    say(&format!(
        "The clock is right: it is {}. Records with a later time, up to {}, had a wrong one: {} movements and {} sales.",
        correction.now, correction.floor, correction.movements, correction.sales
    ))
}
