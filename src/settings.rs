//! The settings, their sources and their checks.
//!
//! Sources: `config/default.toml`, then `config/<profile>.toml`, then the environment. Only this file
//! reads the environment. An unknown key stops the start: a misspelled setting must not be ignored
//! silently.

mod check;
mod reach;
mod secret;
mod secret_files;
mod sections;
mod strength;
mod warnings;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use config::{Config, Environment, File, FileFormat};
use kernel::Role;
use platform::{
    cache::{CacheOptions, RedisOptions},
    derived::CryptoError,
    heavy::HeavyOptions,
    request::EdgeSettings,
    tokens::{SigningKey, SigningKeys},
};
use serde::{Deserialize, Serialize};
use store::{MissingFile, StoreOptions};

pub use check::Complaints;
pub use secret::{Secret, make_directory};
pub use sections::{
    AnalyticsSettings, AuthSettings, BackupSettings, CacheSettings, DatabaseSettings, JobsSettings,
    LogSettings, LogStyle, MailSettings, MailTls, MetricsSettings, RateLimitSettings,
    RedisSettings, ReportsSettings, SalesSettings, ServerSettings, ShopSettings,
};

/// The variable that chooses the profile.
pub const PROFILE_VARIABLE: &str = "SALESFLOW_PROFILE";
/// The prefix of the variables of all settings. Their parts are joined by two underscores.
const PREFIX: &str = "SALESFLOW";
const SEPARATOR: &str = "__";
/// Variables for the tests, which the program ignores.
const OF_TESTS: &str = "SALESFLOW_TEST_";
/// The folder, relative to the working directory.
const FOLDER: &str = "config";
/// The `database.url` of `config/default.toml`: the only place where a developer's first start
/// creates a shop unasked.
pub const DEVELOPMENT_SHOP: &str = "sqlite://data/salesflow.db";

/// The folder of backups in the data directory.
const BACKUPS: &str = "backups";

/// The files at build time, for a start without the folder.
const EMBEDDED_DEFAULT: &str = include_str!("../config/default.toml");
const EMBEDDED_PRODUCTION: &str = include_str!("../config/production.toml");
const EMBEDDED_TEST: &str = include_str!("../config/test.toml");

/// The environment of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Profile {
    /// A developer's machine.
    #[default]
    Development,
    /// A shop.
    Production,
    /// A test.
    Test,
}

impl Profile {
    /// The word that chooses it, also the name of its file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn parse(word: &str) -> Result<Self, SettingsError> {
        word.parse()
            .map_err(|_| SettingsError::UnknownProfile(word.to_owned()))
    }

    const fn embedded(self) -> &'static str {
        match self {
            Self::Development => "",
            Self::Production => EMBEDDED_PRODUCTION,
            Self::Test => EMBEDDED_TEST,
        }
    }
}

/// When a missing `SQLite` file is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NewShop {
    /// If `database.create` is set, and at [`DEVELOPMENT_SHOP`] in development.
    #[default]
    AsConfigured,
    /// Only if `database.create` is set: for commands that inspect or change an existing shop.
    OnlyWhenAsked,
    /// Always: `--create` was given.
    Asked,
}

/// Why the program does not start.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// An unknown profile.
    #[error(
        "{PROFILE_VARIABLE} is `{0}`, but there are only the profiles development, production and test"
    )]
    UnknownProfile(String),
    /// A key or a value that cannot be parsed.
    #[error(
        "the configuration cannot be read: {0}. config/default.toml lists every key; \
         the environment gives them as SALESFLOW__SECTION__KEY"
    )]
    Unreadable(#[from] config::ConfigError),
    /// A secret's file that cannot be read, or a setting that is given twice.
    #[error("{name} names the file of a secret, but {reason}")]
    SecretFile {
        /// The variable.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable that would have no effect.
    #[error(
        "{0} is no setting: the environment gives them as SALESFLOW__SECTION__KEY, with two underscores each time"
    )]
    UnknownVariable(String),
    /// Values that are not allowed.
    #[error("these settings are wrong:{0}")]
    Refused(Complaints),
}

