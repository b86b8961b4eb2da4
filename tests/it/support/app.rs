//! A running program on a database of its own.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use argon2::{Argon2, PasswordHasher as _};
use kernel::{
    Clock, Code, Role, Timestamp,
    clock::{ManualClock, SystemClock},
    ids::{SessionId, UserId},
};
use platform::{jobs::AnyJobHandler, tokens::signer::TokenSigner};
use sales::{Actor, SalesError};
use salesflow::{
    app::{Application, Modules, Stopper},
    settings::Settings,
};
use store::{StoreError, Tx};
use tokio::task::JoinHandle;

use super::{http::Client, services};

/// The password of every user that [`TestApp::user`] makes.
pub const PASSWORD: &str = "mangue verte 1960";
/// The address of the user of a role.
pub fn email_of(role: Role) -> String {
    format!("{role}@shop.test")
}

/// The name of the migrated template on the shared PostgreSQL.
const TEMPLATE: &str = "template_migrated";
const SECRET: &str = "a secret for tests only, 0123456789abcdef";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Db {
    Sqlite,
    Postgres,
}

/// Makes the clock of a program from the one that its test moves.
pub type ClockMaker = Box<dyn FnOnce(Arc<ManualClock>) -> Arc<dyn Clock> + Send>;

/// What a test may want to be different.
#[derive(Default)]
pub struct Wishes {
    /// Settings as in the environment, such as `("SALESFLOW__SHOP__TAX_MODE", "added")`.
    pub settings: Vec<(&'static str, String)>,
    /// The time of the test's clock; the present by default.
    pub now: Option<kernel::Timestamp>,
    /// Another clock for the program, made around the hand of the test's.
    pub clock: Option<ClockMaker>,
    /// Kinds of job that the program as it is shipped does not know.
    pub handlers: Vec<Arc<dyn AnyJobHandler>>,
    /// The program runs no upkeep: what is folded, the test folds.
    pub without_upkeep: bool,
}

impl Wishes {
    /// The same without upkeep, for a test that writes facts or figures behind the program's back.
    /// The fold of the upkeep comes every two seconds, reads the facts and adds them up later: rightly
    /// it counts what it has read, as no use case changes a sale but by a void or a refund, which it
    /// notices. A forged change it cannot notice, so the figures would be those of the moment at which
    /// it happened to look.
    pub fn by_hand(self) -> Self {
        Self {
            without_upkeep: true,
            ..self
        }
    }
}

/// A program without upkeep, and otherwise as it is: see [`Wishes::by_hand`].
pub const BY_HAND: Wishes = Wishes {
    settings: Vec::new(),
    now: None,
    clock: None,
    handlers: Vec::new(),
    without_upkeep: true,
};

/// A database that goes when this is dropped.
pub struct TestDatabase {
    pub db: Db,
    pub url: String,
    /// The SQLite file.
    pub path: Option<PathBuf>,
    name: Option<String>,
}

impl TestDatabase {
    /// A copy of the migrated template; `None`, said loudly, where the server is not installed.
    pub fn migrated(db: Db, test: &str) -> Option<Self> {
        match db {
            Db::Sqlite => {
                let path = new_sqlite_path();
                std::fs::copy(sqlite_template(), &path).unwrap();
                Some(Self::of_sqlite(path))
            }
            Db::Postgres => {
                let server = services::postgres(test)?;
                Some(Self::of_postgres(
                    server.create_database_from(postgres_template()),
                ))
            }
        }
    }

    /// A SQLite file at a place of the test's own, with the schema.
    pub fn migrated_at(path: PathBuf) -> Self {
        std::fs::copy(sqlite_template(), &path).unwrap();
        Self::of_sqlite(path)
    }

    /// A SQLite file that is not there yet.
    pub fn empty_at(path: PathBuf) -> Self {
        Self::of_sqlite(path)
    }

    /// Without a schema.
    pub fn empty(db: Db, test: &str) -> Option<Self> {
        match db {
            Db::Sqlite => Some(Self::of_sqlite(new_sqlite_path())),
            Db::Postgres => {
                static NEXT: AtomicU32 = AtomicU32::new(0);
                let server = services::postgres(test)?;
                let name = format!("empty_{}", NEXT.fetch_add(1, Ordering::Relaxed));
                Some(Self::of_postgres(server.create_database(&name)))
            }
        }
    }

    /// The same database for a second program; it goes with the first owner.
    pub fn twin(&self) -> Self {
        Self {
            db: self.db,
            url: self.url.clone(),
            path: None,
            name: None,
        }
    }

    /// On a PostgreSQL of the test's own, with which it goes.
    pub fn at(url: String) -> Self {
        Self {
            db: Db::Postgres,
            url,
            path: None,
            name: None,
        }
    }

