//! What can be set, from where, and what is refused.
//!
//! `config/default.toml`, then `config/<profile>.toml`, then the environment. This is the only
//! place that reads the environment. An unknown key stops the start: a setting with a slip of the
//! pen must not be silently without effect.

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

use crate::jobs::WorkersOptions;

pub use check::Complaints;
pub use secret::{Secret, make_directory};
pub use sections::{
    AnalyticsSettings, AuthSettings, CacheSettings, DatabaseSettings, JobsSettings, LogSettings,
    LogStyle, MetricsSettings, RateLimitSettings, RedisSettings, SalesSettings, ServerSettings,
    ShopSettings,
};

/// The variable that chooses the profile.
pub const PROFILE_VARIABLE: &str = "SALESFLOW_PROFILE";
/// What the variables of all settings begin with; their parts are joined by the same two underscores.
const PREFIX: &str = "SALESFLOW";
const SEPARATOR: &str = "__";
/// What the tests are told, which the program has nothing to do with.
const OF_TESTS: &str = "SALESFLOW_TEST_";
/// The folder beside the working directory.
const FOLDER: &str = "config";
/// The one place where a developer's first start makes a shop without being asked to: the
/// `database.url` of `config/default.toml`.
pub const DEVELOPMENT_SHOP: &str = "sqlite://data/salesflow.db";

/// The files as they were when the program was built, for a start without the folder.
const EMBEDDED_DEFAULT: &str = include_str!("../config/default.toml");
const EMBEDDED_PRODUCTION: &str = include_str!("../config/production.toml");
const EMBEDDED_TEST: &str = include_str!("../config/test.toml");

/// Where the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Profile {
    /// On a developer's machine.
    #[default]
    Development,
    /// In a shop.
    Production,
    /// Under a test.
    Test,
}

impl Profile {
    /// The word that chooses it, and the name of its file.
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

/// Whether a `SQLite` file that is not there is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NewShop {
    /// Where `database.create` says so, and at [`DEVELOPMENT_SHOP`] in development.
    #[default]
    AsConfigured,
    /// Where `database.create` says so: for what only looks at a shop, or changes one that is there.
    OnlyWhenAsked,
    /// Anywhere: `--create` was given.
    Asked,
}

/// Why the program does not start.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A profile that does not exist.
    #[error(
        "{PROFILE_VARIABLE} is `{0}`, but there are only the profiles development, production and test"
    )]
    UnknownProfile(String),
    /// A key or a value that is not understood.
    #[error(
        "the configuration cannot be read: {0}. config/default.toml lists every key; \
         the environment gives them as SALESFLOW__SECTION__KEY"
    )]
    Unreadable(#[from] config::ConfigError),
    /// A file of a secret that cannot be read, or a setting that is given twice.
    #[error("{name} names the file of a secret, but {reason}")]
    SecretFile {
        /// The variable.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable that would be without effect.
    #[error(
        "{0} is no setting: the environment gives them as SALESFLOW__SECTION__KEY, with two underscores each time"
    )]
    UnknownVariable(String),
    /// Values that are wrong.
    #[error("these settings are wrong:{0}")]
    Refused(Complaints),
}

/// Every setting.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Chosen by [`PROFILE_VARIABLE`], not by a file.
    #[serde(skip)]
    pub profile: Profile,
    /// Chosen by the command, not by a file.
    #[serde(skip)]
    pub new_shop: NewShop,
    /// What belongs to this machine.
    pub data_directory: PathBuf,
    /// The listening side.
    pub server: ServerSettings,
    /// The shop's database.
    pub database: DatabaseSettings,
    /// Figures that take long.
    pub analytics: AnalyticsSettings,
    /// Answers that are kept.
    pub cache: CacheSettings,
    /// The common tier of the cache.
    pub redis: RedisSettings,
    /// Tokens.
    pub auth: AuthSettings,
    /// What a new shop begins with.
    pub shop: ShopSettings,
    /// Selling.
    pub sales: SalesSettings,
    /// Background work.
    pub jobs: JobsSettings,
    /// The throttle.
    pub rate_limit: RateLimitSettings,
    /// The figures for Prometheus.
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

    /// Reads the settings from a folder (the built-in files where there is none) and from
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
        // Values stay text and are read as what the setting is: a secret of digits is no number.
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

    /// What production accepts, but not without a word.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        warnings::of(self)
    }

    /// What the store needs to know.
    #[must_use]
    pub fn store_options(&self) -> StoreOptions {
        let read_url = self.database.read_url.expose();
        StoreOptions {
            url: self.database.url.expose().to_owned(),
            read_url: (!read_url.is_empty()).then(|| read_url.to_owned()),
            read_connections: self.database.read_connections,
            write_connections: self.database.write_connections,
            // What runs in the background reads figures as well, and a file that is sent looks products up.
            analytics_connections: u32::try_from(self.analytics.at_once)
                .unwrap_or(u32::MAX)
                .saturating_add(2),
            missing_file: self.missing_file(),
        }
    }

    /// How large the share of figures that take long is.
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

    /// What the cache needs to know, with the secrets that seal what it keeps elsewhere.
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

    /// The secrets that sign access tokens; where none is given, the present one is the secret of this
    /// machine. Keys for other purposes are derived from them ([`platform::derived::DerivedKeys`]).
    ///
    /// # Errors
    /// When the file of that secret can be neither read nor made.
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

    /// Whom requests without a token act as, in development.
    #[must_use]
    pub fn development_role(&self) -> Option<Role> {
        Role::parse(&self.auth.development_role)
    }

    /// How the workers work.
    #[must_use]
    pub const fn workers(&self) -> WorkersOptions {
        WorkersOptions {
            workers: self.jobs.workers,
            poll: Duration::from_millis(self.jobs.poll_milliseconds),
            lease: Duration::from_secs(self.jobs.lease_seconds),
        }
    }

    /// Connections that one address may have; `None` where all of them come from the proxy.
    #[must_use]
    pub fn connections_per_address(&self) -> Option<usize> {
        let server = &self.server;
        (!server.trust_proxy).then_some(server.connections_per_address)
    }

    /// What the edge needs to know.
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
