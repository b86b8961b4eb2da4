//! E-mail addresses: the name under which a user signs in.

use kernel::{FieldError, Problem};
use validator::ValidateEmail as _;

/// Longest address that mail servers take.
pub const MAX_EMAIL: usize = 254;

/// A valid address, trimmed and in lower case: two ways to type one address are one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address as people type it.
    ///
    /// # Errors
    /// `request.validation_failed` at `/email`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let email = normalise(text);
        if email.len() > MAX_EMAIL || !email.validate_email() {
            return Err(Problem::validation(vec![FieldError::new(
                "/email",
                "field.email",
                "is not an e-mail address",
            )]));
        }
        Ok(Self(email))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// The form in which addresses are compared, whether valid or not.
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
    fn what_is_no_address_is_refused_with_its_pointer() {
        let long = format!("{}@example.com", "a".repeat(300));
        for text in ["", "amani", "a b@example.com", "@example.com", "a@", &long] {
            let problem = Email::parse(text).unwrap_err();
            assert_eq!(problem.errors[0].pointer, "/email", "{text}");
        }
    }
}
