//! The sessions of a user: the signed-in devices, and how to end one from another (a lost phone, a
//! till that was left open).

use kernel::{
    Code, Problem, Timestamp,
    ids::{SessionId, UserId},
    paging::Page,
};
use platform::{access::Caller, request::Origin};
use sea_orm::Value;
use serde::Serialize;
use store::Tx;

use super::People;
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::SalesResult,
};

/// A device on which the user is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Session {
    /// The session's own UUID.
    pub id: SessionId,
    /// True for the session of this request.
    pub current: bool,
    /// When the user signed in there.
    pub created_at: Timestamp,
    /// When it last got new tokens. Its last request was at most the lifetime of an access token
    /// later.
    pub last_used_at: Timestamp,
    /// When it ends, unless it gets new tokens before; never later than `auth.session_max_days` after
    /// `created_at`.
    pub expires_at: Timestamp,
    /// The IP address at sign-in.
    #[schema(example = "198.51.100.7")]
    pub address: String,
    /// The client's `User-Agent` at sign-in.
    #[schema(example = "Mozilla/5.0 (Linux; Android 14)")]
    pub user_agent: String,
}

store::selection! {
    Open of Session in living {
        id, created_at = created_at_us, last_used_at = last_used_us, expires_at = expires_at_us, address,
        user_agent,
    } with { current: false }
}

/// Sessions with a usable refresh token, or young enough for a usable access token.
const LIVING: &str = "(
    SELECT s.id, s.created_at_us, s.address, s.user_agent,
        COALESCE((SELECT MAX(t.issued_at_us) FROM refresh_tokens t WHERE t.session_id = s.id), s.created_at_us) AS last_used_us,
        COALESCE((SELECT MAX(t.expires_at_us) FROM refresh_tokens t WHERE t.session_id = s.id AND t.used_at_us IS NULL), s.created_at_us + $1) AS expires_at_us
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.user_id = $2 AND s.revoked_at_us IS NULL AND s.epoch = u.session_epoch AND s.created_at_us > $3
) AS living WHERE expires_at_us > $4";

impl People {
    /// The caller's valid sessions, newest first, after `after`.
    pub async fn own_sessions(
        &self,
        caller: Caller,
        after: Option<SessionId>,
        limit: u32,
    ) -> SalesResult<Page<Session>> {
        let now = self.ctx.clock.now();
        let access = self.signer.ttl_seconds().saturating_mul(1_000_000);
        let mut values: Vec<Value> = vec![
            access.into(),
            caller.user_id.as_uuid().into(),
            now.plus_seconds(-self.session_max_seconds).micros().into(),
            now.micros().into(),
            (i64::from(limit) + 1).into(),
        ];
        let behind = match after {
            Some(after) => {
                values.push(after.as_uuid().into());
                " AND id < $6"
            }
            None => "",
        };
        let columns = Open::SELECT;
        let sql = format!("SELECT {columns} FROM {LIVING}{behind} ORDER BY id DESC LIMIT $5");
        let rows = self
            .ctx
            .write
            .primary()
            .select::<Open>(&sql, values)
            .await?;
        let sessions = rows.into_iter().map(|mut session| {
            session.current = session.id == caller.session_id;
            let end = self.end_of_session(session.created_at);
            session.expires_at = session.expires_at.min(end);
            session
        });
        Ok(Page::from_probe(sessions.collect(), limit))
    }

    /// Ends one of the caller's sessions, perhaps the present one.
    ///
    /// # Errors
    /// `resource.not_found` for a session that has ended or belongs to somebody else.
    pub async fn end_own_session(
        &self,
        caller: Caller,
        origin: Origin,
        session: SessionId,
    ) -> SalesResult<()> {
        let now = self.ctx.clock.now();
        let actor = Actor::new(caller, origin);
        let result = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                if !revoke(tx, session, caller.user_id, now).await? {
                    return Err(Problem::not_found("session").into());
                }
                let entry = Entry::of(Deed::SessionEnd, session);
                audit::record(tx, &actor, now, entry).await
            })
            .await;
        self.living.forget();
        result
    }

    /// The end of a session, however often it is refreshed.
    pub(super) const fn end_of_session(&self, created_at: Timestamp) -> Timestamp {
        created_at.plus_seconds(self.session_max_seconds)
    }

    /// Refuses a session that has reached its longest lifetime.
    pub(super) fn check_age(&self, created_at: Timestamp, now: Timestamp) -> Result<(), Code> {
        if self.end_of_session(created_at) <= now {
            return Err(Code::SessionExpired);
        }
        Ok(())
    }
}

/// Ends a user's session; true if it was valid.
async fn revoke(tx: &Tx, session: SessionId, user: UserId, at: Timestamp) -> SalesResult<bool> {
    let ended = tx
        .execute(
            "UPDATE sessions SET revoked_at_us = $1 WHERE id = $2 AND user_id = $3 AND revoked_at_us IS NULL
             AND epoch = (SELECT session_epoch FROM users WHERE users.id = sessions.user_id)",
            [
                at.micros().into(),
                session.as_uuid().into(),
                user.as_uuid().into(),
            ],
        )
        .await?;
    Ok(ended > 0)
}
