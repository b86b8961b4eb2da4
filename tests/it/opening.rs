//! Which shop the program opens, and that a wrong path opens none.
//!
//! Most of this is about SQLite alone: a PostgreSQL database is made by its server.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use sea_orm::{ConnectionTrait as _, Database};

use crate::support::{
    app::{Db, TestDatabase},
    program::{Program, words},
};

const SECRET: &str = "mW9qz1uXk7c4Vd0sRt8Lb2Nf6Hj3Ya5P";
/// Every command that opens a shop.
const COMMANDS: &[&[&str]] = &[
    &["serve"],
    &["migrate"],
    &["migrate", "status"],
    &["migrate", "down", "--force"],
    &["verify"],
    &["clock", "accept"],
    &["demo", "--days", "1"],
    &["import", "products", "products.csv"],
    &[
        "user",
        "create",
        "--email",
        "a@shop.test",
        "--role",
        "admin",
    ],
];

fn program(folder: &Path, profile: &str, url: Option<&str>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_salesflow"));
    command
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .env("SALESFLOW_PROFILE", profile)
        .env("SALESFLOW__SERVER__BIND", "127.0.0.1:0")
        .env("SALESFLOW__AUTH__JWT_SECRET", SECRET)
        .stdin(Stdio::null());
    if let Some(url) = url {
        command.env("SALESFLOW__DATABASE__URL", url);
    }
    command
}

#[track_caller]
fn refused(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{command:?}: {}", words(&output));
    words(&output)
}

#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", words(&output));
    words(&output)
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("products.csv"),
        "sku,name,price\nA,b,100\n",
    )
    .unwrap();
    folder
}

#[track_caller]
fn holds_only_the_file_to_import(folder: &Path) {
    let names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["products.csv"]);
}

#[test]
fn a_mistyped_path_is_an_error_that_names_it_and_leaves_nothing_behind() {
    let folder = folder();
    let path = folder.path().join("dta/salesflow.db");
    for profile in ["production", "development"] {
        for command in COMMANDS {
            let url = "sqlite://dta/salesflow.db";
            let words = refused(&mut program(folder.path(), profile, Some(url), command));
            assert!(words.contains(path.to_str().unwrap()), "{words}");
            assert!(words.contains("--create"), "{words}");
            // The sentence that helps comes first.
            assert!(!words.contains("because"), "{words}");
            holds_only_the_file_to_import(folder.path());
        }
    }
    // A folder that is there, a file that is not.
    let there = folder.path().join("data");
    fs::create_dir(&there).unwrap();
    let url = format!("sqlite://{}/salseflow.db", there.display());
    for command in COMMANDS {
        let words = refused(&mut program(
            folder.path(),
            "production",
            Some(&url),
            command,
        ));
        assert!(words.contains("salseflow.db"), "{words}");
        assert_eq!(fs::read_dir(&there).unwrap().count(), 0);
    }
}

#[test]
fn the_default_path_makes_its_shop_in_development_only_and_not_for_who_only_looks() {
    let folder = folder();
    for command in COMMANDS {
        let words = refused(&mut program(folder.path(), "production", None, command));
        assert!(words.contains("there is no file"), "{words}");
    }
    for looking in [
        &["verify"][..],
        &["migrate", "status"],
        &["migrate", "down"],
        &["clock", "accept"],
    ] {
        let words = refused(&mut program(folder.path(), "development", None, looking));
        assert!(words.contains("there is no file"), "{words}");
    }
    holds_only_the_file_to_import(folder.path());
    succeed(&mut program(
        folder.path(),
        "development",
        None,
        &["migrate"],
    ));
    succeed(&mut program(
        folder.path(),
        "development",
        None,
        &["verify"],
    ));
    succeed(&mut program(folder.path(), "production", None, &["verify"]));
}

