//! Access tokens: signed JWTs with one fixed algorithm, and keys found by `kid`.
//!
//! Verifying is separate from signing: every handler can reach [`TokenVerifier`];
//! [`signer::TokenSigner`] belongs to the users of the shop, who sign in with a password.
//!
//! HS256, because one program signs and verifies: no key is published, a signature costs half a
//! microsecond, and rotation is a second key. See ADR 0005.

mod known;
pub mod signer;

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};
use kernel::{
    Clock as _, Role,
    clock::SystemClock,
    ids::{SessionId, UserId},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use known::KnownTokens;

/// Issuer of the tokens.
pub const ISSUER: &str = "salesflow";
/// Audience of the tokens.
pub const AUDIENCE: &str = "salesflow-api";
/// Allowed difference between the clocks of instances.
const LEEWAY_SECONDS: u64 = 5;
/// Shortest secret: as long as the hash.
pub const MIN_SECRET_BYTES: usize = 32;

/// The claims of an access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer, [`ISSUER`].
    pub iss: String,
    /// Audience, [`AUDIENCE`].
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// The role at the time of signing.
    pub role: Role,
    /// The session of the token.
    pub sid: SessionId,
    /// The user's session epoch at the time of signing; a change of role or password raises it.
    pub epoch: i64,
    /// Expiry, seconds since 1970.
    pub exp: i64,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Id of the token.
    pub jti: Uuid,
}

/// A signing secret and its name.
#[derive(Clone)]
pub struct SigningKey {
    /// The key id in the header of tokens.
    pub kid: String,
    /// The secret, at least [`MIN_SECRET_BYTES`] long.
    pub secret: Vec<u8>,
}

/// The secrets of the program: the current one signs, all verify.
#[derive(Clone)]
pub struct SigningKeys {
    /// The current secret, which signs.
    pub present: SigningKey,
    /// Earlier secrets, which still verify.
    pub older: Vec<SigningKey>,
}

impl SigningKeys {
    /// All secrets, the current one first.
    pub fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        std::iter::once(&self.present).chain(&self.older)
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|key| &key.kid))
            .finish()
    }
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It has expired.
    #[error("the token has expired")]
    Expired,
    /// It was not signed by this program, or was changed.
    #[error("the token is not valid")]
    Invalid,
}

/// Verifies tokens with all keys.
pub struct TokenVerifier {
    keys: Vec<(String, DecodingKey)>,
    validation: Validation,
    known: KnownTokens,
}

impl std::fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.keys.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

impl TokenVerifier {
    /// Verifies with the current key and all older ones.
    #[must_use]
    pub fn new(keys: &SigningKeys) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // set_issuer and set_audience alone accept a token that has neither.
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = LEEWAY_SECONDS;
        // This program never sets it; a token that has it is checked.
        validation.validate_nbf = true;
        let keys = keys
            .iter()
            .map(|key| (key.kid.clone(), DecodingKey::from_secret(&key.secret)))
            .collect();
        Self {
            keys,
            validation,
            known: KnownTokens::default(),
        }
    }

    /// Checks signature, algorithm, issuer, audience and times of a token.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        let hash = known::hash(token);
        let now = SystemClock.now().micros().div_euclid(1_000_000);
        if let Some(claims) = self.known.find(&hash) {
            // Compared as the library does.
            if claims.exp < now.saturating_sub(LEEWAY_SECONDS.cast_signed()) {
                return Err(TokenError::Expired);
            }
            return in_time(claims, now);
        }
        let claims = in_time(Arc::new(self.check(token)?), now)?;
        self.known.remember(hash, &claims);
        Ok(claims)
    }

    fn check(&self, token: &str) -> Result<Claims, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        // It names extensions that must be understood (RFC 7515, 4.1.11); none is supported.
        if header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        let kid = header.kid.ok_or(TokenError::Invalid)?;
        let (_, key) = self
            .keys
            .iter()
            .find(|(name, _)| *name == kid)
            .ok_or(TokenError::Invalid)?;
        let decoded = decode::<Claims>(token, key, &self.validation);
        decoded.map(|data| data.claims).map_err(|error| {
            if matches!(error.kind(), ErrorKind::ExpiredSignature) {
                TokenError::Expired
            } else {
                TokenError::Invalid
            }
        })
    }
}

