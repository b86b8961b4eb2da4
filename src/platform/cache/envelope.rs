//! The stored form of a response in Redis, where others may write. Each response has a seal that only
//! instances of this shop can make: without a valid seal for its name it counts as missing.

use actix_web::web::Bytes;
use kernel::Timestamp;

use super::{answer::Answer, kind};
use crate::derived::{CryptoError, DerivedKeys, TAG_BYTES};

/// Separates the keys of seals from other keys derived from the same secrets.
pub(super) const LABEL: &str = "salesflow: seal of a kept answer, form 2";
/// Marks the form.
const MAGIC: &[u8; 4] = b"SFA2";
/// Length of the form, two times and the seal.
pub(super) const HEAD: usize = 4 + 8 + 8 + TAG_BYTES;

/// The stored form of a response under a name. The first key seals it.
pub(super) fn seal(
    keys: &DerivedKeys,
    name: &str,
    answer: &Answer,
) -> Result<Vec<u8>, CryptoError> {
    let computed_at = answer.computed_at.micros().to_be_bytes();
    let expires_at = answer.expires_at.micros().to_be_bytes();
    let parts: [&[u8]; 5] = [
        MAGIC,
        name.as_bytes(),
        &computed_at,
        &expires_at,
        &answer.body,
    ];
    let tag = keys.tag(&parts)?;
    let mut sealed = Vec::with_capacity(HEAD.saturating_add(answer.body.len()));
    sealed.extend_from_slice(MAGIC);
    sealed.extend_from_slice(&computed_at);
    sealed.extend_from_slice(&expires_at);
    sealed.extend_from_slice(&tag);
    sealed.extend_from_slice(&answer.body);
    Ok(sealed)
}

/// Reads a response back. `None` when no key sealed these bytes for this name, or when they claim a
/// longer lifetime than any response has.
pub(super) fn open(keys: &DerivedKeys, name: &str, sealed: Vec<u8>) -> Option<Answer> {
    let sealed = Bytes::from(sealed);
    let (magic, rest) = sealed.split_first_chunk::<4>()?;
    let (computed_at, rest) = rest.split_first_chunk::<8>()?;
    let (expires_at, rest) = rest.split_first_chunk::<8>()?;
    let (tag, body) = rest.split_first_chunk::<TAG_BYTES>()?;
    let parts: [&[u8]; 5] = [MAGIC, name.as_bytes(), computed_at, expires_at, body];
    if magic != MAGIC || !keys.is_tag_of(&parts, tag) {
        return None;
    }
    let at = |bytes: &[u8; 8]| Timestamp::from_micros(i64::from_be_bytes(*bytes));
    let (computed_at, expires_at) = (at(computed_at), at(expires_at));
    let lifetime = expires_at.micros().checked_sub(computed_at.micros())?;
    let longest = i64::try_from(kind::LONGEST_LIFETIME.as_micros()).ok()?;
    (0..=longest)
        .contains(&lifetime)
        .then(|| Answer::new(sealed.slice(HEAD..), computed_at, expires_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::{SigningKey, SigningKeys};

    /// Keys of these secrets, the current one first.
    fn keys(secrets: &[&str]) -> DerivedKeys {
        let mut all = secrets.iter().map(|secret| SigningKey {
            kid: (*secret).to_owned(),
            secret: secret.as_bytes().to_vec(),
        });
        let secrets = SigningKeys {
            present: all.next().unwrap(),
            older: all.collect(),
        };
        DerivedKeys::new(&secrets, LABEL).unwrap()
    }

    fn answer(seconds: i64) -> Answer {
        let at = Timestamp::from_micros(1_000_000);
        Answer::new(
            Bytes::from_static(b"{\"a\":1}"),
            at,
            at.plus_seconds(seconds),
        )
    }

    #[test]
    fn a_response_is_read_back_but_not_a_damaged_one() {
        let keys = keys(&["one"]);
        let answer = answer(60);
        let sealed = seal(&keys, "name", &answer).unwrap();
        assert_eq!(sealed.len(), HEAD + answer.body.len());
        let opened = open(&keys, "name", sealed.clone()).unwrap();
        assert_eq!(opened.body, answer.body);
        assert_eq!(opened.tag, answer.tag);
        assert_eq!(
            (opened.computed_at, opened.expires_at),
            (answer.computed_at, answer.expires_at)
        );
        for length in 0..sealed.len() {
            let cut = sealed[..length].to_vec();
            assert!(open(&keys, "name", cut).is_none(), "{length}");
        }
        for position in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[position] ^= 1;
            assert!(open(&keys, "name", damaged).is_none(), "{position}");
        }
        let longer = [sealed, vec![b' ']].concat();
        assert!(open(&keys, "name", longer).is_none());
    }

    #[test]
    fn a_response_is_valid_under_its_own_name_only() {
        let keys = keys(&["one"]);
        let sealed = seal(&keys, "name", &answer(60)).unwrap();
        for other in ["nam", "names", "other", ""] {
            assert!(open(&keys, other, sealed.clone()).is_none(), "{other}");
        }
    }

    #[test]
    fn an_older_key_still_reads_and_an_unknown_one_does_not() {
        let sealed = seal(&keys(&["old"]), "name", &answer(60)).unwrap();
        assert!(open(&keys(&["new", "old"]), "name", sealed.clone()).is_some());
        assert!(open(&keys(&["new"]), "name", sealed).is_none());
        let by_the_new = seal(&keys(&["new", "old"]), "name", &answer(60)).unwrap();
        assert!(open(&keys(&["old"]), "name", by_the_new).is_none());
    }

    #[test]
    fn no_response_outlives_the_longest_lifetime() {
        let keys = keys(&["one"]);
        let longest = i64::try_from(kind::LONGEST_LIFETIME.as_secs()).unwrap();
        for (seconds, is_read) in [(longest, true), (longest + 1, false), (-1, false)] {
            let sealed = seal(&keys, "name", &answer(seconds)).unwrap();
            let opened = open(&keys, "name", sealed);
            assert_eq!(opened.is_some(), is_read, "{seconds}");
        }
    }
}