#[test]
fn a_new_shop_is_created_only_on_request() {
    let production = |folder: &Path, url: &str, arguments: &[&str]| {
        program(folder, "production", Some(url), arguments)
    };
    for (url, arguments, variable) in [
        ("sqlite://new/a.db", &["migrate", "--create"][..], None),
        ("sqlite://new/b.db", &["--create", "migrate", "up"], None),
        ("sqlite:new/c.db", &["migrate"], Some("true")),
        ("sqlite://new/d.db?mode=rwc", &["migrate"], None),
        (
            "sqlite://new/with%20space.db",
            &["migrate", "--create"],
            None,
        ),
    ] {
        let folder = folder();
        let mut command = production(folder.path(), url, arguments);
        if let Some(word) = variable {
            command.env("SALESFLOW__DATABASE__CREATE", word);
        }
        succeed(&mut command);
        let words = succeed(&mut production(folder.path(), url, &["verify"]));
        assert!(words.contains("The books are right."), "{words}");
        let names: Vec<_> = fs::read_dir(folder.path().join("new"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(names.iter().all(|name| !name.contains('%')), "{names:?}");
    }
    let folder = folder();
    let url = "sqlite://new/a.db?mode=memory";
    let words = refused(&mut production(folder.path(), url, &["migrate"]));
    assert!(words.contains("must name a file"), "{words}");
}

#[tokio::test]
async fn a_file_that_is_no_shop_is_not_made_one() {
    let folder = folder();
    let empty = folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    let foreign = folder.path().join("foreign.db");
    let tables_gone = folder.path().join("gone.db");
    for (path, statements) in [
        (&foreign, &["CREATE TABLE songs (name TEXT)"][..]),
        (
            &tables_gone,
            &["CREATE TABLE songs (name TEXT)", "DROP TABLE songs"],
        ),
    ] {
        #[expect(clippy::disallowed_methods, reason = "another program's database")]
        let connection = Database::connect(format!("sqlite://{}?mode=rwc", path.display()))
            .await
            .unwrap();
        for statement in statements {
            connection.execute_unprepared(statement).await.unwrap();
        }
        connection.close().await.unwrap();
    }
    for (path, expected) in [
        (&empty, "is empty"),
        (&tables_gone, "is empty"),
        (&foreign, "another program"),
    ] {
        let url = format!("sqlite://{}", path.display());
        for command in COMMANDS {
            let before = fs::read(path).unwrap();
            let words = refused(&mut program(
                folder.path(),
                "production",
                Some(&url),
                command,
            ));
            assert!(words.contains(expected), "{words}");
            assert!(words.contains(path.to_str().unwrap()), "{words}");
            assert!(fs::read(path).unwrap() == before, "{command:?} changed it");
        }
    }
    let url = format!("sqlite://{}", foreign.display());
    let create = ["migrate", "--create"];
    refused(&mut program(
        folder.path(),
        "production",
        Some(&url),
        &create,
    ));
    let url = format!("sqlite://{}", empty.display());
    succeed(&mut program(
        folder.path(),
        "production",
        Some(&url),
        &create,
    ));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn nobody_but_the_owner_reads_the_files_of_a_shop() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("shops/goma/shop.db");
    let database = TestDatabase::empty_at(path.clone());
    let beside = |ending: &str| root.path().join(format!("shops/goma/shop.db{ending}"));
    let endings = ["", "-wal", "-shm", ".lock"];
    let server = Program::start(&database).await;
    for ending in endings {
        assert_eq!(mode(&beside(ending)), 0o600, "{ending}");
    }
    assert_eq!(mode(&root.path().join("shops/goma")), 0o700);
    assert_eq!(mode(&root.path().join("shops")), 0o700);
    server.stop().await;
    // A shop from before, in a folder that holds other things.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(beside(".lock"), fs::Permissions::from_mode(0o664)).unwrap();
    let shared = root.path().join("shops/goma");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
    let server = Program::start(&database).await;
    for ending in endings {
        assert_eq!(mode(&beside(ending)), 0o600, "{ending}");
    }
    assert_eq!(
        mode(&shared),
        0o755,
        "a folder that was there is left alone"
    );
    server.stop().await;
}

#[test]
fn the_folder_of_this_machine_is_closed_to_others() {
    let folder = folder();
    succeed(
        program(folder.path(), "development", None, &["migrate"])
            .env("SALESFLOW__DATA_DIRECTORY", "machine/data")
            .env_remove("SALESFLOW__AUTH__JWT_SECRET"),
    );
    let mut command = program(folder.path(), "development", None, &["verify"]);
    command
        .env("SALESFLOW__DATA_DIRECTORY", "machine/data")
        .env_remove("SALESFLOW__AUTH__JWT_SECRET");
    succeed(&mut command);
    assert_eq!(mode(&folder.path().join("data")), 0o700);
    assert_eq!(mode(&folder.path().join("machine/data")), 0o700);
    assert_eq!(mode(&folder.path().join("machine/data/jwt-secret")), 0o600);
}

both_databases!(
    the_log_names_the_database_without_its_password,
    |app| async {
        let named = store::name_of(&app.database.url);
        assert!(!named.contains('@'), "{named}");
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let filter = Path::new("info");
        let server = Program::start_with(
            &app.database,
            &[("SALESFLOW__LOG__FILTER", filter)],
            Some(&log),
        )
        .await;
        server.stop().await;
        let words = fs::read_to_string(&log).unwrap();
        assert!(words.contains(&named), "{named}: {words}");
        assert!(!words.contains(&app.database.url), "{words}");
    }
);

#[test]
fn a_postgres_database_that_does_not_exist_is_not_made() {
    let Some(database) = TestDatabase::empty(Db::Postgres, "missing_database") else {
        return;
    };
    let url = format!("{}_mistyped", database.url);
    for arguments in [&["verify"][..], &["migrate", "--create"]] {
        let folder = folder();
        let words = refused(&mut program(
            folder.path(),
            "production",
            Some(&url),
            arguments,
        ));
        assert!(words.contains("_mistyped"), "{words}");
    }
}
