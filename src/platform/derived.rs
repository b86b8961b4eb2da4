//! Keys for one purpose each, derived from the secrets that sign access tokens.
//!
//! HKDF (RFC 5869) with a label for each purpose: a key reveals neither another key nor the secret. Data
//! written under a secret can be read as long as that secret is configured, so rotating secrets loses
//! nothing.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    constant_time::verify_slices_are_equal,
    error::Unspecified,
    hkdf::{HKDF_SHA256, Salt},
    hmac,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::tokens::SigningKeys;

/// Separates these keys from those of other programs with the same secret.
const SALT: &[u8] = b"salesflow";
/// Length of a derived key.
const KEY_BYTES: usize = 32;
/// Length of a tag.
pub const TAG_BYTES: usize = 32;

/// An error of the cryptographic library; it does not happen with keys of the right length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic library refused")]
pub struct CryptoError;

impl From<Unspecified> for CryptoError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// The keys of one purpose: the current one first, then those of older secrets.
#[derive(Clone)]
pub struct DerivedKeys(Vec<[u8; KEY_BYTES]>);

impl std::fmt::Debug for DerivedKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DerivedKeys")
            .field("keys", &self.0.len())
            .finish_non_exhaustive()
    }
}

impl DerivedKeys {
    /// Derives one key from each secret.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn new(secrets: &SigningKeys, label: &'static str) -> Result<Self, CryptoError> {
        let salt = Salt::new(HKDF_SHA256, SALT);
        let keys = secrets.iter().map(|secret| {
            let mut key = [0; KEY_BYTES];
            salt.extract(&secret.secret)
                .expand(&[label.as_bytes()], HKDF_SHA256)?
                .fill(&mut key)?;
            Ok(key)
        });
        keys.collect::<Result<_, Unspecified>>()
            .map(Self)
            .map_err(CryptoError::from)
    }

    /// The mark of a text under each key, the current one first: HMAC-SHA256 in base64. Without the key
    /// a mark cannot be compared with guessed texts.
    #[must_use]
    pub fn marks(&self, text: &[u8]) -> Vec<String> {
        let mark = |key: &[u8; KEY_BYTES]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key);
            URL_SAFE_NO_PAD.encode(hmac::sign(&key, text))
        };
        self.0.iter().map(mark).collect()
    }

    /// The tag of these parts under the current key (HMAC-SHA256). The length of each part is included:
    /// lists that are equal when joined have different tags.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn tag(&self, parts: &[&[u8]]) -> Result<[u8; TAG_BYTES], CryptoError> {
        let key = self.0.first().ok_or(CryptoError)?;
        <[u8; TAG_BYTES]>::try_from(tag_under(key, parts).as_ref()).map_err(|_| CryptoError)
    }

    /// True when one of the keys made this tag of these parts. The comparison takes constant time.
    #[must_use]
    pub fn is_tag_of(&self, parts: &[&[u8]], tag: &[u8; TAG_BYTES]) -> bool {
        let is_right = |key| verify_slices_are_equal(tag_under(key, parts).as_ref(), tag).is_ok();
        self.0.iter().any(is_right)
    }

    /// Encrypts bytes with the current key (AES-256-GCM). Decryption needs the same `context`, which
    /// names the owner of the bytes and is not part of the result.
    ///
    /// # Errors
    /// [`CryptoError`].
    pub fn seal(&self, context: &[u8], bytes: &[u8]) -> Result<String, CryptoError> {
        let key = self.0.first().ok_or(CryptoError)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, key)?;
        let mut sealed = bytes.to_vec();
        let nonce = key.seal_in_place_append_tag(Aad::from(context), &mut sealed)?;
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut sealed);
        Ok(URL_SAFE_NO_PAD.encode(whole))
    }

    /// Decrypts what [`Self::seal`] wrote under any of the keys; `None` when no key fits, or context or
    /// bytes differ.
    #[must_use]
    pub fn open(&self, context: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let whole = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = whole.split_first_chunk::<NONCE_LEN>()?;
        self.0.iter().find_map(|key| {
            let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
            let mut bytes = sealed.to_vec();
            let plain = key.open_in_place(Nonce::from(nonce), Aad::from(context), &mut bytes);
            Some(plain.ok()?.to_vec())
        })
    }
}

