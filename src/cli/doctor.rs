//! `doctor`: what is wrong with this installation, and what to do. It changes nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::bail;
use kernel::{Clock as _, Timestamp};
use store::{
    ClockFault, MissingFile, StoreOptions,
    backup::{self, Backup, Head},
    floor::Floor,
};

use super::say;
use crate::{
    backups::BackupFolder,
    clock::MachineClock,
    settings::{Profile, Settings, SettingsError},
    version::VERSION,
};

/// Less free space than this is wrong.
const LEAST_FREE_BYTES: u64 = 200 * 1024 * 1024;
/// An older newest backup is wrong in production.
const OLDEST_BACKUP_SECONDS: i64 = 2 * 24 * 3600;
/// Longest wait for Redis, which may be on another machine.
const REDIS_PATIENCE: Duration = Duration::from_secs(2);

/// What was found, in the order of the found.
#[derive(Default)]
struct Findings {
    lines: Vec<String>,
    wrong: usize,
}

impl Findings {
    fn right(&mut self, about: &str, sentence: &str) {
        self.lines.push(format!("ok     {about}: {sentence}"));
    }

    /// Worth knowing, but not wrong.
    fn note(&mut self, about: &str, sentence: &str) {
        self.lines.push(format!("note   {about}: {sentence}"));
    }

    fn wrong(&mut self, about: &str, sentence: &str) {
        self.wrong += 1;
        self.lines.push(format!("WRONG  {about}: {sentence}"));
    }
}

/// Looks at everything, prints what was found, and fails if something is wrong.
pub(super) async fn examine(settings: Result<Settings, SettingsError>) -> anyhow::Result<()> {
    let mut found = Findings::default();
    found.right("program", &format!("salesflow {VERSION}"));
    match settings {
        Ok(settings) => look_at_all(&settings, &mut found).await,
        Err(error) => found.wrong("configuration", &error.to_string().replace("\n  - ", " ")),
    }
    for line in &found.lines {
        say(line)?;
    }
    match found.wrong {
        0 => say("Nothing is wrong."),
        1 => bail!("one thing is wrong"),
        many => bail!("{many} things are wrong"),
    }
}

async fn look_at_all(settings: &Settings, found: &mut Findings) {
    found.right(
        "configuration",
        &format!("valid, profile {}", settings.profile.as_str()),
    );
    for warning in settings.warnings() {
        found.note("configuration", &warning);
    }
    let options = StoreOptions {
        missing_file: MissingFile::Refuse,
        ..settings.store_options()
    };
    let name = store::name_of(&options.url);
    match backup::look(&options).await {
        Ok(head) => {
            let shop = format!(
                "{name}: the shop “{}”, up to sale {}",
                head.shop, head.position.sale
            );
            found.right("database", &shop);
            if look_at_migrations(&head, found) {
                look_inside(&options, found).await;
            }
        }
        Err(error) => found.wrong("database", &with_causes(&error)),
    }
    look_at_disks(settings, &options, found);
    look_at_redis(settings, found).await;
    look_at_backups(settings, found);
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let sentence = next.to_string();
        if !said.contains(&sentence) {
            said.push_str(", because: ");
            said.push_str(&sentence);
        }
        cause = next.source();
    }
    said
}

/// True when the tables are those of this program.
fn look_at_migrations(head: &Head, found: &mut Findings) -> bool {
    let known = store::migration_names();
    let unknown: Vec<_> = head
        .migrations
        .iter()
        .filter(|name| !known.contains(name))
        .collect();
    let pending = known
        .iter()
        .filter(|name| !head.migrations.contains(name))
        .count();
    if let Some(newest) = unknown.last() {
        found.wrong(
            "migrations",
            &format!("a newer program has changed the tables (the last change is {newest}), and this one does not know how to use them. Install the newer program again, or restore a backup from before its start into an empty database"),
        );
    } else if pending > 0 {
        found.note(
            "migrations",
            &format!("{pending} are pending. They run at the next start; make a backup before it"),
        );
    } else {
        found.right("migrations", &format!("all {} have run", known.len()));
    }
    unknown.is_empty() && pending == 0
}

