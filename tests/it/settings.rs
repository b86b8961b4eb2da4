//! What can be set, and what stops the start.

use std::{collections::HashMap, path::Path};

use salesflow::settings::{Profile, Settings};

const SECRET: &str = "mW9qz1uXk7c4Vd0sRt8Lb2Nf6Hj3Ya5P";

fn load(variables: &[(&str, &str)]) -> Result<Settings, String> {
    let variables: HashMap<_, _> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Settings::load(Path::new("config"), variables).map_err(|error| error.to_string())
}

#[test]
fn the_defaults_are_a_development_shop_on_the_loopback() {
    let settings = load(&[]).unwrap();
    assert_eq!(settings.profile, Profile::Development);
    assert!(settings.server.bind.ip().is_loopback());
    assert_eq!(settings.shop.currency, "CDF");
    assert!(settings.auth.jwt_secret.is_empty());
}

#[test]
fn without_the_folder_the_built_in_files_say_the_same() {
    for profile in ["development", "production", "test"] {
        let variables: HashMap<_, _> = [
            ("SALESFLOW_PROFILE".to_owned(), profile.to_owned()),
            ("SALESFLOW__AUTH__JWT_SECRET".to_owned(), SECRET.to_owned()),
        ]
        .into();
        let from_folder = Settings::load(Path::new("config"), variables.clone()).unwrap();
        let built_in = Settings::load(Path::new("no such folder"), variables).unwrap();
        assert_eq!(format!("{from_folder:?}"), format!("{built_in:?}"));
    }
}

#[test]
fn the_environment_wins_over_the_profile_and_the_profile_over_the_defaults() {
    let production = [
        ("SALESFLOW_PROFILE", "production"),
        ("SALESFLOW__AUTH__JWT_SECRET", SECRET),
    ];
    let settings = load(&production).unwrap();
    assert_eq!(settings.server.drain_seconds, 3);
    let mut more = production.to_vec();
    more.extend([
        ("SALESFLOW__SERVER__DRAIN_SECONDS", "1"),
        ("SALESFLOW__SERVER__TRUST_PROXY", "true"),
        ("SALESFLOW__DATABASE__URL", "postgres://shop@db/shop"),
    ]);
    let settings = load(&more).unwrap();
    assert_eq!(settings.server.drain_seconds, 1);
    assert!(settings.server.trust_proxy);
    assert_eq!(settings.database.url.expose(), "postgres://shop@db/shop");
}

#[test]
fn the_development_bypass_is_for_development_on_the_loopback() {
    let role = ("SALESFLOW__AUTH__DEVELOPMENT_ROLE", "manager");
    let settings = load(&[role]).unwrap();
    assert_eq!(settings.development_role(), Some(kernel::Role::Manager));
    assert_eq!(load(&[]).unwrap().development_role(), None);
    let bind = |address| ("SALESFLOW__SERVER__BIND", address);
    assert!(load(&[role, bind("[::1]:0")]).is_ok());
    let secret = ("SALESFLOW__AUTH__JWT_SECRET", SECRET);
    for elsewhere in [
        vec![("SALESFLOW_PROFILE", "production"), secret],
        vec![("SALESFLOW_PROFILE", "test"), secret],
        vec![bind("0.0.0.0:8080")],
        vec![bind("192.0.2.7:8080")],
        vec![bind("[::]:8080")],
        vec![("SALESFLOW__SERVER__TRUST_PROXY", "true")],
        vec![("SALESFLOW__AUTH__DEVELOPMENT_ROLE", "owner")],
    ] {
        let variables: Vec<_> = std::iter::once(role).chain(elsewhere.clone()).collect();
        let complaint = load(&variables).unwrap_err();
        assert!(
            complaint.contains("auth.development_role"),
            "{elsewhere:?}: {complaint}"
        );
    }
}

