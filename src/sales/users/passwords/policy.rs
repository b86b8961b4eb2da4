//! What may be a password: long enough, short enough to hash, and not one that everybody tries
//! first.

use std::{collections::HashSet, sync::LazyLock};

use kernel::{Code, FieldError, Problem, text};

use super::Password;
use crate::users::email::Email;

/// Fewest characters.
pub const MIN_CHARACTERS: usize = 8;
/// Most characters.
pub const MAX_CHARACTERS: usize = 128;
/// Most bytes: every character may take four.
pub const MAX_BYTES: usize = 4 * MAX_CHARACTERS;
/// Longest group of characters that is repeated to make a password ("abcabcabc").
const MAX_REPEATED_GROUP: usize = 4;

/// The ones that are tried first, English and French, folded.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("common.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// Refuses what cannot be a password of the user. `pointer` names the field of the body.
///
/// # Errors
/// `request.validation_failed` for its length, `password.too_common`.
pub fn check(password: &Password, email: &Email, pointer: &str) -> Result<(), Problem> {
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
    if is_common(&folded) || is_pattern(&folded) || is_own_name(&folded, email) {
        return Err(Problem::new(
            Code::PasswordTooCommon,
            "Many people use this password, or it is easy to guess. Choose another one.",
        )
        .at_pointer(pointer));
    }
    Ok(())
}

/// A known password, also with the year or an exclamation mark around it.
fn is_common(folded: &str) -> bool {
    COMMON.contains(folded) || COMMON.contains(word_of(folded))
}

/// The user's own address, or its first part with digits around it.
fn is_own_name(folded: &str, email: &Email) -> bool {
    let name = text::fold(email.local_part());
    folded == email.as_str()
        || folded == name
        || (!word_of(&name).is_empty() && word_of(folded) == word_of(&name))
}

/// What is left without the digits and signs around it.
fn word_of(folded: &str) -> &str {
    folded.trim_matches(|c: char| !c.is_alphabetic())
}

/// One short group repeated, or characters that count up or down.
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
        let email = Email::parse("nadine.kavira@example.com").unwrap();
        check(&Password::new(password), &email, "/password").map_err(|problem| problem.code)
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
        let long: String = "k4z!é🥭w".chars().cycle().take(128).collect();
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
        ] {
            assert_eq!(verdict(common), Err(Code::PasswordTooCommon), "{common}");
        }
    }

    #[test]
    fn the_own_address_is_no_password() {
        for own in [
            "nadine.kavira",
            "Nadine.Kavira2026",
            "nadine.kavira@example.com",
        ] {
            assert_eq!(verdict(own), Err(Code::PasswordTooCommon), "{own}");
        }
        assert_eq!(verdict("nadine mange des mangues"), Ok(()));
    }
}
