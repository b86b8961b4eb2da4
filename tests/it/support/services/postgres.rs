//! A throw-away PostgreSQL server, with replicas, and ways to make it suffer.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::guard::{GuardedDirectory, fast_directory};
use super::postgres_programs::{program, run, unprivileged_user};
use super::process::{
    PATIENCE, descendants, free_port, is_running, send_signal, tail, wait_for_end, wait_until,
};

/// The superuser of every server; it needs no password.
const USER: &str = "salesflow";
const START_ATTEMPTS: u32 = 5;
/// `CREATE DATABASE` refuses while anybody is still connected to its template.
const TEMPLATE_ATTEMPTS: u32 = 20;

/// Of every server. No sync: what a test needs of the disk ends with the test, and a process that
/// is killed does not take with it what it wrote.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("max_connections", "200"),
    ("shared_buffers", "64MB"),
    ("dynamic_shared_memory_type", "mmap"),
    ("jit", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("max_wal_senders", "10"),
    // A replica that lost its primary looks for it again at once.
    ("wal_retrieve_retry_interval", "100ms"),
];
const FAST: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("checkpoint_flush_after", "0"),
    ("bgwriter_flush_after", "0"),
    ("wal_init_zero", "off"),
    ("autovacuum", "off"),
];
const DURABLE: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
];

/// What a server should be like; start from [`Postgres::builder`].
#[must_use]
pub struct PostgresBuilder {
    durable: bool,
    settings: Vec<(String, String)>,
}

impl PostgresBuilder {
    /// Lies on disk and syncs every commit, as a shop's server does: for tests that pull the plug,
    /// and for benches.
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Any setting of `postgresql.conf`; the last word on it.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Makes the cluster and starts it.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub fn start(self) -> Postgres {
        let directory = create_directory(&if self.durable {
            std::env::temp_dir()
        } else {
            fast_directory()
        });
        let mut initdb = program("initdb", directory.path());
        initdb
            .args(["--username", USER, "--auth", "trust", "--encoding", "UTF8"])
            // The same on every machine, and it knows the letters of French.
            .args(["--locale", "C.UTF-8"])
            .args(["--no-sync", "--no-instructions", "--pgdata"])
            .arg(directory.path().join("data"));
        run(initdb);
        let mut settings: Vec<(String, String)> = SETTINGS
            .iter()
            .chain(if self.durable { DURABLE } else { FAST })
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        settings.extend(self.settings);
        Postgres::launch_somewhere(directory, settings)
    }
}

fn create_directory(parent: &Path) -> GuardedDirectory {
    let directory = GuardedDirectory::create(parent, "salesflow-postgres-", "QUIT");
    if let Some((user, group)) = unprivileged_user() {
        chown(directory.path(), Some(user), Some(group))
            .expect("root can give a directory to the user who runs PostgreSQL");
    }
    directory
}

/// A running PostgreSQL server; stopped and removed when dropped.
pub struct Postgres {
    directory: GuardedDirectory,
    port: u16,
    settings: Vec<(String, String)>,
    next_database: AtomicU32,
    /// `None` while the server is down.
    server: Mutex<Option<Child>>,
}

