//! Checks of values that the types of the settings cannot express. Each error says what to do.

use chrono_tz::Tz;
use kernel::Currency;
use lettre::message::Mailbox;
use platform::telemetry;
use sales::shop_reader::TaxMode;
use store::Protection;

use super::{
    MailTls, Profile, Settings, reach,
    strength::{is_an_example, is_strong},
};

/// Shutdown is promised within 15 seconds of SIGTERM; one is for the rest.
const MAX_SHUTDOWN_SECONDS: u64 = 14;
/// Languages of receipts and reports.
const LOCALES: [&str; 2] = ["fr-CD", "en"];

/// The wrong values, each as a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaints(Vec<String>);

impl std::fmt::Display for Complaints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .iter()
            .try_for_each(|complaint| write!(f, "\n  - {complaint}"))
    }
}

/// Checks everything, so that all complaints come at once.
pub(super) fn check(settings: &Settings) -> Result<(), Complaints> {
    let mut found = Vec::new();
    let mut demand = |holds: bool, sentence: &str| {
        if !holds {
            found.push(sentence.to_owned());
        }
    };
    check_server(settings, &mut demand);
    check_database(settings, &mut demand);
    check_redis(settings, &mut demand);
    check_figures(settings, &mut demand);
    check_metrics(settings, &mut demand);
    check_log(settings, &mut demand);
    check_jobs(settings, &mut demand);
    check_mail(settings, &mut demand);
    check_shop(settings, &mut demand);
    check_auth(settings, &mut demand);
    if found.is_empty() {
        Ok(())
    } else {
        Err(Complaints(found))
    }
}

fn check_server(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    let server = &settings.server;
    demand(
        (1..=256).contains(&server.workers),
        "server.workers must be 1 to 256",
    );
    demand(
        (1024..=64 * 1024 * 1024).contains(&server.max_json_bytes),
        "server.max_json_bytes must be 1024 to 67108864",
    );
    demand(
        (1..=65_535).contains(&server.backlog),
        "server.backlog must be 1 to 65535",
    );
    demand(
        (8..=65_535).contains(&server.connections_per_address),
        "server.connections_per_address must be 8 to 65535",
    );
    for (name, seconds) in [
        ("idle_timeout_seconds", server.idle_timeout_seconds),
        ("stalled_timeout_seconds", server.stalled_timeout_seconds),
        ("body_timeout_seconds", server.body_timeout_seconds),
        ("request_timeout_seconds", server.request_timeout_seconds),
        ("upload_timeout_seconds", server.upload_timeout_seconds),
    ] {
        demand(
            (1..=3600).contains(&seconds),
            &format!("server.{name} must be 1 to 3600"),
        );
    }
    let shutdown = server
        .drain_seconds
        .saturating_add(server.shutdown_timeout_seconds);
    demand(
        shutdown <= MAX_SHUTDOWN_SECONDS,
        "server.drain_seconds and server.shutdown_timeout_seconds may be 14 together, so that the program ends within 15 seconds",
    );
}

