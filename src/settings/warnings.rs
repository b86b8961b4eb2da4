//! Warnings about what production accepts but should not use.

use store::Protection;

use super::{MailTls, Profile, Settings, reach};

/// Sentences for the log at start and for `config check`; empty outside production.
pub(super) fn of(settings: &Settings) -> Vec<String> {
    if settings.profile != Profile::Production {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut warn = |applies: bool, sentence: &str| {
        if applies {
            found.push(sentence.to_owned());
        }
    };
    warn(
        !settings.rate_limit.enabled,
        "rate_limit.enabled is off: guessing passwords is not slowed down. It is for load tests only",
    );
    let database = &settings.database;
    for (name, url) in [
        ("url", database.url.expose()),
        ("read_url", database.read_url.expose()),
    ] {
        warn(
            store::protection_of(url) == Protection::Hoped,
            &format!(
                "database.{name} does not insist on TLS to another machine: without it everything is sent in \
                 the clear. ?sslmode=require or verify-full at its end insists"
            ),
        );
    }
    warn(
        reach::redis_is_in_the_clear(settings.redis.url.expose()),
        "redis.url reaches another machine in the clear: rediss:// speaks TLS",
    );
    warn(
        settings.metrics.token.is_empty()
            && settings
                .metrics
                .listener()
                .is_some_and(|bind| !bind.ip().is_loopback()),
        "metrics.bind is not the loopback address and metrics.token is empty: whoever reaches it reads the \
         shop's sales per hour",
    );
    warn(
        !settings.mail.host.is_empty()
            && settings.mail.tls == MailTls::None
            && !reach::is_this_machine(&settings.mail.host),
        "mail.tls is none: reports with the shop's figures are sent to another machine in the clear",
    );
    found
}