impl Postgres {
    /// The one of this test process, started on first use. Never kill or freeze it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A private server with the settings of the tests.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// A private server with settings of its own.
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder {
            durable: false,
            settings: Vec::new(),
        }
    }

    /// How to reach a database of this server as its superuser; the same after a restart.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Where it listens on 127.0.0.1; the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes an empty database of this name and returns its URL.
    pub fn create_database(&self, name: &str) -> String {
        self.query("postgres", &format!("CREATE DATABASE {}", quoted(name)));
        self.url(name)
    }

    /// Copies `template` under a new name and returns its URL: far quicker than migrating.
    /// Connections to the template must be closed, or about to be.
    pub fn create_database_from(&self, template: &str) -> String {
        let number = self.next_database.fetch_add(1, Ordering::Relaxed);
        let name = format!("{template}_{number}");
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {}{}",
            quoted(&name),
            quoted(template),
            self.copying_strategy()
        );
        let mut refusal = String::new();
        for _ in 0..TEMPLATE_ATTEMPTS {
            match self.try_query("postgres", &statement) {
                Ok(_) => return self.url(&name),
                Err(error) if error.contains("being accessed by other users") => refusal = error,
                Err(error) => panic!("{statement}: {error}"),
            }
        }
        panic!("{statement}: the template is still in use: {refusal}");
    }

    /// Copying the files is the quicker way; before version 15 it was the only one, without a name.
    fn copying_strategy(&self) -> &'static str {
        let version = fs::read_to_string(self.data().join("PG_VERSION")).unwrap_or_default();
        let is_nameable = version
            .trim()
            .parse()
            .is_ok_and(|version: u32| version >= 15);
        if is_nameable {
            " STRATEGY file_copy"
        } else {
            ""
        }
    }

    /// Removes a database, ending whatever is connected to it.
    pub fn drop_database(&self, name: &str) {
        self.query(
            "postgres",
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)),
        );
    }

    /// Runs one statement and returns its rows, `|` between the columns.
    ///
    /// # Panics
    /// When the statement fails.
    pub fn query(&self, database: &str, statement: &str) -> String {
        self.try_query(database, statement)
            .unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    fn try_query(&self, database: &str, statement: &str) -> Result<String, String> {
        let output = self
            .client("psql")
            .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c"])
            .arg(statement)
            .output()
            .map_err(|error| format!("psql cannot be started: {error}"))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }

    /// One of PostgreSQL's programs (`psql`, `pg_dump`, `pgbench`, ...) with the address of this
    /// server.
    pub fn client(&self, name: &str) -> Command {
        let mut command = program(name, self.directory.path());
        command.args(["-h", "127.0.0.1", "-U", USER, "-p", &self.port.to_string()]);
        command
    }

    /// Ends the server and all its processes without warning, as a power cut would end them.
    pub fn kill9(&self) {
        let mut server = self.server();
        if let Some(child) = server.take() {
            self.kill_all_of(child);
        }
    }

    /// Stops every process of the server: connections stay open and say nothing.
    pub fn freeze(&self) {
        let server = self.server();
        let id = running(server.as_ref()).id();
        // The parent first, so that it starts no process that we would miss.
        send_signal("STOP", &[id]);
        send_signal("STOP", &descendants(id));
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        let server = self.server();
        let id = running(server.as_ref()).id();
        send_signal("CONT", &descendants(id));
        send_signal("CONT", &[id]);
    }

    /// Back on the same port with the same data, whether it was running, frozen or killed.
    pub fn restart(&self) {
        self.stop();
        assert!(
            self.launch(),
            "PostgreSQL does not start again:\n{}",
            tail(&self.log())
        );
    }

    /// Ends the server in good order; [`Self::restart`] brings it back.
    pub fn stop(&self) {
        self.end("INT", PATIENCE);
    }

    /// A disk of this many megabytes in memory, with a tablespace of this name. `None` without the
    /// rights to mount one: that takes root.
    pub fn small_disk(&self, tablespace: &str, megabytes: u32) -> Option<SmallDisk> {
        let (user, group) = unprivileged_user()?;
        let path = self.directory.path().join(tablespace);
        fs::create_dir(&path).expect("a folder for a disk can be made");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(&path)
            .stderr(Stdio::null())
            .status();
        if !mounted.is_ok_and(|status| status.success()) {
            return None;
        }
        let disk = SmallDisk { path };
        let space = disk.path.join("space");
        fs::create_dir(&space).expect("a folder for a tablespace can be made");
        chown(&space, Some(user), Some(group)).expect("root can give a folder away");
        let statement = format!(
            "CREATE TABLESPACE {} LOCATION '{}'",
            quoted(tablespace),
            space.display()
        );
        self.query("postgres", &statement);
        Some(disk)
    }

    /// A streaming replica of this server for reading, on a port of its own.
    pub fn replica(&self) -> Self {
        let own = self.directory.path();
        let directory = create_directory(own.parent().unwrap_or(own));
        let mut backup = self.client("pg_basebackup");
        backup
            .args(["--write-recovery-conf", "--checkpoint", "fast", "--no-sync"])
            .args(["--wal-method", "stream", "--pgdata"])
            .arg(directory.path().join("data"));
        run(backup);
        Self::launch_somewhere(directory, self.settings.clone())
    }

    /// On a replica: waits until it has replayed all that `primary` has written by now.
    pub fn catch_up_with(&self, primary: &Self) {
        let written = primary.query("postgres", "SELECT pg_current_wal_lsn()");
        let question = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn");
        assert!(
            wait_until(PATIENCE, || self.query("postgres", &question) == "t"),
            "the replica does not reach {written}:\n{}",
            tail(&self.log())
        );
    }

    fn launch_somewhere(directory: GuardedDirectory, settings: Vec<(String, String)>) -> Self {
        let mut postgres = Self {
            directory,
            port: 0,
            settings,
            next_database: AtomicU32::new(1),
            server: Mutex::new(None),
        };
        for _ in 0..START_ATTEMPTS {
            // Another process may take the port between the look and the start.
            postgres.port = free_port();
            if postgres.launch() {
                return postgres;
            }
        }
        panic!("PostgreSQL does not start:\n{}", tail(&postgres.log()));
    }

    fn launch(&self) -> bool {
        let log = File::create(self.log()).expect("the log of PostgreSQL can be written");
        let errors = log
            .try_clone()
            .expect("the log of PostgreSQL can be shared");
        let directory = self.directory.path();
        let mut command = program("postgres", directory);
        command.arg("-D").arg(self.data());
        command
            .args(["-p", &self.port.to_string(), "-k"])
            .arg(directory);
        for (name, value) in &self.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        // In a group of its own: a Ctrl-C in the terminal is for the tests.
        let mut child = command
            .process_group(0)
            .stdout(log)
            .stderr(errors)
            .spawn()
            .expect("PostgreSQL can be started");
        self.directory.note_process(child.id());
        let mut ended = false;
        let started = wait_until(PATIENCE, || {
            ended = child.try_wait().ok().flatten().is_some();
            ended || self.is_ready(child.id())
        });
        if ended || !started {
            self.kill_all_of(child);
            return false;
        }
        *self.server() = Some(child);
        true
    }

    /// The server says so itself in its lock file: its number first, its state in the eighth line.
    fn is_ready(&self, id: u32) -> bool {
        let lines = fs::read_to_string(self.lock_file()).unwrap_or_default();
        let mut lines = lines.lines().map(str::trim);
        lines.next() == Some(id.to_string().as_str()) && lines.nth(6) == Some("ready")
    }

    fn end(&self, signal: &str, patience: Duration) {
        let mut server = self.server();
        let Some(mut child) = server.take() else {
            return;
        };
        send_signal("CONT", &descendants(child.id()));
        send_signal("CONT", &[child.id()]);
        send_signal(signal, &[child.id()]);
        if wait_for_end(&mut child, patience).is_none() {
            self.kill_all_of(child);
        }
        self.directory.forget_process();
    }

    fn kill_all_of(&self, mut child: Child) {
        send_signal("STOP", &[child.id()]);
        let mut processes = descendants(child.id());
        processes.push(child.id());
        send_signal("KILL", &processes);
        let _ = child.wait();
        // They hold the shared memory, without which the next start refuses.
        let gone = wait_until(PATIENCE, || !processes.iter().any(|&id| is_running(id)));
        assert!(gone, "processes of PostgreSQL survive being killed");
        self.directory.forget_process();
    }

    /// A killed server leaves its few bytes of shared memory behind, noted in its lock file.
    fn release_shared_memory(&self) {
        let lines = fs::read_to_string(self.lock_file()).unwrap_or_default();
        let segment = lines
            .lines()
            .nth(6)
            .and_then(|line| line.split_whitespace().nth(1));
        if let Some(segment) = segment {
            let _ = Command::new("ipcrm")
                .args([OsStr::new("-m"), OsStr::new(segment)])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }

    fn server(&self) -> MutexGuard<'_, Option<Child>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn lock_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("postgres.log")
    }
}

/// A disk that can be filled; it goes when this is dropped.
pub struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    /// Fills it to the last byte, and returns the file that does.
    pub fn fill(&self) -> PathBuf {
        let path = self.path.join("ballast");
        let mut ballast = File::create(&path).expect("a file can be made on a small disk");
        while ballast.write_all(&[1; 4096]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the server has files open there until it ends.
        let _ = Command::new("umount")
            .arg("-l")
            .arg(&self.path)
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.end("QUIT", Duration::from_secs(10));
        self.release_shared_memory();
    }
}

fn running(server: Option<&Child>) -> &Child {
    server.expect("this PostgreSQL is running")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