/// A token from the future was signed by a wrong clock: it would be valid for too long.
fn in_time(claims: Arc<Claims>, now: i64) -> Result<Arc<Claims>, TokenError> {
    if claims.iat > now.saturating_add(LEEWAY_SECONDS.cast_signed()) {
        return Err(TokenError::Invalid);
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode};

    use super::{signer::TokenSigner, *};

    /// Verifier and signer, as a program has them.
    struct TokenKeys {
        signer: TokenSigner,
        verifier: TokenVerifier,
    }

    impl TokenKeys {
        fn new(first: &SigningKey, older: &[SigningKey], ttl_seconds: i64) -> Self {
            let keys = SigningKeys {
                present: first.clone(),
                older: older.to_vec(),
            };
            Self {
                signer: TokenSigner::new(&keys.present, ttl_seconds),
                verifier: TokenVerifier::new(&keys),
            }
        }

        fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
            self.verifier.verify(token)
        }
    }

    fn key(kid: &str, byte: u8) -> SigningKey {
        SigningKey {
            kid: kid.to_owned(),
            secret: vec![byte; 32],
        }
    }

    fn sign(keys: &TokenKeys) -> String {
        keys.signer
            .sign(
                UserId::generate(),
                Role::Cashier,
                SessionId::generate(),
                1,
                SystemClock.now(),
            )
            .unwrap()
    }

    #[test]
    fn an_older_key_still_verifies_and_a_foreign_one_does_not() {
        let old = TokenKeys::new(&key("a", 1), &[], 900);
        let rotated = TokenKeys::new(&key("b", 2), &[key("a", 1)], 900);
        let foreign = TokenKeys::new(&key("a", 9), &[], 900);
        assert!(rotated.verify(&sign(&old)).is_ok());
        assert_eq!(
            old.verify(&sign(&rotated)).unwrap_err(),
            TokenError::Invalid
        );
        assert_eq!(
            old.verify(&sign(&foreign)).unwrap_err(),
            TokenError::Invalid
        );
    }

    #[test]
    fn tokens_expire() {
        let keys = TokenKeys::new(&key("a", 1), &[], -60);
        assert_eq!(keys.verify(&sign(&keys)).unwrap_err(), TokenError::Expired);
    }

    #[test]
    fn a_token_from_the_future_is_refused() {
        let keys = TokenKeys::new(&key("a", 1), &[], 900);
        let (user, session) = (UserId::generate(), SessionId::generate());
        let signed = |ahead: i64| {
            let at = SystemClock.now().plus_seconds(ahead);
            keys.signer
                .sign(user, Role::Cashier, session, 1, at)
                .unwrap()
        };
        assert!(keys.verify(&signed(3)).is_ok());
        assert_eq!(keys.verify(&signed(60)).unwrap_err(), TokenError::Invalid);
        // Nor one that was accepted while the clock was ahead.
        let token = signed(0);
        let mut ahead = Claims::clone(&*keys.verify(&token).unwrap());
        ahead.iat += 400 * 86_400;
        keys.verifier
            .known
            .remember(known::hash(&token), &Arc::new(ahead));
        assert_eq!(keys.verify(&token).unwrap_err(), TokenError::Invalid);
    }

    #[test]
    fn a_token_that_was_accepted_before_still_expires() {
        let keys = TokenKeys::new(&key("a", 1), &[], 900);
        let token = sign(&keys);
        assert_eq!(
            keys.verify(&token).unwrap().sub,
            keys.verify(&token).unwrap().sub
        );
        let mut old = Claims::clone(&*keys.verify(&token).unwrap());
        old.exp = SystemClock.now().micros() / 1_000_000 - 60;
        keys.verifier
            .known
            .remember(known::hash(&token), &Arc::new(old));
        assert_eq!(keys.verify(&token).unwrap_err(), TokenError::Expired);
    }

    #[test]
    fn a_token_that_was_accepted_before_is_accepted_unchanged_only() {
        let keys = TokenKeys::new(&key("a", 1), &[], 900);
        let token = sign(&keys);
        assert!(keys.verify(&token).is_ok());
        for position in 0..token.len() - 1 {
            let mut changed = token.clone().into_bytes();
            changed[position] = if changed[position] == b'A' {
                b'B'
            } else {
                b'A'
            };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(keys.verify(&changed).unwrap_err(), TokenError::Invalid);
        }
        assert!(keys.verify(&token).is_ok());
        let others = TokenKeys::new(&key("a", 2), &[], 900);
        assert!(others.verify(&token).is_err());
    }

    #[test]
    fn a_token_that_is_not_valid_yet_or_asks_for_an_extension_is_refused() {
        let keys = TokenKeys::new(&key("a", 1), &[], 900);
        let encoding = EncodingKey::from_secret(&[1; 32]);
        let now = SystemClock.now().micros() / 1_000_000;
        let base = serde_json::json!({"iss": ISSUER, "aud": AUDIENCE, "sub": UserId::generate(), "role": "admin", "sid": SessionId::generate(), "epoch": 1, "exp": now + 600, "iat": now, "jti": Uuid::now_v7()});
        let header = Header {
            kid: Some("a".to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        for (not_before, is_good) in [
            (serde_json::json!(now - 60), true),
            (serde_json::json!(now), true),
            (serde_json::json!(now + 60), false),
            (serde_json::json!(now + 86_400), false),
            (serde_json::json!("soon"), false),
            (serde_json::json!(-1), false),
        ] {
            let mut claims = base.clone();
            claims["nbf"] = not_before.clone();
            let token = encode(&header, &claims, &encoding).unwrap();
            assert_eq!(keys.verify(&token).is_ok(), is_good, "{not_before}");
        }
        for critical in [vec![], vec!["exp"], vec!["b64"], vec!["whatever"]] {
            let header = Header {
                crit: Some(critical.iter().map(|word| (*word).to_owned()).collect()),
                ..header.clone()
            };
            let token = encode(&header, &base, &encoding).unwrap();
            assert_eq!(
                keys.verify(&token).unwrap_err(),
                TokenError::Invalid,
                "{critical:?}"
            );
        }
        assert!(
            keys.verify(&encode(&header, &base, &encoding).unwrap())
                .is_ok()
        );
    }

    #[test]
    fn a_token_without_audience_or_with_another_algorithm_is_refused() {
        let keys = TokenKeys::new(&key("a", 1), &[], 900);
        let encoding = EncodingKey::from_secret(&[1; 32]);
        let now = SystemClock.now().micros() / 1_000_000;
        let mut claims = serde_json::json!({"iss": ISSUER, "aud": AUDIENCE, "sub": UserId::generate(), "role": "admin", "sid": SessionId::generate(), "epoch": 1, "exp": now + 60, "iat": now, "jti": Uuid::now_v7()});
        let header = |algorithm| Header {
            kid: Some("a".to_owned()),
            ..Header::new(algorithm)
        };
        assert!(
            keys.verify(&encode(&header(Algorithm::HS256), &claims, &encoding).unwrap())
                .is_ok()
        );
        assert!(
            keys.verify(&encode(&header(Algorithm::HS512), &claims, &encoding).unwrap())
                .is_err()
        );
        claims.as_object_mut().unwrap().remove("aud");
        assert!(
            keys.verify(&encode(&header(Algorithm::HS256), &claims, &encoding).unwrap())
                .is_err()
        );
    }
}