fn check_database(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    let database = &settings.database;
    let is_database = |url: &str| {
        ["sqlite:", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
    };
    demand(
        is_database(database.url.expose()),
        "database.url must be sqlite://path/to/file or postgres://user:password@host/database",
    );
    demand(
        ![":memory:", "mode=memory"]
            .iter()
            .any(|word| database.url.expose().contains(word)),
        "database.url must name a file: a shop in memory is gone after the first power cut",
    );
    for (name, url) in [
        ("url", database.url.expose()),
        ("read_url", database.read_url.expose()),
    ] {
        demand(
            settings.profile != Profile::Production
                || !url.starts_with("postgres")
                || store::protection_of(url) != Protection::Off,
            &format!(
                "database.{name} switches TLS off (sslmode=disable) on the way to another machine: \
                 production needs sslmode=require or verify-full there"
            ),
        );
    }
    demand(
        database.read_url.is_empty() || is_database(database.read_url.expose()),
        "database.read_url must be empty or a database URL of the same kind as database.url",
    );
    for (name, connections) in [
        ("read_connections", database.read_connections),
        ("write_connections", database.write_connections),
    ] {
        demand(
            (1..=200).contains(&connections),
            &format!("database.{name} must be 1 to 200"),
        );
    }
}

fn check_redis(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    let url = settings.redis.url.expose();
    let schemes = ["redis://", "rediss://", "unix://", "redis+unix://"];
    demand(
        url.is_empty() || schemes.iter().any(|scheme| url.starts_with(scheme)),
        "redis.url must be empty, redis://user:password@host:port/number, rediss://… for TLS, or \
         unix:///path/of/a/socket",
    );
    demand(
        !url.contains("#insecure"),
        "redis.url must not end with #insecure: TLS to a server that may be anybody protects nothing",
    );
    demand(
        settings.profile != Profile::Production || url.is_empty() || reach::redis_is_guarded(url),
        "production needs a Redis that asks for a password, redis://user:password@host:port/number, or \
         one on the loopback address or a socket: whoever reaches it reads the shop's figures",
    );
    demand(
        (1..=50).contains(&settings.redis.timeout_ms),
        "redis.timeout_ms must be 1 to 50",
    );
}

fn check_figures(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    demand(
        (1..=4096).contains(&settings.cache.memory_mb),
        "cache.memory_mb must be 1 to 4096",
    );
    let analytics = &settings.analytics;
    demand(
        (1..=64).contains(&analytics.at_once),
        "analytics.at_once must be 1 to 64",
    );
    demand(
        (1..=10_000).contains(&analytics.places),
        "analytics.places must be 1 to 10000",
    );
    demand(
        (1..=10_000).contains(&analytics.per_user),
        "analytics.per_user must be 1 to 10000",
    );
    demand(
        settings.cache.open_period_seconds <= 60,
        "cache.open_period_seconds must be 0 to 60",
    );
}

fn check_log(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    if let Err(why) = telemetry::check_filter(&settings.log.filter) {
        let filter = &settings.log.filter;
        demand(
            false,
            &format!(
                "log.filter {filter:?} is not a filter ({why}); \
                 write a level (error, warn, info, debug, trace), or module=level, separated by commas"
            ),
        );
    }
}

fn check_metrics(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    let metrics = &settings.metrics;
    demand(
        metrics.bind.is_empty() || metrics.listener().is_some(),
        "metrics.bind must be an address and a port, such as 127.0.0.1:9464, or empty",
    );
    demand(
        metrics.token.is_empty() || is_strong(metrics.token.expose()),
        "metrics.token is too weak: it needs 32 bytes or more that nobody can guess, \
         for instance the output of `openssl rand -base64 48`, or nothing",
    );
}

fn check_jobs(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    let jobs = &settings.jobs;
    demand(jobs.workers <= 16, "jobs.workers must be 0 to 16");
    demand(
        (10..=60_000).contains(&jobs.poll_milliseconds),
        "jobs.poll_milliseconds must be 10 to 60000",
    );
    demand(
        (15..=3600).contains(&jobs.lease_seconds)
            && jobs.poll_milliseconds.saturating_mul(3) <= jobs.lease_seconds.saturating_mul(1000),
        "jobs.lease_seconds must be 15 to 3600, and at least three times jobs.poll_milliseconds",
    );
    demand(
        (1..=100_000).contains(&jobs.max_queued),
        "jobs.max_queued must be 1 to 100000",
    );
    demand(
        (1..=3650).contains(&jobs.keep_days),
        "jobs.keep_days must be 1 to 3650",
    );
}

fn check_mail(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    let mail = &settings.mail;
    demand(
        (1..=600).contains(&mail.timeout_seconds),
        "mail.timeout_seconds must be 1 to 600",
    );
    demand(
        (1024..=64 * 1024 * 1024).contains(&mail.max_attachment_bytes),
        "mail.max_attachment_bytes must be 1024 to 67108864",
    );
    if mail.host.is_empty() {
        return;
    }
    demand(mail.port > 0, "mail.port must be 1 to 65535");
    demand(
        mail.from.is_ascii() && mail.from.parse::<Mailbox>().is_ok(),
        "mail.from must be the address of the sender, such as reports@example.com or \
         Shop <reports@example.com>, without accents, when mail.host is set",
    );
    demand(
        mail.user.is_empty() == mail.password.is_empty(),
        "mail.user and mail.password must both be set, or both be empty",
    );
    demand(
        mail.tls != MailTls::None || mail.user.is_empty() || reach::is_this_machine(&mail.host),
        "mail.tls is none, so that everybody on the way could read mail.password: use starttls or tls",
    );
}

fn check_shop(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    let shop = &settings.shop;
    demand(
        (1..=100).contains(&shop.name.trim().chars().count()),
        "shop.name must have 1 to 100 characters",
    );
    demand(
        Currency::parse(&shop.currency).is_ok(),
        "shop.currency must be an ISO 4217 code that the program knows, such as CDF or USD",
    );
    demand(
        shop.time_zone.parse::<Tz>().is_ok(),
        "shop.time_zone must be a name of the IANA database, such as Africa/Lubumbashi",
    );
    demand(
        LOCALES.contains(&shop.locale.as_str()),
        "shop.locale must be fr-CD or en",
    );
    demand(
        TaxMode::parse(&shop.tax_mode).is_some(),
        "shop.tax_mode must be included or added",
    );
    demand(
        (0..=1_000_000).contains(&shop.cash_step_minor),
        "shop.cash_step_minor must be 0 to 1000000",
    );
    demand(
        (1..=8760).contains(&settings.sales.late_entry_hours),
        "sales.late_entry_hours must be 1 to 8760",
    );
}

fn check_auth(settings: &Settings, demand: &mut impl FnMut(bool, &str)) {
    let auth = &settings.auth;
    let secret = auth.jwt_secret.expose();
    if secret.is_empty() {
        demand(
            settings.profile != Profile::Production,
            "production needs a secret that signs access tokens: set SALESFLOW__AUTH__JWT_SECRET, \
             for instance to the output of `openssl rand -base64 48`, and keep it",
        );
    } else {
        demand(
            is_strong(secret),
            "auth.jwt_secret is too weak: it needs 32 bytes or more that nobody can guess, \
             for instance the output of `openssl rand -base64 48`",
        );
        demand(
            settings.profile != Profile::Production || !is_strong(secret) || !is_an_example(secret),
            "auth.jwt_secret looks like the text of an example: production needs one that nobody can \
             guess, for instance the output of `openssl rand -base64 48`",
        );
    }
    demand(
        (1..=64).contains(&auth.key_id.len()) && auth.key_id.bytes().all(|b| b.is_ascii_graphic()),
        "auth.key_id must have 1 to 64 visible ASCII characters",
    );
    let older: Vec<_> = older_keys(auth.older_keys.expose()).collect();
    demand(
        older
            .iter()
            .all(|(kid, secret)| !kid.is_empty() && *kid != auth.key_id && is_strong(secret)),
        "auth.older_keys must be name:secret pairs, separated by commas, each with another name \
         than auth.key_id and a secret of 32 bytes or more",
    );
    demand(
        (60..=86_400).contains(&auth.access_ttl_seconds),
        "auth.access_ttl_seconds must be 60 to 86400",
    );
    demand(
        (1..=365).contains(&auth.refresh_ttl_days),
        "auth.refresh_ttl_days must be 1 to 365",
    );
    demand(
        (1..=3650).contains(&auth.session_max_days),
        "auth.session_max_days must be 1 to 3650",
    );
    let server = &settings.server;
    let is_safe = settings.profile == Profile::Development
        && server.bind.ip().is_loopback()
        && !server.trust_proxy;
    demand(
        auth.development_role.is_empty() || is_safe,
        "auth.development_role lets everybody in without a password: it is for the development profile \
         with server.bind on the loopback (127.0.0.1) and server.trust_proxy off; leave it empty",
    );
    demand(
        auth.development_role.is_empty() || settings.development_role().is_some(),
        "auth.development_role must be empty, admin, manager, cashier or viewer",
    );
}

/// The `name:secret` pairs of a list. A part without a colon has an empty name.
pub(super) fn older_keys(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once(':').unwrap_or(("", part)))
}
