//! `backup` and `restore`: the shop as one file, and back.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use kernel::Clock as _;
use store::{
    MissingFile, StoreOptions,
    backup::{self, Access, Backup, Head},
};

use super::{books, say};
use crate::{
    backups::{self, BackupFolder},
    clock::MachineClock,
    settings::Settings,
};

/// The arguments of `backup`.
#[derive(Debug, Args)]
pub(super) struct BackupArguments {
    /// The file to make, or a folder, in which it is named by its time. Without it: the folder of
    /// the setting `backup.directory`
    file: Option<PathBuf>,
    /// The same, by name
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    to: Option<PathBuf>,
    /// Afterwards delete all but this number of the newest backups in the folder `backup.directory`
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["file", "to"], value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
}

/// The arguments of `restore`.
#[derive(Debug, Args)]
pub(super) struct RestoreArguments {
    /// The backup
    file: PathBuf,
    /// The empty database to restore into, such as `sqlite://data/salesflow.db` or
    /// `postgres://user@host/database`; a password comes from PGPASSWORD or PGPASSFILE. Without it:
    /// the setting `database.url`
    #[arg(long, value_name = "URL", conflicts_with = "verify")]
    to: Option<String>,
    /// Only try: restore into a scratch place beside the file, prove the books there, delete it
    #[arg(long)]
    verify: bool,
}

pub(super) async fn make(settings: &Settings, arguments: BackupArguments) -> anyhow::Result<()> {
    let place = if let Some(place) = arguments.file.or(arguments.to) {
        place
    } else {
        let folder = BackupFolder::of(settings);
        let path = folder.path();
        folder
            .open()
            .with_context(|| format!("the folder {} cannot be made", path.display()))?;
        path.to_owned()
    };
    let (path, head) = backups::make(
        &settings.store_options(),
        Access::Shared,
        &place,
        MachineClock.now(),
    )
    .await
    .context("no backup was made")?;
    say(&format!(
        "{} is made, {} bytes: {}.",
        path.display(),
        head.file_bytes(),
        contents(&head)
    ))?;
    if let Some(keep) = arguments.keep {
        let folder = BackupFolder::of(settings);
        let deleted = folder
            .tidy(keep.into(), MachineClock.now())
            .with_context(|| {
                let path = folder.path().display();
                format!("old backups in {path} cannot be deleted")
            })?;
        say(&format!("{deleted} older backups were deleted."))?;
    }
    say(
        "Keep a copy of it on another machine. The secret of the settings (auth.jwt_secret) is not in it: second factors need the same one.",
    )
}

/// What a backup holds, as a part of a sentence.
pub(super) fn contents(head: &Head) -> String {
    format!(
        "the shop “{}” on {}, {} rows, up to sale {}",
        head.shop,
        head.taken_at,
        head.rows(),
        head.position.sale
    )
}

pub(super) async fn restore(
    settings: &Settings,
    arguments: RestoreArguments,
) -> anyhow::Result<()> {
    let RestoreArguments { file, to, verify } = arguments;
    let backup = Backup::open(&file).context("nothing was restored")?;
    let options = settings.store_options();
    if verify {
        return try_out(&backup, &options).await;
    }
    if let Some(url) = &to {
        let schemes = ["sqlite:", "postgres://", "postgresql://"];
        check_url(url, &schemes, "sqlite://data/salesflow.db")?;
    }
    let target = empty_at(&options, to);
    backup::restore(&backup, &target)
        .await
        .context("nothing was restored")?;
    let name = store::name_of(&target.url);
    say(&format!(
        "{} is restored into {name}.",
        contents(backup.head())
    ))?;
    say("Everybody signs in again.")?;
    prove(&target).await
}

/// The options of the database that is filled.
pub(super) fn empty_at(options: &StoreOptions, url: Option<String>) -> StoreOptions {
    StoreOptions {
        url: url.unwrap_or_else(|| options.url.clone()),
        read_url: None,
        missing_file: MissingFile::Create,
        ..options.clone()
    }
}

/// Says whether the books of a database are right. They are as they were in the backup.
pub(super) async fn prove(options: &StoreOptions) -> anyhow::Result<()> {
    let proof = backups::prove(options, MachineClock.now()).await?;
    books::report(&proof).context("the shop is restored as it was, with its faults")
}

async fn try_out(backup: &Backup, options: &StoreOptions) -> anyhow::Result<()> {
    let folder = backup.path().parent().unwrap_or(Path::new("."));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let proof = backups::try_out(backup, options, folder, MachineClock.now())
        .await
        .context("the backup cannot be restored")?;
    if proof.ok {
        say(&format!(
            "The backup can be restored: {}.",
            contents(backup.head())
        ))?;
    }
    books::report(&proof).context("the backup can be restored, with the faults of its shop")
}

/// A sentence about a URL that is not one of a database.
pub(super) fn check_url(url: &str, schemes: &[&str], example: &str) -> anyhow::Result<()> {
    if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
        bail!("--to must be the URL of a database, such as {example}");
    }
    Ok(())
}
