//! Signs access tokens. Only the users of the shop hold the signer: a handler that could sign could act
//! as any user.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kernel::{
    Role, Timestamp,
    ids::{SessionId, UserId},
};
use uuid::Uuid;

use super::{AUDIENCE, Claims, ISSUER, SigningKey, TokenError};

/// Signs with the current key.
pub struct TokenSigner {
    kid: String,
    key: EncodingKey,
    ttl_seconds: i64,
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSigner")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl TokenSigner {
    /// Signs tokens with this lifetime.
    #[must_use]
    pub fn new(key: &SigningKey, ttl_seconds: i64) -> Self {
        Self {
            kid: key.kid.clone(),
            key: EncodingKey::from_secret(&key.secret),
            ttl_seconds,
        }
    }

    /// Lifetime of an access token, in seconds.
    #[must_use]
    pub const fn ttl_seconds(&self) -> i64 {
        self.ttl_seconds
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] when signing fails, which does not happen with any secret.
    pub fn sign(
        &self,
        user: UserId,
        role: Role,
        session: SessionId,
        epoch: i64,
        now: Timestamp,
    ) -> Result<String, TokenError> {
        self.sign_for(self.ttl_seconds, user, role, session, epoch, now)
    }

    /// Signs a token with a lifetime in seconds: the last token of a session ends with the session.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_for(
        &self,
        lifetime: i64,
        user: UserId,
        role: Role,
        session: SessionId,
        epoch: i64,
        now: Timestamp,
    ) -> Result<String, TokenError> {
        let issued = now.micros().div_euclid(1_000_000);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            role,
            sid: session,
            epoch,
            exp: issued.saturating_add(lifetime),
            iat: issued,
            jti: Uuid::now_v7(),
        };
        let header = Header {
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::HS256)
        };
        encode(&header, &claims, &self.key).map_err(|_| TokenError::Invalid)
    }
}
