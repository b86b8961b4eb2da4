//! Opens the connection pools, each with explicit limits.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    Dialect, ReadDb, StoreError, StoreOptions, WriteDb,
    opened_files::OpenedFiles,
    place,
    presence::{Presence, Watched},
    witness::{Watch, watch_readers},
};

/// Longest wait for running statements when the pools close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for `SQLite`'s one writer. Another process, such as a backup or an import, may hold
/// it.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages in the write-ahead log before a checkpoint: 128 MiB. Pages that are written again and again,
/// such as levels and figures, are then copied and synced once in thousands of sales. After a crash,
/// reading such a log takes some tenths of a second.
const SQLITE_CHECKPOINT_PAGES: &str = "32000";
/// Page cache of the writer in KiB (a negative number means KiB). The levels of many products are
/// spread over the file. Memory is used only as needed.
const SQLITE_WRITER_CACHE: &str = "-32000";
/// `PostgreSQL` ends a statement that runs longer. A big import sends 5,000 rows in one statement.
const STATEMENT_TIMEOUT: &str = "60s";
/// `PostgreSQL` gives up waiting for a row lock after this.
const LOCK_TIMEOUT: &str = "5s";

/// Longest wait for a connection to a replica. The driver retries refused connections until then,
/// while the primary could answer.
const REPLICA_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// Connections to the primary where `read_url` names another server, beside those that replace the
/// replica. They read only users and sessions, about once a second for each session.
const PRIMARY_READ_CONNECTIONS: u32 = 2;

/// The handles of a shop's database.
#[derive(Debug, Clone)]
pub struct Stores {
    /// Reads.
    pub read: ReadDb,
    /// Reads figures, which may take long, from connections of its own.
    pub analytics: ReadDb,
    /// Opens transactions.
    pub write: WriteDb,
}

/// How busy a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolFigures {
    /// `read`, `analytics` or `write`.
    pub pool: &'static str,
    /// Open connections.
    pub open: u32,
    /// Connections that nobody uses.
    pub idle: u32,
}

impl Stores {
    /// How busy the pools are.
    #[must_use]
    pub fn pool_figures(&self) -> [PoolFigures; 3] {
        [
            figures("read", self.read.connection(), self.read.dialect()),
            figures(
                "analytics",
                self.analytics.connection(),
                self.analytics.dialect(),
            ),
            figures("write", self.write.connection(), self.write.dialect()),
        ]
    }

    /// Closes the pools once their statements have ended. A `SQLite` file needs no log after that.
    pub async fn close(&self) {
        self.read.stop_probes();
        self.analytics.stop_probes();
        self.write.primary().stop_probes();
        let close = async |connection: &DatabaseConnection| {
            let closed = tokio::time::timeout(CLOSE_TIMEOUT, connection.close_by_ref()).await;
            if !matches!(closed, Ok(Ok(()))) {
                tracing::warn!("a pool of connections did not close in time");
            }
        };
        let primary = self.write.primary().connection();
        tokio::join!(
            close(self.read.connection()),
            close(self.analytics.connection()),
            close(primary)
        );
        // Only a writing connection can copy SQLite's log into the file when it closes.
        close(self.write.connection()).await;
    }
}

fn figures(pool: &'static str, connection: &DatabaseConnection, dialect: Dialect) -> PoolFigures {
    let (open, idle) = match dialect {
        Dialect::Sqlite => {
            let pool = connection.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        }
        Dialect::Postgres => {
            let pool = connection.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        }
    };
    PoolFigures {
        pool,
        open,
        idle: u32::try_from(idle).unwrap_or(u32::MAX),
    }
}

/// Opens the pools. Creates the `SQLite` file and its folder if the options ask for it.
///
/// # Errors
/// [`StoreError::NoShop`] when there is no such file. [`StoreError::Unavailable`] when the database
/// does not answer.
pub async fn connect(options: &StoreOptions) -> Result<Stores, StoreError> {
    let dialect = Dialect::of_url(&options.url);
    place::prepare(options)?;
    let write_connections = match dialect {
        Dialect::Sqlite => 1,
        Dialect::Postgres => options.write_connections.max(2),
    };
    let here = match dialect {
        Dialect::Sqlite => Presence::certain(),
        Dialect::Postgres => Presence::probing(&options.url),
    };
    let files = OpenedFiles::of(&options.url);
    let (writing, watch) = writing(&options.url, write_connections, &files);
    let write = open(writing, &here).await?;
    let places = Places {
        options,
        dialect,
        files: &files,
        here: &here,
        there: options
            .read_url
            .as_deref()
            .map(|url| match Dialect::of_url(url) {
                Dialect::Sqlite => Presence::certain(),
                Dialect::Postgres => Presence::probing(url),
            }),
    };
    let (read, primary) = places.reading_pools(Use::Everything, None).await?;
    let (analytics, _) = places.reading_pools(Use::Figures, Some(&read)).await?;
    Ok(Stores {
        read,
        analytics,
        write: WriteDb::new(write, dialect, primary, watch),
    })
}

/// What a reading pool is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Quick queries.
    Everything,
    Figures,
}

