//! Throw-away PostgreSQL and Redis servers for the tests.
//!
//! The tests bring their own servers, so that `cargo test` needs nothing running, touches nothing
//! that runs, and may kill or freeze a server in the middle of a sale. Each server listens on a
//! free port of 127.0.0.1 and keeps everything in one temporary directory, which goes when the
//! server is dropped, or, for the shared ones, when the test process ends, however it ends.
//!
//! * [`postgres`] and [`redis`] give the shared server of this test process, started on first use.
//!   Take a database of your own on it; never kill or freeze it.
//! * [`Postgres::start`], [`Postgres::builder`] and [`Redis::start`] give a private server, to be
//!   killed, frozen, restarted and replicated at will.
//!
//! Where the programs are not installed, the two functions print what is skipped and return `None`;
//! with `CI=true` they fail instead, so that a green run never hides a test that did not run.
//!
//! Everything here blocks its thread and panics with a sentence when a server misbehaves.
#![allow(
    dead_code,
    unused_imports,
    clippy::panic,
    clippy::expect_used,
    reason = "a toolbox of the tests: no test binary or bench uses all of it, and failing loudly is its way to report"
)]

// Named paths, so that a bench can include this file with `#[path]` as well.
#[path = "services/guard.rs"]
mod guard;
#[path = "services/postgres.rs"]
mod postgres;
#[path = "services/postgres_programs.rs"]
mod postgres_programs;
#[path = "services/process.rs"]
mod process;
#[path = "services/redis.rs"]
mod redis;

use std::io::Write as _;

pub use self::guard::{GuardedDirectory, fast_directory};
pub use self::postgres::Postgres;
pub use self::process::send_signal;
pub use self::redis::Redis;

/// The shared PostgreSQL of this process; `None`, said loudly, when it is not installed.
///
/// ```ignore
/// let Some(server) = services::postgres("refunds never exceed the sale") else { return };
/// let url = server.create_database_from("template_migrated");
/// ```
pub fn postgres(test: &str) -> Option<&'static Postgres> {
    require_or_skip(test, "PostgreSQL", postgres_available()).then(Postgres::shared)
}

/// The shared Redis of this process; `None`, said loudly, when it is not installed.
pub fn redis(test: &str) -> Option<&'static Redis> {
    require_or_skip(test, "Redis", redis_available()).then(Redis::shared)
}

/// Whether the programs of a PostgreSQL server are on this machine.
pub fn postgres_available() -> bool {
    postgres_programs::installation().is_some()
}

/// Whether a Redis server is on this machine.
pub fn redis_available() -> bool {
    redis::program().is_some()
}

/// For tests that start a private PostgreSQL: false, said loudly, when it is not installed.
pub fn require_postgres(test: &str) -> bool {
    require_or_skip(test, "PostgreSQL", postgres_available())
}

/// For tests that start a private Redis: false, said loudly, when it is not installed.
pub fn require_redis(test: &str) -> bool {
    require_or_skip(test, "Redis", redis_available())
}

/// For tests that need a C compiler: false, with a clear message, if there is none.
pub fn require_compiler(test: &str) -> bool {
    let asked = std::process::Command::new("gcc").arg("--version").output();
    require_or_skip(test, "gcc", asked.is_ok())
}

/// For tests that make certificates: false, said loudly, when `openssl` is not installed.
pub fn require_openssl(test: &str) -> bool {
    let asked = std::process::Command::new("openssl")
        .arg("version")
        .output();
    require_or_skip(test, "openssl", asked.is_ok())
}

fn require_or_skip(test: &str, service: &str, installed: bool) -> bool {
    if !installed {
        assert!(
            !is_continuous_integration(),
            "{test}: {service} is not installed, and with CI=true no test may be skipped; `.ci/services` installs it"
        );
        say_skipped(test, &format!("{service} is not installed"));
    }
    installed
}

/// Says what is not tested here. Not `eprintln!`: the test harness swallows that when the test passes.
pub fn say_skipped(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {why}");
}

/// Whether no test may be skipped.
#[expect(
    clippy::disallowed_methods,
    reason = "CI is a word of the machine that runs the tests, not a setting of the program"
)]
pub fn is_continuous_integration() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}
