//! `migrate`: the schema, forwards, backwards, and how far it is.

use anyhow::{Context as _, bail};
use clap::Subcommand;

use super::say;
use crate::settings::{Profile, Settings};

#[derive(Debug, Default, Subcommand)]
pub(super) enum Step {
    /// Run what has not run yet. Happens without a word as well, and at every start of the server
    #[default]
    Up,
    /// Take migrations back. What they held is LOST: make a backup first
    Down {
        /// How many, the last first
        #[arg(long, default_value_t = 1)]
        steps: u32,
        /// Needed in production
        #[arg(long)]
        force: bool,
    },
    /// List the migrations
    Status,
}

pub(super) async fn run(settings: &Settings, step: Step) -> anyhow::Result<()> {
    let options = settings.store_options();
    match step {
        Step::Up => {
            store::migrate_up(&options)
                .await
                .context("the schema cannot be brought up to date")?;
            say("The schema is up to date.")
        }
        Step::Down { steps, force } => {
            if settings.profile == Profile::Production && !force {
                bail!(
                    "taking migrations back loses what they held; make a backup, then say `migrate down --force`"
                );
            }
            store::migrate_down(&options, Some(steps))
                .await
                .context("the migrations cannot be taken back")?;
            say("The migrations are taken back.")
        }
        Step::Status => {
            let states = store::migration_status(&options)
                .await
                .context("the migrations cannot be listed")?;
            for state in states {
                let word = if state.is_applied {
                    "applied"
                } else {
                    "pending"
                };
                say(&format!("{word}  {}", state.name))?;
            }
            Ok(())
        }
    }
}
