//! User accounts: an owner creates, lists, changes and disables them.

use kernel::{
    Code, FieldError, Permission, Problem, Role, Timestamp, ids::UserId, paging::Page, text,
};
use platform::headers::IfMatch;
use store::{StoreError, Tx, jobs::end_schedules_of};

use super::{
    People, User,
    email::{self, Email},
    last_seen::{self, ListedUser},
    passwords::{Password, policy::Owner},
    repo::{self, UserFilter},
    stored::StoredUser,
};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::{SalesError, SalesResult},
};

/// Longest name of a user.
pub const MAX_NAME: usize = 120;

/// A new user.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The e-mail address, as typed.
    pub email: String,
    /// The name that others see.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// The first password.
    pub password: Password,
}

/// A change of a user.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// The new role. It ends the user's sessions.
    pub role: Option<Role>,
    /// Disabled or enabled. Disabling ends the user's sessions.
    pub disabled: Option<bool>,
    /// The new name.
    pub name: Option<String>,
    /// The new address to sign in with.
    pub email: Option<String>,
}

/// A new user with checked data and a hashed password.
pub(super) struct CheckedUser {
    email: Email,
    name: String,
    role: Role,
    password_hash: String,
}

impl People {
    /// Creates a user.
    ///
    /// # Errors
    /// `request.validation_failed`, `password.too_common`, `user.email_taken`, `server.unavailable`.
    pub async fn create(&self, actor: &Actor, new: NewUser) -> SalesResult<User> {
        self.create_as(actor, UserId::generate(), new).await
    }

    /// The same under an id from the caller.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn create_as(&self, actor: &Actor, id: UserId, new: NewUser) -> SalesResult<User> {
        let checked = self.check_new(new, None).await?;
        let now = self.ctx.clock.now();
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                let user = User::try_from(insert(tx, id, &checked, now).await?)?;
                record(tx, actor, now, Deed::UserCreate, None, &user).await?;
                Ok::<_, SalesError>(user)
            })
            .await
    }

    /// Checks a new user and hashes the password, outside of any transaction. `new_shop` is the name
    /// that the shop gets at the same time.
    pub(super) async fn check_new(
        &self,
        new: NewUser,
        new_shop: Option<&str>,
    ) -> SalesResult<CheckedUser> {
        let email = Email::parse(&new.email)?;
        let name = check_name(&new.name)?;
        let owner = self.owner_of_password(&email, &name, new_shop).await?;
        self.hasher.check(&new.password, owner, "/password").await?;
        Ok(CheckedUser {
            password_hash: self.hasher.hash(&new.password).await?,
            email,
            name,
            role: new.role,
        })
    }

    /// The owner of a new password: words that would be guessed first.
    pub(super) async fn owner_of_password(
        &self,
        email: &Email,
        name: &str,
        new_shop: Option<&str>,
    ) -> SalesResult<Owner> {
        let shop = self.ctx.shop.current().await?;
        Ok(Owner {
            email: email.clone(),
            name: name.to_owned(),
            shop: std::iter::once(shop.name.as_str())
                .chain(new_shop)
                .map(str::to_owned)
                .collect(),
            refused: self.refused_passwords,
        })
    }

    /// Returns one user.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub async fn get(&self, id: UserId) -> SalesResult<User> {
        let row = repo::find(self.ctx.write.primary(), id).await?;
        Ok(row.ok_or_else(no_such_user)?.try_into()?)
    }

    /// Finds the user with an e-mail address.
    ///
    /// # Errors
    /// `resource.not_found`.
    pub async fn with_email(&self, email: &str) -> SalesResult<User> {
        let email = email::normalise(email);
        let row = repo::find_by_email(self.ctx.write.primary(), &email).await?;
        Ok(row.ok_or_else(no_such_user)?.try_into()?)
    }

    /// Lists users in the order of their creation, after `after`, each with the time when the account
    /// was last used.
    pub async fn list(
        &self,
        filter: UserFilter,
        after: Option<UserId>,
        limit: u32,
    ) -> SalesResult<Page<ListedUser>> {
        let primary = self.ctx.write.primary();
        let rows = repo::list(primary, filter, after, limit).await?;
        let ids: Vec<_> = rows.items.iter().map(|row| row.id).collect();
        let seen = last_seen::of(primary, &ids).await?;
        let items = rows.items.into_iter().map(|row| {
            Ok::<_, StoreError>(ListedUser {
                last_seen_at: seen.get(&row.id).copied(),
                user: User::try_from(row)?,
            })
        });
        Ok(Page {
            items: items.collect::<Result<_, _>>()?,
            has_more: rows.has_more,
        })
    }

    /// Changes a user. A new role or disabling ends the user's sessions at once, and disabling also the
    /// user's schedules. A change without effect leaves no trace.
    ///
    /// # Errors
    /// `resource.not_found`, `request.precondition_failed`, `user.last_admin`, `user.email_taken`,
    /// `request.validation_failed`.
    pub async fn change(
        &self,
        actor: &Actor,
        id: UserId,
        if_match: IfMatch,
        change: &UserChange,
    ) -> SalesResult<User> {
        let change = &UserChange {
            name: change.name.as_deref().map(check_name).transpose()?,
            email: change.email.as_deref().map(normal_email).transpose()?,
            ..change.clone()
        };
        let now = self.ctx.clock.now();
        let result = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                let (found, active_admins) = repo::lock_with_admins(tx, id).await?;
                let before = found.ok_or_else(no_such_user)?;
                if_match.check(before.version)?;
                let mut after = apply(&before, change);
                if after == before {
                    return Ok(User::try_from(before)?);
                }
                if is_active_admin(&before) && !is_active_admin(&after) && active_admins <= 1 {
                    return Err(Problem::of(Code::LastAdmin).into());
                }
                if after.role != before.role || (after.disabled && !before.disabled) {
                    repo::end_sessions(tx, &mut after, now).await?;
                } else {
                    after.version += 1;
                    after.updated_at_us = now.micros();
                }
                if after.disabled {
                    end_schedules_of(tx, id).await?;
                }
                repo::update(tx, &after).await?;
                let (before, after) = (User::try_from(before)?, User::try_from(after)?);
                record(tx, actor, now, Deed::UserUpdate, Some(&before), &after).await?;
                Ok::<_, SalesError>(after)
            })
            .await;
        self.living.forget();
        result
    }

    /// Gives a user a new password and ends the user's sessions.
    ///
    /// # Errors
    /// `resource.not_found`; `auth.forbidden` for the actor's own password, which needs the current
    /// one; the refusals of [`super::passwords::policy::check`]; `server.unavailable`.
    pub async fn reset_password(
        &self,
        actor: &Actor,
        id: UserId,
        password: &Password,
    ) -> SalesResult<()> {
        if actor.user_id == Some(id) {
            let detail = "Change your own password under /auth/password, with the current one.";
            return Err(Problem::new(Code::Forbidden, detail).into());
        }
        let user = self.get(id).await?;
        let email = Email::stored(&user.email);
        let owner = self.owner_of_password(&email, &user.name, None).await?;
        self.hasher.check(password, owner, "/password").await?;
        let hashed = self.hasher.hash(password).await?;
        let now = self.ctx.clock.now();
        let result = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                let mut row = repo::lock(tx, id).await?.ok_or_else(no_such_user)?;
                row.password_hash.clone_from(&hashed);
                repo::end_sessions(tx, &mut row, now).await?;
                repo::update(tx, &row).await?;
                let entry = Entry::of(Deed::PasswordReset, id);
                audit::record(tx, actor, now, entry).await
            })
            .await;
        self.living.forget();
        result
    }
}