/// The clock, and whether the database takes writes.
async fn look_inside(options: &StoreOptions, found: &mut Findings) {
    let stores = match store::connect(options).await {
        Ok(stores) => stores,
        Err(error) => return found.wrong("database", &with_causes(&error)),
    };
    match stores.write.try_write().await {
        Ok(()) => found.right("writing", "the database takes writes"),
        Err(error) => found.wrong("writing", &with_causes(&error)),
    }
    match Floor::open(stores.write.primary(), Arc::new(MachineClock)).await {
        Ok(floor) => look_at_clock(floor.fault(), found),
        Err(error) => found.wrong("clock", &with_causes(&error)),
    }
    stores.close().await;
}

fn look_at_clock(fault: Option<ClockFault>, found: &mut Findings) {
    let now = MachineClock.now();
    match fault {
        None => found.right("clock", &format!("{now}, not before the newest record")),
        Some(fault @ ClockFault::Behind { .. }) => found.wrong(
            "clock",
            &format!("{fault}. Set the clock of this machine. If it is right and the records are dated wrongly, run `salesflow clock accept`"),
        ),
        Some(fault @ ClockFault::Apart { .. }) => found.wrong(
            "clock",
            &format!("{fault}. Let both machines take their time from the network (NTP)"),
        ),
    }
}

/// The space on the disks of the database, of the data directory and of the backups.
fn look_at_disks(settings: &Settings, options: &StoreOptions, found: &mut Findings) {
    let database = store::sqlite_file(&options.url);
    let size = database
        .as_deref()
        .and_then(|path| fs::metadata(path).ok())
        .map_or(0, |found| found.len());
    let backups = BackupFolder::of(settings);
    let folders = [
        ("database", database.as_deref().and_then(Path::parent)),
        ("data_directory", Some(settings.data_directory.as_path())),
        ("backup.directory", Some(backups.path())),
    ];
    let mut seen: Vec<PathBuf> = Vec::new();
    for (about, folder) in folders {
        // A folder that comes with its first file is not there yet.
        let Some(folder) = folder.and_then(|folder| folder.canonicalize().ok()) else {
            continue;
        };
        if seen.contains(&folder) {
            continue;
        }
        if let Some(free) = free_bytes(&folder) {
            let megabytes = free / (1024 * 1024);
            let sentence = format!("{megabytes} MB are free at {} ({about})", folder.display());
            if free < LEAST_FREE_BYTES.max(size) {
                found.wrong(
                    "disk",
                    &format!("only {sentence}: make space. A full disk stops selling"),
                );
            } else {
                found.right("disk", &sentence);
            }
        }
        seen.push(folder);
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

async fn look_at_redis(settings: &Settings, found: &mut Findings) {
    let url = settings.redis.url.expose();
    if url.is_empty() {
        return;
    }
    match platform::cache::ping(url, REDIS_PATIENCE).await {
        Ok(()) => found.right("redis", "it answers"),
        Err(error) => found.wrong(
            "redis",
            &format!("{error}. The program works without it, but slower: look at redis.url and at the server"),
        ),
    }
}

fn look_at_backups(settings: &Settings, found: &mut Findings) {
    let backups = BackupFolder::of(settings);
    let folder = backups.path().display();
    let in_production = settings.profile == Profile::Production;
    let newest = match backups.backups() {
        Ok(found) => found.into_iter().next_back(),
        Err(error) => {
            let sentence =
                format!("the folder {folder} cannot be read ({error}): look at its rights");
            return found.wrong("backup", &sentence);
        }
    };
    let Some(newest) = newest else {
        let sentence = format!(
            "there is none in {folder}. Let the machine run `salesflow backup --keep 14` every night"
        );
        return if in_production {
            found.wrong("backup", &sentence);
        } else {
            found.note("backup", &sentence);
        };
    };
    match Backup::open(&newest) {
        Ok(backup) => {
            let taken = &backup.head().taken_at;
            let sentence = format!("the newest is of {taken}, and whole: {}", newest.display());
            let oldest = MachineClock.now().plus_seconds(-OLDEST_BACKUP_SECONDS);
            let is_new = Timestamp::parse(taken).is_ok_and(|taken| taken >= oldest);
            if !is_new && in_production {
                found.wrong("backup", &format!("{sentence}. None was made for two days: look at what should run `salesflow backup --keep 14` every night"));
            } else {
                found.right("backup", &sentence);
            }
        }
        Err(error) => found.wrong(
            "backup",
            &format!("the newest one cannot be used: {}", with_causes(&error)),
        ),
    }
}
