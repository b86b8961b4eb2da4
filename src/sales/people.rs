//! Users and access: who may sign in, with which role, and for how long.
//!
//! A session begins with a password and lasts until it is ended or too old. Disabling a user or
//! changing the role or password increases the user's session epoch, and every token of an older
//! epoch is invalid: at once in this process, within a second in others.

pub mod accounts;
pub mod email;
pub mod http;
pub mod last_seen;
pub mod living;
mod opaque;
pub mod open_sessions;
mod own_password;
pub mod passwords;
pub mod places;
mod repo;
pub mod second_factor;
pub mod sessions;
pub mod setup;
pub mod staff;
mod stored;
#[cfg(test)]
mod tests;
pub mod throttle;

use std::sync::Arc;

use kernel::{Role, Timestamp, ids::UserId};
use platform::{
    access::Sessions,
    derived::{CryptoError, DerivedKeys},
    tokens::{SigningKeys, signer::TokenSigner},
};
use serde::Serialize;

use crate::context::Context;
use living::LivingSessions;
use passwords::hasher::PasswordHasher;
use places::KnownPlaces;
use throttle::Throttle;

/// A user who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct User {
    /// The user's own UUID.
    pub id: UserId,
    /// The e-mail address to sign in with, in lower case.
    #[schema(example = "amani@example.com")]
    pub email: String,
    /// The name that others see.
    #[schema(example = "Amani Bahati")]
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// True when the user may not sign in.
    pub disabled: bool,
    /// True when signing in needs a code from the user's phone as well.
    pub second_factor: bool,
    /// Number of changes, for `If-Match`.
    pub version: i64,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
}

/// Options of the service.
#[derive(Debug, Clone, Copy)]
pub struct PeopleOptions {
    /// Lifetime of an access token in seconds.
    pub access_ttl_seconds: i64,
    /// Days that a device stays signed in without use.
    pub refresh_ttl_days: i64,
    /// Longest lifetime of a session in days.
    pub session_max_days: i64,
    /// Whether owners and managers must have a second factor.
    pub second_factor_required: bool,
    /// Whether guessing passwords is slowed down. Off only for load tests.
    pub throttle_enabled: bool,
    /// Passwords that everybody can read, such as those of examples.
    pub refused_passwords: &'static [&'static str],
}

/// The service. Cheap to clone; clones share counts and caches.
#[derive(Clone, derive_more::Debug)]
#[debug("People {{ .. }}")]
pub struct People {
    ctx: Context,
    signer: Arc<TokenSigner>,
    refresh_ttl_seconds: i64,
    session_max_seconds: i64,
    hasher: PasswordHasher,
    refused_passwords: &'static [&'static str],
    throttle: Throttle,
    places: KnownPlaces,
    factor_keys: DerivedKeys,
    living: Arc<LivingSessions>,
}

impl People {
    /// Creates the service. The present one of `secrets` signs access tokens; other keys are derived
    /// from all of them.
    ///
    /// # Errors
    /// When the keys cannot be derived.
    pub fn new(
        ctx: Context,
        secrets: &SigningKeys,
        options: PeopleOptions,
    ) -> Result<Self, CryptoError> {
        let living = Arc::new(LivingSessions::new(
            ctx.write.primary().clone(),
            options.second_factor_required,
        ));
        Ok(Self {
            places: KnownPlaces::new(DerivedKeys::new(secrets, places::LABEL)?),
            factor_keys: DerivedKeys::new(secrets, second_factor::LABEL)?,
            ctx,
            signer: Arc::new(TokenSigner::new(
                &secrets.present,
                options.access_ttl_seconds,
            )),
            refresh_ttl_seconds: options.refresh_ttl_days.saturating_mul(24 * 3600),
            session_max_seconds: options.session_max_days.saturating_mul(24 * 3600),
            hasher: PasswordHasher::default(),
            refused_passwords: options.refused_passwords,
            throttle: if options.throttle_enabled {
                Throttle::enabled()
            } else {
                Throttle::disabled()
            },
            living,
        })
    }

    /// Tells the extractors whether a session is still valid.
    #[must_use]
    pub fn sessions(&self) -> Arc<dyn Sessions> {
        Arc::clone(&self.living) as Arc<dyn Sessions>
    }
}
