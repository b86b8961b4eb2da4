//! Whether a secret could be guessed.

use std::collections::HashSet;

use platform::tokens::MIN_SECRET_BYTES;

/// Distinct bytes that a secret needs: "aaaa…" has one.
const MIN_DISTINCT_BYTES: usize = 8;
/// New bytes that a secret needs. Repeats (`changeme-changeme-…`) and sequences (`0123456789`,
/// `abcdef`) are not new. In random hexadecimal digits, the smallest alphabet in use, nearly all
/// bytes are new.
const MIN_NEW_BYTES: usize = 24;
/// Words of examples that people copy.
const EXAMPLES: [&str; 12] = [
    "changeme",
    "change-me",
    "change_me",
    "replaceme",
    "replace-me",
    "replace_me",
    "placeholder",
    "password",
    "secret",
    "example",
    "insecure",
    "salesflow",
];

/// True for a text that is long enough and does not repeat itself.
pub(super) fn is_strong(secret: &str) -> bool {
    let bytes = secret.as_bytes();
    let distinct: HashSet<u8> = bytes.iter().copied().collect();
    bytes.len() >= MIN_SECRET_BYTES
        && distinct.len() >= MIN_DISTINCT_BYTES
        && count_new_bytes(bytes) >= MIN_NEW_BYTES
}

/// True for an example written by hand: without its known words, little is left.
pub(super) fn is_an_example(secret: &str) -> bool {
    let mut rest = secret.to_ascii_lowercase();
    let length = rest.len();
    for word in EXAMPLES {
        rest = rest.replace(word, "");
    }
    rest.len() < length && !is_strong(&rest)
}

/// Counts the bytes that end a new group of three bytes and do not continue a sequence.
fn count_new_bytes(bytes: &[u8]) -> usize {
    let mut seen = HashSet::new();
    let threes = bytes.windows(3).filter(|three| {
        let is_new = seen.insert(*three);
        let goes_on = match three {
            [first, second, third] => {
                let step = i16::from(*second) - i16::from(*first);
                step.abs() <= 1 && i16::from(*third) - i16::from(*second) == step
            }
            _ => false,
        };
        is_new && !goes_on
    });
    threes.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_texts_of_every_alphabet_are_strong() {
        for secret in [
            "mW9qz1uXk7c4Vd0sRt8Lb2Nf6Hj3Ya5P",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "d41d8cd98f00b204e9800998ecf8427e",
            "8199634036641887482302085223681330014011",
            "8sQ2fTz0yWk3Jx6Nn9RgVbLhEuPaCmDi5o7tKq1rXvY4wSjZ",
        ] {
            assert!(is_strong(secret), "{secret}");
            assert!(!is_an_example(secret), "{secret}");
        }
    }

    #[test]
    fn what_repeats_itself_or_counts_on_is_weak() {
        for secret in [
            "short",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "changeme-changeme-changeme-changeme-changeme",
            "0123456789012345678901234567890123456789",
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "zyxwvutsrqponmlkjihgfedcba9876543210",
            "abcabcabcabcabcabcabcabcabcabcabcabcabc",
            "12345678-12345678-12345678-12345678-",
            "passwordpasswordpasswordpasswordpassword",
        ] {
            assert!(!is_strong(secret), "{secret}");
        }
    }

    #[test]
    fn what_was_copied_from_an_example_is_known() {
        for secret in [
            "change-me-to-a-long-random-secret-please",
            "this-is-an-example-secret-for-salesflow!",
            "my-super-secret-jwt-password-placeholder",
        ] {
            assert!(is_an_example(secret), "{secret}");
        }
    }
}
