//! The SQL of users, sessions and refresh tokens.

use kernel::{
    Role, Timestamp,
    ids::{SessionId, UserId},
    paging::Page,
};
use platform::{access::Caller, request::Origin};
use store::{ReadDb, StoreError, Tx};

use super::{User, stored::StoredUser};
use crate::{conditions::Conditions, error::SalesResult};

impl TryFrom<StoredUser> for User {
    type Error = StoreError;

    fn try_from(row: StoredUser) -> Result<Self, StoreError> {
        Ok(Self {
            id: UserId::from_uuid(row.id),
            role: role_of(&row.role)?,
            email: row.email,
            name: row.name,
            disabled: row.disabled,
            second_factor: row.second_factor.is_some(),
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at_us),
            updated_at: Timestamp::from_micros(row.updated_at_us),
        })
    }
}

/// A filter for users.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserFilter {
    /// Only users with this role.
    pub role: Option<Role>,
    /// Only disabled users, or only active ones.
    pub disabled: Option<bool>,
}

/// Parses a stored role.
fn role_of(word: &str) -> Result<Role, StoreError> {
    Role::parse(word).ok_or_else(|| StoreError::Corrupt(format!("role {word}")))
}

/// The query of users with what follows their table.
fn users_with(rest: &str) -> String {
    format!("SELECT {} FROM users AS person {rest}", StoredUser::SELECT)
}

/// The user with a normalised address.
pub(super) async fn find_by_email(read: &ReadDb, email: &str) -> SalesResult<Option<StoredUser>> {
    let sql = users_with("WHERE person.email = $1");
    Ok(read.select_one::<StoredUser>(&sql, [email.into()]).await?)
}

pub(super) async fn find(read: &ReadDb, id: UserId) -> SalesResult<Option<StoredUser>> {
    let sql = users_with("WHERE person.id = $1");
    let values = [id.as_uuid().into()];
    Ok(read.select_one::<StoredUser>(&sql, values).await?)
}

/// Users in the order of their creation, after `after`.
pub(super) async fn list(
    read: &ReadDb,
    filter: UserFilter,
    after: Option<UserId>,
    limit: u32,
) -> SalesResult<Page<StoredUser>> {
    let mut conditions = Conditions::default();
    conditions.require_if("person.id > ?", after.map(UserId::as_uuid));
    conditions.require_if("person.role = ?", filter.role.map(Role::as_str));
    conditions.require_if("person.disabled = ?", filter.disabled);
    let (conditions, values) = conditions.into_parts();
    let probe = i64::from(limit) + 1;
    let rest = format!("WHERE {conditions} ORDER BY person.id LIMIT {probe}");
    let users = read
        .select::<StoredUser>(&users_with(&rest), values)
        .await?;
    Ok(Page::from_probe(users, limit))
}

/// Writes a new user.
pub(super) async fn insert(tx: &Tx, user: StoredUser) -> SalesResult<()> {
    Ok(tx.insert(&[&vec![user]]).await?)
}

