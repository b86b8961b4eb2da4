//! Recently verified tokens. A signature is checked once and not for every request; the session is
//! checked for every request.
//!
//! Only accepted tokens are kept, each under its SHA-256: no usable token stays in memory, and invented
//! tokens cannot push out good ones. The table has a fixed size; of two tokens with the same index the
//! later one stays.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Claims;

/// Entries, for as many clients without a second check; about 300 KB when full.
const PLACES: usize = 1024;

type Hash = [u8; 32];

pub(super) struct KnownTokens(Vec<Mutex<Option<KnownToken>>>);

struct KnownToken {
    hash: Hash,
    claims: Arc<Claims>,
}

impl Default for KnownTokens {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::default()).collect())
    }
}

pub(super) fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

impl KnownTokens {
    /// The claims of a token that was accepted before. The caller checks its times.
    pub(super) fn find(&self, hash: &Hash) -> Option<Arc<Claims>> {
        let place = self.place(hash)?;
        let known = place.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref()?;
        (known.hash == *hash).then(|| Arc::clone(&known.claims))
    }

    /// Keeps a token that has just been accepted.
    pub(super) fn remember(&self, hash: Hash, claims: &Arc<Claims>) {
        if let Some(place) = self.place(&hash) {
            let claims = Arc::clone(claims);
            *place.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(KnownToken { hash, claims });
        }
    }

    fn place(&self, hash: &Hash) -> Option<&Mutex<Option<KnownToken>>> {
        let [first, second, ..] = *hash;
        let number = usize::from(u16::from_be_bytes([first, second]));
        self.0.get(number % PLACES)
    }
}
