//! Refusals in the audit log: operations that a role does not allow, and sign-ins that came too
//! often.
//!
//! Refusals cost the client nothing, so a flood of them must not become a flood of entries. The first
//! is written at once; those of the next minute are counted and become one entry. They are written
//! after the answer, so that a refusal does not wait for the database. A crash may lose the counts of
//! a minute.

mod windows;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kernel::{Clock, Role, Timestamp, ids::UserId};
use platform::request::Origin;
use serde_json::json;
use store::{ColumnKind, Tx, WriteDb, json_rows, to_json};
use tokio::{sync::Notify, time::Instant};

use self::windows::{Matter, RefusalCount, Windows};
use super::{Deed, Entry, record};
use crate::{
    actor::Actor,
    error::{SalesError, SalesResult},
};

/// Shortest time between two writes.
const PAUSE: Duration = Duration::from_secs(1);
/// Accounts that are looked up in one turn. Attempts at more accounts count as those of strangers.
const MAX_ACCOUNTS: usize = 200;

/// Counts refusals until they are written.
#[derive(Clone, derive_more::Debug)]
#[debug("Refusals {{ .. }}")]
pub struct Refusals {
    inner: Arc<Inner>,
}

struct Inner {
    write: WriteDb,
    clock: Arc<dyn Clock>,
    counts: Mutex<Counts>,
    arrived: Notify,
}

#[derive(Default)]
struct Counts {
    windows: Windows,
    /// Throttled attempts by the typed account. Which user that is, is looked up later.
    attempts: HashMap<String, RefusalCount>,
}

/// An operation that a role does not allow.
#[derive(Debug, Clone)]
pub struct RefusedOperation {
    /// The user who requested it.
    pub user_id: UserId,
    /// The user's role.
    pub role: Role,
    /// Method and route, such as `POST /api/v1/products`.
    pub operation: String,
    /// Where the request came from.
    pub origin: Origin,
}

impl Refusals {
    /// Writes through this handle, whatever the clock shows.
    #[must_use]
    pub fn new(write: &WriteDb, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner: Arc::new(Inner {
                write: write.minding_no_clock(),
                clock,
                counts: Mutex::default(),
                arrived: Notify::new(),
            }),
        }
    }

    /// Counts a refused operation.
    pub fn count_operation(&self, refused: RefusedOperation) {
        let matter = Matter::Operation(refused.user_id, refused.operation);
        let tally = self.tally(&refused.origin, Some(refused.role));
        self.counts().windows.add(matter, tally);
        self.inner.arrived.notify_one();
    }

    /// Counts a sign-in that was refused unchecked.
    pub fn count_attempt(&self, email: &str, origin: &Origin) {
        let tally = self.tally(origin, None);
        {
            let mut counts = self.counts();
            if let Some(known) = counts.attempts.get_mut(email) {
                known.add(tally);
            } else if counts.attempts.len() < MAX_ACCOUNTS {
                counts.attempts.insert(email.to_owned(), tally);
            } else {
                counts.windows.add(Matter::Strangers, tally);
            }
        }
        self.inner.arrived.notify_one();
    }

    /// Writes what is due, repeatedly, until it is dropped.
    pub async fn run(&self) {
        loop {
            let due = self.counts().windows.next_due();
            tokio::select! {
                () = self.inner.arrived.notified() => {}
                () = sleep_until(due) => {}
            }
            self.write_due(Instant::now()).await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Writes all counts, due or not, when the program ends.
    pub async fn flush(&self) {
        self.write_due(Instant::now() + windows::LENGTH).await;
    }

    async fn write_due(&self, now: Instant) {
        let attempts = std::mem::take(&mut self.counts().attempts);
        if !attempts.is_empty() {
            match self.accounts_of(&attempts).await {
                Ok(accounts) => {
                    let mut counts = self.counts();
                    for (email, tally) in attempts {
                        let account = accounts.get(&email).copied();
                        let matter = account.map_or(Matter::Strangers, Matter::Account);
                        counts.windows.add(matter, tally);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the accounts of throttled sign-ins could not be read");
                    self.counts().attempts.extend(attempts);
                }
            }
        }
        let due = self.counts().windows.take_due(now);
        if due.is_empty() {
            return;
        }
        let at = self.inner.clock.now();
        let write = async |tx: &Tx| {
            for (matter, tally) in &due {
                record_line(tx, at, matter, tally).await?;
            }
            Ok::<_, SalesError>(())
        };
        if let Err(error) = self.inner.write.transaction(write).await {
            tracing::warn!(%error, "refusals could not be written into the audit log; they are tried again");
            self.counts().windows.put_back(due);
        }
    }

    /// Those of the typed texts that are accounts.
    async fn accounts_of(
        &self,
        attempts: &HashMap<String, RefusalCount>,
    ) -> SalesResult<HashMap<String, UserId>> {
        let emails: Vec<_> = attempts.keys().map(|email| (email,)).collect();
        let primary = self.inner.write.primary();
        let source = json_rows(primary.dialect(), 1, &[("email", ColumnKind::Text)]);
        let sql = format!(
            "SELECT person.email, person.id FROM {source} AS typed JOIN users AS person ON person.email = typed.email"
        );
        let accounts = primary.select::<AccountOf>(&sql, [to_json(&emails).into()]);
        Ok(accounts.await?.into_iter().collect())
    }

    fn tally(&self, origin: &Origin, role: Option<Role>) -> RefusalCount {
        let at = self.inner.clock.now();
        RefusalCount::of_one(at, &origin.address, &origin.request_id, role)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        let counts = self.inner.counts.lock();
        counts.unwrap_or_else(PoisonError::into_inner)
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn record_line(
    tx: &Tx,
    at: Timestamp,
    matter: &Matter,
    tally: &RefusalCount,
) -> SalesResult<()> {
    let user_id = match matter {
        Matter::Operation(user, _) | Matter::OtherOperations(user) => Some(*user),
        Matter::Account(_) | Matter::Strangers | Matter::Everything => None,
    };
    let (deed, entity_id) = match matter {
        Matter::Operation(_, operation) => (Deed::AccessRefused, operation.clone()),
        Matter::OtherOperations(_) | Matter::Everything => (Deed::AccessRefused, String::new()),
        Matter::Account(user) => (Deed::LoginThrottled, user.to_string()),
        Matter::Strangers => (Deed::LoginThrottled, String::new()),
    };
    let mut after = json!({
        "count": tally.count,
        "first_at": tally.first_at,
        "last_at": tally.last_at,
        "addresses": tally.addresses,
    });
    if let (Some(role), Some(after)) = (tally.role, after.as_object_mut()) {
        after.insert("role".to_owned(), json!(role));
    }
    let mut origin = Origin::local("refusals");
    origin.address.clone_from(&tally.address);
    origin.request_id.clone_from(&tally.request_id);
    let actor = Actor {
        user_id,
        role: tally.role.unwrap_or(Role::Viewer),
        origin,
    };
    let entry = Entry::of(deed, entity_id).after(after);
    record(tx, &actor, at, entry).await
}

store::selection! {
    AccountOf(email: String, id: UserId)
}
