//! Tokens that were verified a moment ago. A signature is checked once and not with every request;
//! whether the session still lives is asked with every request all the same.
//!
//! Only tokens that passed are remembered, each under its SHA-256: nothing that could be shown
//! again lies in memory, and an invented token cannot push a good one out. The table has a fixed
//! size; of two tokens with the same place the later stays.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Claims;

/// Places, for as many clients at a time without a second check; about 300 KB when full.
const PLACES: usize = 1024;

type Hash = [u8; 32];

/// The table.
pub(super) struct KnownTokens(Vec<Mutex<Option<Known>>>);

struct Known {
    hash: Hash,
    claims: Arc<Claims>,
}

impl Default for KnownTokens {
    fn default() -> Self {
        Self((0..PLACES).map(|_| Mutex::default()).collect())
    }
}

/// The hash of a token.
pub(super) fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

impl KnownTokens {
    /// What a token says that has passed before. The caller looks at its time.
    pub(super) fn find(&self, hash: &Hash) -> Option<Arc<Claims>> {
        let place = self.place(hash)?;
        let known = place.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref()?;
        (known.hash == *hash).then(|| Arc::clone(&known.claims))
    }

    /// Remembers a token that has just passed.
    pub(super) fn remember(&self, hash: Hash, claims: &Arc<Claims>) {
        if let Some(place) = self.place(&hash) {
            let claims = Arc::clone(claims);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known { hash, claims });
        }
    }

    fn place(&self, hash: &Hash) -> Option<&Mutex<Option<Known>>> {
        let [first, second, ..] = *hash;
        let number = usize::from(u16::from_be_bytes([first, second]));
        self.0.get(number % PLACES)
    }
}
