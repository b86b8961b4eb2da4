//! Where PostgreSQL's programs are, and how to run them: as a user it accepts, undisturbed.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// Where the newest complete PostgreSQL of this machine keeps its programs.
pub fn installation() -> Option<&'static Path> {
    static INSTALLATION: OnceLock<Option<PathBuf>> = OnceLock::new();
    INSTALLATION.get_or_init(find_installation).as_deref()
}

fn find_installation() -> Option<PathBuf> {
    let mut candidates = Vec::new();
    // Debian and Ubuntu keep the servers of several versions, none of them on the path.
    for entry in fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
    {
        let version: f64 = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
            .unwrap_or(0.0);
        candidates.push((version, entry.path().join("bin")));
    }
    candidates.sort_by(|one, other| other.0.total_cmp(&one.0));
    let on_path = Command::new("pg_config").arg("--bindir").output().ok();
    let on_path = on_path.and_then(|output| String::from_utf8(output.stdout).ok());
    candidates
        .into_iter()
        .map(|(_, programs)| programs)
        .chain(on_path.map(|programs| PathBuf::from(programs.trim())))
        .find(|programs| {
            ["initdb", "postgres", "psql", "pg_basebackup"]
                .iter()
                .all(|program| programs.join(program).is_file())
        })
}

/// The user and group to run as: PostgreSQL refuses to run as root.
pub fn unprivileged_user() -> Option<(u32, u32)> {
    static USER_AND_GROUP: OnceLock<Option<(u32, u32)>> = OnceLock::new();
    *USER_AND_GROUP.get_or_init(|| {
        let number = |arguments: &[&str]| -> Option<u32> {
            let output = Command::new("id").args(arguments).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        };
        if number(&["-u"])? != 0 {
            return None;
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|user| Some((number(&["-u", user])?, number(&["-g", user])?)))
    })
}

/// One of PostgreSQL's programs, run as the right user and undisturbed by the caller's habits.
pub fn program(name: &str, directory: &Path) -> Command {
    let programs =
        installation().expect("PostgreSQL is not installed: ask `postgres_available` first");
    let mut command = Command::new(programs.join(name));
    command.current_dir(directory).stdin(Stdio::null());
    for habit in [
        "PGDATA",
        "PGOPTIONS",
        "PGSERVICE",
        "PGSSLMODE",
        "PGPASSFILE",
        "PGTZ",
        "PGAPPNAME",
    ] {
        command.env_remove(habit);
    }
    if let Some((user, group)) = unprivileged_user() {
        command.uid(user).gid(group);
    }
    command
}

/// Runs a program to its end.
///
/// # Panics
/// When it fails, with what it said.
pub fn run(mut command: Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
