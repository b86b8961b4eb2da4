//! Reads from the primary while the replica is away.
//!
//! A replica that does not answer, answers too late or cancels a query (a conflict with what it has
//! to replay) gets a rest; meanwhile every query goes to the primary. Then one query tries the
//! replica again, once it has replayed what the primary had written by then: figures must not go back
//! in time. A client notices no more than one wait of [`REPLICA_PATIENCE`]. The log, the health
//! endpoint and the metrics report it.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};

use crate::{
    StoreError,
    error::Retry as _,
    presence::Watched,
    selection::{Only, read_first},
};

/// Longest wait for an answer of the replica.
pub(crate) const REPLICA_PATIENCE: Duration = Duration::from_secs(5);
/// How long a failed replica rests.
const REST: Duration = Duration::from_secs(5);
/// Longest wait for a returning replica to replay what it missed.
const CATCHES_UP_IN: Duration = Duration::from_secs(1);
/// Pause between two checks of its progress.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where a query goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The replica.
    Replica,
    /// The replica, to see whether it works again.
    Trial,
    /// The primary instead.
    Primary,
}

/// The primary behind a replica, and the state of the replica.
#[derive(Debug)]
pub(crate) struct Standby {
    primary: Watched,
    replica: Arc<Replica>,
}

/// The state of a replica, shared by all handles to it. If figures came from a late replica and the
/// log of changes from the primary, an old figure would be kept as new.
#[derive(Debug)]
struct Replica {
    opened: Instant,
    /// Milliseconds after `opened` until which the replica rests.
    rests_until: AtomicU64,
    is_away: AtomicBool,
}

impl Standby {
    /// Replaces a replica by a reading pool of the primary.
    pub(crate) fn new(primary: Watched) -> Self {
        Self {
            primary,
            replica: Arc::new(Replica {
                opened: Instant::now(),
                rests_until: AtomicU64::new(0),
                is_away: AtomicBool::new(false),
            }),
        }
    }

    /// The same for the same replica, with another pool of the primary.
    pub(crate) fn beside(&self, primary: Watched) -> Self {
        Self {
            primary,
            replica: Arc::clone(&self.replica),
        }
    }

    pub(crate) const fn primary(&self) -> &Watched {
        &self.primary
    }

    /// True while the primary answers instead of the replica.
    pub(crate) fn is_needed(&self) -> bool {
        self.replica.is_away.load(Ordering::Relaxed)
    }

    /// Runs a query on the replica, or on the primary instead.
    pub(crate) async fn ask<T, Answer>(
        &self,
        replica: &Watched,
        question: impl Fn(Watched) -> Answer,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Answer: Future<Output = Result<T, DbErr>> + Send + 'static,
    {
        let turn = self.turn();
        let asks_replica = match turn {
            Turn::Replica => true,
            Turn::Trial => self.has_caught_up(replica).await,
            Turn::Primary => false,
        };
        if asks_replica {
            match tokio::time::timeout(REPLICA_PATIENCE, replica.ask(&question)).await {
                Ok(Ok(answer)) => {
                    self.welcome_back();
                    return Ok(answer);
                }
                Ok(Err(error)) => {
                    if !error.is_absence() && !error.is_collision() {
                        return Err(error);
                    }
                    self.leave_alone(&error.to_string());
                }
                Err(_) => self.leave_alone("it does not answer in time"),
            }
        }
        self.primary.ask(question).await
    }

    /// Every query may use a working replica. While it is away, one query at a time tries it after
    /// its rest.
    fn turn(&self) -> Turn {
        if !self.is_needed() {
            return Turn::Replica;
        }
        let now = self.now();
        let until = self.replica.rests_until.load(Ordering::Relaxed);
        let is_first = now >= until
            && self
                .replica
                .rests_until
                .compare_exchange(until, after_rest(now), Ordering::AcqRel, Ordering::Relaxed)
                .is_ok();
        if is_first { Turn::Trial } else { Turn::Primary }
    }

    /// Whether the replica has replayed everything that is on the primary's disk now. If the primary
    /// does not answer, the replica is the best that is left.
    async fn has_caught_up(&self, replica: &Watched) -> bool {
        let waits = tokio::time::timeout(CATCHES_UP_IN, async {
            let Ok(Some(written)) = written(&self.primary.connection).await else {
                return true;
            };
            loop {
                match has_replayed(&replica.connection, &written).await {
                    Ok(true) => return true,
                    Ok(false) => tokio::time::sleep(LOOK_EVERY).await,
                    Err(_) => return false,
                }
            }
        });
        waits.await.unwrap_or(false)
    }

    /// Stops using the replica for a while.
    pub(crate) fn leave_alone(&self, why: &str) {
        self.replica
            .rests_until
            .store(after_rest(self.now()), Ordering::Release);
        if !self.replica.is_away.swap(true, Ordering::AcqRel) {
            tracing::warn!(why, "the read replica is away: the primary answers instead");
        }
    }

    fn welcome_back(&self) {
        if self.replica.is_away.swap(false, Ordering::AcqRel) {
            tracing::info!("the read replica answers again");
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.replica.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The position in the primary's log that is safe on its disk.
async fn written(primary: &DatabaseConnection) -> Result<Option<String>, StoreError> {
    let sql =
        "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn()::text END";
    let row = primary
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    Ok(read_first::<Only<Option<String>>>(row)?.flatten())
}

/// Whether a replica has replayed up to this position. A server that is not a replica counts as up to
/// date.
async fn has_replayed(replica: &DatabaseConnection, written: &str) -> Result<bool, StoreError> {
    let sql = "SELECT COALESCE(pg_last_wal_replay_lsn() >= CAST($1 AS pg_lsn), true)";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [written.into()]);
    let row = replica.query_one_raw(statement).await?;
    Ok(read_first::<Only<bool>>(row)?.unwrap_or(true))
}

fn after_rest(now: u64) -> u64 {
    now.saturating_add(u64::try_from(REST.as_millis()).unwrap_or(u64::MAX))
}
