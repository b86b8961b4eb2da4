//! How passwords are stored: Argon2id with 19 MiB, two passes and one lane (as OWASP advises), on
//! blocking threads, a few at once, so that many sign-ins neither fill the memory nor stop the sales.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{self, phc::PasswordHash},
};
use kernel::{Code, Problem};
use store::StoreError;
use tokio::sync::Semaphore;

use super::{
    Password,
    policy::{self, Owner},
};
use crate::{error::SalesResult, people::places::PlaceKind};

/// Hashes at once: two take 40 MiB and two processors for about 30 ms.
const AT_ONCE: usize = 2;
/// Running and waiting hashes: about 1.5 seconds of work. More are refused.
const SEATS: usize = 48;
/// More places for users who have signed in from the address before or are signed in: strangers
/// cannot take these.
const KEPT_SEATS: usize = 16;
/// Seconds until a retry.
const BUSY_SECONDS: u32 = 2;

const _: () = assert!(
    Params::DEFAULT_M_COST == 19 * 1024
        && Params::DEFAULT_T_COST == 2
        && Params::DEFAULT_P_COST == 1
);

/// A hash of no password, with our parameters. Unknown users are checked against it, so that the
/// answer takes as long as for known ones.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Yg5P5zOZ7GJH0yvNdXvA5w$Kq1zIzC0lW8b1v3cR9vJtQ2p8oYwqkz0m1d8F7u5uXo";

/// Hashes and verifies passwords, a few at once.
#[derive(Debug, Clone)]
pub struct PasswordHasher {
    seats: Arc<Semaphore>,
    kept_seats: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

impl Default for PasswordHasher {
    fn default() -> Self {
        Self {
            seats: Arc::new(Semaphore::new(SEATS)),
            kept_seats: Arc::new(Semaphore::new(KEPT_SEATS)),
            workers: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl PasswordHasher {
    /// The stored text of a password: algorithm, parameters, salt and hash. Only signed-in callers
    /// can request it, so it may use the reserved places.
    ///
    /// # Errors
    /// `server.unavailable` when too many wait.
    pub async fn hash(&self, password: &Password) -> SalesResult<String> {
        let password = password.clone();
        let hashed = self
            .run(PlaceKind::Known, move || {
                argon2().hash_password(password.as_str().as_bytes())
            })
            .await?;
        Ok(hashed.map_err(corrupt)?.to_string())
    }

    /// Whether the password fits the stored text. Without one (an unknown user) the same work is
    /// done, and the result is false.
    ///
    /// # Errors
    /// `server.unavailable` when too many wait.
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&str>,
        place: PlaceKind,
    ) -> SalesResult<bool> {
        let password = password.clone();
        let is_known = stored.is_some();
        let stored = stored.unwrap_or(NOBODY).to_owned();
        let verdict = self
            .run(place, move || {
                let stored = PasswordHash::new(&stored)?;
                argon2().verify_password(password.as_str().as_bytes(), &stored)
            })
            .await?;
        match verdict {
            Ok(()) => Ok(is_known),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(corrupt(error).into()),
        }
    }

    /// Refuses an unsafe password with [`policy::check`].
    ///
    /// # Errors
    /// Those of [`policy::check`]; `server.unavailable` when too many wait.
    pub async fn check(
        &self,
        password: &Password,
        owner: Owner,
        pointer: &'static str,
    ) -> SalesResult<()> {
        let password = password.clone();
        let verdict = self.run(PlaceKind::Known, move || {
            policy::check(&password, &owner, pointer)
        });
        Ok(verdict.await??)
    }

    /// The work itself holds its place: a client that disconnects does not free it early.
    async fn run<T: Send + 'static>(
        &self,
        place: PlaceKind,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> SalesResult<T> {
        let busy = || Problem::of(Code::Unavailable).retry_after(BUSY_SECONDS);
        let seat = Arc::clone(&self.seats).try_acquire_owned();
        let seat = match place {
            PlaceKind::Known => seat.or_else(|_| Arc::clone(&self.kept_seats).try_acquire_owned()),
            PlaceKind::New => seat,
        };
        let seat = seat.map_err(|_| busy())?;
        let worker = Arc::clone(&self.workers)
            .acquire_owned()
            .await
            .map_err(|_| busy())?;
        let result = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((worker, seat));
            result
        });
        Ok(result.await.map_err(|error| {
            tracing::error!(%error, "the hashing of a password was cut off");
            Problem::of(Code::Internal)
        })?)
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn corrupt(error: password_hash::Error) -> StoreError {
    StoreError::Corrupt(format!("a password hash: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::SalesError;

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_and_recognised() {
        let hasher = PasswordHasher::default();
        let password = Password::new("sept mangues mûres");
        let stored = hasher.hash(&password).await.unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(
            hasher
                .verify(&password, Some(&stored), PlaceKind::New)
                .await
                .unwrap()
        );
        let other_keyboard = Password::new("sept mangues mu\u{302}res");
        assert!(
            hasher
                .verify(&other_keyboard, Some(&stored), PlaceKind::New)
                .await
                .unwrap()
        );
        let wrong = Password::new("sept mangues mures");
        assert!(
            !hasher
                .verify(&wrong, Some(&stored), PlaceKind::New)
                .await
                .unwrap()
        );
        assert_ne!(
            stored,
            hasher.hash(&password).await.unwrap(),
            "salts must differ"
        );
    }

    #[tokio::test]
    async fn an_unknown_user_costs_the_same_work() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (19 * 1024, 2, 1)
        );
        assert_eq!(nobody.hash.unwrap().len(), Params::DEFAULT_OUTPUT_LEN);
        let hasher = PasswordHasher::default();
        assert!(
            !hasher
                .verify(&Password::new("whatever it is"), None, PlaceKind::New)
                .await
                .unwrap()
        );
    }

    fn is_busy<T: std::fmt::Debug>(outcome: SalesResult<T>) -> bool {
        match outcome {
            Ok(_) => false,
            Err(SalesError::Refused(problem)) => {
                let seen = (problem.code, problem.retry_after_seconds);
                assert_eq!(seen, (Code::Unavailable, Some(BUSY_SECONDS)));
                true
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    async fn take(seats: &Arc<Semaphore>, number: usize) -> tokio::sync::OwnedSemaphorePermit {
        let number = u32::try_from(number).unwrap();
        let taken = Arc::clone(seats).acquire_many_owned(number).await;
        taken.unwrap()
    }

    #[tokio::test]
    async fn too_many_at_once_come_back_and_seats_are_kept_for_who_is_known() {
        let hasher = PasswordHasher::default();
        let guess = Password::new("anything at all");
        let _strangers = take(&hasher.seats, SEATS).await;
        assert!(is_busy(hasher.verify(&guess, None, PlaceKind::New).await));
        assert!(!is_busy(
            hasher.verify(&guess, None, PlaceKind::Known).await
        ));
        assert!(!is_busy(hasher.hash(&guess).await));
        let _known = take(&hasher.kept_seats, KEPT_SEATS).await;
        assert!(is_busy(hasher.verify(&guess, None, PlaceKind::Known).await));
        assert!(is_busy(hasher.hash(&guess).await));
    }
}
