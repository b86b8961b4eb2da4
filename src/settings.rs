//! What can be set, from where, and what is refused.
//!
//! `config/default.toml`, then `config/<profile>.toml`, then the environment. This is the only
//! place that reads the environment. An unknown key stops the start: a setting with a slip of the
//! pen must not be silently without effect.

mod check;
mod reach;
mod secret;
mod secret_files;
mod strength;
mod warnings;

use std::{
    collections::HashMap,
    net::SocketAddr,
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
    telemetry::LogFormat,
    tokens::{SigningKey, SigningKeys},
};
use serde::{Deserialize, Serialize};
use store::{MissingFile, StoreOptions};

use crate::jobs::WorkersOptions;

pub use check::Complaints;
pub use secret::{Secret, make_directory};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
            Self::Test => "test",
        }
    }

    fn parse(word: &str) -> Result<Self, SettingsError> {
        [Self::Development, Self::Production, Self::Test]
            .into_iter()
            .find(|profile| profile.as_str() == word)
            .ok_or_else(|| SettingsError::UnknownProfile(word.to_owned()))
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

/// The listening side.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port; port 0 takes any.
    pub bind: SocketAddr,
    /// Connections that may wait to be taken.
    pub backlog: i32,
    /// Threads that answer.
    pub workers: usize,
    /// Whether `X-Forwarded-For` is believed.
    pub trust_proxy: bool,
    /// Whether the API shows its document and the pages that explain it.
    pub docs: bool,
    /// Largest JSON body.
    pub max_json_bytes: usize,
    /// Longest wait for a body.
    pub body_timeout_seconds: u64,
    /// Longest time for an answer.
    pub request_timeout_seconds: u64,
    /// The same for uploads.
    pub upload_timeout_seconds: u64,
    /// Connections of one address; those of a trusted proxy are not counted.
    pub connections_per_address: usize,
    /// How long a connection may be without a request under way.
    pub idle_timeout_seconds: u64,
    /// How long nothing of an answer may be taken.
    pub stalled_timeout_seconds: u64,
    /// How long the server says that it goes before it goes.
    pub drain_seconds: u64,
    /// How long requests may then take to finish.
    pub shutdown_timeout_seconds: u64,
}

/// The shop's database.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Where it is; may hold a password.
    pub url: Secret,
    /// Where it is read; empty for the same.
    pub read_url: Secret,
    /// Connections that read.
    pub read_connections: u32,
    /// Connections that write.
    pub write_connections: u32,
    /// Whether a `SQLite` file that is not there is made, wherever it is.
    pub create: bool,
}

/// Figures that take long.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalyticsSettings {
    /// Questions that are worked on at once.
    pub at_once: usize,
    /// Questions that are worked on or wait.
    pub places: usize,
    /// The same for one user.
    pub per_user: usize,
}

/// Answers that are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// Megabytes in memory.
    pub memory_mb: u64,
    /// How old figures get that new sales still change.
    pub open_period_seconds: u64,
}

/// The common tier of the cache.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// Where it is; empty for none.
    pub url: Secret,
    /// Longest wait for its answer.
    pub timeout_ms: u64,
}

/// Tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// Signs access tokens.
    pub jwt_secret: Secret,
    /// Its name.
    pub key_id: String,
    /// `name:secret` pairs that still verify, separated by commas.
    pub older_keys: Secret,
    /// Lifetime of an access token.
    pub access_ttl_seconds: i64,
    /// Lifetime of a refresh token.
    pub refresh_ttl_days: i64,
    /// Longest time that a session lasts.
    pub session_max_days: i64,
    /// Whether owners and managers must have a second factor.
    pub second_factor_required: bool,
    /// Whom requests without a token act as; empty for nobody.
    pub development_role: String,
}

/// What a new shop begins with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopSettings {
    /// The name on the receipts.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA.
    pub time_zone: String,
    /// `fr-CD` or `en`.
    pub locale: String,
    /// `included` or `added`.
    pub tax_mode: String,
    /// Smallest step paid in cash; 0 for the usual one of the currency.
    pub cash_step_minor: i64,
}

/// Selling.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SalesSettings {
    /// How old a sale that a cashier enters may be.
    pub late_entry_hours: i64,
}

/// Background work.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobsSettings {
    /// Jobs at once; none for an instance that only answers requests.
    pub workers: usize,
    /// How often an idle worker looks for work of other instances.
    pub poll_milliseconds: u64,
    /// How long a job is a worker's without a sign of life.
    pub lease_seconds: u64,
    /// Jobs that may wait.
    pub max_queued: u32,
    /// How long jobs that have ended are kept.
    pub keep_days: i64,
}

/// The throttle.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSettings {
    /// Off only for load tests.
    pub enabled: bool,
}

/// The figures for Prometheus.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// Address and port of their own listener; empty for none.
    pub bind: String,
    /// Who sends it may read them on the public port as well; empty for nobody.
    pub token: Secret,
}

impl MetricsSettings {
    /// Where they are listened for, where that was understood.
    #[must_use]
    pub fn listener(&self) -> Option<SocketAddr> {
        self.bind.parse().ok()
    }
}

/// The log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// For whom.
    pub format: LogStyle,
    /// What.
    pub filter: String,
}

/// For whom the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogStyle {
    /// For people.
    Pretty,
    /// For machines.
    Json,
}

impl LogSettings {
    /// In the words of `platform`.
    #[must_use]
    pub const fn style(&self) -> LogFormat {
        match self.format {
            LogStyle::Pretty => LogFormat::Pretty,
            LogStyle::Json => LogFormat::Json,
        }
    }
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
    ///
    /// # Errors
    /// [`SettingsError`].
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
