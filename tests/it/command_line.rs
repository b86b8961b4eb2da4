//! The binary as it is called.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{
    app::{Db, TestApp, TestDatabase, Wishes},
    program::{succeed, words},
    services::{self, Postgres},
};

both_empty_databases!(the_schema_is_changed_and_listed, |database| async {
    let pending = succeed(database, &["migrate", "status"]);
    assert!(
        pending.contains("pending") && !pending.contains("applied"),
        "{pending}"
    );
    succeed(database, &["migrate"]);
    let applied = succeed(database, &["migrate", "status"]);
    assert!(
        applied.contains("applied") && !applied.contains("pending"),
        "{applied}"
    );
    succeed(database, &["migrate", "down"]);
    let states = succeed(database, &["migrate", "status"]);
    assert_eq!(states.matches("pending").count(), 1, "{states}");
});

both_empty_databases!(
    the_books_of_a_new_shop_are_right_and_wrong_books_fail,
    |database| async {
        assert!(succeed(database, &["verify"]).contains("The books are right."));
        let options = store::StoreOptions {
            url: database.url.clone(),
            read_url: None,
            read_connections: 1,
            analytics_connections: 1,
            write_connections: 1,
            missing_file: store::MissingFile::Create,
        };
        let stores = store::connect(&options).await.unwrap();
        stores
            .write
            .upkeep("UPDATE counters SET value = 41 WHERE name = 'sale'")
            .await
            .unwrap();
        stores.close().await;
        let output = database.program(&["verify"]).output().unwrap();
        assert!(!output.status.success());
        assert!(words(&output).contains("expected"), "{}", words(&output));
    }
);

both_empty_databases!(a_file_that_excel_wrote_is_imported, |database| async {
    let directory = services::GuardedDirectory::create(
        &services::fast_directory(),
        "salesflow-import-",
        "TERM",
    );
    let file = directory.path().join("articles.csv");
    let path = file.to_str().unwrap();
    for (end, expected) in [
        ("\r\n", "1 new"),
        ("\n", "1 unchanged"),
        ("\r", "1 unchanged"),
    ] {
        let text = ["sku,name,price", "A,b,100", ""].join(end);
        std::fs::write(&file, text).unwrap();
        let said = succeed(database, &["import", "products", path, "--commit"]);
        assert!(said.contains(expected), "{end:?}: {said}");
        assert!(said.contains("Done"), "{end:?}: {said}");
    }
});

#[test]
fn the_document_is_printed_without_any_configuration() {
    let database = TestDatabase::empty(Db::Sqlite, "").unwrap();
    let output = database
        .program(&["openapi"])
        .env("SALESFLOW_PROFILE", "production")
        .env_remove("SALESFLOW__AUTH__JWT_SECRET")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", words(&output));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["info"]["title"], "SalesFlow-Lite");
}

#[test]
fn a_configuration_is_checked_without_showing_its_secrets() {
    let database = TestDatabase::empty(Db::Sqlite, "").unwrap();
    let shown = succeed(&database, &["config", "check"]);
    assert!(shown.contains("server.workers = 1"), "{shown}");
    assert!(shown.contains("auth.jwt_secret = \"(hidden)\""), "{shown}");
    let output = database
        .program(&["config", "check"])
        .env("SALESFLOW_PROFILE", "production")
        .env_remove("SALESFLOW__AUTH__JWT_SECRET")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        words(&output).contains("SALESFLOW__AUTH__JWT_SECRET"),
        "{}",
        words(&output)
    );
}

/// Starts a server and returns its address.
fn serve(program: &mut Command) -> (Child, String) {
    let mut server = program
        .env("SALESFLOW__LOG__FILTER", "info")
        .env("SALESFLOW__LOG__FORMAT", "json")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap()).lines();
    let address = loop {
        let line = log
            .next()
            .expect("the server says where it listens")
            .unwrap();
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        if let Some(address) = line["address"].as_str() {
            break address.to_owned();
        }
    };
    // What it says later is not of interest, but it must be able to say it.
    std::thread::spawn(move || log.for_each(drop));
    let bind = address.trim_start_matches("http://").to_owned();
    (server, bind)
}

