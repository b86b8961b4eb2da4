//! The notes of analytics: the only port through which it stores data.
//!
//! A note is a body of bytes under a kind and a key. There is no query, no join and no other table
//! behind this port: its holder can change what analytics has computed, and nothing else.

use std::str::FromStr;

use async_trait::async_trait;

use crate::{clock::Timestamp, paging::Page};

/// Longest key, in characters.
pub const MAX_KEY: usize = 200;
/// Largest body, in bytes. The store compresses it.
pub const MAX_BODY: usize = 256 * 1024 * 1024;
/// Most notes that are listed or written at once.
pub const MAX_BATCH: u32 = 1_000;

/// The kind of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum NoteKind {
    /// A fitted forecast model.
    Model,
    /// Origin and backtest scores of a model.
    Registry,
    /// The forecasts of one night, kept to be scored.
    Forecast,
    /// Scores of earlier forecasts.
    Accuracy,
    /// A finding as it was first made. A new one is announced to those who watch the shop.
    Finding,
    /// Feedback of a user on a finding.
    Feedback,
    /// A report: what it is, and its file.
    Report,
    /// A mark, such as the model that is in use.
    Watch,
}

impl NoteKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Model,
        Self::Registry,
        Self::Forecast,
        Self::Accuracy,
        Self::Finding,
        Self::Feedback,
        Self::Report,
        Self::Watch,
    ];

    /// The word in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The key of a note within its kind: 1 to 200 visible ASCII characters. Notes are listed in the byte
/// order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, derive_more::Display)]
pub struct NoteKey(String);

/// Why a text is not the key of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key of a note has 1 to {MAX_KEY} visible ASCII characters")]
pub struct NoteKeyError;

impl NoteKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NoteKey {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, NoteKeyError> {
        let is_sound = (1..=MAX_KEY).contains(&text.len()) && is_visible(text);
        is_sound.then(|| Self(text.to_owned())).ok_or(NoteKeyError)
    }
}

/// The beginning of the keys in a list; empty for every note of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotePrefix(String);

impl NotePrefix {
    /// Every note.
    #[must_use]
    pub const fn all() -> Self {
        Self(String::new())
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NotePrefix {
    type Err = NoteKeyError;

    fn from_str(text: &str) -> Result<Self, NoteKeyError> {
        let is_sound = text.len() <= MAX_KEY && is_visible(text);
        is_sound.then(|| Self(text.to_owned())).ok_or(NoteKeyError)
    }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A note as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Key of the note.
    pub key: NoteKey,
    /// Content of the note.
    pub body: Vec<u8>,
    /// When the note was written.
    pub at: Timestamp,
}

/// Why a note could not be read or written. The cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The database is not available or too slow.
    #[error("the notes are unavailable")]
    Unavailable,
    /// Stored data is not valid.
    #[error("the notes failed")]
    Failed,
    /// The body is larger than [`MAX_BODY`], or the batch larger than [`MAX_BATCH`].
    #[error("the note is too large")]
    TooLarge,
}

/// Stores notes.
#[async_trait]
pub trait Notes: Send + Sync {
    /// Writes a note; it replaces one with the same key.
    async fn put(&self, kind: NoteKind, note: Note) -> Result<(), NoteError> {
        self.put_all(kind, vec![note]).await
    }
    /// Writes at most [`MAX_BATCH`] notes, all or none.
    async fn put_all(&self, kind: NoteKind, notes: Vec<Note>) -> Result<(), NoteError>;
    /// Writes a note unless one with its key exists; returns whether it was written.
    async fn put_if_absent(&self, kind: NoteKind, note: Note) -> Result<bool, NoteError>;
    /// Moves a mark of [`NoteKind::Watch`] forward, and writes at most [`MAX_BATCH`] notes of other
    /// kinds with it, all or none. When the mark with this key has a later [`Note::at`], nothing is
    /// written: that work began later. Returns whether the mark was moved.
    async fn advance(&self, mark: Note, notes: Vec<(NoteKind, Note)>) -> Result<bool, NoteError>;
    /// The note with a key.
    async fn get(&self, kind: NoteKind, key: &NoteKey) -> Result<Option<Note>, NoteError>;
    /// Notes in the order of their keys, after a key, at most `limit` and never more than
    /// [`MAX_BATCH`].
    async fn list(
        &self,
        kind: NoteKind,
        prefix: &NotePrefix,
        after: Option<&NoteKey>,
        limit: u32,
    ) -> Result<Page<Note>, NoteError>;
    /// The last keys in order, newest first where keys begin with a time; at most `limit`.
    async fn last_keys(
        &self,
        kind: NoteKind,
        prefix: &NotePrefix,
        limit: u32,
    ) -> Result<Vec<NoteKey>, NoteError>;
    /// Deletes a note; returns whether it existed.
    async fn delete(&self, kind: NoteKind, key: &NoteKey) -> Result<bool, NoteError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_visible() {
        assert!("2026-11-22/0192f0c1".parse::<NoteKey>().is_ok());
        assert!("x".repeat(MAX_KEY).parse::<NoteKey>().is_ok());
        for bad in ["", " ", "a b", "é", "a\n", "\u{7f}"] {
            assert!(bad.parse::<NoteKey>().is_err(), "{bad:?}");
        }
        assert!("x".repeat(MAX_KEY + 1).parse::<NoteKey>().is_err());
        assert!("".parse::<NotePrefix>().is_ok());
    }

    #[test]
    fn kinds_have_words_of_their_own() {
        let words: std::collections::HashSet<_> =
            NoteKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words.len(), NoteKind::ALL.len());
    }
}
