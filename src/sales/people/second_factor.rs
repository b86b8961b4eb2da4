//! The second factor: besides the password, a code from an app on the user's phone.
//!
//! Setting it up has two steps, so that nobody locks themselves out: a secret is created and shown,
//! and a code of the app confirms it. Then ten recovery codes are shown, once. Turning it on or off
//! ends the user's other sessions. A code works once. The secret is stored encrypted with a key
//! derived from the program's secrets: a copy of the database alone does not allow signing in.

mod recovery;
mod totp;

use kernel::{Code, Problem, Role, Timestamp, ids::UserId};
use platform::{access::Caller, request::Origin};
use store::Tx;

use super::{
    People, User, accounts, passwords::Password, places::PlaceKind, repo, stored::StoredUser,
    throttle::Attempt,
};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::{SalesError, SalesResult},
};

pub use totp::TotpSecret;

/// The purpose in the key derivation.
pub(super) const LABEL: &str = "salesflow second factor v1";
/// How long a new factor may wait for its confirmation: long enough to install an app.
const PENDING_SECONDS: i64 = 30 * 60;
/// Digits of an app's code.
const DIGITS: usize = 6;

/// What the user enters into the app.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The secret, for typing.
    pub secret: TotpSecret,
    /// The same as a URI for a QR code.
    pub uri: String,
}

/// The state of the caller's second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorState {
    /// True when signing in needs a code.
    pub enabled: bool,
    /// True when the user's role requires one.
    pub required: bool,
    /// Unused recovery codes.
    pub recovery_codes_left: i64,
}

/// The kind of a valid code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// From the app.
    App,
    /// A recovery code.
    RecoveryCode,
}

impl People {
    /// The state of the caller's second factor.
    pub async fn second_factor(&self, caller: Caller) -> SalesResult<SecondFactorState> {
        let read = self.ctx.write.primary();
        let user = repo::find(read, caller.user_id).await?;
        let user = user.ok_or_else(|| Problem::of(Code::SessionEnded))?;
        let left = read
            .value(
                "SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at_us IS NULL",
                [user.id.into()],
            )
            .await?;
        Ok(SecondFactorState {
            enabled: user.second_factor.is_some(),
            required: self.living.requires_second_factor(caller.role),
            recovery_codes_left: left.unwrap_or(0),
        })
    }