/// Writes a new user. The first owner ends the setup, also when created on the command line.
pub(super) async fn insert(
    tx: &Tx,
    id: UserId,
    checked: &CheckedUser,
    now: Timestamp,
) -> SalesResult<StoredUser> {
    let row = StoredUser {
        id: id.as_uuid(),
        email: checked.email.as_str().to_owned(),
        name: checked.name.clone(),
        role: checked.role.as_str().to_owned(),
        password_hash: checked.password_hash.clone(),
        disabled: false,
        session_epoch: 1,
        version: 1,
        created_at_us: now.micros(),
        updated_at_us: now.micros(),
        second_factor: None,
        second_factor_step: 0,
        pending_factor: None,
        pending_factor_at_us: None,
    };
    repo::insert(tx, row.clone()).await?;
    if checked.role == Role::Admin {
        repo::close_setup(tx, now).await?;
    }
    Ok(row)
}

/// Writes the audit log of a user's change.
pub(super) async fn record(
    tx: &Tx,
    actor: &Actor,
    now: Timestamp,
    deed: Deed,
    before: Option<&User>,
    after: &User,
) -> SalesResult<()> {
    let entry = Entry::of(deed, after.id).before(before).after(after);
    audit::record(tx, actor, now, entry).await
}

fn apply(before: &StoredUser, change: &UserChange) -> StoredUser {
    let mut after = before.clone();
    if let Some(role) = change.role {
        role.as_str().clone_into(&mut after.role);
    }
    if let Some(disabled) = change.disabled {
        after.disabled = disabled;
    }
    if let Some(name) = &change.name {
        after.name.clone_from(name);
    }
    if let Some(email) = &change.email {
        after.email.clone_from(email);
    }
    after
}

/// An address as it is stored.
fn normal_email(typed: &str) -> Result<String, Problem> {
    Ok(Email::parse(typed)?.as_str().to_owned())
}

impl People {
    /// Whether another active user has a role with this permission.
    pub async fn is_another_allowed(
        &self,
        user: UserId,
        permission: Permission,
    ) -> SalesResult<bool> {
        let roles = Role::ALL.into_iter().filter(|role| role.allows(permission));
        let roles: Vec<_> = roles.map(|role| format!("'{}'", role.as_str())).collect();
        let sql = format!(
            "SELECT 1 FROM users WHERE id <> $1 AND NOT disabled AND role IN ({}) LIMIT 1",
            roles.join(", ")
        );
        let primary = self.ctx.write.primary();
        let other = primary.value::<i32>(&sql, [user.as_uuid().into()]).await?;
        Ok(other.is_some())
    }
}

fn is_active_admin(user: &StoredUser) -> bool {
    user.role == Role::Admin.as_str() && !user.disabled
}

/// The name as it is stored. Names that look the same are the same.
fn check_name(name: &str) -> Result<String, Problem> {
    if let Some(hidden) = text::find_invisible(name) {
        let detail = "must not have characters that nobody sees";
        let error = FieldError::new("/name", "text.invisible_character", detail)
            .with("character", format!("U+{:04X}", u32::from(hidden)));
        return Err(Problem::validation(vec![error]));
    }
    let name = text::tidy(name);
    if !text::has_visible(&name) {
        return Err(Problem::invalid(
            "/name",
            "field.blank",
            "must not be blank",
        ));
    }
    if name.chars().count() > MAX_NAME {
        let error = FieldError::length("/name", 1, MAX_NAME);
        return Err(Problem::validation(vec![error]));
    }
    Ok(name)
}

fn no_such_user() -> Problem {
    Problem::not_found("user")
}
