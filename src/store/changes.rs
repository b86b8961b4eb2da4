//! The log of changes in the database. A change is written in its own transaction, as the last
//! statement before the commit. Caches read the log to learn which answers are outdated.

use async_trait::async_trait;
use kernel::{
    Timestamp,
    changes::{Change, ChangeLog, Scope},
    read::ReadError,
};

use crate::{ReadDb, Retry as _, StoreError, Tx, WriteDb, selection};

/// No answer is kept this long, and a till that was away longer loads everything.
const KEEP_SECONDS: i64 = 30 * 24 * 3600;

/// Notes what the caller's transaction changes. The line is written at the commit, not before: lines
/// are numbered in commit order, and taking a number makes the next writer wait.
pub fn record(tx: &Tx, at: Timestamp, scopes: &[Scope]) {
    tx.touch(at, scopes);
}

/// Notes a change, and a statement that the commit runs with the number of the transaction's last
/// line as `$1`, the time as `$2` and `rows` as `$3`: rows that remember their last change.
pub fn record_numbered(tx: &Tx, at: Timestamp, scope: Scope, sql: String, rows: String) {
    tx.touch(at, &[scope]);
    tx.number(sql, rows);
}

/// A number that identifies the shop.
pub async fn shop_identity(read: &ReadDb) -> Result<i64, StoreError> {
    counter(read, "shop_identity").await
}

/// When a line was recorded; `None` for one that is not kept any more, or never was.
pub async fn recorded_at(read: &ReadDb, seq: i64) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT recorded_at_us FROM changes WHERE seq = $1";
    let micros: Option<i64> = read.value(sql, [seq.into()]).await?;
    Ok(micros.map(Timestamp::from_micros))
}

async fn counter(read: &ReadDb, name: &str) -> Result<i64, StoreError> {
    let sql = "SELECT value FROM counters WHERE name = $1";
    Ok(read.value(sql, [name.into()]).await?.unwrap_or(0))
}

/// Deletes lines that nobody needs any more, and returns how many.
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
        shop_identity(&self.read).await.map_err(unreadable)
    }

    async fn latest(&self) -> Result<i64, ReadError> {
        counter(&self.read, "change").await.map_err(unreadable)
    }

    async fn after(&self, seq: i64, limit: u32) -> Result<Vec<Change>, ReadError> {
        self.lines(seq, limit).await.map_err(unreadable)
    }
}