/// Writes all changeable fields of a user.
pub(super) async fn update(tx: &Tx, user: &StoredUser) -> SalesResult<()> {
    tx.execute(
        "UPDATE users SET name = $2, role = $3, password_hash = $4, disabled = $5, session_epoch = $6, version = $7,
             updated_at_us = $8, second_factor = $9, second_factor_step = $10, pending_factor = $11, pending_factor_at_us = $12,
             email = $13
         WHERE id = $1",
        [
            user.id.into(),
            user.name.as_str().into(),
            user.role.as_str().into(),
            user.password_hash.as_str().into(),
            user.disabled.into(),
            user.session_epoch.into(),
            user.version.into(),
            user.updated_at_us.into(),
            user.second_factor.as_deref().into(),
            user.second_factor_step.into(),
            user.pending_factor.as_deref().into(),
            user.pending_factor_at_us.into(),
            user.email.as_str().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Reads a user and locks the row until the end of the transaction.
pub(super) async fn lock(tx: &Tx, id: UserId) -> SalesResult<Option<StoredUser>> {
    let lock = tx.dialect().for_update();
    let sql = users_with(&format!("WHERE person.id = $1{lock}"));
    let values = [id.as_uuid().into()];
    Ok(tx.select_one::<StoredUser>(&sql, values).await?)
}

/// Locks a user together with every active owner, in one order, so that two owners cannot demote
/// each other at the same moment. Returns the user and the number of active owners.
pub(super) async fn lock_with_admins(
    tx: &Tx,
    id: UserId,
) -> SalesResult<(Option<StoredUser>, usize)> {
    let lock = tx.dialect().for_update();
    let sql = users_with(&format!(
        "WHERE person.id = $1 OR (person.role = 'admin' AND NOT person.disabled) ORDER BY person.id{lock}"
    ));
    let users = tx.select::<StoredUser>(&sql, [id.as_uuid().into()]).await?;
    let admins = users
        .iter()
        .filter(|user| user.role == Role::Admin.as_str() && !user.disabled)
        .count();
    let user = users.into_iter().find(|user| user.id == id.as_uuid());
    Ok((user, admins))
}

/// Marks every session of a user as ended. The epoch has made them invalid.
pub(super) async fn revoke_sessions(tx: &Tx, user: UserId, at: Timestamp) -> SalesResult<()> {
    tx.execute(
        "UPDATE sessions SET revoked_at_us = $1 WHERE user_id = $2 AND revoked_at_us IS NULL",
        [at.micros().into(), user.as_uuid().into()],
    )
    .await?;
    Ok(())
}

/// Ends one session; true if it was valid.
pub(super) async fn revoke_session(
    tx: &Tx,
    session: SessionId,
    at: Timestamp,
) -> SalesResult<bool> {
    let ended = tx
        .execute(
            "UPDATE sessions SET revoked_at_us = $1 WHERE id = $2 AND revoked_at_us IS NULL",
            [at.micros().into(), session.as_uuid().into()],
        )
        .await?;
    Ok(ended > 0)
}

/// Ends every session of a caller except the present one.
pub(super) async fn revoke_other_sessions(
    tx: &Tx,
    caller: Caller,
    at: Timestamp,
) -> SalesResult<()> {
    tx.execute(
        "UPDATE sessions SET revoked_at_us = $1 WHERE user_id = $2 AND id <> $3 AND revoked_at_us IS NULL",
        [
            at.micros().into(),
            caller.user_id.as_uuid().into(),
            caller.session_id.as_uuid().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes a new session.
pub(super) async fn insert_session(
    tx: &Tx,
    session: SessionId,
    user: &StoredUser,
    origin: &Origin,
    at: Timestamp,
) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO sessions (id, user_id, epoch, created_at_us, address, user_agent) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            session.as_uuid().into(),
            user.id.into(),
            user.session_epoch.into(),
            at.micros().into(),
            origin.address.as_str().into(),
            origin.user_agent.as_str().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Stores the hash of a refresh token.
pub(super) async fn insert_refresh_token(
    tx: &Tx,
    hash: &str,
    session: SessionId,
    at: Timestamp,
    expires_at: Timestamp,
) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO refresh_tokens (token_hash, session_id, issued_at_us, expires_at_us) VALUES ($1, $2, $3, $4)",
        [
            hash.into(),
            session.as_uuid().into(),
            at.micros().into(),
            expires_at.micros().into(),
        ],
    )
    .await?;
    Ok(())
}

/// The state of a refresh token when it was used.
pub(super) enum Shown {
    /// For the first time, with its expiry.
    First(SessionId, Timestamp),
    /// Again: somebody has a copy.
    Again(SessionId),
    /// Never issued, or long ago.
    Unknown,
}

store::selection! {
    Used(session_id: SessionId, expires_at_us: Timestamp)
    Opened(user_id: UserId, epoch: i64, created_at_us: Timestamp)
}

/// Uses a refresh token up. If two requests use the same one, one of them is the first.
pub(super) async fn use_refresh_token(tx: &Tx, hash: &str, at: Timestamp) -> SalesResult<Shown> {
    let first = tx
        .select_one::<Used>(
            "UPDATE refresh_tokens SET used_at_us = $1 WHERE token_hash = $2 AND used_at_us IS NULL
             RETURNING session_id, expires_at_us",
            [at.micros().into(), hash.into()],
        )
        .await?;
    if let Some((session, expires_at)) = first {
        return Ok(Shown::First(session, expires_at));
    }
    let known = tx
        .value(
            "SELECT session_id FROM refresh_tokens WHERE token_hash = $1",
            [hash.into()],
        )
        .await?;
    Ok(known.map_or(Shown::Unknown, Shown::Again))
}

/// The user of a valid session and when it was opened. Both rows are locked until the end of the
/// transaction.
pub(super) async fn lock_living(
    tx: &Tx,
    session: SessionId,
) -> SalesResult<Option<(StoredUser, Timestamp)>> {
    let sql = "SELECT user_id, epoch, created_at_us FROM sessions WHERE id = $1 AND revoked_at_us IS NULL";
    let opened = tx.select_one::<Opened>(sql, [session.as_uuid().into()]);
    let Some((user, epoch, opened_at)) = opened.await? else {
        return Ok(None);
    };
    let user = lock(tx, user).await?;
    Ok(user
        .filter(|user| !user.disabled && user.session_epoch == epoch)
        .map(|user| (user, opened_at)))
}

/// Deletes refresh tokens that have expired or whose session ended before `ended_before`, and
/// sessions without tokens.
pub(super) async fn forget_old(
    tx: &Tx,
    now: Timestamp,
    ended_before: Timestamp,
) -> SalesResult<u64> {
    let tokens = tx
        .execute(
            "DELETE FROM refresh_tokens WHERE expires_at_us < $1
             OR session_id IN (SELECT id FROM sessions WHERE revoked_at_us < $2)",
            [now.micros().into(), ended_before.micros().into()],
        )
        .await?;
    tx.execute(
        "DELETE FROM sessions WHERE NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.session_id = sessions.id)",
        [],
    )
    .await?;
    Ok(tokens)
}

/// Increases a user's epoch and ends every session. The caller writes the user.
pub(super) async fn end_sessions(
    tx: &Tx,
    user: &mut StoredUser,
    now: Timestamp,
) -> SalesResult<()> {
    user.session_epoch += 1;
    user.version += 1;
    user.updated_at_us = now.micros();
    revoke_sessions(tx, UserId::from_uuid(user.id), now).await
}

/// Ends the setup: there is an owner.
pub(super) async fn close_setup(tx: &Tx, now: Timestamp) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO setup (id, completed_at_us) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET token_hash = NULL, completed_at_us = COALESCE(setup.completed_at_us, excluded.completed_at_us)",
        [now.micros().into()],
    )
    .await?;
    Ok(())
}