    /// Creates a secret for the caller. It has no effect until [`Self::confirm_second_factor`].
    ///
    /// # Errors
    /// `auth.wrong_credentials`, `auth.second_factor_exists`, `auth.too_many_attempts`,
    /// `server.unavailable`.
    pub async fn begin_second_factor(
        &self,
        caller: Caller,
        origin: &Origin,
        password: &Password,
    ) -> SalesResult<Enrolment> {
        // Before the password is checked: with a factor, a right password alone does not clear the
        // failures.
        if self.caller_row(caller).await?.second_factor.is_some() {
            return Err(Problem::of(Code::SecondFactorExists).into());
        }
        let (user, attempt) = self.prove_password(caller, origin, password).await?;
        attempt.succeed();
        let secret = TotpSecret::generate()?;
        let sealed = self.seal(&user, &secret)?;
        let shop = self.ctx.shop.current().await?;
        let now = self.ctx.clock.now();
        let actor = Actor::new(caller, origin.clone());
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                let mut row = lock_unchanged(tx, &user).await?;
                row.pending_factor = Some(sealed.clone());
                row.pending_factor_at_us = Some(now.micros());
                repo::update(tx, &row).await?;
                record(tx, &actor, now, Deed::SecondFactorBegin, &user).await
            })
            .await?;
        Ok(Enrolment {
            uri: uri_of(&shop.name, &user.email, &secret),
            secret,
        })
    }

    /// Turns the caller's second factor on with a code of the app, and returns the recovery codes,
    /// which are shown only once. The caller's other sessions end.
    ///
    /// # Errors
    /// `auth.second_factor_not_begun`, `auth.wrong_second_factor`, `auth.second_factor_exists`,
    /// `auth.too_many_attempts`.
    pub async fn confirm_second_factor(
        &self,
        caller: Caller,
        origin: &Origin,
        otp: &str,
    ) -> SalesResult<Vec<String>> {
        let user = self.caller_row(caller).await?;
        let (attempt, _) = self.begin_attempt(&user.email, origin).await?;
        let codes = recovery::generate()?;
        let now = self.ctx.clock.now();
        let actor = Actor::new(caller, origin.clone());
        let confirmed = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                let before = lock_unchanged(tx, &user).await?;
                if before.second_factor.is_some() {
                    return Err(Problem::of(Code::SecondFactorExists).into());
                }
                let begun_after = now.plus_seconds(-PENDING_SECONDS).micros();
                let pending = before.pending_factor.clone();
                let sealed = pending
                    .filter(|_| {
                        before
                            .pending_factor_at_us
                            .is_some_and(|at| at > begun_after)
                    })
                    .ok_or_else(|| Problem::of(Code::SecondFactorNotBegun))?;
                let accepted = self.open(&before, &sealed)?.accept(&typed(otp), 0, now);
                let Some(step) = accepted else {
                    record(tx, &actor, now, Deed::SecondFactorRefused, &before).await?;
                    return Ok(None);
                };
                let mut after = before.clone();
                after.second_factor = Some(sealed);
                after.second_factor_step = step;
                after.pending_factor = None;
                after.pending_factor_at_us = None;
                recovery::replace(tx, &self.factor_keys, caller.user_id, &codes).await?;
                self.change_factor(tx, &actor, &before, after, Deed::SecondFactorAdd, now)
                    .await?;
                repo::revoke_other_sessions(tx, caller, now).await?;
                Ok::<_, SalesError>(Some(()))
            })
            .await;
        self.living.forget();
        conclude(attempt, confirmed)?;
        Ok(codes)
    }

    /// Turns the caller's second factor off, with password and code. The caller's other sessions end.
    ///
    /// # Errors
    /// `auth.wrong_credentials`, `auth.wrong_second_factor`, `resource.not_found` when there is none,
    /// `auth.too_many_attempts`, `server.unavailable`.
    pub async fn remove_own_second_factor(
        &self,
        caller: Caller,
        origin: &Origin,
        password: &Password,
        otp: Option<&str>,
    ) -> SalesResult<()> {
        if otp.is_none() && self.caller_row(caller).await?.second_factor.is_some() {
            return Err(Problem::of(Code::SecondFactorRequired)
                .at_pointer("/otp")
                .into());
        }
        let (user, attempt) = self.prove_password(caller, origin, password).await?;
        let now = self.ctx.clock.now();
        let actor = Actor::new(caller, origin.clone());
        let removed = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                let before = lock_unchanged(tx, &user).await?;
                if before.second_factor.is_none() && before.pending_factor.is_none() {
                    return Err(no_factor().into());
                }
                let otp = otp.unwrap_or_default();
                if before.second_factor.is_some()
                    && self.prove_factor(tx, &before, otp, now).await?.is_none()
                {
                    record(tx, &actor, now, Deed::SecondFactorRefused, &before).await?;
                    return Ok(None);
                }
                self.take_factor(tx, &actor, &before, before.clone(), now)
                    .await?;
                repo::revoke_other_sessions(tx, caller, now).await?;
                Ok::<_, SalesError>(Some(()))
            })
            .await;
        self.living.forget();
        conclude(attempt, removed)
    }

    /// Turns the second factor off for a user who lost the phone and the recovery codes. All sessions
    /// of the user end.
    ///
    /// # Errors
    /// `resource.not_found` for an unknown user and for one without a second factor; `auth.forbidden`
    /// for the actor's own, which needs password and code.
    pub async fn remove_second_factor(&self, actor: &Actor, id: UserId) -> SalesResult<()> {
        if actor.user_id == Some(id) {
            let detail = "Turn your own second factor off under /auth/second-factor, with password and code.";
            return Err(Problem::new(Code::Forbidden, detail).into());
        }
        let now = self.ctx.clock.now();
        let result = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                let found = repo::lock(tx, id).await?;
                let before = found.ok_or_else(|| Problem::not_found("user"))?;
                if before.second_factor.is_none() {
                    return Err(no_factor().into());
                }
                let mut after = before.clone();
                repo::end_sessions(tx, &mut after, now).await?;
                self.take_factor(tx, actor, &before, after, now).await
            })
            .await;
        self.living.forget();
        result
    }

    /// Checks a code of the app or a recovery code, and uses it up. The user's row is locked.
    pub(super) async fn prove_factor(
        &self,
        tx: &Tx,
        user: &StoredUser,
        otp: &str,
        now: Timestamp,
    ) -> SalesResult<Option<Proof>> {
        let Some(sealed) = &user.second_factor else {
            return Ok(None);
        };
        let otp = typed(otp);
        if is_of_app(&otp) {
            let is_right = self.prove_app(tx, user, sealed, &otp, now).await?;
            return Ok(is_right.then_some(Proof::App));
        }
        let id = UserId::from_uuid(user.id);
        let is_right = recovery::use_up(tx, &self.factor_keys, id, &otp, now).await?;
        Ok(is_right.then_some(Proof::RecoveryCode))
    }

    /// Checks a code of the app and uses it up.
    async fn prove_app(
        &self,
        tx: &Tx,
        user: &StoredUser,
        sealed: &str,
        otp: &str,
        now: Timestamp,
    ) -> SalesResult<bool> {
        let secret = self.open(user, sealed)?;
        let Some(step) = secret.accept(otp, user.second_factor_step, now) else {
            return Ok(false);
        };
        tx.execute(
            "UPDATE users SET second_factor_step = $1 WHERE id = $2",
            [step.into(), user.id.into()],
        )
        .await?;
        Ok(true)
    }

    async fn take_factor(
        &self,
        tx: &Tx,
        actor: &Actor,
        before: &StoredUser,
        mut after: StoredUser,
        now: Timestamp,
    ) -> SalesResult<()> {
        after.second_factor = None;
        after.second_factor_step = 0;
        after.pending_factor = None;
        after.pending_factor_at_us = None;
        recovery::forget(tx, UserId::from_uuid(before.id)).await?;
        self.change_factor(tx, actor, before, after, Deed::SecondFactorRemove, now)
            .await
    }

    async fn change_factor(
        &self,
        tx: &Tx,
        actor: &Actor,
        before: &StoredUser,
        mut after: StoredUser,
        deed: Deed,
        now: Timestamp,
    ) -> SalesResult<()> {
        after.version = before.version + 1;
        after.updated_at_us = now.micros();
        repo::update(tx, &after).await?;
        let before = User::try_from(before.clone())?;
        let after = User::try_from(after)?;
        accounts::record(tx, actor, now, deed, Some(&before), &after).await
    }

    /// The caller's row, if the password was right. The attempt is still open and must be ended.
    async fn prove_password(
        &self,
        caller: Caller,
        origin: &Origin,
        password: &Password,
    ) -> SalesResult<(StoredUser, Attempt)> {
        let user = self.caller_row(caller).await?;
        let (attempt, _) = self.begin_attempt(&user.email, origin).await?;
        let stored = Some(user.password_hash.as_str());
        match self.hasher.verify(password, stored, PlaceKind::Known).await {
            Ok(true) => Ok((user, attempt)),
            Ok(false) => {
                let now = self.ctx.clock.now();
                let actor = Actor::new(caller, origin.clone());
                let refused =
                    async |tx: &Tx| record(tx, &actor, now, Deed::SecondFactorRefused, &user).await;
                self.ctx.write.transaction(refused).await?;
                let problem = Problem::new(Code::WrongCredentials, "The password is wrong.");
                Err(problem.at_pointer("/password").into())
            }
            Err(error) => {
                attempt.abandon();
                Err(error)
            }
        }
    }

    async fn caller_row(&self, caller: Caller) -> SalesResult<StoredUser> {
        let user = repo::find(self.ctx.write.primary(), caller.user_id).await?;
        Ok(user.ok_or_else(|| Problem::of(Code::SessionEnded))?)
    }

    fn seal(&self, user: &StoredUser, secret: &TotpSecret) -> SalesResult<String> {
        let sealed = self.factor_keys.seal(user.id.as_bytes(), secret.as_bytes());
        Ok(sealed.map_err(|error| {
            tracing::error!(%error, "a second factor could not be encrypted");
            Problem::of(Code::Internal)
        })?)
    }

    /// Decrypts a secret. It fails if the program's secrets were changed and the old one is not
    /// configured.
    fn open(&self, user: &StoredUser, sealed: &str) -> SalesResult<TotpSecret> {
        let bytes = self.factor_keys.open(user.id.as_bytes(), sealed);
        let bytes = bytes.ok_or_else(|| {
            tracing::error!(
                user.id = %user.id,
                "a second factor cannot be decrypted: list the earlier secret in auth.older_keys, or \
                 remove the factor with `salesflow user remove-second-factor`"
            );
            Problem::of(Code::Internal)
        })?;
        Ok(TotpSecret::from_bytes(bytes))
    }
}

