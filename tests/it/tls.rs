//! TLS to PostgreSQL and to Redis: used where it is configured, to the right server only.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::support::{
    app::{Db, TestDatabase, run_on_database},
    program::Program,
    services::{self, Postgres, Redis},
};

/// An authority, and a certificate of it for 127.0.0.1.
struct Certificates {
    directory: tempfile::TempDir,
}

impl Certificates {
    fn new() -> Self {
        let made = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        // PostgreSQL runs as another user.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(made.directory.path(), open).unwrap();
        let key = [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ];
        let authority = ["-nodes", "-days", "2", "-subj", "/CN=authority of a test"];
        let files = ["-keyout", "ca.key", "-out", "ca.pem"];
        made.openssl(&[&key[..], &authority, &files].concat());
        let server = ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"];
        let signed = ["-CA", "ca.pem", "-CAkey", "ca.key"];
        let extensions = [
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ];
        let files = ["-keyout", "server.key", "-out", "server.pem"];
        made.openssl(&[&key[..], &server, &signed, &extensions, &files].concat());
        made
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.directory.path())
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {words}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

/// What `/health/ready` says of Redis, once it is this word or after a while.
async fn redis_of(program: &Program, wanted: &str) -> String {
    let mut word = String::new();
    for _ in 0..100 {
        let question = format!("{}/health/ready", program.address());
        let answer = reqwest::get(&question).await.unwrap();
        let report: serde_json::Value = answer.json().await.unwrap();
        word = report["redis"].as_str().unwrap_or_default().to_owned();
        if word == wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    word
}

fn tell(port: u16, commands: &[String]) {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    for command in commands {
        stream
            .write_all(format!("{command}\r\n").as_bytes())
            .unwrap();
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).unwrap();
        let words = String::from_utf8_lossy(&answer);
        assert_eq!(words, "+OK\r\n", "{command}");
    }
}

#[test]
fn redis_is_spoken_to_over_tls_and_only_the_right_one_is_trusted() {
    let test = "tls_to_redis";
    if !services::require_redis(test) || !services::require_openssl(test) {
        return;
    }
    let (right, other) = (Certificates::new(), Certificates::new());
    let redis = Redis::start();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    tell(
        redis.port(),
        &[
            format!("CONFIG SET tls-cert-file {}", right.text("server.pem"))
                + &format!(" tls-key-file {}", right.text("server.key"))
                + &format!(" tls-ca-cert-file {}", right.text("ca.pem"))
                + &format!(" tls-auth-clients no tls-port {port}"),
            "CONFIG SET requirepass word".to_owned(),
        ],
    );
    let database = TestDatabase::migrated(Db::Sqlite, test);
    run_on_database(database, async |database: &TestDatabase| {
        let secret = right.path("redis-url");
        fs::write(&secret, format!("rediss://:word@127.0.0.1:{port}/0\n")).unwrap();
        let wrong = right.path("wrong-url");
        fs::write(&wrong, format!("rediss://:other@127.0.0.1:{port}/0")).unwrap();
        for (url, authority, state) in [
            (&secret, right.path("ca.pem"), "used"),
            (&secret, other.path("ca.pem"), "away"),
            (&wrong, right.path("ca.pem"), "away"),
        ] {
            let environment: [(&str, &Path); 3] = [
                ("SALESFLOW__REDIS__URL_FILE", url),
                ("SALESFLOW__REDIS__TIMEOUT_MS", Path::new("50")),
                ("SSL_CERT_FILE", &authority),
            ];
            let program = Program::start_with(database, &environment, None).await;
            let wanted = if state == "used" { "used" } else { "never" };
            assert_eq!(redis_of(&program, wanted).await, state);
            program.stop().await;
        }
    });
}

#[test]
fn postgres_is_spoken_to_over_tls_and_only_the_right_one_is_trusted() {
    let test = "tls_to_postgres";
    if !services::require_postgres(test) || !services::require_openssl(test) {
        return;
    }
    let (right, other) = (Certificates::new(), Certificates::new());
    let postgres = Postgres::start();
    let owner = fs::metadata(postgres.query("postgres", "SHOW data_directory").trim()).unwrap();
    chown(
        right.path("server.key"),
        Some(owner.uid()),
        Some(owner.gid()),
    )
    .unwrap();
    for (name, value) in [
        ("ssl_cert_file", right.text("server.pem")),
        ("ssl_key_file", right.text("server.key")),
        ("ssl", "on".to_owned()),
    ] {
        postgres.query("postgres", &format!("ALTER SYSTEM SET {name} = '{value}'"));
    }
    postgres.query("postgres", "SELECT pg_reload_conf()");
    let url = postgres.create_database("shop");
    let database = Some(TestDatabase::at(url.clone()));
    let count = |is_encrypted: bool| {
        let ssl = if is_encrypted { "ssl" } else { "NOT ssl" };
        let answer = postgres.query(
            "postgres",
            &format!(
                "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                 WHERE application_name LIKE 'salesflow%' AND {ssl}"
            ),
        );
        answer.trim().parse::<i64>().unwrap()
    };
    run_on_database(database, async |_| {
        let verified = |authority: &Certificates| {
            format!(
                "{url}?sslmode=verify-full&sslrootcert={}",
                authority.text("ca.pem")
            )
        };
        for (url, is_encrypted) in [
            (verified(&right), true),
            (format!("{url}?sslmode=require"), true),
            (format!("{url}?sslmode=disable"), false),
        ] {
            let program = Program::start(&TestDatabase::at(url.clone())).await;
            assert!(count(is_encrypted) > 0, "{url}");
            assert_eq!(count(!is_encrypted), 0, "{url}");
            program.stop().await;
        }
        let stranger = TestDatabase::at(verified(&other));
        let refused = stranger.program(&["migrate"]).output().unwrap();
        let words = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success(), "{words}");
        assert!(words.contains("certificate"), "{words}");
    });
}
