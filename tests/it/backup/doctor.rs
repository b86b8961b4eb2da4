//! What the doctor finds.

use std::{fs, path::Path, process::Command};

use super::{demo_with_backup, folder, open, rewrite, succeed, words};
use crate::support::app::TestDatabase;

/// A secret that production accepts.
const STRONG: &str = "kq3VhX9tLw2ZcR7mB5sYgN8dFjT4uPaE6oKvWiHxQzCyUrSn";

/// The settings of a shop that is sold in.
const PRODUCTION: &[(&str, &str)] = &[
    ("SALESFLOW_PROFILE", "production"),
    ("SALESFLOW__AUTH__JWT_SECRET", STRONG),
];

/// The doctor, in this folder, with other settings.
fn ask(database: &TestDatabase, folder: &Path, settings: &[(&str, &str)]) -> (bool, String) {
    let mut command: Command = database.program(&["doctor"]);
    command
        .env("SALESFLOW__DATABASE__CREATE", "false")
        .env("SALESFLOW__DATA_DIRECTORY", folder)
        .env("SALESFLOW__BACKUP__DIRECTORY", folder);
    for (name, value) in settings {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    (output.status.success(), words(&output))
}

#[track_caller]
fn finds(database: &TestDatabase, folder: &Path, settings: &[(&str, &str)], expected: &str) {
    let (is_well, said) = ask(database, folder, settings);
    let line = said.lines().find(|line| line.starts_with("WRONG"));
    assert!(!is_well, "{said}");
    assert!(
        line.is_some_and(|line| line.contains(expected)),
        "{expected}: {said}"
    );
}

async fn change(database: &TestDatabase, sql: &str) {
    let stores = open(&database.url).await;
    stores.write.upkeep(sql).await.unwrap();
    stores.close().await;
}

both_empty_databases!(a_healthy_shop_has_nothing_wrong, |database| async {
    let folder = folder();
    let file = demo_with_backup(database, folder.path());
    let ours = folder.path().join("salesflow-20261130T004500Z.backup");
    fs::rename(file, &ours).unwrap();
    let (is_well, said) = ask(database, folder.path(), &[]);
    assert!(is_well, "{said}");
    for about in [
        "program",
        "configuration",
        "database",
        "migrations",
        "writing",
        "clock",
        "disk",
        "backup",
    ] {
        assert!(
            said.contains(&format!("ok     {about}:")),
            "{about}: {said}"
        );
    }
    assert!(said.contains("Nothing is wrong."), "{said}");
    let name = if database.db == Db::Sqlite {
        "SQLite"
    } else {
        "PostgreSQL"
    };
    assert!(said.contains(name), "{said}");

    // An old, a damaged and a missing backup.
    rewrite(&ours, |head| {
        head["taken_at"] = serde_json::json!("2026-01-01T00:00:00Z");
    });
    finds(
        database,
        folder.path(),
        PRODUCTION,
        "None was made for two days",
    );
    fs::write(&ours, "SalesFlow backup 1\n").unwrap();
    finds(database, folder.path(), &[], "is cut");
    fs::remove_file(&ours).unwrap();
    let (is_well, said) = ask(database, folder.path(), &[]);
    assert!(
        is_well && said.contains("note   backup: there is none"),
        "{said}"
    );
});

both_empty_databases!(each_fault_is_found_and_says_what_to_do, |database| async {
    let folder = folder();
    let place = folder.path();
    let missing = if database.db == Db::Sqlite {
        "there is no file"
    } else {
        "there is no shop"
    };
    finds(database, place, &[], missing);
    succeed(database, &["migrate"]);
    finds(
        database,
        place,
        &[("SALESFLOW__SERVER__BINDD", "x")],
        "config/default.toml lists every key",
    );
    finds(
        database,
        place,
        &[
            ("SALESFLOW__AUTH__JWT_SECRET", "short"),
            ("SALESFLOW_PROFILE", "production"),
        ],
        "auth.jwt_secret",
    );
    finds(
        database,
        place,
        &[("SALESFLOW__REDIS__URL", "redis://127.0.0.1:1/0")],
        "look at redis.url",
    );
    finds(
        database,
        place,
        &[
            ("SALESFLOW_PROFILE", "production"),
            ("SALESFLOW__AUTH__JWT_SECRET", STRONG),
        ],
        "there is none in",
    );

    // The books of a shop that was ahead of this clock.
    let ahead = "INSERT INTO clock_corrections (number, corrected_at_us, floor_us, last_position, last_number, reason)
                 VALUES (1, 4102444800000000, 4102444800000001, 0, 0, '')";
    change(database, ahead).await;
    finds(database, place, &[], "salesflow clock accept");

    succeed(database, &["migrate", "down"]);
    let (_, said) = ask(database, place, &[]);
    assert!(said.contains("note   migrations: 1 are pending"), "{said}");
    succeed(database, &["migrate"]);
    change(
        database,
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000099_wings', 0)",
    )
    .await;
    finds(
        database,
        place,
        &[],
        "a newer program has changed the tables (the last change is m20991231_000099_wings)",
    );
});
