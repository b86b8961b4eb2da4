//! The sections of the settings, named as in the files.

use std::{net::SocketAddr, path::PathBuf};

use platform::telemetry::LogFormat;
use serde::{Deserialize, Serialize};

use super::Secret;

/// The server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port; port 0 takes any free one.
    pub bind: SocketAddr,
    /// Connections that may wait to be accepted.
    pub backlog: i32,
    /// Threads that handle requests.
    pub workers: usize,
    /// Whether `X-Forwarded-For` is trusted.
    pub trust_proxy: bool,
    /// Whether the OpenAPI document and its pages are served.
    pub docs: bool,
    /// Largest JSON body in bytes.
    pub max_json_bytes: usize,
    /// Longest wait for a body.
    pub body_timeout_seconds: u64,
    /// Longest time for an answer.
    pub request_timeout_seconds: u64,
    /// The same for uploads.
    pub upload_timeout_seconds: u64,
    /// Connections of one address; those of a trusted proxy are not counted.
    pub connections_per_address: usize,
    /// How long a connection may stay without a running request.
    pub idle_timeout_seconds: u64,
    /// How long a client may read nothing of an answer.
    pub stalled_timeout_seconds: u64,
    /// How long the server reports its shutdown before it begins.
    pub drain_seconds: u64,
    /// How long running requests may then take to finish.
    pub shutdown_timeout_seconds: u64,
}

/// The shop's database.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Its URL, which may hold a password.
    pub url: Secret,
    /// URL for reading; empty for the same database.
    pub read_url: Secret,
    /// Size of the read pool.
    pub read_connections: u32,
    /// Size of the write pool.
    pub write_connections: u32,
    /// Whether a missing `SQLite` file is created, at any path.
    pub create: bool,
}

/// Figures that take long to compute.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalyticsSettings {
    /// Queries that run at once.
    pub at_once: usize,
    /// Queries that run or wait.
    pub places: usize,
    /// The same for one user.
    pub per_user: usize,
}

/// The cache.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// Megabytes in memory.
    pub memory_mb: u64,
    /// How old figures may get that new sales still change.
    pub open_period_seconds: u64,
}

/// The second tier of the cache.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// Its URL; empty for none.
    pub url: Secret,
    /// Longest wait for its answer.
    pub timeout_ms: u64,
}

/// Sign-in and tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// Signs access tokens.
    pub jwt_secret: Secret,
    /// The name of the signing key.
    pub key_id: String,
    /// `name:secret` pairs that are still accepted, separated by commas.
    pub older_keys: Secret,
    /// Lifetime of an access token.
    pub access_ttl_seconds: i64,
    /// Lifetime of a refresh token.
    pub refresh_ttl_days: i64,
    /// Longest lifetime of a session.
    pub session_max_days: i64,
    /// Whether owners and managers must have a second factor.
    pub second_factor_required: bool,
    /// The role of requests without a token; empty for none.
    pub development_role: String,
}

/// The first settings of a new shop.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopSettings {
    /// The name on receipts.
    pub name: String,
    /// ISO 4217 code.
    pub currency: String,
    /// IANA name.
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
    /// How old a sale may be that a cashier enters.
    pub late_entry_hours: i64,
}

/// Background work.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobsSettings {
    /// Jobs at once; 0 for an instance that only serves requests.
    pub workers: usize,
    /// How often an idle worker looks for jobs of other instances.
    pub poll_milliseconds: u64,
    /// How long a worker keeps a job without a sign of life.
    pub lease_seconds: u64,
    /// Jobs that may wait.
    pub max_queued: u32,
    /// How long finished jobs are kept.
    pub keep_days: i64,
}

/// Backups.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupSettings {
    /// The folder on this machine into which `salesflow backup` puts them; empty for `backups` in the data directory.
    pub directory: PathBuf,
}

/// Reports that are delivered by schedule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportsSettings {
    /// The folder on this machine into which they are put; empty for none.
    pub folder: PathBuf,
}

/// The mail server that sends reports.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// Its name; empty for none.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// The user; empty without sign-in.
    pub user: String,
    /// The user's password.
    pub password: Secret,
    /// The sender, `name@example.com` or `Name <name@example.com>`.
    pub from: String,
    /// Longest time for a message.
    pub timeout_seconds: u64,
    /// The largest report that is sent.
    pub max_attachment_bytes: u64,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// It begins in the clear and must become TLS before anything is said.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// In the clear.
    None,
}

/// The throttle for requests.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSettings {
    /// Off only for load tests.
    pub enabled: bool,
}

/// The metrics for Prometheus.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// Address and port of their listener; empty for none.
    pub bind: String,
    /// The token that allows reading them on the public port; empty for nobody.
    pub token: Secret,
}

impl MetricsSettings {
    /// The address of the listener, if it is valid.
    #[must_use]
    pub fn listener(&self) -> Option<SocketAddr> {
        self.bind.parse().ok()
    }
}

/// The log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// The format.
    pub format: LogStyle,
    /// The filter.
    pub filter: String,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogStyle {
    /// Readable text.
    Pretty,
    /// JSON for programs.
    Json,
}

impl LogSettings {
    /// As the type of `platform`.
    #[must_use]
    pub const fn style(&self) -> LogFormat {
        match self.format {
            LogStyle::Pretty => LogFormat::Pretty,
            LogStyle::Json => LogFormat::Json,
        }
    }
}
