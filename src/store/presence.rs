//! Checks whether the `PostgreSQL` server behind a pool answers.
//!
//! Without it, a server that is gone or frozen would go unnoticed: a pool looks for a connection for
//! ten seconds, and a running statement has no time limit. So a probe sends a query every second on a
//! connection of its own. After two queries without an answer the server counts as away: new requests
//! fail at once, waiting ones are released, and only the probe goes on. `SQLite` is always present.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectOptions, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, SqlxError,
    TransactionOptions, TransactionTrait as _,
    sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions},
};
use tokio::{sync::Notify, task::AbortHandle};

use crate::StoreError;

/// Pause between two probes while the server answers.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Pause after a missing answer.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(250);
/// Longest wait for one answer. Together with the pause and the second query, a frozen server is
/// detected in less than two seconds.
const PATIENCE: Duration = Duration::from_millis(450);
/// Probes without an answer until the server counts as away.
const MISSES: u32 = 2;

/// A pool and the state of its server.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) connection: DatabaseConnection,
    pub(crate) presence: Presence,
}

impl Watched {
    /// A pool without a probe.
    #[cfg(test)]
    pub(crate) const fn unwatched(connection: DatabaseConnection) -> Self {
        Self {
            connection,
            presence: Presence::certain(),
        }
    }

    /// Runs a query while the server is present.
    pub(crate) async fn ask<T, Answer>(
        &self,
        question: impl Fn(Self) -> Answer,
    ) -> Result<T, StoreError>
    where
        Answer: Future<Output = Result<T, DbErr>>,
    {
        self.presence.while_there(question(self.clone())).await
    }

    /// Opens a transaction in a task that always runs to its end: a `BEGIN` that is dropped half-way
    /// would return an open transaction to the pool without the driver's knowledge.
    pub(crate) async fn begin(
        &self,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        let connection = self.connection.clone();
        let begun = tokio::spawn(async move { connection.begin_with_options(options).await });
        begun
            .await
            .map_err(|broken| DbErr::Conn(RuntimeErr::Internal(broken.to_string())))?
    }
}

/// Whether a server is present, shared by all handles to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Presence(Option<Arc<Probed>>);

#[derive(Debug)]
struct Probed {
    state: Arc<State>,
    probe: AbortHandle,
}

impl Drop for Probed {
    fn drop(&mut self) {
        self.probe.abort();
    }
}

#[derive(Debug)]
struct State {
    opened: Instant,
    is_away: AtomicBool,
    /// Notified when the server goes away.
    left: Notify,
    /// Milliseconds after `opened` at which the server last came back; zero if it was never away.
    returned_at: AtomicU64,
}

impl Presence {
    /// For a database that needs no probe.
    pub(crate) const fn certain() -> Self {
        Self(None)
    }

    /// Starts a probe of the server in this URL.
    pub(crate) fn probing(url: &str) -> Self {
        let Ok(server) = url.parse::<PgConnectOptions>() else {
            // A URL that cannot be parsed is reported when the pool connects.
            return Self::certain();
        };
        let state = Arc::new(State {
            opened: Instant::now(),
            is_away: AtomicBool::new(false),
            left: Notify::new(),
            returned_at: AtomicU64::new(0),
        });
        let server = server.application_name("salesflow-probe");
        let probe = tokio::spawn(watch(server, Arc::clone(&state))).abort_handle();
        Self(Some(Arc::new(Probed { state, probe })))
    }

    /// Makes a pool drop the connections that date from before an absence.
    pub(crate) fn look_after(&self, options: &mut ConnectOptions) {
        let Some(probed) = &self.0 else {
            return;
        };
        let state = Arc::clone(&probed.state);
        options.map_sqlx_postgres_pool_opts(move |pool| {
            let state = Arc::clone(&state);
            // The driver's own test of a returned connection would wait for the server.
            pool.after_release(move |_, _| {
                let is_there = !state.is_away();
                Box::pin(async move { Ok(is_there) })
            })
        });
        let state = Arc::clone(&probed.state);
        options.map_sqlx_postgres_before_acquire(move |_, connection| {
            let is_fresh = !state.was_away_within(connection.age);
            Box::pin(async move { Ok(is_fresh) })
        });
    }

