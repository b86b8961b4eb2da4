//! Users and access: who may come in, as what, and until when.
//!
//! A session begins with a password and lives until it is ended, or too old. Disabling a user, changing the
//! role or the password moves the user's session epoch on, and every token of an older epoch is
//! dead: at once in this process, within a second in the others.

pub mod accounts;
pub mod email;
pub mod http;
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

/// A person who signs in, as clients see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The address under which the user signs in, in lower case.
    #[schema(example = "amani@example.com")]
    pub email: String,
    /// What the others call the user.
    #[schema(example = "Amani Bahati")]
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// True for one who may not sign in.
    pub disabled: bool,
    /// True when signing in asks for a code of the user's phone besides the password.
    pub second_factor: bool,
    /// For If-Match.
    pub version: i64,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
}

/// How the service is set up.
#[derive(Debug, Clone, Copy)]
pub struct PeopleOptions {
    /// Seconds that an access token lives.
    pub access_ttl_seconds: i64,
    /// Days that a device stays signed in without use.
    pub refresh_ttl_days: i64,
    /// Days that a session lasts, however often it is used.
    pub session_max_days: i64,
    /// Owners and managers must have a second factor.
    pub second_factor_required: bool,
    /// Slow down who guesses passwords. Off only for load tests.
    pub throttle_enabled: bool,
    /// Passwords that everybody can read, such as those of examples.
    pub refused_passwords: &'static [&'static str],
}

/// The service. Cheap to clone; the clones share counts and caches.
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
    /// The service on the handles of the shop. The present one of `secrets` signs access tokens; other
    /// keys are derived from all of them.
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

    /// What tells the extractors whether a session still lives.
    #[must_use]
    pub fn sessions(&self) -> Arc<dyn Sessions> {
        Arc::clone(&self.living) as Arc<dyn Sessions>
    }
}
