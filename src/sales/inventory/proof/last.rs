//! The last proof that ran in the background: at night, or on request.

use kernel::{Timestamp, jobs::JobKind as _};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use store::{Json, ReadDb, selection};

use super::VerifyBooks;
use crate::error::SalesResult;

/// When the books were last proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LastProof {
    /// When the proof was made; null before the first one.
    pub at: Option<Timestamp>,
    /// True when it found no differences; null before the first one.
    pub ok: Option<bool>,
    /// The number of differences that it found, at most 200; null before the first one.
    pub differences: Option<usize>,
    /// Position of the last movement that it proved; null before the first one, or if an older version
    /// made it.
    pub position: Option<i64>,
    /// Position of the last movement now.
    pub newest_position: i64,
}

/// The part of a stored result that is read.
#[derive(Debug, Deserialize)]
struct Proved {
    ok: bool,
    at: Timestamp,
    #[serde(default)]
    position: Option<i64>,
    differences: Vec<IgnoredAny>,
}

selection! {
    Done of StoredResult in job { proved = result_json as Json }
}

/// The result of a job of this kind.
struct StoredResult {
    proved: Option<Proved>,
}

/// Reads the last proof that ended.
pub(super) async fn last(read: &ReadDb) -> SalesResult<LastProof> {
    let newest = "SELECT COALESCE(MAX(position), 0) FROM stock_movements";
    let newest_position = read.value::<i64>(newest, []).await?.unwrap_or(0);
    let sql = format!(
        "SELECT {} FROM jobs AS job WHERE job.kind = $1 AND job.state = 'done' ORDER BY job.finished_at_us DESC, job.id DESC LIMIT 1",
        Done::SELECT
    );
    let found = read
        .select_one::<Done>(&sql, [VerifyBooks::KIND.into()])
        .await?;
    let proved = found.and_then(|result| result.proved);
    let proved = proved.as_ref();
    Ok(LastProof {
        at: proved.map(|proof| proof.at),
        ok: proved.map(|proof| proof.ok),
        differences: proved.map(|proof| proof.differences.len()),
        position: proved.and_then(|proof| proof.position),
        newest_position,
    })
}
