//! `migrate`: updates the schema, takes changes back, or lists them.

use anyhow::{Context as _, bail};
use clap::Subcommand;

use super::say;
use crate::settings::{Profile, Settings};

#[derive(Debug, Default, Subcommand)]
pub(super) enum MigrateStep {
    /// Run the changes that are pending (what happens without a word, and at each start of the server)
    #[default]
    Up,
    /// Take the last changes back. The data in them is LOST: make a backup first
    Down {
        /// How many
        #[arg(long, default_value_t = 1)]
        steps: u32,
        /// Do it in production, too
        #[arg(long)]
        force: bool,
    },
    /// List the changes, each with `applied` or `pending`
    Status,
}

pub(super) async fn run(settings: &Settings, step: MigrateStep) -> anyhow::Result<()> {
    let options = settings.store_options();
    match step {
        MigrateStep::Up => {
            store::migrate_up(&options)
                .await
                .context("the tables of the database cannot be brought up to date")?;
            say("The tables of the database are up to date.")
        }
        MigrateStep::Down { steps, force } => {
            if settings.profile == Profile::Production && !force {
                bail!(
                    "taking changes back loses the data in them. Make a backup, then run `salesflow migrate down --force`"
                );
            }
            store::migrate_down(&options, Some(steps))
                .await
                .context("the changes cannot be taken back")?;
            say("The changes were taken back.")
        }
        MigrateStep::Status => {
            let states = store::migration_status(&options)
                .await
                .context("the changes cannot be listed")?;
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
