//! The SQL of users, sessions and refresh tokens.

use kernel::{
    Role, Timestamp,
    ids::{SessionId, UserId},
    paging::Page,
};
use platform::{access::Caller, request::Origin};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, Condition, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use store::{ReadDb, StoreError, Tx};

use super::{User, entity::user};
use crate::error::SalesResult;

impl TryFrom<user::Model> for User {
    type Error = StoreError;

    fn try_from(row: user::Model) -> Result<Self, StoreError> {
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

/// Which users.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserFilter {
    /// With a role.
    pub role: Option<Role>,
    /// Disabled or not.
    pub disabled: Option<bool>,
}

/// The role that a stored word names.
fn role_of(word: &str) -> Result<Role, StoreError> {
    Role::parse(word).ok_or_else(|| StoreError::Corrupt(format!("role {word}")))
}

/// The user with an address in its normal form.
pub(super) async fn find_by_email(read: &ReadDb, email: &str) -> SalesResult<Option<user::Model>> {
    let select = user::Entity::find().filter(user::COLUMN.email.eq(email));
    Ok(read.one(select).await?)
}

/// The user with an id.
pub(super) async fn find(read: &ReadDb, id: UserId) -> SalesResult<Option<user::Model>> {
    Ok(read.one(user::Entity::find_by_id(id.as_uuid())).await?)
}

/// Users in the order of their creation, behind `after`.
pub(super) async fn list(
    read: &ReadDb,
    filter: UserFilter,
    after: Option<UserId>,
    limit: u32,
) -> SalesResult<Page<user::Model>> {
    let mut select = user::Entity::find()
        .order_by_asc(user::COLUMN.id)
        .limit(u64::from(limit) + 1);
    if let Some(after) = after {
        select = select.filter(user::COLUMN.id.gt(after.as_uuid()));
    }
    if let Some(role) = filter.role {
        select = select.filter(user::COLUMN.role.eq(role.as_str()));
    }
    if let Some(disabled) = filter.disabled {
        select = select.filter(user::COLUMN.disabled.eq(disabled));
    }
    Ok(Page::from_probe(read.all(select).await?, limit))
}

/// Writes a new user.
pub(super) async fn insert(tx: &Tx, row: user::Model) -> SalesResult<()> {
    let row = user::ActiveModel {
        id: Set(row.id),
        email: Set(row.email),
        name: Set(row.name),
        role: Set(row.role),
        password_hash: Set(row.password_hash),
        disabled: Set(row.disabled),
        session_epoch: Set(row.session_epoch),
        version: Set(row.version),
        created_at_us: Set(row.created_at_us),
        updated_at_us: Set(row.updated_at_us),
        second_factor: Set(row.second_factor),
        second_factor_step: Set(row.second_factor_step),
        pending_factor: Set(row.pending_factor),
        pending_factor_at_us: Set(row.pending_factor_at_us),
    };
    user::Entity::insert(row)
        .exec_without_returning(tx.orm())
        .await?;
    Ok(())
}

/// Writes everything of a user that can change.
pub(super) async fn update(tx: &Tx, row: &user::Model) -> SalesResult<()> {
    let row = user::ActiveModel {
        id: Set(row.id),
        name: Set(row.name.clone()),
        role: Set(row.role.clone()),
        password_hash: Set(row.password_hash.clone()),
        disabled: Set(row.disabled),
        session_epoch: Set(row.session_epoch),
        version: Set(row.version),
        updated_at_us: Set(row.updated_at_us),
        second_factor: Set(row.second_factor.clone()),
        second_factor_step: Set(row.second_factor_step),
        pending_factor: Set(row.pending_factor.clone()),
        pending_factor_at_us: Set(row.pending_factor_at_us),
        ..Default::default()
    };
    row.update(tx.orm()).await?;
    Ok(())
}

/// Reads a user and keeps others from changing it before the transaction ends.
pub(super) async fn lock(tx: &Tx, id: UserId) -> SalesResult<Option<user::Model>> {
    let select = user::Entity::find_by_id(id.as_uuid()).lock_exclusive();
    Ok(select.one(tx.orm()).await?)
}

/// Locks a user together with every active owner, in one order, so that two owners cannot demote
/// each other at the same moment. Answers the user and the number of active owners.
pub(super) async fn lock_with_admins(
    tx: &Tx,
    id: UserId,
) -> SalesResult<(Option<user::Model>, usize)> {
    let is_active_admin = Condition::all()
        .add(user::COLUMN.role.eq(Role::Admin.as_str()))
        .add(user::COLUMN.disabled.eq(false));
    let rows = user::Entity::find()
        .filter(
            Condition::any()
                .add(user::COLUMN.id.eq(id.as_uuid()))
                .add(is_active_admin),
        )
        .order_by_asc(user::COLUMN.id)
        .lock_exclusive()
        .all(tx.orm())
        .await?;
    let admins = rows
        .iter()
        .filter(|row| row.role == Role::Admin.as_str() && !row.disabled)
        .count();
    let user = rows.into_iter().find(|row| row.id == id.as_uuid());
    Ok((user, admins))
}

/// Ends every session of a user, for the record; the epoch ends them in fact.
pub(super) async fn revoke_sessions(tx: &Tx, user: UserId, at: Timestamp) -> SalesResult<()> {
    tx.execute(
        "UPDATE sessions SET revoked_at_us = $1 WHERE user_id = $2 AND revoked_at_us IS NULL",
        [at.micros().into(), user.as_uuid().into()],
    )
    .await?;
    Ok(())
}

/// Ends one session; true when it was alive.
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

/// Ends every session of a caller but the calling one.
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
    user: &user::Model,
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

/// Writes the hash of a refresh token.
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

/// A refresh token at the moment when it was shown.
pub(super) enum Shown {
    /// For the first time; when it runs out.
    First(SessionId, Timestamp),
    /// Again: somebody has a copy.
    Again(SessionId),
    /// It was never given out, or long ago.
    Unknown,
}

store::selection! {
    struct Used { session_id: SessionId, expires_at_us: Timestamp }
    struct Opened in session { user_id: UserId, epoch: i64, created_at_us: Timestamp }
}

/// Uses a refresh token up: of two that show the same one, one is the first.
pub(super) async fn use_refresh_token(tx: &Tx, hash: &str, at: Timestamp) -> SalesResult<Shown> {
    let first = tx
        .select_one::<Used>(
            "UPDATE refresh_tokens SET used_at_us = $1 WHERE token_hash = $2 AND used_at_us IS NULL
             RETURNING session_id, expires_at_us",
            [at.micros().into(), hash.into()],
        )
        .await?;
    if let Some(used) = first {
        return Ok(Shown::First(used.session_id, used.expires_at_us));
    }
    let known = tx
        .value(
            "SELECT session_id FROM refresh_tokens WHERE token_hash = $1",
            [hash.into()],
        )
        .await?;
    Ok(known.map_or(Shown::Unknown, Shown::Again))
}

/// The user of a session that still lives, whose rows nobody changes before the transaction ends, and
/// when the session was opened.
pub(super) async fn lock_living(
    tx: &Tx,
    session: SessionId,
) -> SalesResult<Option<(user::Model, Timestamp)>> {
    let columns = Opened::SELECT;
    let sql = format!(
        "SELECT {columns} FROM sessions AS session WHERE id = $1 AND revoked_at_us IS NULL"
    );
    let values = [session.as_uuid().into()];
    let Some(opened) = tx.select_one::<Opened>(&sql, values).await? else {
        return Ok(None);
    };
    let user = lock(tx, opened.user_id).await?;
    Ok(user
        .filter(|user| !user.disabled && user.session_epoch == opened.epoch)
        .map(|user| (user, opened.created_at_us)))
}

/// Deletes refresh tokens that have run out or whose session ended before `ended_before`, and the
/// sessions that have none left.
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

/// Moves a user's epoch on and ends every session. The caller writes the user.
pub(super) async fn end_sessions(
    tx: &Tx,
    user: &mut user::Model,
    now: Timestamp,
) -> SalesResult<()> {
    user.session_epoch += 1;
    user.version += 1;
    user.updated_at_us = now.micros();
    revoke_sessions(tx, UserId::from_uuid(user.id), now).await
}

/// The setup is over: there is an owner.
pub(super) async fn close_setup(tx: &Tx, now: Timestamp) -> SalesResult<()> {
    tx.execute(
        "INSERT INTO setup (id, completed_at_us) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET token_hash = NULL, completed_at_us = COALESCE(setup.completed_at_us, excluded.completed_at_us)",
        [now.micros().into()],
    )
    .await?;
    Ok(())
}