#[test]
fn a_server_whose_database_hangs_ends_all_the_same() {
    if !services::require_postgres("a_server_whose_database_hangs_ends_all_the_same") {
        return;
    }
    let postgres = Postgres::start();
    let database = TestDatabase::at(postgres.create_database("shop"));
    let mut program = database.program(&["serve"]);
    let program = program
        .env("SALESFLOW__SERVER__DRAIN_SECONDS", "0")
        .env("SALESFLOW__SERVER__SHUTDOWN_TIMEOUT_SECONDS", "1");
    let (mut server, bind) = serve(program);
    postgres.freeze();
    // A client is waiting for an answer from the database.
    let asked = std::thread::spawn(move || {
        let mut health = database.program(&["health"]);
        health.env("SALESFLOW__SERVER__BIND", bind).output()
    });
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    crate::support::services::send_signal("TERM", &[server.id()]);
    let status = server.wait().unwrap();
    let took = began.elapsed();
    postgres.thaw();
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(!asked.join().unwrap().unwrap().status.success());
}

both_empty_databases!(
    a_server_starts_on_an_empty_database_and_ends_in_peace_on_a_signal,
    |database| async {
        for signal in ["TERM", "INT"] {
            let (mut server, bind) = serve(&mut database.program(&["serve"]));
            let asked = database
                .program(&["health"])
                .env("SALESFLOW__SERVER__BIND", &bind)
                .output()
                .unwrap();
            assert!(asked.status.success(), "{}", words(&asked));
            let began = Instant::now();
            crate::support::services::send_signal(signal, &[server.id()]);
            let status = server.wait().unwrap();
            assert_eq!(status.code(), Some(0));
            assert!(began.elapsed() < Duration::from_secs(15));
            let asked = database
                .program(&["health"])
                .env("SALESFLOW__SERVER__BIND", &bind)
                .output()
                .unwrap();
            assert!(!asked.status.success());
        }
        if let Some(path) = &database.path {
            let log = format!("{}-wal", path.display());
            assert!(
                !std::path::Path::new(&log).exists(),
                "the file is not whole by itself"
            );
        }
    }
);

both_empty_databases!(
    a_user_is_made_with_a_password_from_standard_input,
    |database| async {
        let create = |email: &str, role: &str, password: &str| {
            let mut child = database
                .program(&["user", "create", "--email", email, "--role", role])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut input = child.stdin.take().unwrap();
            let written = std::io::Write::write_all(&mut input, password.as_bytes());
            drop(input);
            let output = child.wait_with_output().unwrap();
            // A program that refuses its arguments ends before it reads.
            assert!(written.is_ok() || !output.status.success(), "{written:?}");
            output
        };
        let made = create("Furaha@shop.test", "admin", "papaye du kivu 7\n");
        assert!(made.status.success(), "{}", words(&made));
        assert!(!words(&made).contains("papaye"), "{}", words(&made));
        for (email, role, password) in [
            ("furaha@shop.test", "viewer", "papaye du kivu 7\n"),
            ("other@shop.test", "king", "papaye du kivu 7\n"),
            ("other@shop.test", "viewer", "short\n"),
            ("other@shop.test", "viewer", ""),
        ] {
            let refused = create(email, role, password);
            assert!(
                !refused.status.success(),
                "{email} {role}: {}",
                words(&refused)
            );
        }
        let application = TestApp::spawn_on(database.twin(), Wishes::default()).await;
        let answer = application
            .anonymous()
            .post(
                "/auth/login",
                serde_json::json!({"email": "furaha@shop.test", "password": "papaye du kivu 7"}),
            )
            .await;
        assert_eq!(answer.expect(200)["user"]["role"], "admin");
        // An owner who was created here is the first owner: nobody else can become it.
        assert_eq!(
            application
                .modules
                .sales
                .people
                .ensure_setup_token()
                .await
                .unwrap(),
            None
        );
        application.finish().await;
    }
);

