//! Which sessions are valid: checked with every request, so kept in memory.
//!
//! An entry is kept for a second, by when other instances have seen a change. In this process a
//! change is effective at once: the generation is part of the key, so an entry that was read during
//! the change is never used again.

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
use platform::{
    access::{Reach, Sessions, development::no_session},
    tokens::Claims,
};
use store::ReadDb;

use super::second_factor::may_be_required;
use crate::error::SalesError;

/// How long an entry is kept.
const KEPT_FOR: Duration = Duration::from_secs(1);
/// Most sessions kept: those of one second.
const MAX_KEPT: u64 = 20_000;

const SELECT: &str =
    "SELECT u.id AS user_id, u.role, u.session_epoch AS epoch, u.second_factor IS NOT NULL AS has_factor FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.revoked_at_us IS NULL AND s.epoch = u.session_epoch AND u.disabled = $2";

store::selection! {
    Row of Living {} then { user_id, role, epoch }
    HasFactor(has_factor: bool)
}

/// What a token must contain to belong to a valid session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Living {
    user_id: UserId,
    role: Role,
    epoch: i64,
}

/// What is known about a valid session.
#[derive(Debug, Clone, Copy)]
struct Known {
    living: Living,
    reach: Reach,
}

/// The sessions that were used within the last second.
pub struct LivingSessions {
    read: ReadDb,
    is_factor_required: bool,
    generation: AtomicU64,
    kept: Cache<(u64, SessionId), Option<Known>>,
}

impl LivingSessions {
    /// Empty. `is_factor_required` is for owners and managers.
    #[must_use]
    pub fn new(read: ReadDb, is_factor_required: bool) -> Self {
        Self {
            read,
            is_factor_required,
            generation: AtomicU64::new(0),
            kept: Cache::builder()
                .max_capacity(MAX_KEPT)
                .time_to_live(KEPT_FOR)
                .build(),
        }
    }

    /// Drops all entries after a change of a session, a role or a password.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// True when users with this role must have a second factor.
    #[must_use]
    pub const fn requires_second_factor(&self, role: Role) -> bool {
        self.is_factor_required && may_be_required(role)
    }

    async fn find(&self, session: SessionId) -> Result<Option<Known>, SalesError> {
        let values = [session.as_uuid().into(), false.into()];
        let row = self.read.select_one::<(Row, HasFactor)>(SELECT, values);
        let Some((living, has_factor)) = row.await? else {
            return Ok(None);
        };
        let reach = if has_factor || !self.requires_second_factor(living.role) {
            Reach::Full
        } else {
            Reach::OwnAccountOnly
        };
        Ok(Some(Known { living, reach }))
    }
}

#[async_trait]
impl Sessions for LivingSessions {
    async fn check(&self, claims: &Claims) -> Result<Reach, Problem> {
        // No token contains this: it is the development bypass.
        if claims.sid == no_session() {
            let first = self.first_active(claims.role).await?;
            return first
                .filter(|user| *user == claims.sub)
                .map(|_| Reach::Full)
                .ok_or_else(|| Problem::of(Code::SessionEnded));
        }
        let key = (self.generation.load(Ordering::SeqCst), claims.sid);
        let known = match self.kept.get(&key).await {
            Some(kept) => kept,
            None => self
                .kept
                .try_get_with(key, async {
                    self.find(claims.sid).await.map_err(Problem::from)
                })
                .await
                .map_err(|problem| Problem::clone(&problem))?,
        };
        judge(known, claims)
    }

    fn recall(&self, claims: &Claims) -> Option<Result<Reach, Problem>> {
        let key = (self.generation.load(Ordering::SeqCst), claims.sid);
        // A lookup in memory never waits, although its type says so.
        let known = self.kept.get(&key).now_or_never()??;
        Some(judge(known, claims))
    }

    async fn first_active(&self, role: Role) -> Result<Option<UserId>, Problem> {
        let id = self
            .read
            .value(
                "SELECT id FROM users WHERE role = $1 AND disabled = $2 ORDER BY created_at_us, id LIMIT 1",
                [role.as_str().into(), false.into()],
            )
            .await
            .map_err(SalesError::from)?;
        Ok(id)
    }

    async fn active_role(&self, user: UserId) -> Result<Option<Role>, Problem> {
        let sql = "SELECT role FROM users WHERE id = $1 AND disabled = $2";
        let values = [user.as_uuid().into(), false.into()];
        let role = self.read.value(sql, values).await;
        Ok(role.map_err(SalesError::from)?)
    }
}

fn judge(known: Option<Known>, claims: &Claims) -> Result<Reach, Problem> {
    let said = Living {
        user_id: claims.sub,
        role: claims.role,
        epoch: claims.epoch,
    };
    known
        .filter(|known| known.living == said)
        .map(|known| known.reach)
        .ok_or_else(|| Problem::of(Code::SessionEnded))
}