/// All settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// From [`PROFILE_VARIABLE`], not from a file.
    #[serde(skip)]
    pub profile: Profile,
    /// From the command, not from a file.
    #[serde(skip)]
    pub new_shop: NewShop,
    /// The program that is started to parse a spreadsheet; absent means this one. Tests, which are
    /// another program, name it.
    #[serde(skip)]
    pub program: Option<PathBuf>,
    /// Folder for the files of this machine.
    pub data_directory: PathBuf,
    /// The server.
    pub server: ServerSettings,
    /// The database.
    pub database: DatabaseSettings,
    /// Figures that take long to compute.
    pub analytics: AnalyticsSettings,
    /// The cache.
    pub cache: CacheSettings,
    /// The second tier of the cache.
    pub redis: RedisSettings,
    /// Sign-in and tokens.
    pub auth: AuthSettings,
    /// The first settings of a new shop.
    pub shop: ShopSettings,
    /// Selling.
    pub sales: SalesSettings,
    /// Background work.
    pub jobs: JobsSettings,
    /// Backups.
    pub backup: BackupSettings,
    /// Reports that are delivered by schedule.
    pub reports: ReportsSettings,
    /// The mail server that sends them.
    pub mail: MailSettings,
    /// The throttle for requests.
    pub rate_limit: RateLimitSettings,
    /// The metrics for Prometheus.
    pub metrics: MetricsSettings,
    /// The log.
    pub log: LogSettings,
}

