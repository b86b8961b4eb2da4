//! The form in which an answer lies in Redis, where anybody may have written: what does not read
//! back whole is not there.

use actix_web::web::Bytes;
use kernel::Timestamp;

use super::answer::Answer;

/// Names the form.
const MAGIC: &[u8; 4] = b"SFA1";
/// The form, two instants, and the tag with its quotes.
const HEAD: usize = 4 + 8 + 8 + 24;

pub(super) fn seal(answer: &Answer) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(HEAD + answer.body.len());
    sealed.extend_from_slice(MAGIC);
    sealed.extend_from_slice(&answer.computed_at.micros().to_be_bytes());
    sealed.extend_from_slice(&answer.expires_at.micros().to_be_bytes());
    sealed.extend_from_slice(answer.tag.as_bytes());
    sealed.extend_from_slice(&answer.body);
    sealed
}

pub(super) fn open(sealed: Vec<u8>) -> Option<Answer> {
    let sealed = Bytes::from(sealed);
    let (magic, rest) = sealed.split_first_chunk::<4>()?;
    let (computed_at, rest) = rest.split_first_chunk::<8>()?;
    let (expires_at, rest) = rest.split_first_chunk::<8>()?;
    let (tag, _) = rest.split_first_chunk::<24>()?;
    let at = |bytes: &[u8; 8]| Timestamp::from_micros(i64::from_be_bytes(*bytes));
    let answer = Answer::new(sealed.slice(HEAD..), at(computed_at), at(expires_at));
    (magic == MAGIC && answer.tag.as_bytes() == tag).then_some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_and_a_damaged_one_is_none() {
        let at = Timestamp::from_micros;
        let answer = Answer::new(Bytes::from_static(b"{\"a\":1}"), at(1), at(2));
        let sealed = seal(&answer);
        let opened = open(sealed.clone()).unwrap();
        assert_eq!(opened.body, answer.body);
        assert_eq!(opened.tag, answer.tag);
        assert_eq!((opened.computed_at, opened.expires_at), (at(1), at(2)));
        for length in 0..sealed.len() {
            assert!(open(sealed[..length].to_vec()).is_none(), "{length}");
        }
        for position in (0..4).chain(20..sealed.len()) {
            let mut damaged = sealed.clone();
            damaged[position] ^= 1;
            assert!(open(damaged).is_none(), "{position}");
        }
    }
}