fn tag_under(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        context.update(&length.to_be_bytes());
        context.update(part);
    }
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::SigningKey;

    fn keys(bytes: &[u8], label: &'static str) -> DerivedKeys {
        let mut secrets = bytes.iter().map(|byte| SigningKey {
            kid: byte.to_string(),
            secret: vec![*byte; 32],
        });
        let secrets = SigningKeys {
            present: secrets.next().unwrap(),
            older: secrets.collect(),
        };
        DerivedKeys::new(&secrets, label).unwrap()
    }

    #[test]
    fn sealed_bytes_of_an_older_secret_are_read_but_not_of_a_foreign_one() {
        let sealed = keys(&[1], "test")
            .seal(b"user 1", b"seven mangoes")
            .unwrap();
        let rotated = keys(&[2, 1], "test");
        let opened = rotated.open(b"user 1", &sealed);
        assert_eq!(opened.as_deref(), Some(b"seven mangoes".as_slice()));
        assert_eq!(rotated.open(b"user 2", &sealed), None);
        assert_eq!(keys(&[2], "test").open(b"user 1", &sealed), None);
        assert_eq!(keys(&[1], "other").open(b"user 1", &sealed), None);
        let again = keys(&[1], "test")
            .seal(b"user 1", b"seven mangoes")
            .unwrap();
        assert_ne!(again, sealed, "each seal has a nonce of its own");
    }

    #[test]
    fn a_sealed_text_with_one_byte_changed_does_not_open() {
        let keys = keys(&[1], "test");
        let sealed = keys.seal(b"", b"seven mangoes").unwrap();
        let whole = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for position in 0..whole.len() {
            let mut changed = whole.clone();
            changed[position] ^= 1;
            assert_eq!(keys.open(b"", &URL_SAFE_NO_PAD.encode(changed)), None);
        }
        for short in ["", "abc", "!"] {
            assert_eq!(keys.open(b"", short), None);
        }
    }

    #[test]
    fn a_mark_depends_on_the_secret_the_purpose_and_the_text() {
        let here = keys(&[1], "test").marks(b"amani");
        assert_eq!(keys(&[2, 1], "test").marks(b"amani")[1], here[0]);
        assert_ne!(keys(&[2], "test").marks(b"amani"), here);
        assert_ne!(keys(&[1], "other").marks(b"amani"), here);
        assert_ne!(keys(&[1], "test").marks(b"neema"), here);
    }

    #[test]
    fn a_tag_is_right_for_its_key_and_its_parts_only() {
        let here = keys(&[1], "test");
        let tag = here.tag(&[b"ab", b"c"]).unwrap();
        assert!(here.is_tag_of(&[b"ab", b"c"], &tag));
        assert!(keys(&[2, 1], "test").is_tag_of(&[b"ab", b"c"], &tag));
        for parts in [
            &[b"a".as_slice(), b"bc"][..],
            &[b"abc"],
            &[b"ab", b"c", b""],
            &[],
        ] {
            assert!(!here.is_tag_of(parts, &tag), "{parts:?}");
        }
        assert!(!keys(&[2], "test").is_tag_of(&[b"ab", b"c"], &tag));
        assert!(!keys(&[1], "other").is_tag_of(&[b"ab", b"c"], &tag));
        let rotated = keys(&[2, 1], "test").tag(&[b"ab", b"c"]).unwrap();
        assert!(
            !here.is_tag_of(&[b"ab", b"c"], &rotated),
            "the present key tags"
        );
    }
}