    fn of_sqlite(path: PathBuf) -> Self {
        Self {
            db: Db::Sqlite,
            url: format!("sqlite://{}", path.display()),
            path: Some(path),
            name: None,
        }
    }

    fn of_postgres(url: String) -> Self {
        Self {
            db: Db::Postgres,
            name: url.rsplit('/').next().map(str::to_owned),
            url,
            path: None,
        }
    }

    /// The binary itself, on this database, with nothing else of our own environment.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_salesflow"));
        command
            .args(arguments)
            .env_clear()
            .env("SALESFLOW_PROFILE", "test")
            .env("SALESFLOW__DATABASE__URL", &self.url)
            .env("SALESFLOW__AUTH__JWT_SECRET", SECRET);
        command
    }

    /// The settings of a program on this database.
    pub fn settings(&self, wishes: &[(&'static str, String)]) -> Settings {
        let mut variables: HashMap<String, String> = [
            ("SALESFLOW_PROFILE", "test"),
            ("SALESFLOW__DATABASE__URL", &self.url),
            ("SALESFLOW__AUTH__JWT_SECRET", SECRET),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        for (name, value) in wishes {
            variables.insert((*name).to_owned(), value.clone());
        }
        let mut settings = Settings::load(Path::new("config"), variables).unwrap();
        settings.program = Some(env!("CARGO_BIN_EXE_salesflow").into());
        settings
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            for ending in ["", "-wal", "-shm", ".lock", ".log"] {
                let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
            }
        }
        if let Some(name) = &self.name
            && !std::thread::panicking()
        {
            services::Postgres::shared().drop_database(name);
        }
    }
}

/// All SQLite files are here and are deleted with the process.
fn sqlite_directory() -> &'static Path {
    static DIRECTORY: OnceLock<services::GuardedDirectory> = OnceLock::new();
    DIRECTORY
        .get_or_init(|| {
            services::GuardedDirectory::create(
                &services::fast_directory(),
                "salesflow-sqlite-",
                "TERM",
            )
        })
        .path()
}

fn new_sqlite_path() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    sqlite_directory().join(format!("shop-{number}.db"))
}

fn sqlite_template() -> &'static Path {
    static TEMPLATE_FILE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE_FILE.get_or_init(|| {
        let path = sqlite_directory().join("template.db");
        migrate(format!("sqlite://{}", path.display()));
        path
    })
}

fn postgres_template() -> &'static str {
    static MIGRATED: OnceLock<()> = OnceLock::new();
    MIGRATED.get_or_init(|| {
        let url = services::Postgres::shared().create_database(TEMPLATE);
        migrate(url);
    });
    TEMPLATE
}

