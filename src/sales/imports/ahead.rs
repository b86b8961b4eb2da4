//! The rows of a staged file, read and decoded beside the transaction that writes them.
//!
//! The database writes a few thousand rows while the next ones are read through another connection. They
//! may be read before the transaction begins: the number of the reading tells whether the file was read
//! again in between, by another mapping or with corrected cells.

use files::read::staged::RowState;
use kernel::ids::ImportId;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use store::{ReadDb, Source, StoreError};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
};

use super::{CHUNK, repo};
use crate::error::SalesResult;

/// Chunks that wait for the writer: limits the memory.
const WAITING: usize = 2;

/// A row that can be committed.
#[derive(Debug)]
pub(super) struct DecodedRow<T> {
    /// The line in the file.
    pub line: i64,
    pub state: RowState,
    pub values: T,
    /// Field -> old and new value.
    pub changes: Map<String, Value>,
}

/// The rows of a file in its order.
#[derive(Debug)]
pub(super) struct Ahead<T> {
    /// The number of the reading to which the rows belong.
    pub reading: i64,
    chunks: mpsc::Receiver<Chunk<T>>,
    task: JoinHandle<()>,
}

/// The next rows; `None` behind the last one.
type Chunk<T> = SalesResult<Option<Vec<DecodedRow<T>>>>;

impl<T: DeserializeOwned + Send + 'static> Ahead<T> {
    /// Begins to read.
    pub(super) async fn begin(read: &ReadDb, id: ImportId) -> SalesResult<Self> {
        let reading = repo::reading(Source::Read(read), id).await?;
        let (sender, chunks) = mpsc::channel(WAITING);
        let task = tokio::spawn(read_all(read.clone(), id, sender));
        Ok(Self {
            reading,
            chunks,
            task,
        })
    }

    /// The next rows; `None` behind the last one. A file of which the end was not seen is never taken
    /// for a shorter one.
    pub(super) async fn next(&mut self) -> Chunk<T> {
        let broken = || StoreError::Corrupt("the rows were not read to their end".to_owned());
        self.chunks.recv().await.ok_or_else(broken)?
    }
}

impl<T> Drop for Ahead<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read_all<T: DeserializeOwned + Send + 'static>(
    read: ReadDb,
    id: ImportId,
    chunks: mpsc::Sender<Chunk<T>>,
) {
    let mut after = Some(0);
    while let Some(line) = after {
        let chunk = read_chunk(&read, id, line).await;
        after = match &chunk {
            Ok(Some(rows)) => rows.last().map(|row| row.line),
            Ok(None) | Err(_) => None,
        };
        if chunks.send(chunk).await.is_err() {
            return;
        }
    }
}

async fn read_chunk<T: DeserializeOwned + Send + 'static>(
    read: &ReadDb,
    id: ImportId,
    after: i64,
) -> Chunk<T> {
    let rows = repo::rows_to_commit(Source::Read(read), id, after, CHUNK).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let decoded = spawn_blocking(move || decode(rows)).await;
    let decoded = decoded.map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Some(decoded?))
}

/// Decodes rows.
pub(super) fn decode<T: DeserializeOwned>(
    rows: impl IntoIterator<Item = repo::RowText>,
) -> Result<Vec<DecodedRow<T>>, StoreError> {
    let decode = |row: repo::RowText| {
        let corrupt = |error: serde_json::Error| StoreError::Corrupt(error.to_string());
        Ok(DecodedRow {
            line: row.line,
            state: row.state,
            values: serde_json::from_str(&row.values).map_err(corrupt)?,
            changes: serde_json::from_str(&row.changes).map_err(corrupt)?,
        })
    };
    rows.into_iter().map(decode).collect()
}