/// Roles that a setting may oblige to have a second factor: those that change more than their own
/// sales.
pub(super) const fn may_be_required(role: Role) -> bool {
    matches!(role, Role::Admin | Role::Manager)
}

/// Ends an attempt by its outcome. `None` is a wrong code, which counts as a failure.
fn conclude<T>(attempt: Attempt, outcome: SalesResult<Option<T>>) -> SalesResult<T> {
    match outcome {
        Ok(Some(result)) => {
            attempt.succeed();
            Ok(result)
        }
        Ok(None) => Err(wrong_code().into()),
        Err(error) => {
            attempt.abandon();
            Err(error)
        }
    }
}

/// Whether a code has the form of an app's code. Others are taken for recovery codes.
fn is_of_app(otp: &str) -> bool {
    otp.len() == DIGITS && otp.bytes().all(|byte| byte.is_ascii_digit())
}

/// A code without the blanks and hyphens that people type.
fn typed(otp: &str) -> String {
    otp.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .flat_map(char::to_uppercase)
        .collect()
}

pub(super) fn wrong_code() -> Problem {
    Problem::of(Code::WrongSecondFactor).at_pointer("/otp")
}

fn no_factor() -> Problem {
    Problem::not_found("second factor")
}

async fn lock_unchanged(tx: &Tx, user: &StoredUser) -> SalesResult<StoredUser> {
    let row = repo::lock(tx, UserId::from_uuid(user.id)).await?;
    let unchanged = row.filter(|row| !row.disabled && row.session_epoch == user.session_epoch);
    Ok(unchanged.ok_or_else(|| Problem::of(Code::SessionEnded))?)
}

async fn record(
    tx: &Tx,
    actor: &Actor,
    now: Timestamp,
    deed: Deed,
    user: &StoredUser,
) -> SalesResult<()> {
    let entry = Entry::of(deed, user.id);
    audit::record(tx, actor, now, entry).await
}

/// The URI for a QR code (the key URI format of Google Authenticator).
fn uri_of(shop: &str, email: &str, secret: &TotpSecret) -> String {
    // Apps show a plus sign as a plus sign.
    let escape = |text: &str| {
        let escaped: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        escaped.replace('+', "%20")
    };
    let (shop, email) = (escape(shop), escape(email));
    let secret = secret.to_base32();
    format!(
        "otpauth://totp/{shop}:{email}?secret={secret}&issuer={shop}&algorithm=SHA1&digits=6&period=30"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_reads_shop_and_address() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890".to_vec());
        assert_eq!(
            uri_of("Chez Amani & Fils", "amani+till@shop.test", &secret),
            "otpauth://totp/Chez%20Amani%20%26%20Fils:amani%2Btill%40shop.test\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Chez%20Amani%20%26%20Fils\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(typed(" 123 456"), "123456");
        assert_eq!(typed("abcd-efgh"), "ABCDEFGH");
    }
}
