//! The notes of analytics in the database. They use one table, `analytics_notes`, and the log of
//! changes, so that caches learn of new notes.
//!
//! Bodies above a few kilobytes are compressed, not on the request threads. Notes are read from the
//! primary: a note that was just written must be found.

use std::io::{Read as _, Write as _};

use async_trait::async_trait;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use kernel::{
    Timestamp,
    changes::Scope,
    happenings::HappeningKind,
    notes::{MAX_BATCH, MAX_BODY, Note, NoteError, NoteKey, NoteKind, NotePrefix, Notes},
    paging::Page,
};
use sea_orm::Value;

use crate::{
    Retry as _, StoreError, Tx, WriteDb, changes, happenings, selection, stored_words, write::pause,
};

/// Attempts at a transaction that collides with others.
const MAX_ATTEMPTS: u32 = 5;
/// Smaller bodies are kept as they are.
const COMPRESS_FROM: usize = 4 * 1024;
/// Larger bodies are compressed on a blocking thread.
const OFFLOAD_FROM: usize = 64 * 1024;
/// Sorts after every character that a key may hold.
const BEHIND: char = '\u{7f}';

/// Stores notes in the shop's database.
#[derive(Clone, Debug)]
pub struct StoredNotes {
    write: WriteDb,
}

impl StoredNotes {
    #[must_use]
    /// Notes in this database.
    pub const fn new(write: WriteDb) -> Self {
        Self { write }
    }

    /// Stores a note in the caller's transaction, which records itself what it changes.
    pub async fn put_within(tx: &Tx, kind: NoteKind, note: &Note) -> Result<(), StoreError> {
        let packed = Packed::of(note.clone()).await;
        let packed =
            packed.map_err(|_| StoreError::Corrupt("a note cannot be packed".to_owned()))?;
        let sql = format!("{INSERT} {REPLACE}");
        tx.execute(&sql, packed.into_values(kind)).await?;
        Ok(())
    }

    /// Runs one statement for each set of values in one transaction, and returns the number of rows
    /// that they touched.
    async fn run(
        &self,
        kind: NoteKind,
        at: Option<Timestamp>,
        sql: &str,
        sets: &[Vec<Value>],
    ) -> Result<u64, StoreError> {
        let shown = at.filter(|_| is_shown(kind));
        let news = News {
            shown,
            ..News::default()
        };
        self.run_behind(None, news, sql, sets).await
    }