impl Settings {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// [`SettingsError`], as a sentence that says what to do.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn from_environment() -> Result<Self, SettingsError> {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        Self::load(Path::new(FOLDER), variables)
    }

    /// Reads the settings from a folder (or the built-in files if it does not exist) and from
    /// variables.
    pub fn load(folder: &Path, variables: HashMap<String, String>) -> Result<Self, SettingsError> {
        let is_known = |name: &&String| {
            *name == PROFILE_VARIABLE
                || name.starts_with("SALESFLOW__")
                || name.starts_with(OF_TESTS)
        };
        if let Some(slip) = variables.keys().find(|name| !is_known(name)) {
            return Err(SettingsError::UnknownVariable(slip.clone()));
        }
        let profile = match variables.get(PROFILE_VARIABLE) {
            Some(word) => Profile::parse(word)?,
            None => Profile::default(),
        };
        let variables = secret_files::read_all(variables)?;
        let builder = Config::builder();
        let builder = if folder.join("default.toml").is_file() {
            let of_profile = folder.join(format!("{}.toml", profile.as_str()));
            builder
                .add_source(File::from(folder.join("default.toml")))
                .add_source(File::from(of_profile).required(false))
        } else {
            builder
                .add_source(File::from_str(EMBEDDED_DEFAULT, FileFormat::Toml))
                .add_source(File::from_str(profile.embedded(), FileFormat::Toml))
        };
        // Values stay text until their type is known: a secret may consist of digits.
        let environment = Environment::with_prefix(PREFIX)
            .prefix_separator(SEPARATOR)
            .separator(SEPARATOR)
            .source(Some(variables.into_iter().collect()));
        let config = builder.add_source(environment).build()?;
        let mut settings: Self = config.try_deserialize()?;
        settings.profile = profile;
        check::check(&settings).map_err(SettingsError::Refused)?;
        Ok(settings)
    }

    /// Warnings about what production accepts but should not use.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        warnings::of(self)
    }

    /// The options of the store.
    #[must_use]
    pub fn store_options(&self) -> StoreOptions {
        let read_url = self.database.read_url.expose();
        StoreOptions {
            url: self.database.url.expose().to_owned(),
            read_url: (!read_url.is_empty()).then(|| read_url.to_owned()),
            read_connections: self.database.read_connections,
            write_connections: self.database.write_connections,
            // Background jobs read figures as well, and an uploaded file looks up products.
            analytics_connections: u32::try_from(self.analytics.at_once)
                .unwrap_or(u32::MAX)
                .saturating_add(2),
            missing_file: self.missing_file(),
        }
    }

    /// The folder of backups.
    #[must_use]
    pub fn backup_directory(&self) -> PathBuf {
        let directory = &self.backup.directory;
        if directory.as_os_str().is_empty() {
            self.data_directory.join(BACKUPS)
        } else {
            directory.clone()
        }
    }

    /// The limits for figures that take long.
    #[must_use]
    pub const fn heavy_options(&self) -> HeavyOptions {
        HeavyOptions {
            at_once: self.analytics.at_once,
            places: self.analytics.places,
            per_user: self.analytics.per_user,
        }
    }

    fn missing_file(&self) -> MissingFile {
        let is_first_start_of_a_developer =
            self.profile == Profile::Development && self.database.url.expose() == DEVELOPMENT_SHOP;
        let may_create = match self.new_shop {
            NewShop::AsConfigured => self.database.create || is_first_start_of_a_developer,
            NewShop::OnlyWhenAsked => self.database.create,
            NewShop::Asked => true,
        };
        if may_create {
            MissingFile::Create
        } else {
            MissingFile::Refuse
        }
    }

    /// The options of the cache, with the secrets that seal what it keeps in Redis.
    ///
    /// # Errors
    /// When the cryptographic library refuses.
    pub fn cache_options(&self, secrets: &SigningKeys) -> Result<CacheOptions, CryptoError> {
        let url = self.redis.url.expose();
        let limit = Duration::from_millis(self.redis.timeout_ms);
        let redis = (!url.is_empty()).then(|| RedisOptions::new(url.to_owned(), limit, secrets));
        Ok(CacheOptions {
            memory_bytes: self.cache.memory_mb.saturating_mul(1024 * 1024),
            open_period: Duration::from_secs(self.cache.open_period_seconds),
            redis: redis.transpose()?,
        })
    }

    /// The secrets that sign access tokens. Without a configured one, the machine's own secret signs.
    /// Keys for other purposes are derived from them ([`platform::derived::DerivedKeys`]).
    ///
    /// # Errors
    /// When the secret's file can be neither read nor created.
    pub fn signing_keys(&self) -> std::io::Result<SigningKeys> {
        let auth = &self.auth;
        let secret = if auth.jwt_secret.is_empty() {
            secret::machine_secret(&self.data_directory)?
        } else {
            auth.jwt_secret.clone()
        };
        let key = |kid: &str, secret: &str| SigningKey {
            kid: kid.to_owned(),
            secret: secret.as_bytes().to_vec(),
        };
        Ok(SigningKeys {
            present: key(&auth.key_id, secret.expose()),
            older: check::older_keys(auth.older_keys.expose())
                .map(|(kid, secret)| key(kid, secret))
                .collect(),
        })
    }

    /// The role of requests without a token, in development.
    #[must_use]
    pub fn development_role(&self) -> Option<Role> {
        Role::parse(&self.auth.development_role)
    }

    /// Connections that one address may have; `None` behind a proxy, from which all of them come.
    #[must_use]
    pub fn connections_per_address(&self) -> Option<usize> {
        let server = &self.server;
        (!server.trust_proxy).then_some(server.connections_per_address)
    }

    /// The options of the edge.
    #[must_use]
    pub const fn edge(&self) -> EdgeSettings {
        EdgeSettings {
            trusts_forwarded_for: self.server.trust_proxy,
            warns_of_forwarded_for: matches!(self.profile, Profile::Production),
            max_json_bytes: self.server.max_json_bytes,
            body_timeout_seconds: self.server.body_timeout_seconds,
        }
    }
}
