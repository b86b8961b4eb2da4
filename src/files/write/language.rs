//! The languages in which the program prints.

/// A language of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// French.
    French,
    /// English.
    English,
}

impl Language {
    /// The language of a locale such as `fr-CD`; French where the locale is not known.
    #[must_use]
    pub fn of(locale: &str) -> Self {
        if locale.starts_with("en") {
            Self::English
        } else {
            Self::French
        }
    }

    /// The sign between hundreds and thousands.
    #[must_use]
    pub const fn group(self) -> char {
        match self {
            Self::French => '\u{a0}',
            Self::English => ',',
        }
    }

    /// The sign before the decimals.
    #[must_use]
    pub const fn point(self) -> char {
        match self {
            Self::French => ',',
            Self::English => '.',
        }
    }

    /// The form of a date with its time, for `chrono`.
    #[must_use]
    pub const fn date_and_time(self) -> &'static str {
        match self {
            Self::French => "%d/%m/%Y %H:%M",
            Self::English => "%d %b %Y %H:%M",
        }
    }
}