#[test]
fn an_untrusted_proxy_is_worth_a_warning_in_production_only() {
    assert!(!load(&[]).unwrap().edge().warns_of_forwarded_for);
    let production = [
        ("SALESFLOW_PROFILE", "production"),
        ("SALESFLOW__AUTH__JWT_SECRET", SECRET),
    ];
    assert!(load(&production).unwrap().edge().warns_of_forwarded_for);
}

#[test]
fn an_unknown_key_stops_the_start_and_is_named() {
    let complaint = load(&[("SALESFLOW__SERVER__PORT", "80")]).unwrap_err();
    assert!(complaint.contains("port"), "{complaint}");
    let complaint = load(&[("SALESFLOW__SERVR__BIND", "0.0.0.0:80")]).unwrap_err();
    assert!(complaint.contains("servr"), "{complaint}");
    for slip in [
        "SALESFLOW_DATABASE__URL",
        "SALESFLOW_SERVER_BIND",
        "SALESFLOW",
    ] {
        let complaint = load(&[(slip, "postgres://db/shop")]).unwrap_err();
        assert!(complaint.contains(slip), "{complaint}");
    }
    assert!(load(&[("SALESFLOW_TEST_KILLS", "20")]).is_ok());
    let complaint = load(&[("SALESFLOW_PROFILE", "prod")]).unwrap_err();
    assert!(
        complaint.contains("prod") && complaint.contains("production"),
        "{complaint}"
    );
}

#[test]
fn an_unknown_key_in_a_file_stops_the_start_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy("config/default.toml", folder.path().join("default.toml")).unwrap();
    std::fs::write(
        folder.path().join("development.toml"),
        "[log]\nlevel = \"debug\"\n",
    )
    .unwrap();
    let complaint = Settings::load(folder.path(), HashMap::new())
        .unwrap_err()
        .to_string();
    assert!(complaint.contains("level"), "{complaint}");
}

#[test]
fn production_without_a_strong_secret_does_not_start_and_says_what_to_do() {
    let production = ("SALESFLOW_PROFILE", "production");
    let complaint = load(&[production]).unwrap_err();
    assert!(
        complaint.contains("SALESFLOW__AUTH__JWT_SECRET"),
        "{complaint}"
    );
    assert!(complaint.contains("openssl rand"), "{complaint}");
    for weak in [
        "short",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "changeme-changeme-changeme-changeme-changeme",
        "0123456789abcdef0123456789abcdef0123456789abcdef",
    ] {
        let complaint = load(&[production, ("SALESFLOW__AUTH__JWT_SECRET", weak)]).unwrap_err();
        assert!(complaint.contains("too weak"), "{complaint}");
        assert!(
            !complaint.contains(weak),
            "the secret is shown: {complaint}"
        );
    }
    let copied = "please-change-me-to-a-long-random-secret";
    let complaint = load(&[production, ("SALESFLOW__AUTH__JWT_SECRET", copied)]).unwrap_err();
    assert!(complaint.contains("text of an example"), "{complaint}");
    load(&[production, ("SALESFLOW__AUTH__JWT_SECRET", SECRET)]).unwrap();
}

/// The settings of a profile with a good secret and one more setting.
fn with(profile: &str, name: &str, value: &str) -> Result<Settings, String> {
    load(&[
        ("SALESFLOW_PROFILE", profile),
        ("SALESFLOW__AUTH__JWT_SECRET", SECRET),
        (name, value),
    ])
}

#[test]
fn production_refuses_to_switch_tls_off() {
    for name in ["SALESFLOW__DATABASE__URL", "SALESFLOW__DATABASE__READ_URL"] {
        let off = "postgres://shop:word@db/shop?sslmode=disable";
        let refused = with("production", name, off).unwrap_err();
        assert!(refused.contains("sslmode=disable"), "{refused}");
        assert!(!refused.contains("word@"), "{refused}");
        assert!(with("development", name, off).is_ok());
        let local = "postgres://shop:word@127.0.0.1/shop?sslmode=disable";
        assert_eq!(with("production", name, local).unwrap().warnings().len(), 0);
    }
}

