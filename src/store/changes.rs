//! The log of changes in the database. A change is written in its own transaction, as the last
//! statement before the commit. Caches read the log to learn which answers are outdated.

use async_trait::async_trait;
use kernel::{
    Timestamp,
    changes::{Change, ChangeLog, Scope},
    read::ReadError,
};

use crate::{ReadDb, Retry as _, StoreError, Tx, WriteDb, selection};

/// Older lines are useless: no answer is kept this long.
const KEEP_SECONDS: i64 = 3 * 24 * 3600;

/// Notes what the caller's transaction changes. The line is written at the commit, not before: lines
/// are numbered in commit order, and taking a number makes the next writer wait.
pub fn record(tx: &Tx, at: Timestamp, scopes: &[Scope]) {
    tx.touch(at, scopes);
}

/// Deletes lines that no kept answer can depend on any more, and returns how many.
pub async fn forget_old(db: &WriteDb, now: Timestamp) -> Result<u64, StoreError> {
    let before = now.plus_seconds(-KEEP_SECONDS).micros();
    db.transaction(async |tx: &Tx| {
        tx.execute(
            "DELETE FROM changes WHERE recorded_at_us < $1",
            [before.into()],
        )
        .await
    })
    .await
}

/// The log, read through a [`ReadDb`].
#[derive(Clone, Debug)]
pub struct StoredChanges {
    read: ReadDb,
}

impl StoredChanges {
    /// Reads the log through this handle, the one that the read ports use.
    #[must_use]
    pub const fn new(read: ReadDb) -> Self {
        Self { read }
    }

    async fn counter(&self, name: &str) -> Result<i64, StoreError> {
        let sql = "SELECT value FROM counters WHERE name = $1";
        Ok(self.read.value(sql, [name.into()]).await?.unwrap_or(0))
    }

    async fn lines(&self, seq: i64, limit: u32) -> Result<Vec<Change>, StoreError> {
        let columns = Line::SELECT;
        let sql =
            format!("SELECT {columns} FROM changes AS change WHERE seq > $1 ORDER BY seq LIMIT $2");
        let values = [seq.into(), i64::from(limit).into()];
        let lines = self.read.select::<Line>(&sql, values).await?;
        lines.into_iter().map(change).collect()
    }
}

selection! {
    struct Line in change {
        seq: i64,
        scope: String,
        first_day: Option<String>,
        last_day: Option<String>,
    }
}

fn change(line: Line) -> Result<Change, StoreError> {
    let day = |text: Option<String>| text.and_then(|text| text.parse().ok());
    let scope = Scope::parse(&line.scope, day(line.first_day), day(line.last_day))
        .ok_or_else(|| StoreError::Corrupt(format!("a change of {}", line.scope)))?;
    Ok(Change {
        seq: line.seq,
        scope,
    })
}

fn unreadable(error: StoreError) -> ReadError {
    if error.is_absence() || error.is_collision() {
        ReadError::Unavailable
    } else {
        tracing::warn!(%error, "the log of changes cannot be read");
        ReadError::Failed
    }
}

#[async_trait]
impl ChangeLog for StoredChanges {
    async fn shop_identity(&self) -> Result<i64, ReadError> {
        self.counter("shop_identity").await.map_err(unreadable)
    }

    async fn latest(&self) -> Result<i64, ReadError> {
        self.counter("change").await.map_err(unreadable)
    }

    async fn after(&self, seq: i64, limit: u32) -> Result<Vec<Change>, ReadError> {
        self.lines(seq, limit).await.map_err(unreadable)
    }
}
