//! Positions that a client keeps, to fetch later only what has changed since.
//!
//! A position is opaque and belongs to one list of one shop. It names a record of the shop with its
//! time or id, so that a position from before a restored backup is noticed. Whatever is wrong with
//! it, the client loads the whole list again.

use kernel::{Code, FieldError, Problem};
use platform::cursor;
use serde::{Serialize, de::DeserializeOwned};

/// How long a client may be away, in days. Everything that changed since is still known.
pub const KEPT_DAYS: i64 = 30;

/// Why a position cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// This list did not make it.
    Unreadable,
    /// It is of another shop, or of records that this database does not have.
    Foreign,
    /// It is ahead of the newest record.
    Ahead,
    /// It is older than what is kept.
    Expired,
}

impl From<Unusable> for Problem {
    fn from(unusable: Unusable) -> Self {
        let (code, rule, detail) = match unusable {
            Unusable::Unreadable => (
                Code::InvalidPosition,
                "position.unreadable",
                "is not a position of this list".to_owned(),
            ),
            Unusable::Foreign => (
                Code::InvalidPosition,
                "position.foreign",
                "belongs to another shop, or to records that are not here".to_owned(),
            ),
            Unusable::Ahead => (
                Code::InvalidPosition,
                "position.ahead",
                "is ahead of the newest record".to_owned(),
            ),
            Unusable::Expired => (
                Code::PositionExpired,
                Code::PositionExpired.as_str(),
                format!("is older than {KEPT_DAYS} days"),
            ),
        };
        Self::of(code).at(FieldError::new("?since", rule, detail))
    }
}

/// Makes a position of a list.
pub(crate) fn seal<T: Serialize>(list: &str, position: &T) -> String {
    cursor::seal(&format!("position {list}"), position)
}

/// Opens a position that [`seal`] made for the same list.
///
/// # Errors
/// `request.invalid_position`.
pub(crate) fn open<T: DeserializeOwned>(list: &str, text: &str) -> Result<T, Problem> {
    cursor::open(&format!("position {list}"), text).map_err(|_| Unusable::Unreadable.into())
}
