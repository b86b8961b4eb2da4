//! Which sessions still live: asked with every request, so answered from memory.
//!
//! An answer is kept for a second, by which time another instance has followed a change made here.
//! In this process a change is felt at once: the generation is part of the key, so that an answer
//! that was being read while the change was committed is never found again.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use kernel::{
    Code, Problem, Role,
    ids::{SessionId, UserId},
};
use moka::future::Cache;
use platform::{access::Sessions, tokens::Claims};
use store::ReadDb;

use super::repo::role_of;
use crate::error::SalesError;

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_secs(1);
/// Sessions that are kept: those of one second.
const MAX_KEPT: u64 = 20_000;

const SELECT: &str =
    "SELECT u.id, u.role, u.session_epoch FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.revoked_at_us IS NULL AND s.epoch = u.session_epoch AND u.disabled = $2";

/// What the token of a living session must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Living {
    user_id: UserId,
    role: Role,
    epoch: i64,
}

/// The sessions that were asked for within the last second.
pub struct LivingSessions {
    read: ReadDb,
    generation: AtomicU64,
    kept: Cache<(u64, SessionId), Option<Living>>,
}

impl LivingSessions {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(read: ReadDb) -> Self {
        Self {
            read,
            generation: AtomicU64::new(0),
            kept: Cache::builder()
                .max_capacity(MAX_KEPT)
                .time_to_live(KEPT_FOR)
                .build(),
        }
    }

    /// Forgets every answer: a session, a role or a password has just changed.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    async fn find(&self, session: SessionId) -> Result<Option<Living>, SalesError> {
        let row = self
            .read
            .row(SELECT, [session.as_uuid().into(), false.into()])
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Living {
            user_id: UserId::from_uuid(row.get(0)?),
            role: role_of(&row.get::<String>(1)?)?,
            epoch: row.get(2)?,
        }))
    }
}

#[async_trait]
impl Sessions for LivingSessions {
    async fn check(&self, claims: &Claims) -> Result<(), Problem> {
        let key = (self.generation.load(Ordering::SeqCst), claims.sid);
        let living = match self.kept.get(&key).await {
            Some(kept) => kept,
            None => self
                .kept
                .try_get_with(key, async {
                    self.find(claims.sid).await.map_err(Problem::from)
                })
                .await
                .map_err(|problem| Problem::clone(&problem))?,
        };
        judge(living, claims)
    }

    fn recall(&self, claims: &Claims) -> Option<Result<(), Problem>> {
        let key = (self.generation.load(Ordering::SeqCst), claims.sid);
        // To look into the memory never waits in fact, only in its type.
        let living = self.kept.get(&key).now_or_never()??;
        Some(judge(living, claims))
    }
}

fn judge(living: Option<Living>, claims: &Claims) -> Result<(), Problem> {
    let said = Living {
        user_id: claims.sub,
        role: claims.role,
        epoch: claims.epoch,
    };
    if living == Some(said) {
        Ok(())
    } else {
        Err(Problem::of(Code::SessionEnded))
    }
}