    /// True while the server does not answer.
    pub(crate) fn is_away(&self) -> bool {
        self.0.as_ref().is_some_and(|probed| probed.state.is_away())
    }

    pub(crate) fn close(&self) {
        if let Some(probed) = &self.0 {
            probed.probe.abort();
        }
    }

    /// Waits for an answer while the server is present.
    pub(crate) async fn while_there<T, E>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, StoreError>
    where
        StoreError: From<E>,
    {
        self.unless_away(async { Ok(answer.await?) }).await
    }

    /// The same for work with its own error type.
    pub(crate) async fn unless_away<T, E: From<StoreError>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some(probed) = &self.0 else {
            return work.await;
        };
        if probed.state.is_away() {
            return Err(absent().into());
        }
        tokio::select! {
            // Checked first, so that waiting work ends with its own error.
            biased;
            done = work => done,
            () = probed.state.absence() => Err(absent().into()),
        }
    }
}

fn absent() -> StoreError {
    let what = "the server does not answer its probe".to_owned();
    StoreError::Unavailable(DbErr::Conn(RuntimeErr::Internal(what)))
}

impl State {
    fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Acquire)
    }

    /// Completes when the server is away.
    async fn absence(&self) {
        let left = self.left.notified();
        tokio::pin!(left);
        // Registers before it checks, so that no notification is missed.
        left.as_mut().enable();
        if !self.is_away() {
            left.await;
        }
    }

    fn leave(&self, why: &SqlxError) {
        if !self.is_away.swap(true, Ordering::AcqRel) {
            tracing::error!(%why, "the database is away: everything that needs it is refused until it is back");
            self.left.notify_waiters();
        }
    }

    fn welcome_back(&self) {
        if self.is_away() {
            self.returned_at.store(self.now().max(1), Ordering::Release);
            self.is_away.store(false, Ordering::Release);
            tracing::info!("the database is back");
        }
    }

    /// Whether a connection of this age is older than the end of the last absence.
    fn was_away_within(&self, age: Duration) -> bool {
        let returned_at = self.returned_at.load(Ordering::Acquire);
        let made_at = self.opened.elapsed().saturating_sub(age);
        returned_at > 0 && u64::try_from(made_at.as_millis()).is_ok_and(|made| made < returned_at)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

async fn watch(server: PgConnectOptions, state: Arc<State>) {
    let mut connection = None;
    let mut missed = 0;
    let mut pause = ASK_EVERY;
    loop {
        tokio::time::sleep(pause).await;
        match tokio::time::timeout(PATIENCE, ask(&server, &mut connection)).await {
            Ok(Ok(())) => {
                missed = 0;
                pause = ASK_EVERY;
                state.welcome_back();
            }
            Ok(Err(error)) => {
                connection = None;
                missed += 1;
                pause = ASK_AGAIN_AFTER;
                if missed >= MISSES {
                    state.leave(&error);
                }
            }
            Err(_) => {
                missed += 1;
                // The wait for the answer was the pause.
                pause = Duration::ZERO;
                if missed >= MISSES {
                    connection = None;
                    pause = ASK_AGAIN_AFTER;
                    state.leave(&SqlxError::PoolTimedOut);
                }
            }
        }
    }
}

async fn ask(
    server: &PgConnectOptions,
    connection: &mut Option<PgConnection>,
) -> Result<(), SqlxError> {
    let outcome = async {
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(PgConnection::connect_with(server).await?),
        };
        connection.ping().await
    };
    match outcome.await {
        // A server that refuses (too many connections, unknown user) is present, unless it reports
        // that it starts or stops.
        Err(SqlxError::Database(refusal))
            if !refusal.code().is_some_and(|code| code.starts_with("57P")) =>
        {
            Ok(())
        }
        other => other,
    }
}
