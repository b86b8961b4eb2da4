//! E-mail addresses, with which users sign in.

use kernel::{FieldError, Problem};
use validator::ValidateEmail as _;

/// Longest address that mail servers accept.
pub const MAX_EMAIL: usize = 254;

/// A valid address, trimmed and in lower case, so that two spellings of one address are one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Parses a typed address. Only ASCII: other domains are written in `xn--` form, so that no
    /// address looks like another.
    ///
    /// # Errors
    /// `request.validation_failed` at `/email`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let email = normalise(text);
        let refuse = |detail: &str| {
            let error = FieldError::new("/email", "field.email", detail);
            Err(Problem::validation(vec![error]))
        };
        if email.len() > MAX_EMAIL || !email.validate_email() {
            return refuse("is not an e-mail address");
        }
        if !email.is_ascii() {
            return refuse(
                "may have letters without accents, digits and signs only; write another domain in its xn-- form",
            );
        }
        Ok(Self(email))
    }

    /// A stored address, which later rules do not concern.
    pub(super) fn stored(email: &str) -> Self {
        Self(email.to_owned())
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// The form in which addresses are compared, valid or not.
#[must_use]
pub fn normalise(text: &str) -> String {
    text.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_case_do_not_make_another_address() {
        let email = Email::parse("  Amani@Example.COM ").unwrap();
        assert_eq!(email.as_str(), "amani@example.com");
        assert_eq!(email.local_part(), "amani");
    }

    #[test]
    fn what_is_no_address_or_looks_like_another_is_refused_with_its_pointer() {
        let long = format!("{}@example.com", "a".repeat(300));
        for text in [
            "",
            "amani",
            "a b@example.com",
            "@example.com",
            "a@",
            &long,
            "amani@exam\u{200b}ple.com",
            "amani@exam\u{ad}ple.com",
            "am\u{200d}ani@example.com",
            "amani@ex\u{430}mple.com",
            "amani@\u{202e}example.com",
            "amani@exämple.com",
        ] {
            let problem = Email::parse(text).unwrap_err();
            assert_eq!(problem.errors[0].pointer, "/email", "{text}");
        }
    }
}
