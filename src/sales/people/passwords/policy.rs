//! Allowed passwords: long enough, short enough to hash, and not easy to guess.
//!
//! The estimator (zxcvbn) counts the guesses of an attacker who tries common passwords, names, words,
//! keyboard patterns and dates, alone and joined. It knows English. French and local words come from
//! our own list, and the words of the user and of the shop from the caller.

use std::{collections::HashSet, sync::LazyLock};

use kernel::{Code, FieldError, Problem, text};

use zxcvbn::zxcvbn;

use super::Password;
use crate::people::email::Email;

/// Fewest characters.
pub const MIN_CHARACTERS: usize = 8;
/// Most characters.
pub const MAX_CHARACTERS: usize = 128;
/// Most bytes: a character may take four.
pub const MAX_BYTES: usize = 4 * MAX_CHARACTERS;
/// Guesses that a password must resist, by the estimator: eight random characters do.
const MIN_GUESSES: u64 = 100_000_000;
/// Characters that the estimator examines; its time grows with the square of their number.
const ESTIMATED_CHARACTERS: usize = 64;
/// Shorter parts of an address or a name do not count as words.
const SHORTEST_WORD: usize = 3;
/// Longest group of characters that is repeated to form a password ("abcabcabc").
const MAX_REPEATED_GROUP: usize = 4;

/// The most common passwords, English and French, folded.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("common.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// The user of a password, and the shop: words that would be guessed first.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The e-mail address to sign in with.
    pub email: Email,
    /// The user's name.
    pub name: String,
    /// The names of the shop.
    pub shop: Vec<String>,
    /// Passwords that everybody can read.
    pub refused: &'static [&'static str],
}

impl Owner {
    /// Each text as a whole and each of its words, folded.
    fn words(&self) -> Vec<String> {
        let domain = self
            .email
            .as_str()
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain);
        let texts = [
            self.email.as_str(),
            self.email.local_part(),
            domain,
            &self.name,
        ];
        let mut words: Vec<String> = Vec::new();
        for text in texts
            .into_iter()
            .chain(self.shop.iter().map(String::as_str))
        {
            let folded = text::fold(text);
            let parts: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).collect();
            words.push(parts.concat());
            words.extend(parts.iter().map(|part| (*part).to_owned()));
            words.push(folded);
        }
        words.retain(|word| word.chars().count() >= SHORTEST_WORD);
        words.sort_unstable();
        words.dedup();
        words
    }
}

/// Refuses an unsafe password. `pointer` names the field of the body. It takes milliseconds, so it
/// must not run on threads that serve requests.
///
/// # Errors
/// `request.validation_failed` for its length, `password.too_common`.
pub fn check(password: &Password, owner: &Owner, pointer: &str) -> Result<(), Problem> {
    let text = password.as_str();
    let characters = text.chars().count();
    if !(MIN_CHARACTERS..=MAX_CHARACTERS).contains(&characters) || text.len() > MAX_BYTES {
        let detail = format!("must have {MIN_CHARACTERS} to {MAX_CHARACTERS} characters");
        let error = FieldError::new(pointer, "field.length", detail)
            .with("min", MIN_CHARACTERS)
            .with("max", MAX_CHARACTERS);
        return Err(Problem::validation(vec![error]));
    }
    let folded = text::fold(text);
    let own = owner.words();
    if is_common(&folded)
        || is_pattern(&folded)
        || is_own(&folded, &own)
        || is_published(&folded, owner.refused)
        || is_guessed(text, &own)
    {
        return Err(Problem::new(
            Code::PasswordTooCommon,
            "Many people use this password, or it is easy to guess. Choose another one.",
        )
        .at_pointer(pointer));
    }
    Ok(())
}

/// A common password, perhaps with a year or signs around it.
fn is_common(folded: &str) -> bool {
    COMMON.contains(folded) || COMMON.contains(word_of(folded))
}

/// A word of the user or the shop, perhaps with digits and signs around it.
fn is_own(folded: &str, own: &[String]) -> bool {
    let bare = word_of(folded);
    own.iter()
        .any(|word| folded == word || (!bare.is_empty() && bare == word_of(word)))
}

/// A published password, perhaps with other digits and signs around it.
fn is_published(folded: &str, published: &[&str]) -> bool {
    published
        .iter()
        .any(|one| word_of(&text::fold(one)) == word_of(folded))
}

/// The estimator needs too few guesses.
fn is_guessed(text: &str, own: &[String]) -> bool {
    let start: String = text.chars().take(ESTIMATED_CHARACTERS).collect();
    let first: Vec<&str> = own
        .iter()
        .map(String::as_str)
        .chain(COMMON.iter().copied())
        .collect();
    zxcvbn(&start, &first).guesses() < MIN_GUESSES
}

