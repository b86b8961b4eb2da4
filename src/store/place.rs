//! Where a database is: the file of a `SQLite` URL, what happens if there is no shop, and the name
//! for logs.
//!
//! A wrong path must not open an empty shop, since everyone would then believe that the stock is
//! gone. So a file is created only on request.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use sea_orm::sqlx::{
    postgres::{PgConnectOptions, PgSslMode},
    sqlite::SqliteConnectOptions,
};

use crate::{MissingFile, NoShop, StoreError, StoreOptions, dialect::Dialect};

/// Endings of the files that belong to a `SQLite` database.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", ".lock"];

/// The name of a database for logs, without user, password or parameters.
#[must_use]
pub fn name_of(url: &str) -> String {
    match Dialect::of_url(url) {
        Dialect::Sqlite => sqlite_file(url).map_or_else(
            || "SQLite".to_owned(),
            |path| format!("SQLite {}", path.display()),
        ),
        Dialect::Postgres => url.parse::<PgConnectOptions>().map_or_else(
            |_| "PostgreSQL".to_owned(),
            |options| {
                let database = options
                    .get_database()
                    .unwrap_or_else(|| options.get_username());
                match options.get_socket() {
                    Some(socket) => format!("PostgreSQL {}/{database}", socket.display()),
                    None => format!(
                        "PostgreSQL {}:{}/{database}",
                        options.get_host(),
                        options.get_port()
                    ),
                }
            },
        ),
    }
}

/// How data on the way to the database is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// It stays on this machine: a file, a socket or the loopback address.
    Local,
    /// TLS is required.
    Tls,
    /// TLS is used only if the server offers it.
    Hoped,
    /// Not encrypted.
    Off,
}

/// How the connection to a database URL is protected.
#[must_use]
pub fn protection_of(url: &str) -> Protection {
    if Dialect::of_url(url) == Dialect::Sqlite {
        return Protection::Local;
    }
    let Ok(options) = url.parse::<PgConnectOptions>() else {
        return Protection::Hoped;
    };
    let host = options.get_host();
    let is_local = options.get_socket().is_some()
        || host == "localhost"
        || host.starts_with('/')
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback());
    match options.get_ssl_mode() {
        _ if is_local => Protection::Local,
        PgSslMode::Disable => Protection::Off,
        PgSslMode::Allow | PgSslMode::Prefer => Protection::Hoped,
        PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => Protection::Tls,
    }
}

/// The folder in which the file of a `SQLite` URL lies.
#[must_use]
pub fn folder_of(url: &str) -> Option<PathBuf> {
    Some(sqlite_file(url)?.parent()?.to_owned())
}

/// The absolute path of the file in a `SQLite` URL.
#[must_use]
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let options: SqliteConnectOptions = url.starts_with("sqlite:").then(|| url.parse().ok())??;
    let path = options.get_filename();
    Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// The URL of a `SQLite` file.
#[must_use]
pub fn url_of(path: &Path) -> String {
    let path = path.to_string_lossy();
    format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F"))
}

/// Whether a new file may be created.
pub(crate) fn may_create(options: &StoreOptions) -> bool {
    let parameters = options.url.split_once('?').map(|(_, rest)| rest);
    options.missing_file == MissingFile::Create
        || parameters.is_some_and(|all| all.split('&').any(|one| one == "mode=rwc"))
}

/// Creates the file if that was requested, refuses if there is none, and removes other users' rights
/// to existing files.
pub(crate) fn prepare(options: &StoreOptions) -> Result<(), StoreError> {
    let Some(path) = sqlite_file(&options.url) else {
        return Ok(());
    };
    let may_create = may_create(options);
    match fs::metadata(&path) {
        Ok(found) if found.len() == 0 && !may_create && !has_log(&path) => {
            return Err(NoShop::Empty(path).into());
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !may_create {
                return Err(NoShop::Missing(path).into());
            }
            make(&path).map_err(|error| {
                StoreError::of_folder("the file of the database cannot be created", &error)
            })?;
            tracing::info!(database = %path.display(), "a new shop is created");
        }
        Err(error) => {
            let what = "the file of the database cannot be examined";
            return Err(StoreError::of_folder(what, &error));
        }
    }
    narrow(&path);
    Ok(())
}