/// What a command that fails says.
#[track_caller]
fn fail_with(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{}", words(&output));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

both_empty_databases!(
    an_address_that_is_taken_is_said_in_plain_words,
    |database| async {
        let create = |email: &str| {
            let mut command = database.program(&["user", "create", "--role", "admin"]);
            command.args(["--email", email]).stdin(Stdio::piped());
            let mut child = command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut input = child.stdin.take().unwrap();
            std::io::Write::write_all(&mut input, b"mangue verte 1960\n").unwrap();
            drop(input);
            child.wait_with_output().unwrap()
        };
        assert!(create("furaha@shop.example").status.success());
        for (email, expected) in [
            ("furaha@shop.example", "address"),
            ("nobody", "email is not an e-mail address"),
        ] {
            let output = create(email);
            let said = words(&output);
            assert!(
                !output.status.success() && said.contains(expected),
                "{said}"
            );
            for dialect in ["Unique", "users.email", "request.", "Some(", "UserId"] {
                assert!(!said.contains(dialect), "{said}");
            }
        }
    }
);

both_empty_databases!(an_import_speaks_to_people, |database| async {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("articles.csv");
    std::fs::write(&file, "sku,name,price\nA,Un,100\nB,,abc\n").unwrap();
    let arguments = ["import", "products", file.to_str().unwrap()];
    let shown = succeed(database, &arguments);
    assert!(shown.contains("products new 1"), "{shown}");
    assert!(
        shown.contains("line 3, column price: \u{201c}abc\u{201d}."),
        "{shown}"
    );
    let mut command = database.program(&arguments);
    command.arg("--commit");
    let refused = fail_with(command);
    assert!(refused.contains("--skip-errors"), "{refused}");
    assert_eq!(refused.matches("Correct the file").count(), 1, "{refused}");
    for text in [&shown, &refused] {
        assert!(
            !text.contains('{') && !text.contains("skip_errors"),
            "{text}"
        );
    }
});

#[test]
fn a_filter_of_the_log_that_cannot_be_read_is_refused() {
    let database = TestDatabase::empty(Db::Sqlite, "").unwrap();
    for (filter, is_one) in [
        ("info", true),
        ("warn,salesflow=debug,actix_server=off", true),
        ("salesflow=verbose,[[", false),
        ("=", false),
    ] {
        let mut command = database.program(&["config", "check"]);
        command.env("SALESFLOW__LOG__FILTER", filter);
        let output = command.output().unwrap();
        let said = words(&output);
        assert_eq!(output.status.success(), is_one, "{filter}: {said}");
        assert!(is_one || said.contains("log.filter"), "{said}");
    }
}

#[test]
fn the_help_says_what_each_command_does_in_plain_words() {
    let database = TestDatabase::empty(Db::Sqlite, "").unwrap();
    let help = succeed(&database, &["--help"]);
    assert!(help.contains("runs a small shop"), "{help}");
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 9, "{commands:?}");
    for command in commands {
        let of_command = succeed(&database, &[command, "--help"]);
        for dialect in [
            "handles",
            "does not do",
            "make it so",
            "Make it so",
            "`OpenAPI`",
        ] {
            assert!(!of_command.contains(dialect), "{command}: {of_command}");
        }
    }
}

#[test]
fn a_file_gets_no_colours_and_a_taken_port_names_its_setting() {
    let database = TestDatabase::empty(Db::Sqlite, "").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = database.program(&["serve"]);
    command
        .env(
            "SALESFLOW__SERVER__BIND",
            taken.local_addr().unwrap().to_string(),
        )
        .env("SALESFLOW__LOG__FORMAT", "pretty")
        .env("SALESFLOW__LOG__FILTER", "info");
    let said = fail_with(command);
    assert!(said.contains("SALESFLOW__SERVER__BIND"), "{said}");
    assert!(said.contains("the database is open"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}
