//! The open connections to Redis.
//!
//! One connection exists as long as Redis is used; every thread may use it. In addition each thread that
//! serves requests opens its own connection, which is driven by the thread that waits for the reply:
//! over the common one every reply wakes two threads instead of one. No request waits for a connection
//! to open, and all are closed when the breaker opens.

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

/// Limit for opening a connection and its first reply.
const PATIENCE: Duration = Duration::from_millis(500);
/// Most threads with a connection of their own; others share the common one.
const MAX_OWN: usize = 32;
/// The common one, one for the trial that replaces it, and those of the threads.
const CONNECTIONS: usize = 2 + MAX_OWN;

/// The connections of this process that carry requests.
pub(super) struct Lines {
    pool: Pool,
    held: RwLock<Held>,
}

#[derive(Default)]
struct Held {
    common: Option<MultiplexedConnection>,
    /// `None` while it is opening, and when that failed.
    own: HashMap<ThreadId, Option<MultiplexedConnection>>,
    /// Raised when all are closed: a connection that was opening before is not used.
    era: u64,
}

impl Lines {
    /// Without any connection yet.
    pub(super) fn new(url: &str) -> Result<Self, RedisError> {
        // The caller limits the time of a reply.
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

    /// Opens the common connection; false when Redis does not reply in time.
    pub(super) async fn open(&self) -> bool {
        let line = timeout(PATIENCE, connect(&self.pool)).await.ok().flatten();
        let is_open = line.is_some();
        self.write().common = line;
        is_open
    }

    /// Closes all connections.
    pub(super) fn close(&self) {
        let mut held = self.write();
        held.common = None;
        held.own.clear();
        held.era = held.era.wrapping_add(1);
    }

    /// The best connection for this thread; `None` while there is none.
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

    /// Opens one for this thread in the background.
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

/// True when a task spawned here runs on this same thread.
fn drives_itself() -> bool {
    Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::CurrentThread)
}

/// A connection that has replied once. It is never returned to the pool: one thread drives it, and a
/// reply that is under way when it is closed must not reach another user.
async fn connect(pool: &Pool) -> Option<MultiplexedConnection> {
    let connection = pool.get().await.ok()?;
    let mut line = Connection::take(connection);
    let pong: String = Cmd::new().arg("PING").query_async(&mut line).await.ok()?;
    (pong == "PONG").then_some(line)
}
