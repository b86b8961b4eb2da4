//! The sections of the settings, as the files name them.

use std::net::SocketAddr;

use platform::telemetry::LogFormat;
use serde::{Deserialize, Serialize};

use super::Secret;

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
