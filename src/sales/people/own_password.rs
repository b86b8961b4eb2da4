//! A user changes their own password.

use kernel::{Code, Problem};
use platform::{access::Caller, request::Origin};
use store::Tx;

use super::{
    People, email::Email, passwords::Password, places::PlaceKind, repo, sessions::SignedIn,
};
use crate::{
    actor::Actor,
    audit::{self, Deed, Entry},
    error::SalesResult,
};

impl People {
    /// Changes the caller's own password. All sessions end, including this one; the result is a new
    /// session, so that the caller stays signed in.
    ///
    /// # Errors
    /// `auth.wrong_credentials` when the current password is wrong, the refusals of
    /// [`super::passwords::policy::check`], `auth.too_many_attempts`, `server.unavailable`.
    pub async fn change_own_password(
        &self,
        caller: Caller,
        origin: &Origin,
        current: &Password,
        new: &Password,
    ) -> SalesResult<SignedIn> {
        let user = repo::find(self.ctx.write.primary(), caller.user_id).await?;
        let user = user.ok_or_else(|| Problem::of(Code::SessionEnded))?;
        let email = Email::stored(&user.email);
        let owner = self.owner_of_password(&email, &user.name, None).await?;
        self.hasher.check(new, owner, "/new_password").await?;
        let (attempt, _) = self.begin_attempt(&user.email, origin).await?;
        let hashed = match self
            .verify_then_hash(current, &user.password_hash, new)
            .await
        {
            Ok(hashed) => hashed,
            Err(error) => {
                attempt.abandon();
                return Err(error);
            }
        };
        let actor = Actor::new(caller, origin.clone());
        let entry = |deed| Entry::of(deed, caller.user_id);
        let now = self.ctx.clock.now();
        let Some(hashed) = hashed else {
            // Somebody may have found an open till.
            let refused = async |tx: &Tx| {
                audit::record(tx, &actor, now, entry(Deed::PasswordChangeRefused)).await
            };
            self.ctx.write.transaction(refused).await?;
            let problem = Problem::new(Code::WrongCredentials, "The current password is wrong.");
            return Err(problem.at_pointer("/current_password").into());
        };
        // With a second factor, a right password alone does not clear the failures.
        if user.second_factor.is_some() {
            attempt.abandon();
        } else {
            attempt.succeed();
        }
        let result = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                let unchanged = repo::lock(tx, caller.user_id)
                    .await?
                    .filter(|now| !now.disabled && now.session_epoch == user.session_epoch);
                let mut user = unchanged.ok_or_else(|| Problem::of(Code::SessionEnded))?;
                user.password_hash.clone_from(&hashed);
                repo::end_sessions(tx, &mut user, now).await?;
                repo::update(tx, &user).await?;
                audit::record(tx, &actor, now, entry(Deed::PasswordChange)).await?;
                self.open_session(tx, &user, origin, now).await
            })
            .await;
        self.living.forget();
        result
    }

    async fn verify_then_hash(
        &self,
        current: &Password,
        stored: &str,
        new: &Password,
    ) -> SalesResult<Option<String>> {
        let is_right = self.hasher.verify(current, Some(stored), PlaceKind::Known);
        if !is_right.await? {
            return Ok(None);
        }
        self.hasher.hash(new).await.map(Some)
    }
}