/// The text without the digits and signs around it.
fn word_of(folded: &str) -> &str {
    folded.trim_matches(|c: char| !c.is_alphabetic())
}

/// A repeated short group, or characters that count up or down.
fn is_pattern(folded: &str) -> bool {
    let characters: Vec<char> = folded.chars().collect();
    let repeats = (1..=MAX_REPEATED_GROUP).any(|group| {
        characters
            .iter()
            .zip(characters.iter().skip(group))
            .all(|(one, next)| one == next)
    });
    let counts = |step: i64| {
        characters
            .iter()
            .zip(characters.iter().skip(1))
            .all(|(one, next)| i64::from(u32::from(*next)) - i64::from(u32::from(*one)) == step)
    };
    repeats || counts(1) || counts(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> Result<(), Code> {
        let owner = Owner {
            email: Email::parse("nadine.kavira@example.com").unwrap(),
            name: "Nadine Élodie Kavira".to_owned(),
            shop: vec!["Alimentation Tujenge".to_owned()],
            refused: &["papaye rouge 1975"],
        };
        check(&Password::new(password), &owner, "/password").map_err(|problem| problem.code)
    }

    #[test]
    fn the_list_is_folded_and_has_hundreds_of_entries() {
        assert!(COMMON.len() >= 400, "{}", COMMON.len());
        for entry in COMMON.iter() {
            assert_eq!(*entry, text::fold(entry));
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(verdict("kj4-z!q"), Err(Code::ValidationFailed));
        assert_eq!(verdict("kj4-z!qé"), Ok(()));
        assert_eq!(verdict("🥭🍍🍌🥑🌶️🥜🫘"), Ok(()));
        let long = (0..128).filter_map(|n| char::from_u32(0x4e00 + n * 37 % 5_003));
        let long: String = long.collect();
        assert_eq!(verdict(&long), Ok(()));
        assert_eq!(verdict(&format!("{long}k")), Err(Code::ValidationFailed));
    }

    #[test]
    fn common_passwords_are_refused_in_both_languages_and_dressed_up() {
        for common in [
            "password",
            "motdepasse",
            "Motdepasse2026!",
            "azertyuiop",
            "JeTaime123",
            "Kinshasa2025",
            "PASSWORD1234",
            "12345678",
            "87654321",
            "aaaaaaaa",
            "abcabcabc",
            "20202020",
            "abcdefghij",
            "M0td3p@sse",
            "azertyuiop12",
            "iloveyou99",
            "trustno1!",
            "dragon12",
            "elephant7",
            "boutique2024",
            "goma1234",
            "12/08/1990",
            "Jesus2026",
            "qazwsxedc",
            "zaq12wsx",
            "michael1987",
            "liverpool1",
        ] {
            assert_eq!(verdict(common), Err(Code::PasswordTooCommon), "{common}");
        }
    }

    #[test]
    fn words_of_the_user_and_of_the_shop_are_no_password() {
        for own in [
            "nadine.kavira",
            "Nadine.Kavira2026",
            "nadine.kavira@example.com",
            "NadineKavira",
            "kavira2026!",
            "Élodie1990",
            "elodie@@2026",
            "Alimentation2026",
            "alimentationtujenge",
            "Tujenge@2026",
            "tujenge1234",
            "example.com",
        ] {
            assert_eq!(verdict(own), Err(Code::PasswordTooCommon), "{own}");
        }
        assert_eq!(verdict("nadine mange des mangues"), Ok(()));
    }

    #[test]
    fn a_password_that_everybody_can_read_is_refused() {
        for published in ["papaye rouge 1975", "Papaye Rouge 2026!", "papaye rouge"] {
            let refused = Err(Code::PasswordTooCommon);
            assert_eq!(verdict(published), refused, "{published}");
        }
        assert_eq!(verdict("1975 papayes rouges"), Ok(()));
    }

    #[test]
    fn a_password_that_is_hard_to_guess_is_accepted() {
        for good in [
            "sept mangues mûres",
            "mangue verte 1960",
            "huit avocats verts",
            "correct horse battery",
            "jamais sans ma pirogue",
            "k7m-4xq-9tz",
            "Mbalamwezi",
            "kj4-z!qé",
        ] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn the_estimator_is_quick_with_what_is_made_to_be_slow() {
        let slow: String = "4@8({[361!|7"
            .chars()
            .cycle()
            .take(MAX_CHARACTERS)
            .collect();
        assert_eq!(verdict(&slow), Ok(()));
    }
}