/// On a thread of its own: the caller may be inside a runtime.
fn migrate(url: String) {
    let options = store::StoreOptions {
        url,
        read_url: None,
        read_connections: 1,
        analytics_connections: 1,
        write_connections: 1,
        missing_file: store::MissingFile::Create,
    };
    let work = move || {
        runtime()
            .block_on(store::migrate_up(&options))
            .expect("the template can be migrated");
    };
    std::thread::spawn(work).join().unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// A running program.
pub struct TestApp {
    pub db: Db,
    /// Where it listens, such as `http://127.0.0.1:49152`.
    pub address: String,
    /// Where its metrics are.
    metrics_address: String,
    /// The clock of the program: it does not run until it is moved.
    pub clock: Arc<ManualClock>,
    /// What the program is made of, for what the API does not offer.
    pub modules: Modules,
    /// Ends the program, or begins to.
    pub stopper: Stopper,
    pub database: TestDatabase,
    signer: TokenSigner,
    server: JoinHandle<anyhow::Result<()>>,
    http: reqwest::Client,
    without_upkeep: bool,
}

impl TestApp {
    /// Starts the program on a migrated database of its own.
    pub async fn spawn(db: Db, test: &str, wishes: Wishes) -> Option<Self> {
        Some(Self::spawn_on(TestDatabase::migrated(db, test)?, wishes).await)
    }

    /// Starts the program on this database.
    pub async fn spawn_on(database: TestDatabase, wishes: Wishes) -> Self {
        let settings = database.settings(&wishes.settings);
        let clock = Arc::new(ManualClock::at(
            wishes.now.unwrap_or_else(|| SystemClock.now()),
        ));
        let handed: Arc<dyn Clock> = match wishes.clock {
            Some(around) => around(Arc::clone(&clock)),
            None => Arc::<ManualClock>::clone(&clock),
        };
        let key = settings.signing_keys().unwrap().present;
        let signer = TokenSigner::new(&key, settings.auth.access_ttl_seconds);
        let application = Application::build_with(&settings, handed, wishes.handlers)
            .await
            .unwrap();
        let application = if wishes.without_upkeep {
            application.without_upkeep()
        } else {
            application
        };
        Self {
            db: database.db,
            address: format!("http://127.0.0.1:{}", application.port()),
            metrics_address: format!(
                "http://127.0.0.1:{}",
                application.metrics_port().unwrap_or_default()
            ),
            clock,
            modules: application.modules().clone(),
            stopper: application.stopper(),
            signer,
            server: tokio::spawn(application.run()),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            database,
            without_upkeep: wishes.without_upkeep,
        }
    }

    /// Stops a test that would change what the fold of its own program may be reading.
    pub(super) fn assert_by_hand(&self, sql: &str) {
        assert!(
            self.without_upkeep,
            "the program folds while the test forges (`Wishes::by_hand`): {sql}"
        );
    }

    /// Moves the clock, backwards as well: if there are later records, the clock is accepted as
    /// right.
    pub async fn travel_to(&self, instant: Timestamp) {
        self.clock.set(instant);
        let context = &self.modules.sales.ctx;
        let word = sales::clock::accept(context, &Actor::operator("test"), "a story").await;
        match word {
            Ok(_) => {}
            Err(SalesError::Refused(problem)) if problem.code == Code::ClockNotBehind => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Its metrics, from the listener that is theirs.
    pub async fn metrics(&self) -> String {
        let client = self.metrics_client();
        let answer = client.get("/metrics").await;
        answer.expect(200);
        answer.text()
    }

    /// A client of the listener of the metrics.
    pub fn metrics_client(&self) -> Client {
        Client::new(self.http.clone(), self.metrics_address.clone(), None).undocumented()
    }

    /// A client that has not signed in.
    pub fn anonymous(&self) -> Client {
        Client::new(self.http.clone(), self.address.clone(), None)
    }

    /// A client signed in as the user of this role, who is created if needed.
    pub async fn client(&self, role: Role) -> Client {
        let user = self.user(role).await;
        self.client_of(user, role).await
    }

    /// A client signed in as a user, in a new session.
    pub async fn client_of(&self, user: UserId, role: Role) -> Client {
        self.client_since(user, role, SystemClock.now()).await
    }

    /// The same with a token that was signed at another moment.
    pub async fn client_since(&self, user: UserId, role: Role, now: Timestamp) -> Client {
        let session = SessionId::generate();
        let values: [sea_orm::Value; 5] = [
            session.as_uuid().into(),
            user.as_uuid().into(),
            now.micros().into(),
            "test".into(),
            "test".into(),
        ];
        // In one transaction: the clearing takes a session without a refresh token for one that is over.
        let refresh: [sea_orm::Value; 4] = [
            session.as_uuid().to_string().into(),
            session.as_uuid().into(),
            now.micros().into(),
            now.plus_seconds(30 * 86_400).micros().into(),
        ];
        self.modules
            .stores
            .write
            .transaction(async |tx: &Tx| -> Result<u64, StoreError> {
                tx.execute(
                    "INSERT INTO sessions (id, user_id, epoch, created_at_us, address, user_agent)
                     VALUES ($1, $2, (SELECT session_epoch FROM users WHERE id = $2), $3, $4, $5)",
                    values.clone(),
                )
                .await?;
                tx.execute(
                    "INSERT INTO refresh_tokens (token_hash, session_id, issued_at_us, expires_at_us)
                     VALUES ($1, $2, $3, $4)",
                    refresh.clone(),
                )
                .await
            })
            .await
            .unwrap();
        let token = self.signer.sign(user, role, session, 1, now).unwrap();
        Client::new(self.http.clone(), self.address.clone(), Some(token))
    }

    /// The owner's client.
    pub async fn admin(&self) -> Client {
        self.client(Role::Admin).await
    }

    /// A manager's client.
    pub async fn manager(&self) -> Client {
        self.client(Role::Manager).await
    }

    /// A cashier's client.
    pub async fn cashier(&self) -> Client {
        self.client(Role::Cashier).await
    }

    /// A viewer's client.
    pub async fn viewer(&self) -> Client {
        self.client(Role::Viewer).await
    }

    /// Another user of a role, besides the one of [`Self::user`].
    pub async fn another_user(&self, role: Role) -> UserId {
        let id = UserId::generate();
        let now = self.clock.now().micros();
        let made = self
            .write(
                "INSERT INTO users (id, email, name, role, password_hash, disabled, session_epoch, version, created_at_us, updated_at_us)
                 VALUES ($1, $2, $2, $3, $4, $5, 1, 1, $6, $6)",
                vec![
                    id.as_uuid().into(),
                    format!("{id}@shop.test").into(),
                    role.as_str().into(),
                    password_hash().into(),
                    false.into(),
                    now.into(),
                ],
            )
            .await;
        assert_eq!(made, 1);
        id
    }

    /// The user `<role>@shop.test` with [`PASSWORD`], created if needed.
    pub async fn user(&self, role: Role) -> UserId {
        let email = email_of(role);
        let now = self.clock.now().micros();
        self.write(
            "INSERT INTO users (id, email, name, role, password_hash, disabled, session_epoch, version, created_at_us, updated_at_us)
             VALUES ($1, $2, $3, $4, $5, $6, 1, 1, $7, $8) ON CONFLICT DO NOTHING",
            vec![
                UserId::generate().as_uuid().into(),
                email.as_str().into(),
                role.as_str().into(),
                role.as_str().into(),
                password_hash().into(),
                false.into(),
                now.into(),
                now.into(),
            ],
        )
        .await;
        // A replica may not have received it yet.
        let primary = self.modules.stores.write.primary();
        let id = primary.value("SELECT id FROM users WHERE email = $1", [email.into()]);
        id.await.unwrap().unwrap()
    }

    /// Runs one statement in a transaction: for what a test must bring about behind the API's back.
    pub async fn write(&self, sql: &str, values: Vec<sea_orm::Value>) -> u64 {
        if sql.contains("rollup_") {
            self.assert_by_hand(sql);
        }
        self.modules
            .stores
            .write
            .transaction(async |tx: &Tx| -> Result<u64, StoreError> {
                tx.execute(sql, values.clone()).await
            })
            .await
            .unwrap()
    }

    /// The first column of the first row, an integer.
    pub async fn figure(&self, sql: &str) -> i64 {
        let figure = self.modules.stores.read.value(sql, []).await.unwrap();
        figure.expect("a row")
    }

    /// Proves the books, ends the program and removes the database. [`run`] does it at the end of
    /// every test.
    pub async fn finish(self) {
        let Self {
            stopper,
            server,
            database,
            modules,
            http,
            clock,
            ..
        } = self;
        let now = clock.now();
        drop(http);
        let verification = sales::inventory::verify::verify(&modules.stores.read, now)
            .await
            .unwrap();
        assert!(
            verification.ok,
            "the books are wrong: {:#?}",
            verification.differences
        );
        stopper.stop().await;
        server.await.unwrap().unwrap();
        drop(modules);
        drop(database);
    }
}

/// The same hash for everybody: hashing is slow on purpose.
fn password_hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        Argon2::default()
            .hash_password(PASSWORD.as_bytes())
            .unwrap()
            .to_string()
    })
    .clone()
}

