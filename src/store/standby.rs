//! What a reading handle does while its replica is away: it asks the primary.
//!
//! A replica that does not answer, answers too late or gives up a question (a conflict with what it
//! has to replay) is left alone for a while; meanwhile every question goes to the primary. Then one
//! question tries the replica again, once it has replayed what the primary had written by then: what
//! was shown must not be taken back. Nobody who asks notices more than one wait of
//! [`REPLICA_PATIENCE`], and who runs the shop reads it in the log, the health and the metrics.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};

use crate::{StoreError, error::Retry as _, presence::Watched};

/// Longest wait for an answer of the replica.
pub(crate) const REPLICA_PATIENCE: Duration = Duration::from_secs(5);
/// How long a replica that failed is left alone.
const REST: Duration = Duration::from_secs(5);
/// Longest wait for a replica that comes back to have replayed what it missed.
const CATCHES_UP_IN: Duration = Duration::from_secs(1);
/// Pause between two looks at how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The replica, which is well.
    Replica,
    /// The replica, to see whether it is well again.
    Trial,
    /// The primary in its place.
    Primary,
}

/// The primary behind a replica, and how the replica is.
#[derive(Debug)]
pub(crate) struct Standby {
    primary: Watched,
    replica: Arc<Replica>,
}

/// How a replica is; all handles to it say the same. If figures came from a replica that is late, and the
/// log of changes from the primary, an old figure would be kept as a new one.
#[derive(Debug)]
struct Replica {
    opened: Instant,
    /// Milliseconds after `opened` until which the replica is left alone.
    rests_until: AtomicU64,
    is_away: AtomicBool,
}

impl Standby {
    /// Steps in for a replica with a reading pool of the primary.
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

    /// Steps in for the same replica with another pool of the primary.
    pub(crate) fn beside(&self, primary: Watched) -> Self {
        Self {
            primary,
            replica: Arc::clone(&self.replica),
        }
    }

    /// The pool that steps in.
    pub(crate) const fn primary(&self) -> &Watched {
        &self.primary
    }

    /// True while the primary answers in the place of the replica.
    pub(crate) fn is_needed(&self) -> bool {
        self.replica.is_away.load(Ordering::Relaxed)
    }

    /// Asks the replica, or in its place the primary.
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

    /// Everybody may while it is well. While it is away, one at a time tries once its rest is over.
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

    /// Whether the replica has replayed what stands on the disk of the primary now. Of a primary that
    /// does not say, a replica is the best that is left.
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

    /// The replica is not asked for a while.
    pub(crate) fn leave_alone(&self, why: &str) {
        self.replica
            .rests_until
            .store(after_rest(self.now()), Ordering::Release);
        if !self.replica.is_away.swap(true, Ordering::AcqRel) {
            tracing::warn!(
                why,
                "the reading replica is away: the primary answers in its place"
            );
        }
    }

    fn welcome_back(&self) {
        if self.replica.is_away.swap(false, Ordering::AcqRel) {
            tracing::info!("the reading replica answers again");
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.replica.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// How far the log of the primary is on its disk.
async fn written(primary: &DatabaseConnection) -> Result<Option<String>, StoreError> {
    let sql =
        "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_flush_lsn()::text END";
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = primary.query_one_raw(statement).await?;
    Ok(row.map_or(Ok(None), |row| row.try_get_by_index(0))?)
}

/// Whether a replica is as far. A server that is not a replica counts as up to date.
async fn has_replayed(replica: &DatabaseConnection, written: &str) -> Result<bool, StoreError> {
    let sql = "SELECT COALESCE(pg_last_wal_replay_lsn() >= CAST($1 AS pg_lsn), true)";
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [written.into()]);
    let row = replica.query_one_raw(statement).await?;
    Ok(row.map_or(Ok(true), |row| row.try_get_by_index(0))?)
}

fn after_rest(now: u64) -> u64 {
    now.saturating_add(u64::try_from(REST.as_millis()).unwrap_or(u64::MAX))
}
