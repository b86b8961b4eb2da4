//! The binary itself, serving: to be killed, and to be run on a disk that fails.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Output, Stdio},
    time::Duration,
};

use super::{app::TestDatabase, services::send_signal};

/// Looks at whether it is ready, before giving up.
const ATTEMPTS: usize = 1_000;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(10);

/// What a command said, on both of its outputs.
pub fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// What a command of the program prints, which must succeed.
#[track_caller]
pub fn succeed(database: &TestDatabase, arguments: &[&str]) -> String {
    let output = database.program(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", words(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A program that serves; it ends with this.
pub struct Program {
    child: Child,
    pub port: u16,
}

impl Program {
    /// Starts it on a database, and waits until it is ready.
    pub async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, &[], None).await
    }

    /// The same with more in its environment. Its log is written to a file where one is named.
    pub async fn start_with(
        database: &TestDatabase,
        environment: &[(&str, &Path)],
        log: Option<&PathBuf>,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let output = || match log {
            Some(path) => {
                let file = std::fs::File::options()
                    .create(true)
                    .append(true)
                    .open(path);
                Stdio::from(file.unwrap())
            }
            None => Stdio::null(),
        };
        let mut command = database.program(&["serve"]);
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = command
            .env("SALESFLOW__SERVER__BIND", format!("127.0.0.1:{port}"))
            .stdout(output())
            .stderr(output())
            .spawn()
            .unwrap();
        let mut program = Self { child, port };
        let question = format!("{}/health/ready", program.address());
        for _ in 0..ATTEMPTS {
            if reqwest::get(&question)
                .await
                .is_ok_and(|answer| answer.status() == 200)
            {
                return program;
            }
            let ended = program.child.try_wait().unwrap();
            assert!(ended.is_none(), "the program ended: {ended:?}");
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
        panic!("the program is never ready");
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// SIGTERM: it ends in order.
    pub async fn stop(mut self) {
        send_signal("TERM", &[self.child.id()]);
        for _ in 0..ATTEMPTS {
            if self.child.try_wait().unwrap().is_some() {
                return;
            }
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
        panic!("the program does not end");
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
