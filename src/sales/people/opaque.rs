//! Random secrets that are issued once and stored as a hash: refresh tokens and the setup token.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use kernel::{Code, Problem};
use sha2::{Digest as _, Sha256};

/// 256 random bits cannot be guessed, so a plain hash is enough for storing them.
const SECRET_BYTES: usize = 32;

/// A secret and its stored hash.
pub(super) struct OpaqueSecret {
    /// Issued once, never stored, never logged.
    pub(super) text: String,
    /// SHA-256 in hex.
    pub(super) hash: String,
}

impl OpaqueSecret {
    /// A new secret from the system's random numbers.
    pub(super) fn generate() -> Result<Self, Problem> {
        let mut bytes = [0_u8; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| {
            tracing::error!(%error, "the system gives no random bytes");
            Problem::of(Code::Internal)
        })?;
        let text = URL_SAFE_NO_PAD.encode(bytes);
        let hash = hash(&text);
        Ok(Self { text, hash })
    }
}

/// SHA-256 of a secret, in hex.
pub(super) fn hash(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_only_their_hash_is_known() {
        let [one, two] = [(); 2].map(|()| OpaqueSecret::generate().unwrap());
        assert_ne!(one.text, two.text);
        assert_eq!(one.text.len(), 43);
        assert_eq!(one.hash, hash(&one.text));
        // The test vector of FIPS 180-2.
        assert_eq!(
            hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
