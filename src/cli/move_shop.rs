//! `move-to-postgres`: a shop leaves its `SQLite` file. The way back is `backup` and `restore`.

use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Args;
use kernel::Clock as _;
use store::backup::{self, Access, Backup};

use super::{
    backup::{check_url, contents, empty_at, prove},
    say,
};
use crate::{
    backups::{self, BackupFolder},
    clock::MachineClock,
    settings::Settings,
};

/// The arguments of the command.
#[derive(Debug, Args)]
pub(super) struct MoveArguments {
    /// The empty PostgreSQL database, such as `postgres://user@host/database`; a password comes from
    /// PGPASSWORD or PGPASSFILE
    #[arg(long, value_name = "URL")]
    to: String,
}

/// Copies the shop while nobody else has its file open, so that no sale is left behind. The file stays
/// as it is.
pub(super) async fn move_to_postgres(
    settings: &Settings,
    arguments: MoveArguments,
) -> anyhow::Result<()> {
    check_url(
        &arguments.to,
        &["postgres://", "postgresql://"],
        "postgres://user@host/database",
    )?;
    let options = settings.store_options();
    if !options.url.starts_with("sqlite:") {
        bail!("the shop of database.url is on PostgreSQL already: nothing was moved");
    }
    let folder = BackupFolder::of(settings);
    let place = folder.path();
    folder
        .open()
        .with_context(|| format!("the folder {} cannot be made", place.display()))?;
    let target = empty_at(&options, Some(arguments.to));
    let now = MachineClock.now();
    let (path, head) = backups::make(&options, Access::Alone, place, now)
        .await
        .context("nothing was moved")?;
    let moved = fill(&path, &target).await;
    if moved.is_err() {
        // The shop is still where it was: the backup is of no use.
        let _removed = std::fs::remove_file(&path);
    }
    moved.context("nothing was moved")?;
    let name = store::name_of(&target.url);
    say(&format!(
        "{} is moved to {name}: every table is equal.",
        contents(&head)
    ))?;
    prove(&target).await?;
    say(&format!(
        "Now set database.url (SALESFLOW__DATABASE__URL) to the new database and start the program. Keep {} and the old file until you are sure; do not sell in the old one any more. Everybody signs in again.",
        path.display()
    ))
}

async fn fill(path: &Path, target: &store::StoreOptions) -> anyhow::Result<()> {
    let backup = Backup::open(path)?;
    Ok(backup::restore(&backup, target).await?)
}