/// An empty file may still have a log beside it.
pub(crate) fn has_log(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// The path with an ending behind its name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Creates the file and, if needed, its folder, for the owner only. `SQLite` gives the files beside
/// it the same rights.
fn make(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    let mut file = fs::OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent() {
        folder.create(parent)?;
    }
    match file.open(path) {
        // Another instance that starts at the same time was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// Removes other users' rights to the database files. The folder keeps its rights: it may hold other
/// things.
#[cfg(unix)]
fn narrow(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    // SQLite puts the other files beside the file itself, not beside a symbolic link to it.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_open_to_others = |mode: u32| mode & 0o077 > 0;
    for ending in BESIDE {
        let path = beside(&path, ending);
        let Ok(found) = fs::metadata(&path) else {
            continue;
        };
        if !found.is_file() || !is_open_to_others(found.permissions().mode()) {
            continue;
        }
        match fs::set_permissions(&path, fs::Permissions::from_mode(0o600)) {
            Ok(()) => {
                tracing::info!(file = %path.display(), "only the owner may read this file now");
            }
            Err(error) => tracing::warn!(
                file = %path.display(),
                %error,
                "other users of this machine may read or write this file"
            ),
        }
    }
}

/// On other systems a file has the rights of its folder.
#[cfg(not(unix))]
fn narrow(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_the_way_to_a_database_is_protected_is_known() {
        for (url, expected) in [
            ("sqlite://data/shop.db", Protection::Local),
            (
                "postgres://ana@localhost/shop?sslmode=disable",
                Protection::Local,
            ),
            (
                "postgres://ana@127.0.0.1/shop?sslmode=disable",
                Protection::Local,
            ),
            (
                "postgres://ana@[::1]/shop?sslmode=disable",
                Protection::Local,
            ),
            (
                "postgres:///shop?host=/run/postgresql&sslmode=disable",
                Protection::Local,
            ),
            ("postgres://ana@db/shop?sslmode=disable", Protection::Off),
            (
                "postgresql://ana@10.0.0.7/shop?sslmode=disable",
                Protection::Off,
            ),
            ("postgres://ana@db/shop?ssl-mode=disable", Protection::Off),
            ("postgres:///shop?host=db&sslmode=disable", Protection::Off),
            ("postgres://ana@db/shop", Protection::Hoped),
            ("postgres://ana@db/shop?sslmode=prefer", Protection::Hoped),
            ("postgres://ana@db/shop?sslmode=allow", Protection::Hoped),
            ("postgres://ana@db/shop?sslmode=require", Protection::Tls),
            (
                "postgres://ana@db/shop?sslmode=verify-full",
                Protection::Tls,
            ),
        ] {
            assert_eq!(protection_of(url), expected, "{url}");
        }
    }

    #[test]
    fn a_place_is_named_without_its_secrets() {
        for (url, name) in [
            ("sqlite:///srv/shop.db?mode=rwc", "SQLite /srv/shop.db"),
            ("sqlite:///srv/my%20shop.db", "SQLite /srv/my shop.db"),
            (
                "postgres://ana:rosebud@db.example:5433/shop?sslmode=require",
                "PostgreSQL db.example:5433/shop",
            ),
            (
                "postgresql://db.example/shop?user=ana&password=rosebud",
                "PostgreSQL db.example:5432/shop",
            ),
            (
                "postgres:///shop?host=/run/postgresql&password=rosebud",
                "PostgreSQL /run/postgresql/shop",
            ),
            ("postgres://ana:rosebud@:x:y/", "PostgreSQL"),
        ] {
            assert_eq!(name_of(url), name);
        }
        let relative = name_of("sqlite://data/shop.db");
        assert!(relative.starts_with("SQLite /"), "{relative}");
        assert!(relative.ends_with("/data/shop.db"), "{relative}");
    }
}