/// Runs the body of a test on a program with these options.
pub fn run<F>(db: Db, test: &str, wishes: Wishes, body: F)
where
    F: AsyncFnOnce(&TestApp),
{
    runtime().block_on(async {
        let Some(app) = TestApp::spawn(db, test, wishes).await else {
            return;
        };
        body(&app).await;
        app.finish().await;
    });
}

/// Runs a body that needs a database, but no program on it.
pub fn run_on_database<F>(database: Option<TestDatabase>, body: F)
where
    F: AsyncFnOnce(&TestDatabase),
{
    if let Some(database) = database {
        runtime().block_on(body(&database));
    }
}

/// The same as [`both_databases!`] for a test that starts no program: the body gets a
/// `&TestDatabase` without a schema.
#[macro_export]
macro_rules! both_empty_databases {
    ($name:ident, |$database:ident| async $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from around it")]
            use super::*;
            use $crate::support::app::{Db, TestDatabase, run_on_database};

            async fn check($database: &TestDatabase) $body

            #[test]
            fn sqlite() {
                run_on_database(TestDatabase::empty(Db::Sqlite, stringify!($name)), check);
            }

            #[test]
            fn postgres() {
                run_on_database(TestDatabase::empty(Db::Postgres, stringify!($name)), check);
            }
        }
    };
}

/// A test that runs on SQLite and on PostgreSQL, as `name::sqlite` and `name::postgres`. The body
/// gets `&TestApp`; an optional first argument says what should be different.
///
/// ```ignore
/// both_databases!(a_shop_opens, |app| async {
///     app.anonymous().get("/health/live").await.expect(200);
/// });
/// both_databases!(tax_can_come_on_top, wishes(), |app| async { … });
/// ```
#[macro_export]
macro_rules! both_databases {
    ($name:ident, |$app:ident| async $body:block) => {
        both_databases!($name, $crate::support::app::Wishes::default(), |$app| async $body);
    };
    ($name:ident, $wishes:expr, |$app:ident| async $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "a body may need nothing from around it")]
            use super::*;

            async fn check($app: &$crate::support::app::TestApp) $body

            #[test]
            fn sqlite() {
                $crate::support::app::run($crate::support::app::Db::Sqlite, stringify!($name), $wishes, check);
            }

            #[test]
            fn postgres() {
                $crate::support::app::run($crate::support::app::Db::Postgres, stringify!($name), $wishes, check);
            }
        }
    };
}
