//! Passwords: what is allowed ([`policy`]) and how they are stored ([`hasher`]).

pub mod hasher;
pub mod policy;

use kernel::text;

/// A typed password. It prints as dots, so that no log shows it.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes a typed text. Accents are joined to their letters, so that every keyboard gives the same
    /// password.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        Self(text::compose(typed))
    }

    fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}