/// The servers that reading pools connect to.
struct Places<'a> {
    options: &'a StoreOptions,
    dialect: Dialect,
    files: &'a Arc<OpenedFiles>,
    here: &'a Presence,
    there: Option<Presence>,
}

impl Places<'_> {
    /// Returns a handle that reads from the replica, if there is one, and a handle that reads from
    /// the primary. All handles to a replica share what is known of its health.
    async fn reading_pools(
        &self,
        purpose: Use,
        known: Option<&ReadDb>,
    ) -> Result<(ReadDb, ReadDb), StoreError> {
        let options = self.options;
        let connections = match purpose {
            Use::Everything => options.read_connections.max(1),
            Use::Figures => options.analytics_connections.max(1),
        };
        let dialect = self.dialect;
        let (Some(read_url), Some(there)) = (&options.read_url, &self.there) else {
            let read = reading(&options.url, connections, purpose, self.files);
            let read = ReadDb::new(open(read, self.here).await?, dialect);
            return Ok((read.clone(), read));
        };
        // A replica that is away does not stop the start: the primary answers instead.
        let files = OpenedFiles::of(read_url);
        let mut reading_there = reading(read_url, connections, purpose, &files);
        reading_there
            .connect_lazy(true)
            .acquire_timeout(REPLICA_ACQUIRE_TIMEOUT);
        let replica = open(reading_there, there).await?;
        let connections = match purpose {
            Use::Everything => connections + PRIMARY_READ_CONNECTIONS,
            Use::Figures => connections,
        };
        let reading_here = reading(&options.url, connections, purpose, self.files);
        let primary = open(reading_here, self.here).await?;
        let standby = primary.clone();
        let read = match known {
            Some(known) => known.of_same_replica(replica, standby),
            None => ReadDb::of_replica(replica, standby, dialect),
        };
        Ok((read, ReadDb::new(primary, dialect)))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that opens connections"
)]
async fn open(mut options: ConnectOptions, presence: &Presence) -> Result<Watched, StoreError> {
    presence.look_after(&mut options);
    Ok(Watched {
        connection: Database::connect(options).await?,
        presence: presence.clone(),
    })
}

/// Opens one connection that changes nothing in a `SQLite` file, not even its journal mode, which a
/// writing connection sets for good.
pub(crate) async fn connect_to_look(url: &str) -> Result<DatabaseConnection, StoreError> {
    let mut options = limits(url, 1);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .create_if_missing(false)
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
    });
    Ok(open(options, &Presence::certain()).await?.connection)
}

/// Opens one writing connection, for work that needs a session of its own.
pub(crate) async fn connect_single(options: &StoreOptions) -> Result<WriteDb, StoreError> {
    let (writing, watch) = writing(&options.url, 1, &OpenedFiles::of(&options.url));
    let pool = open(writing, &Presence::certain()).await?;
    let dialect = Dialect::of_url(&options.url);
    let primary = ReadDb::new(pool.clone(), dialect);
    Ok(WriteDb::new(pool, dialect, primary, watch))
}

fn limits(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // No task closes old connections: in sqlx 0.9 it counts idle connections while others take
        // them, may read a negative number, and then blocks a thread of the runtime for ever. An idle
        // connection is tested before use instead.
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    options
}

fn writing(url: &str, connections: u32, files: &Arc<OpenedFiles>) -> (ConnectOptions, Watch) {
    let mut options = limits(url, connections);
    let watch = Watch::over(&mut options, Dialect::of_url(url), files);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            // `prepare` has created the file if that was requested. A file that disappears must not
            // come back empty.
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // REPLACE fires the triggers that refuse deletions.
            .pragma("recursive_triggers", "ON")
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
            .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES)
            .pragma("cache_size", SQLITE_WRITER_CACHE)
            // Statement journals stay in memory: inserting a group of sales changes hundreds of
            // pages.
            .pragma("temp_store", "MEMORY")
    });
    options.map_sqlx_postgres_opts(|postgres| {
        postgres.application_name("salesflow").options([
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("lock_timeout", LOCK_TIMEOUT),
            ("idle_in_transaction_session_timeout", STATEMENT_TIMEOUT),
            ("timezone", "UTC"),
        ])
    });
    (options, watch)
}

fn reading(url: &str, connections: u32, purpose: Use, files: &Arc<OpenedFiles>) -> ConnectOptions {
    let mut options = limits(url, connections);
    watch_readers(&mut options, files);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .read_only(true)
            .create_if_missing(false)
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
            .pragma("query_only", "ON")
            .pragma("cache_size", "-8000")
    });
    options.map_sqlx_postgres_opts(move |postgres| {
        let name = match purpose {
            Use::Everything => "salesflow-read",
            Use::Figures => "salesflow-analytics",
        };
        let postgres = postgres.application_name(name).options([
            ("default_transaction_read_only", "on"),
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("timezone", "UTC"),
        ]);
        match purpose {
            Use::Everything => postgres,
            // One query uses one processor: parallel workers of the server would take those of the
            // till.
            Use::Figures => postgres.options([("max_parallel_workers_per_gather", "0")]),
        }
    });
    options
}
