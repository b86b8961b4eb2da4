//! Signing in, staying signed in, signing out.
//!
//! A session is a chain of refresh tokens: each is used once and followed by the next. A token that
//! is used a second time was copied, and nobody can tell which of the two is the thief: the session
//! ends. Repeated requests get no exception, since a thief could use it as well. A client that lost
//! the answer signs in again.

use kernel::{
    Code, Problem, Timestamp,
    ids::{SessionId, UserId},
};
use platform::{access::Caller, request::Origin};
use serde_json::json;
use store::Tx;

use super::{
    People, User,
    email::{self, Email},
    opaque::{self, OpaqueSecret},
    passwords::Password,
    places::{self, PlaceKind},
    repo::{self, Shown},
    second_factor::{self, Proof},
    stored::StoredUser,
    throttle::Attempt,
};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::{SalesError, SalesResult},
};

/// How long an ended session is stored, so that a reused token is recognised.
const ENDED_KEPT_SECONDS: i64 = 24 * 3600;

/// The tokens of a client that has signed in. They are not printed.
#[derive(Clone)]
pub struct SignedIn {
    /// For the `Authorization` header.
    pub access_token: String,
    /// Its lifetime in seconds.
    pub expires_in: i64,
    /// For the next pair; works once.
    pub refresh_token: String,
    /// The user.
    pub user: User,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// The result of a sign-in with the right password.
enum Opening {
    Done(Box<SignedIn>),
    WrongCode,
    ChangedMeanwhile,
}

impl People {
    /// Opens a session with e-mail address and password, and the code of the second factor if the
    /// user has one. An unknown address, a wrong password and a disabled user get the same answer
    /// after the same work.
    ///
    /// # Errors
    /// `auth.wrong_credentials`, `auth.second_factor_required`, `auth.wrong_second_factor`,
    /// `auth.too_many_attempts`, `server.unavailable`.
    pub async fn sign_in(
        &self,
        origin: &Origin,
        email: &str,
        password: &Password,
        otp: Option<&str>,
    ) -> SalesResult<SignedIn> {
        let email = email::normalise(email);
        let (attempt, place) = self.begin_attempt(&email, origin).await?;
        let (user, is_right) = match self.judge(&email, password, place).await {
            Ok(verdict) => verdict,
            Err(error) => {
                attempt.abandon();
                return Err(error);
            }
        };
        let refusal = match &user {
            None => "unknown_user",
            Some(_) if !is_right => "wrong_password",
            Some(user) if user.disabled => "disabled",
            // The right password alone counts neither as a failure nor as a success: otherwise codes
            // could be tried without limit.
            Some(user) if user.second_factor.is_some() && otp.is_none() => {
                attempt.abandon();
                return Err(Problem::of(Code::SecondFactorRequired).into());
            }
            Some(user) => match self.open_checked(user, origin, otp).await? {
                Opening::Done(signed_in) => {
                    attempt.succeed();
                    count("ok");
                    return Ok(*signed_in);
                }
                Opening::WrongCode => "wrong_second_factor",
                Opening::ChangedMeanwhile => "changed_meanwhile",
            },
        };
        // The same word for all of them, or it would reveal whether an address is a user.
        count("refused");
        self.record_refusal(user.as_ref(), &email, origin, refusal)
            .await?;
        if refusal == "wrong_second_factor" {
            return Err(second_factor::wrong_code().into());
        }
        Err(Problem::of(Code::WrongCredentials).into())
    }

    /// Counts an attempt at an account, with what is known about its address.
    pub(super) async fn begin_attempt(
        &self,
        account: &str,
        origin: &Origin,
    ) -> SalesResult<(Attempt, PlaceKind)> {
        let now = self.ctx.clock.now();
        let read = self.ctx.write.primary();
        let place = self
            .places
            .judge(read, account, &origin.address, now)
            .await?;
        let attempt = self
            .throttle
            .begin(account, &origin.address, place, now)
            .await
            .inspect_err(|_| self.ctx.refusals.count_attempt(account, origin))?;
        Ok((attempt, place))
    }

