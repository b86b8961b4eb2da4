//! The program as it is shipped: its own process, the production profile. The word `program=PATH`
//! measures another build of it, as before and after a change.

use std::{
    collections::HashMap,
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use salesflow::settings::Settings;

use super::http::{self, Connection};

const SECRET: &str = "vT4nB8xQ1mK7zR3wY6pL0cJ5hG9dF2sA";
/// Until the program answers; far more than it needs.
const PATIENCE: Duration = Duration::from_mins(1);
const POLL_EVERY: Duration = Duration::from_millis(1);

/// What the program is told by its environment.
#[derive(Clone)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// A shop on a database, everything else in a scratch directory.
    pub fn new(url: &str, directory: &Path) -> Self {
        let pairs = [
            ("SALESFLOW_PROFILE", "production"),
            ("SALESFLOW__DATA_DIRECTORY", directory.to_str().unwrap()),
            ("SALESFLOW__DATABASE__URL", url),
            ("SALESFLOW__DATABASE__CREATE", "true"),
            // Several may run side by side.
            ("SALESFLOW__METRICS__BIND", ""),
            ("SALESFLOW__AUTH__JWT_SECRET", SECRET),
            ("SALESFLOW__AUTH__ACCESS_TTL_SECONDS", "86400"),
        ];
        let owned = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(owned.into_iter().collect())
    }

    /// With one more word.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What the program makes of it.
    pub fn settings(&self) -> Settings {
        Settings::load(Path::new("config"), self.0.clone()).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let another =
            std::env::args().find_map(|word| Some(word.strip_prefix("program=")?.to_owned()));
        let program = another.unwrap_or_else(|| env!("CARGO_BIN_EXE_salesflow").to_owned());
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(&self.0);
        command
    }

    /// Proves the books.
    pub fn verify(&self) {
        let proof = self.command(&["verify"]).output().unwrap();
        let words = String::from_utf8_lossy(&proof.stdout);
        print!("books: {words}");
        assert!(proof.status.success(), "the books are wrong");
    }
}

/// A running server; it ends with this.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to its first good answer on `/health/ready`.
    pub start: Duration,
}

impl Server {
    /// Starts the program and waits until it is ready. Its log goes to a file, as it would to a
    /// collector.
    pub async fn start(environment: &Environment, log: &Path) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut command = environment.command(&["serve"]);
        command
            .env("SALESFLOW__SERVER__BIND", address.to_string())
            .stdout(Stdio::null())
            .stderr(File::create(log).unwrap());
        let began = Instant::now();
        let mut server = Self {
            child: command.spawn().unwrap(),
            address,
            start: PATIENCE,
        };
        let question = http::get("/health/ready", "");
        while began.elapsed() < PATIENCE {
            if let Ok(mut connection) = Connection::open(address).await
                && matches!(connection.ask(&question).await, Ok(200))
            {
                server.start = began.elapsed();
                return server;
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        panic!(
            "the program does not start:\n{}",
            std::fs::read_to_string(log).unwrap_or_default()
        );
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
