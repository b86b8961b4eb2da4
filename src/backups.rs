//! Backups of the shop as files: their names, how many are kept, and the proof that one can be
//! restored.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use kernel::Timestamp;
use sales::inventory::verify::{Verification, verify};
use store::{
    MissingFile, StoreOptions,
    backup::{self, Access, Backup, BackupError, DRAFT, Head, Maker},
};

use crate::{
    settings::{self, Settings},
    version::VERSION,
};

/// How the name of a file that the program named begins and ends. Between them is the time, so that
/// names are in the order of time.
const PREFIX: &str = "salesflow-";
const ENDING: &str = ".backup";
/// How the folder begins in which a backup is restored on trial.
const TRIAL: &str = ".salesflow-trial-";
/// A draft or a trial that is older is not at work any more.
const LONGEST_WORK: Duration = Duration::from_hours(24);

/// Makes a backup at a place: a file, or a folder, in which it gets the time as its name.
///
/// # Errors
/// [`BackupError`]. Then there is no file.
pub async fn make(
    options: &StoreOptions,
    usage: Access,
    place: &Path,
    now: Timestamp,
) -> Result<(PathBuf, Head), BackupError> {
    let path = if place.is_dir() {
        place.join(name_at(now))
    } else {
        place.to_owned()
    };
    let maker = Maker {
        program: VERSION,
        at: now,
    };
    let head = backup::make(options, usage, maker, &path).await?;
    Ok((path, head))
}

fn name_at(now: Timestamp) -> String {
    let time = now.to_utc().format("%Y%m%dT%H%M%SZ");
    format!("{PREFIX}{time}{ENDING}")
}

/// Restores a backup into a scratch place in this folder, proves its books there, and deletes it.
///
/// # Errors
/// When it cannot be restored or read. Wrong books are no error.
pub async fn try_out(
    backup: &Backup,
    options: &StoreOptions,
    folder: &Path,
    now: Timestamp,
) -> anyhow::Result<Verification> {
    let scratch = tempfile::Builder::new()
        .prefix(TRIAL)
        .tempdir_in(folder)
        .with_context(|| format!("there is no room for a trial in {}", folder.display()))?;
    let options = StoreOptions {
        url: store::url_of(&scratch.path().join("shop.db")),
        read_url: None,
        ..options.clone()
    };
    backup::restore(backup, &options).await?;
    prove(&options, now).await
}

/// Proves the books of a database.
///
/// # Errors
/// When they cannot be read.
pub async fn prove(options: &StoreOptions, now: Timestamp) -> anyhow::Result<Verification> {
    let options = StoreOptions {
        missing_file: MissingFile::Refuse,
        ..options.clone()
    };
    let stores = store::connect(&options)
        .await
        .context("the database does not answer")?;
    let proof = verify(&stores.read, now).await;
    stores.close().await;
    proof.context("the books cannot be read")
}

/// The folder of backups.
#[derive(Debug, Clone)]
pub struct BackupFolder {
    path: PathBuf,
}

impl BackupFolder {
    /// That of the settings.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self::at(settings.backup_directory())
    }

    /// This one.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the folder, for its owner only.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn open(&self) -> io::Result<()> {
        settings::make_directory(&self.path)
    }

    /// The backups in the folder that the program named, the oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read. One that is not there has none.
    pub fn backups(&self) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if name.is_some_and(is_ours) {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Deletes all but the newest backups, and returns how many it deleted. Files that
    /// the program did not name stay. What a killed backup or trial has left goes after a day.
    ///
    /// # Errors
    /// When one cannot be deleted.
    pub fn tidy(&self, keep: usize, now: Timestamp) -> io::Result<usize> {
        for entry in fs::read_dir(&self.path)? {
            delete_remains(&entry?, now)?;
        }
        let backups = self.backups()?;
        let too_many = backups.len().saturating_sub(keep);
        for path in backups.iter().take(too_many) {
            fs::remove_file(path)?;
        }
        Ok(too_many)
    }
}

fn delete_remains(entry: &fs::DirEntry, now: Timestamp) -> io::Result<()> {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    let (is_draft, is_trial) = (name.starts_with(DRAFT), name.starts_with(TRIAL));
    if !is_draft && !is_trial {
        return Ok(());
    }
    let changed = entry.metadata()?.modified()?;
    let age = SystemTime::from(now.to_utc()).duration_since(changed);
    // A file of the future has no age.
    if age.unwrap_or_default() < LONGEST_WORK {
        return Ok(());
    }
    if is_draft {
        fs::remove_file(entry.path())
    } else {
        fs::remove_dir_all(entry.path())
    }
}

fn is_ours(name: &str) -> bool {
    let time = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_suffix(ENDING));
    time.is_some_and(|time| {
        time.len() == 16
            && time
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"TZ".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_oldest_of_our_own_backups_go() {
        let folder = tempfile::tempdir().unwrap();
        let at = |hour| Timestamp::parse(&format!("2026-12-01T{hour:02}:00:00Z")).unwrap();
        let mine = [
            "before-the-move.backup",
            "salesflow-notes.txt",
            "salesflow-old.backup",
        ];
        let ours: Vec<String> = (1..=4).map(|hour| name_at(at(hour))).collect();
        for name in mine.iter().copied().chain(ours.iter().map(String::as_str)) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        let backups = BackupFolder::at(folder.path().to_owned());
        assert_eq!(backups.tidy(2, at(5)).unwrap(), 2);
        assert_eq!(backups.tidy(2, at(5)).unwrap(), 0);
        let mut left: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let mut expected: Vec<String> = mine.iter().map(|name| (*name).to_owned()).collect();
        expected.extend_from_slice(&ours[2..]);
        expected.sort();
        assert_eq!(left, expected);
        let none = BackupFolder::at(folder.path().join("none"));
        assert!(none.backups().unwrap().is_empty());
    }

    #[test]
    fn what_a_killed_backup_has_left_goes_and_one_at_work_stays() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        fs::write(place(".salesflow-draft-a"), "x").unwrap();
        fs::create_dir(place(".salesflow-trial-b")).unwrap();
        fs::write(place(".salesflow-trial-b").join("shop.db"), "x").unwrap();
        fs::write(place(".salesflow"), "x").unwrap();
        let count = || fs::read_dir(folder.path()).unwrap().count();
        let backups = BackupFolder::at(folder.path().to_owned());
        let made = fs::metadata(place(".salesflow-draft-a"))
            .unwrap()
            .modified();
        let made: chrono::DateTime<chrono::Utc> = made.unwrap().into();
        let made = Timestamp::parse(&made.to_rfc3339()).unwrap();
        backups.tidy(1, made.plus_seconds(3_600)).unwrap();
        assert_eq!(count(), 3);
        backups.tidy(1, made.plus_seconds(2 * 86_400)).unwrap();
        assert_eq!(count(), 1);
    }
}