#[test]
fn production_warns_of_what_it_accepts() {
    for (name, value, word) in [
        (
            "SALESFLOW__RATE_LIMIT__ENABLED",
            "false",
            "rate_limit.enabled",
        ),
        (
            "SALESFLOW__DATABASE__URL",
            "postgres://shop@db/shop",
            "database.url",
        ),
        (
            "SALESFLOW__DATABASE__READ_URL",
            "postgres://shop@db/shop",
            "database.read_url",
        ),
        (
            "SALESFLOW__REDIS__URL",
            "redis://:word@redis:6379",
            "rediss://",
        ),
        ("SALESFLOW__METRICS__BIND", "0.0.0.0:9464", "metrics.bind"),
    ] {
        let warnings = with("production", name, value).unwrap().warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains(word), "{warnings:?}");
        assert_eq!(
            with("development", name, value).unwrap().warnings().len(),
            0
        );
    }
    for (name, value) in [
        (
            "SALESFLOW__DATABASE__URL",
            "postgres://shop@db/shop?sslmode=require",
        ),
        ("SALESFLOW__REDIS__URL", "rediss://:word@redis:6379"),
        ("SALESFLOW__METRICS__BIND", ""),
        ("SALESFLOW__SERVER__BIND", "0.0.0.0:8080"),
    ] {
        let warnings = with("production", name, value).unwrap().warnings();
        assert!(warnings.is_empty(), "{warnings:?}");
    }
}

#[test]
fn a_secret_of_digits_stays_what_it_is() {
    let digits = "0042153249437717250432692120417922629597";
    let settings = load(&[("SALESFLOW__AUTH__JWT_SECRET", digits)]).unwrap();
    assert_eq!(settings.auth.jwt_secret.expose(), digits);
}

#[test]
fn every_value_that_does_not_do_is_named_at_once() {
    let complaint = load(&[
        ("SALESFLOW__SHOP__CURRENCY", "FRANCS"),
        ("SALESFLOW__SHOP__TIME_ZONE", "Goma"),
        ("SALESFLOW__SHOP__TAX_MODE", "none"),
        ("SALESFLOW__SERVER__WORKERS", "0"),
        ("SALESFLOW__SERVER__SHUTDOWN_TIMEOUT_SECONDS", "60"),
        ("SALESFLOW__DATABASE__URL", "mysql://x"),
        ("SALESFLOW__AUTH__OLDER_KEYS", "no-colon"),
    ])
    .unwrap_err();
    for key in [
        "shop.currency",
        "shop.time_zone",
        "shop.tax_mode",
        "server.workers",
        "server.shutdown_timeout_seconds",
        "database.url",
        "auth.older_keys",
    ] {
        assert!(complaint.contains(key), "{key} is missing in: {complaint}");
    }
}

#[test]
fn a_secret_may_lie_in_a_file_and_is_given_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("jwt");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let path = file.to_str().unwrap();
    let production = ("SALESFLOW_PROFILE", "production");
    let named = ("SALESFLOW__AUTH__JWT_SECRET_FILE", path);
    let settings = load(&[production, named]).unwrap();
    assert_eq!(settings.auth.jwt_secret.expose(), SECRET);
    let twice = load(&[production, named, ("SALESFLOW__AUTH__JWT_SECRET", SECRET)]);
    assert!(twice.unwrap_err().contains("is given as well"));
    std::fs::write(&file, "\n").unwrap();
    assert!(load(&[production, named]).unwrap_err().contains("is empty"));
    std::fs::write(&file, "x".repeat(70_000)).unwrap();
    let large = load(&[production, named]).unwrap_err();
    assert!(large.contains("64 KiB"), "{large}");
    assert!(!large.contains("xxx"), "the secret is shown");
    std::fs::write(&file, SECRET).unwrap();
    for (setting, variable) in [
        ("metrics.token", "SALESFLOW__METRICS__TOKEN_FILE"),
        ("auth.older_keys", "SALESFLOW__AUTH__OLDER_KEYS_FILE"),
        ("database.url", "SALESFLOW__DATABASE__URL_FILE"),
        ("database.read_url", "SALESFLOW__DATABASE__READ_URL_FILE"),
        ("redis.url", "SALESFLOW__REDIS__URL_FILE"),
    ] {
        // The secret is no good value for most of them, which shows that it was read.
        match load(&[(variable, path)]) {
            Ok(settings) => assert_eq!(settings.metrics.token.expose(), SECRET, "{setting}"),
            Err(complaint) => assert!(complaint.contains(setting), "{complaint}"),
        }
    }
    let missing = ("SALESFLOW__REDIS__URL_FILE", "no such file");
    let missing = load(&[missing]).unwrap_err();
    assert!(missing.contains("SALESFLOW__REDIS__URL_FILE"), "{missing}");
    let no_secret = load(&[("SALESFLOW__SHOP__NAME_FILE", path)]);
    assert!(no_secret.is_err(), "only secrets are read from files");
}

