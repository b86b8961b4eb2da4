//! What a reading handle does while its replica is away: it asks the primary.
//!
//! A replica that does not answer, answers too late or gives up a question (a conflict with what it
//! has to replay) is left alone for a while; meanwhile every question goes to the primary. Then one
//! question tries the replica again. Nobody who asks notices more than one wait of
//! [`REPLICA_PATIENCE`], and who runs the shop reads it in the log, the health and the metrics.

use std::{
    future::Future,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use sea_orm::{DatabaseConnection, DbErr};

use crate::StoreError;

/// Longest wait for an answer of the replica.
const REPLICA_PATIENCE: Duration = Duration::from_secs(5);
/// How long a replica that failed is left alone.
const REST: Duration = Duration::from_secs(5);

/// The primary behind a replica, and how the replica is.
#[derive(Debug)]
pub(crate) struct Standby {
    primary: DatabaseConnection,
    opened: Instant,
    /// Milliseconds after `opened` until which the replica is left alone.
    rests_until: AtomicU64,
    is_away: AtomicBool,
}

impl Standby {
    /// Steps in for a replica with a reading pool of the primary.
    pub(crate) fn new(primary: DatabaseConnection) -> Self {
        Self {
            primary,
            opened: Instant::now(),
            rests_until: AtomicU64::new(0),
            is_away: AtomicBool::new(false),
        }
    }

    /// The pool that steps in.
    pub(crate) const fn primary(&self) -> &DatabaseConnection {
        &self.primary
    }

    /// True while the primary answers in the place of the replica.
    pub(crate) fn is_needed(&self) -> bool {
        self.is_away.load(Ordering::Relaxed)
    }

    /// Asks the replica, or in its place the primary.
    pub(crate) async fn ask<T, Answer>(
        &self,
        replica: &DatabaseConnection,
        question: impl Fn(DatabaseConnection) -> Answer,
    ) -> Result<T, StoreError>
    where
        Answer: Future<Output = Result<T, DbErr>> + Send,
    {
        if self.may_ask_replica() {
            match tokio::time::timeout(REPLICA_PATIENCE, question(replica.clone())).await {
                Ok(Ok(answer)) => {
                    self.welcome_back();
                    return Ok(answer);
                }
                Ok(Err(error)) => match StoreError::from(error) {
                    error @ (StoreError::Unavailable(_) | StoreError::Collision(_)) => {
                        self.leave_alone(&error.to_string());
                    }
                    other => return Err(other),
                },
                Err(_) => self.leave_alone("it does not answer in time"),
            }
        }
        Ok(question(self.primary.clone()).await?)
    }

    /// Everybody may while it is well. While it is away, one at a time tries once its rest is over.
    fn may_ask_replica(&self) -> bool {
        if !self.is_needed() {
            return true;
        }
        let now = self.now();
        let until = self.rests_until.load(Ordering::Relaxed);
        now >= until
            && self
                .rests_until
                .compare_exchange(until, after_rest(now), Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    fn leave_alone(&self, why: &str) {
        self.rests_until
            .store(after_rest(self.now()), Ordering::Release);
        if !self.is_away.swap(true, Ordering::AcqRel) {
            tracing::warn!(
                why,
                "the reading replica is away: the primary answers in its place"
            );
        }
    }

    fn welcome_back(&self) {
        if self.is_away.swap(false, Ordering::AcqRel) {
            tracing::info!("the reading replica answers again");
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn after_rest(now: u64) -> u64 {
    now.saturating_add(u64::try_from(REST.as_millis()).unwrap_or(u64::MAX))
}