    /// The same with a condition: if the first statement touches no row, nothing is written.
    async fn run_behind(
        &self,
        condition: Option<(&str, &[Value])>,
        news: News<'_>,
        sql: &str,
        sets: &[Vec<Value>],
    ) -> Result<u64, StoreError> {
        let mut attempt = 1;
        loop {
            match self.attempt(condition, news, sql, sets).await {
                Err(error) if error.is_collision() && attempt < MAX_ATTEMPTS => {
                    pause(attempt).await;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    async fn attempt(
        &self,
        condition: Option<(&str, &[Value])>,
        news: News<'_>,
        sql: &str,
        sets: &[Vec<Value>],
    ) -> Result<u64, StoreError> {
        // An early return drops the transaction, which rolls it back.
        let tx = self.write.begin().await?;
        let mut touched = 0;
        if let Some((sql, values)) = condition {
            touched = tx.execute(sql, values.iter().cloned()).await?;
            if touched == 0 {
                return Ok(0);
            }
        }
        for values in sets {
            touched += tx.execute(sql, values.iter().cloned()).await?;
        }
        if let Some(at) = news.shown.filter(|_| touched > 0) {
            changes::record(&tx, at, &[Scope::Insights]);
        }
        if let Some((at, key)) = news.found.filter(|_| touched > 0) {
            happenings::record(&tx, at, HappeningKind::Finding, key.as_str());
        }
        tx.commit().await?;
        Ok(touched)
    }
}

/// What a transaction of notes has to tell, if it writes any.
#[derive(Debug, Clone, Copy, Default)]
struct News<'a> {
    /// Notes that answers show as they are were written at this moment.
    shown: Option<Timestamp>,
    /// A finding was made.
    found: Option<(Timestamp, &'a NoteKey)>,
}

const INSERT: &str = "INSERT INTO analytics_notes (kind, key, encoding, size_bytes, at_us, body) VALUES ($1, $2, $3, $4, $5, $6)";
const REPLACE: &str = "ON CONFLICT (kind, key) DO UPDATE SET encoding = excluded.encoding, size_bytes = excluded.size_bytes, at_us = excluded.at_us, body = excluded.body";
/// The query of notes with a condition.
fn notes_with(condition: &str) -> String {
    let columns = Packed::SELECT;
    format!("SELECT {columns} FROM analytics_notes AS note WHERE {condition}")
}

#[async_trait]
impl Notes for StoredNotes {
    async fn put_all(&self, kind: NoteKind, notes: Vec<Note>) -> Result<(), NoteError> {
        if notes.len() > usize::try_from(MAX_BATCH).unwrap_or(usize::MAX) {
            return Err(NoteError::TooLarge);
        }
        let at = notes.iter().map(|note| note.at).max();
        let mut sets = Vec::with_capacity(notes.len());
        for note in notes {
            sets.push(Packed::of(note).await?.into_values(kind));
        }
        let sql = format!("{INSERT} {REPLACE}");
        self.run(kind, at, &sql, &sets).await.map_err(note_error)?;
        Ok(())
    }

    /// A finding that is new is also announced to those who watch the shop, in the same transaction.
    async fn put_if_absent(&self, kind: NoteKind, note: Note) -> Result<bool, NoteError> {
        let (at, key) = (note.at, note.key.clone());
        let news = News {
            shown: is_shown(kind).then_some(at),
            found: (kind == NoteKind::Finding).then_some((at, &key)),
        };
        let values = Packed::of(note).await?.into_values(kind);
        let sql = format!("{INSERT} ON CONFLICT (kind, key) DO NOTHING");
        let written = self.run_behind(None, news, &sql, &[values]).await;
        Ok(written.map_err(note_error)? > 0)
    }

    /// The row of the mark decides: if two arrive at once, one waits for the other's commit and then
    /// finds its time.
    async fn advance(&self, mark: Note, notes: Vec<(NoteKind, Note)>) -> Result<bool, NoteError> {
        if notes.len() > usize::try_from(MAX_BATCH).unwrap_or(usize::MAX) {
            return Err(NoteError::TooLarge);
        }
        let shown = notes.iter().filter(|(kind, _)| is_shown(*kind));
        let news = News {
            shown: shown.map(|(_, note)| note.at).max(),
            ..News::default()
        };
        let mark = Packed::of(mark).await?.into_values(NoteKind::Watch);
        let mut sets = Vec::with_capacity(notes.len());
        for (kind, note) in notes {
            sets.push(Packed::of(note).await?.into_values(kind));
        }
        let sql = format!("{INSERT} {REPLACE}");
        let condition = format!("{sql} WHERE excluded.at_us >= analytics_notes.at_us");
        let condition = Some((condition.as_str(), mark.as_slice()));
        let written = self.run_behind(condition, news, &sql, &sets).await;
        Ok(written.map_err(note_error)? > 0)
    }

    async fn get(&self, kind: NoteKind, key: &NoteKey) -> Result<Option<Note>, NoteError> {
        let sql = notes_with("kind = $1 AND key = $2");
        let values: [Value; 2] = [kind.as_str().into(), key.as_str().into()];
        let note = self
            .write
            .primary()
            .select_one::<Packed>(&sql, values)
            .await;
        match note.map_err(note_error)? {
            Some(packed) => Ok(Some(packed.unpack().await?)),
            None => Ok(None),
        }
    }

    async fn list(
        &self,
        kind: NoteKind,
        prefix: &NotePrefix,
        after: Option<&NoteKey>,
        limit: u32,
    ) -> Result<Page<Note>, NoteError> {
        let limit = limit.min(MAX_BATCH);
        let probe = limit.saturating_add(1);
        let sql = notes_with(&format!(
            "kind = $1 AND key >= $2 AND key < $3 AND key > $4 ORDER BY key LIMIT {probe}"
        ));
        let values: [Value; 4] = [
            kind.as_str().into(),
            prefix.as_str().into(),
            end_of(prefix).into(),
            after.map_or("", NoteKey::as_str).into(),
        ];
        let notes = self.write.primary().select::<Packed>(&sql, values).await;
        let page = Page::from_probe(notes.map_err(note_error)?, limit);
        let mut items = Vec::with_capacity(page.items.len());
        for packed in page.items {
            items.push(packed.unpack().await?);
        }
        Ok(Page {
            items,
            has_more: page.has_more,
        })
    }

    async fn last_keys(
        &self,
        kind: NoteKind,
        prefix: &NotePrefix,
        limit: u32,
    ) -> Result<Vec<NoteKey>, NoteError> {
        let limit = limit.min(MAX_BATCH);
        let sql = format!(
            "SELECT key FROM analytics_notes WHERE kind = $1 AND key >= $2 AND key < $3 ORDER BY key DESC LIMIT {limit}"
        );
        let values: [Value; 3] = [
            kind.as_str().into(),
            prefix.as_str().into(),
            end_of(prefix).into(),
        ];
        let keys = self.write.primary().values(&sql, values).await;
        keys.map_err(note_error)
    }

    async fn delete(&self, kind: NoteKind, key: &NoteKey) -> Result<bool, NoteError> {
        let sql = "DELETE FROM analytics_notes WHERE kind = $1 AND key = $2";
        let values = vec![kind.as_str().into(), key.as_str().into()];
        let deleted = self.run(kind, None, sql, &[values]).await;
        Ok(deleted.map_err(note_error)? > 0)
    }
}

/// Kinds of notes that are shown as they are. A new one makes kept answers outdated.
const fn is_shown(kind: NoteKind) -> bool {
    match kind {
        NoteKind::Registry | NoteKind::Feedback => true,
        // Lists show findings as they are made, not as they were announced.
        NoteKind::Finding
        | NoteKind::Model
        | NoteKind::Forecast
        | NoteKind::Accuracy
        | NoteKind::Report
        | NoteKind::Watch => false,
    }
}

fn end_of(prefix: &NotePrefix) -> String {
    format!("{}{BEHIND}", prefix.as_str())
}

stored_words!(NoteKey, Encoding);

/// The stored body of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
enum Encoding {
    Plain,
    Deflate,
}

fn note_error(error: StoreError) -> NoteError {
    tracing::error!(%error, cause = ?std::error::Error::source(&error), "a note could not be read or written");
    if error.is_absence() || error.is_collision() {
        NoteError::Unavailable
    } else {
        NoteError::Failed
    }
}

selection! {
    /// A note as it is stored.
    struct Packed in note {
        key: NoteKey,
        encoding: Encoding,
        size_bytes: i64,
        at: Timestamp = at_us,
        body: Vec<u8>,
    }
}

impl Packed {
    async fn of(note: Note) -> Result<Self, NoteError> {
        let size = note.body.len();
        if size > MAX_BODY {
            return Err(NoteError::TooLarge);
        }
        let (encoding, body) = if size < COMPRESS_FROM {
            (Encoding::Plain, note.body)
        } else {
            let body = note.body;
            (
                Encoding::Deflate,
                offload(size, move || deflate(&body)).await?,
            )
        };
        Ok(Self {
            key: note.key,
            encoding,
            size_bytes: i64::try_from(size).unwrap_or(i64::MAX),
            at: note.at,
            body,
        })
    }

    fn into_values(self, kind: NoteKind) -> Vec<Value> {
        vec![
            kind.as_str().into(),
            self.key.as_str().into(),
            <&str>::from(self.encoding).into(),
            self.size_bytes.into(),
            self.at.micros().into(),
            self.body.into(),
        ]
    }

    async fn unpack(self) -> Result<Note, NoteError> {
        let size = usize::try_from(self.size_bytes).map_err(|_| NoteError::Failed)?;
        let body = if self.encoding == Encoding::Plain {
            self.body
        } else {
            let packed = self.body;
            offload(size, move || inflate(&packed, size)).await?
        };
        Ok(Note {
            key: self.key,
            body,
            at: self.at,
        })
    }
}

async fn offload(
    size: usize,
    work: impl FnOnce() -> std::io::Result<Vec<u8>> + Send + 'static,
) -> Result<Vec<u8>, NoteError> {
    let done = if size < OFFLOAD_FROM {
        work()
    } else {
        let joined = tokio::task::spawn_blocking(work).await;
        joined.map_err(|_| NoteError::Failed)?
    };
    done.map_err(|error| {
        tracing::error!(%error, "the body of a note cannot be packed or unpacked");
        NoteError::Failed
    })
}

fn deflate(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

/// Never returns more bytes than the note's stated size.
fn inflate(packed: &[u8], size: usize) -> std::io::Result<Vec<u8>> {
    let most = size.min(MAX_BODY);
    let mut body = Vec::with_capacity(most.min(16 * 1024 * 1024));
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    DeflateDecoder::new(packed)
        .take(limit)
        .read_to_end(&mut body)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_back_as_it_was() {
        let body: Vec<u8> = (0..800).flat_map(|_| 0..=250u8).collect();
        let packed = deflate(&body).unwrap();
        assert!(packed.len() < body.len() / 2);
        assert_eq!(inflate(&packed, body.len()).unwrap(), body);
        assert_eq!(
            inflate(&packed, 10).unwrap().len(),
            10,
            "a lie about the size fills no memory"
        );
    }

    #[test]
    fn its_statements_name_the_tables_of_analytics_only() {
        let source = include_str!("notes.rs");
        let shipped = source.split("#[cfg(test)]").next().unwrap();
        let words: Vec<&str> = shipped.split_whitespace().collect();
        let tables: Vec<&str> = words
            .windows(2)
            .filter(|pair| {
                matches!(
                    pair[0].trim_start_matches('"'),
                    "FROM" | "INTO" | "UPDATE" | "JOIN" | "TABLE"
                ) && pair[1] != "SET"
            })
            .map(|pair| pair[1].trim_end_matches(['"', ';']))
            .collect();
        assert!(tables.len() >= 4, "{tables:?}");
        assert!(
            tables.iter().all(|table| table.starts_with("analytics_")),
            "{tables:?}"
        );
    }
}