    async fn judge(
        &self,
        email: &str,
        password: &Password,
        place: PlaceKind,
    ) -> SalesResult<(Option<StoredUser>, bool)> {
        let user = repo::find_by_email(self.ctx.write.primary(), email).await?;
        let stored = user.as_ref().map(|user| user.password_hash.as_str());
        let is_right = self.hasher.verify(password, stored, place).await?;
        Ok((user, is_right))
    }

    /// Opens a session for a user with the right password, unless the user has changed during the
    /// hashing, or the code of the second factor is wrong.
    async fn open_checked(
        &self,
        checked: &StoredUser,
        origin: &Origin,
        otp: Option<&str>,
    ) -> SalesResult<Opening> {
        let now = self.ctx.clock.now();
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                let user = repo::lock(tx, UserId::from_uuid(checked.id)).await?;
                let Some(user) = user.filter(|user| {
                    !user.disabled
                        && user.session_epoch == checked.session_epoch
                        && user.second_factor == checked.second_factor
                }) else {
                    return Ok(Opening::ChangedMeanwhile);
                };
                if user.second_factor.is_some() {
                    let otp = otp.unwrap_or_default();
                    match self.prove_factor(tx, &user, otp, now).await? {
                        None => return Ok(Opening::WrongCode),
                        Some(Proof::App) => {}
                        Some(Proof::RecoveryCode) => {
                            let user = User::try_from(user.clone())?;
                            let entry = Entry::of(Deed::RecoveryCodeUse, user.id);
                            audit::record(tx, &actor_of(&user, origin), now, entry).await?;
                        }
                    }
                }
                let signed_in = self.open_session(tx, &user, origin, now).await?;
                let entry = Entry::of(Deed::Login, signed_in.user.id);
                audit::record(tx, &actor_of(&signed_in.user, origin), now, entry).await?;
                Ok::<_, SalesError>(Opening::Done(Box::new(signed_in)))
            })
            .await
    }

    async fn record_refusal(
        &self,
        user: Option<&StoredUser>,
        email: &str,
        origin: &Origin,
        reason: &str,
    ) -> SalesResult<()> {
        // People type their password into the wrong field: only addresses are stored.
        let typed = Email::parse(email).ok();
        let after = json!({"email": typed.as_ref().map(Email::as_str), "reason": reason});
        let actor = Actor {
            user_id: None,
            role: kernel::Role::Viewer,
            origin: origin.clone(),
        };
        let now = self.ctx.clock.now();
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                let entry = Entry::of(
                    Deed::LoginRefused,
                    user.map(|user| user.id.to_string()).unwrap_or_default(),
                )
                .after(&after);
                audit::record(tx, &actor, now, entry).await
            })
            .await
    }

    /// Exchanges a refresh token for the next pair.
    ///
    /// # Errors
    /// `auth.invalid_refresh_token`; if the token was used before, its session has ended too.
    /// `auth.session_expired` for a session at its longest lifetime.
    pub async fn refresh(&self, origin: &Origin, refresh_token: &str) -> SalesResult<SignedIn> {
        let hash = opaque::hash(refresh_token);
        let now = self.ctx.clock.now();
        let outcome = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                let (session, expires_at) = match repo::use_refresh_token(tx, &hash, now).await? {
                    Shown::First(session, expires_at) => (session, expires_at),
                    Shown::Again(session) => {
                        end_family(tx, session, origin, now).await?;
                        return Ok::<_, SalesError>(Err(Code::InvalidRefreshToken));
                    }
                    Shown::Unknown => return Ok(Err(Code::InvalidRefreshToken)),
                };
                let Some((user, opened_at)) = repo::lock_living(tx, session).await? else {
                    return Ok(Err(Code::InvalidRefreshToken));
                };
                if let Err(code) = self.check_age(opened_at, now) {
                    return Ok(Err(code));
                }
                if expires_at <= now {
                    return Ok(Err(Code::InvalidRefreshToken));
                }
                let (account, address) = (&user.email, &origin.address);
                self.places.renew(tx, account, address, now).await?;
                let pair = self.issue_pair(tx, &user, session, opened_at, now).await?;
                Ok(Ok(pair))
            })
            .await?;
        outcome.map_err(|code| {
            self.living.forget();
            Problem::of(code).into()
        })
    }

    /// Ends the caller's session.
    pub async fn sign_out(&self, caller: Caller, origin: Origin) -> SalesResult<()> {
        let now = self.ctx.clock.now();
        let actor = Actor::new(caller, origin);
        let result = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                if repo::revoke_session(tx, caller.session_id, now).await? {
                    let entry = Entry::of(Deed::Logout, caller.user_id);
                    audit::record(tx, &actor, now, entry).await?;
                }
                Ok::<_, SalesError>(())
            })
            .await;
        self.living.forget();
        result
    }

    /// Deletes expired refresh tokens, sessions that ended more than a day ago, and places that were
    /// unused for long. Returns the number of tokens.
    pub async fn forget_old(&self) -> SalesResult<u64> {
        let now = self.ctx.clock.now();
        self.ctx
            .write
            .transaction(async |tx: &Tx| {
                places::forget_old(tx, now).await?;
                repo::forget_old(tx, now, now.plus_seconds(-ENDED_KEPT_SECONDS)).await
            })
            .await
    }

    /// Writes a new session and its first pair of tokens. The user has proved who they are, so the
    /// place is known from now on.
    pub(super) async fn open_session(
        &self,
        tx: &Tx,
        user: &StoredUser,
        origin: &Origin,
        now: Timestamp,
    ) -> SalesResult<SignedIn> {
        let session = SessionId::generate();
        repo::insert_session(tx, session, user, origin, now).await?;
        let id = UserId::from_uuid(user.id);
        self.places
            .remember(tx, id, &user.email, &origin.address, now)
            .await?;
        self.issue_pair(tx, user, session, now, now).await
    }

    async fn issue_pair(
        &self,
        tx: &Tx,
        user: &StoredUser,
        session: SessionId,
        opened_at: Timestamp,
        now: Timestamp,
    ) -> SalesResult<SignedIn> {
        let epoch = user.session_epoch;
        let user = User::try_from(user.clone())?;
        let refresh = OpaqueSecret::generate()?;
        let ends_at = self.end_of_session(opened_at);
        let expires_at = now.plus_seconds(self.refresh_ttl_seconds).min(ends_at);
        let left = ends_at.micros().saturating_sub(now.micros()) / 1_000_000;
        let expires_in = self.signer.ttl_seconds().min(left);
        repo::insert_refresh_token(tx, &refresh.hash, session, now, expires_at).await?;
        let access_token = self
            .signer
            .sign_for(expires_in, user.id, user.role, session, epoch, now)
            .map_err(|error| {
                tracing::error!(%error, "an access token could not be signed");
                Problem::of(Code::Internal)
            })?;
        Ok(SignedIn {
            access_token,
            expires_in,
            refresh_token: refresh.text,
            user,
        })
    }
}

async fn end_family(
    tx: &Tx,
    session: SessionId,
    origin: &Origin,
    now: Timestamp,
) -> SalesResult<()> {
    if !repo::revoke_session(tx, session, now).await? {
        return Ok(());
    }
    count("refresh_reused");
    tracing::warn!(session.id = %session, "a used refresh token was shown again; its session ends");
    let actor = Actor {
        user_id: None,
        role: kernel::Role::Viewer,
        origin: origin.clone(),
    };
    let entry = Entry::of(Deed::ReuseDetected, session);
    audit::record(tx, &actor, now, entry).await
}

/// The actor of a sign-in.
pub(super) fn actor_of(user: &User, origin: &Origin) -> Actor {
    Actor {
        user_id: Some(user.id),
        role: user.role,
        origin: origin.clone(),
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("auth_sign_ins_total", "outcome" => outcome).increment(1);
}