#[test]
fn in_production_redis_is_guarded_by_a_password_or_out_of_reach() {
    let with = |profile, url| {
        load(&[
            ("SALESFLOW_PROFILE", profile),
            ("SALESFLOW__AUTH__JWT_SECRET", SECRET),
            ("SALESFLOW__REDIS__URL", url),
        ])
    };
    for url in [
        "redis://:word@redis:6379/0",
        "rediss://shop:word@redis.example.com:6380",
        "redis://127.0.0.1:6379",
        "redis://[::1]:6379/2",
        "redis://localhost/1",
        "unix:///run/redis/redis.sock",
        "",
    ] {
        assert!(with("production", url).is_ok(), "{url}");
    }
    for url in [
        "redis://redis:6379/0",
        "redis://shop:@redis",
        "redis://shop@10.0.0.1",
        "rediss://redis/0?:word@x",
    ] {
        let refused = with("production", url).unwrap_err();
        assert!(refused.contains("password"), "{url}: {refused}");
        assert!(with("development", url).is_ok(), "{url}");
    }
    for refused in ["http://redis", "rediss://:word@redis/0#insecure"] {
        assert!(with("development", refused).is_err(), "{refused}");
    }
}

#[test]
fn a_mail_server_is_whole_and_its_password_is_not_sent_in_the_clear() {
    let key = |name: &str| format!("SALESFLOW__MAIL__{name}");
    let with = |settings: &[(&str, &str)]| {
        let named: Vec<_> = settings
            .iter()
            .map(|(name, value)| (key(name), *value))
            .collect();
        let named: Vec<_> = named
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        load(&named)
    };
    let host = ("HOST", "mail.example.com");
    let from = ("FROM", "Amani <reports@example.com>");
    let signed = [("USER", "amani"), ("PASSWORD", "it is hidden")];
    assert!(with(&[host, from]).is_ok());
    for (settings, named) in [
        (vec![host], "mail.from"),
        (vec![host, ("FROM", "reports")], "mail.from"),
        (vec![host, from, signed[0]], "mail.password"),
        (vec![host, from, signed[1]], "mail.user"),
        (
            vec![host, from, signed[0], signed[1], ("TLS", "none")],
            "mail.tls",
        ),
        (vec![host, from, ("TLS", "perhaps")], "perhaps"),
        (vec![host, from, ("PORT", "0")], "mail.port"),
        (vec![("TIMEOUT_SECONDS", "0")], "mail.timeout_seconds"),
        (
            vec![("MAX_ATTACHMENT_BYTES", "1")],
            "mail.max_attachment_bytes",
        ),
    ] {
        let complaint = with(&settings).unwrap_err();
        assert!(complaint.contains(named), "{settings:?}: {complaint}");
    }
    let here = [
        ("HOST", "localhost"),
        from,
        signed[0],
        signed[1],
        ("TLS", "none"),
    ];
    let settings = with(&here).unwrap();
    for shown in [
        format!("{settings:?}"),
        serde_json::to_string(&settings).unwrap(),
    ] {
        assert!(
            shown.contains("(hidden)") && !shown.contains("it is hidden"),
            "{shown}"
        );
    }
}
