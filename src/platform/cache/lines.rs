//! The connections to Redis that are held.
//!
//! One is there as long as Redis is used; everybody may ask over it. Beside it each thread that
//! answers requests opens one of its own, which is driven by the very thread that waits for the
//! answer: over the common one every answer wakes two threads instead of one. Nobody waits for a
//! connection to be opened, and all of them are let go of when the breaker opens.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    thread::{self, ThreadId},
    time::Duration,
};

use deadpool_redis::{
    Connection, Manager, Pool, Runtime,
    redis::{AsyncConnectionConfig, Cmd, ErrorKind, RedisError, aio::MultiplexedConnection},
};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    time::timeout,
};

/// Limit for opening a connection and for a first word on it.
const PATIENCE: Duration = Duration::from_millis(500);
/// Threads with a connection of their own; further ones share the common one.
const MAX_OWN: usize = 32;
/// The common one, one for the trial that replaces it, and those of the threads.
const CONNECTIONS: usize = 2 + MAX_OWN;

/// All connections of this process that carry questions.
pub(super) struct Lines {
    pool: Pool,
    held: RwLock<Held>,
}

#[derive(Default)]
struct Held {
    common: Option<MultiplexedConnection>,
    /// `None` while it is opened, and when that failed.
    own: HashMap<ThreadId, Option<MultiplexedConnection>>,
    /// Moves on when all are let go of: what was being opened before is not wanted any more.
    era: u64,
}

impl Lines {
    /// None yet.
    pub(super) fn new(url: &str) -> Result<Self, RedisError> {
        // How long an answer may take is the business of whoever asks.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(None);
        let manager = Manager::new_with_config(url, config)?;
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .recycle_timeout(Some(PATIENCE))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|_| RedisError::from((ErrorKind::InvalidClientConfig, "no runtime")))?;
        Ok(Self {
            pool,
            held: RwLock::default(),
        })
    }

    /// Opens the common one; false when Redis does not answer in time.
    pub(super) async fn open(&self) -> bool {
        let line = timeout(PATIENCE, connect(&self.pool)).await.ok().flatten();
        let is_open = line.is_some();
        self.write().common = line;
        is_open
    }

    /// Lets go of all of them.
    pub(super) fn close(&self) {
        let mut held = self.write();
        held.common = None;
        held.own.clear();
        held.era = held.era.wrapping_add(1);
    }

    /// The best one for this thread; `None` while there is none at all.
    pub(super) fn get(self: &Arc<Self>) -> Option<MultiplexedConnection> {
        let era = {
            let held = self.read();
            let common = held.common.as_ref()?;
            match held.own.get(&thread::current().id()) {
                Some(Some(own)) => return Some(own.clone()),
                None if held.own.len() < MAX_OWN && drives_itself() => held.era,
                _ => return Some(common.clone()),
            }
        };
        self.open_own(era);
        self.read().common.clone()
    }

    /// Opens one for this thread, beside its other work.
    fn open_own(self: &Arc<Self>, era: u64) {
        let id = thread::current().id();
        self.write().own.insert(id, None);
        let lines = Arc::clone(self);
        tokio::spawn(async move {
            let line = timeout(PATIENCE, connect(&lines.pool)).await.ok().flatten();
            let mut held = lines.write();
            if held.era == era {
                held.own.insert(id, line);
            }
        });
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether what is spawned here runs on this very thread.
fn drives_itself() -> bool {
    Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::CurrentThread)
}

/// A connection that has answered once. It is never given back: one thread drives it, and what is
/// under way on it when it is let go of must not be met by anybody else.
async fn connect(pool: &Pool) -> Option<MultiplexedConnection> {
    let connection = pool.get().await.ok()?;
    let mut line = Connection::take(connection);
    let pong: String = Cmd::new().arg("PING").query_async(&mut line).await.ok()?;
    (pong == "PONG").then_some(line)
}
