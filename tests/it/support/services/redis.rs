//! A throw-away Redis server: a cache, so it keeps nothing on disk and forgets all on a restart.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::guard::{GuardedDirectory, fast_directory};
use super::process::{PATIENCE, free_port, send_signal, tail, wait_for_end, wait_until};

/// One number per test that wants keys of its own.
const DATABASES: u32 = 4_096;
const START_ATTEMPTS: u32 = 5;

/// The program to run, if one is installed.
pub(super) fn program() -> Option<&'static str> {
    static PROGRAM: OnceLock<Option<&'static str>> = OnceLock::new();
    *PROGRAM.get_or_init(|| {
        ["redis-server", "valkey-server"].into_iter().find(|name| {
            Command::new(name)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        })
    })
}

/// A running Redis server; stopped and removed when dropped.
pub struct Redis {
    directory: GuardedDirectory,
    port: u16,
    next_database: AtomicU32,
    /// `None` while the server is down.
    server: Mutex<Option<Child>>,
}

impl Redis {
    /// The one of this test process, started on first use. Never kill or freeze it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A private server.
    ///
    /// # Panics
    /// When Redis is not installed or does not start.
    pub fn start() -> Self {
        let mut redis = Self {
            directory: GuardedDirectory::create(&fast_directory(), "salesflow-redis-", "TERM"),
            port: 0,
            next_database: AtomicU32::new(1),
            server: Mutex::new(None),
        };
        for _ in 0..START_ATTEMPTS {
            // Another process may take the port between the look and the start.
            redis.port = free_port();
            if redis.launch() {
                return redis;
            }
        }
        panic!("Redis does not start:\n{}", tail(&redis.log()));
    }

    /// Of database 0, which the tests share.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// On a database that no other test uses. Channels of pub/sub are common to all.
    pub fn create_database(&self) -> String {
        let number = self.next_database.fetch_add(1, Ordering::Relaxed);
        assert!(
            number < DATABASES,
            "all {DATABASES} databases of this Redis are given out"
        );
        format!("redis://127.0.0.1:{}/{number}", self.port)
    }

    /// Where it listens on 127.0.0.1; the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server without warning. What it held is lost.
    pub fn kill9(&self) {
        let mut server = self.server();
        if let Some(mut child) = server.take() {
            send_signal("KILL", &[child.id()]);
            let _ = child.wait();
            self.directory.forget_process();
        }
    }

    /// Stops it from answering: connections stay open and say nothing.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// Empty, on the same port, whether it was running, frozen or killed.
    pub fn restart(&self) {
        self.stop();
        assert!(
            self.launch(),
            "Redis does not start again:\n{}",
            tail(&self.log())
        );
    }

    /// Ends the server in good order; [`Self::restart`] brings it back.
    pub fn stop(&self) {
        let mut server = self.server();
        if let Some(mut child) = server.take() {
            send_signal("CONT", &[child.id()]);
            send_signal("TERM", &[child.id()]);
            if wait_for_end(&mut child, Duration::from_secs(5)).is_none() {
                send_signal("KILL", &[child.id()]);
                let _ = child.wait();
            }
            self.directory.forget_process();
        }
    }

    fn launch(&self) -> bool {
        let program = program().expect("Redis is not installed: ask `redis_available` first");
        let log = File::create(self.log()).expect("the log of Redis can be written");
        let errors = log.try_clone().expect("the log of Redis can be shared");
        let mut child = Command::new(program)
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--databases", &DATABASES.to_string()])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .arg("--dir")
            .arg(self.directory.path())
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .expect("Redis can be started");
        self.directory.note_process(child.id());
        let mut ended = false;
        let started = wait_until(PATIENCE, || {
            ended = child.try_wait().ok().flatten().is_some();
            ended || self.is_ready()
        });
        if ended || !started {
            let _ = child.kill();
            let _ = child.wait();
            self.directory.forget_process();
            return false;
        }
        *self.server() = Some(child);
        true
    }

    /// From its own log: an answer on the port could come from another program.
    fn is_ready(&self) -> bool {
        fs::read_to_string(self.log()).is_ok_and(|log| log.contains("Ready to accept connections"))
    }

    fn signal(&self, signal: &str) {
        let server = self.server();
        let child = server.as_ref().expect("this Redis is running");
        send_signal(signal, &[child.id()]);
    }

    fn server(&self) -> MutexGuard<'_, Option<Child>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("redis.log")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill9();
    }
}
