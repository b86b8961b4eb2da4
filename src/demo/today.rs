//! The day that the story has reached.

use chrono::NaiveDate;

/// A day and its planted events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Today<'a> {
    pub(super) date: NaiveDate,
    pub(super) end: NaiveDate,
    pub(super) planted: &'a [(usize, bool)],
}
