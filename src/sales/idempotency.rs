//! Repeated requests: the same key answers the same thing, and the deed is done once.
//!
//! The answer is stored in the transaction of the effect, under the user and the key. A request
//! with a known key and the same payload gets the stored answer; with another payload it is refused.
//! One that arrives while the first still runs in this process is told so; in another process it
//! waits for the rows that both want, and then replays.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{HttpResponse, http::StatusCode};
use data_encoding::HEXLOWER;
use kernel::{Clock, Code, Problem, Timestamp, ids::UserId};
use platform::headers::IdempotencyKey;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::{
    ColumnKind::{Int, Text, Uuid},
    Columns, Record, StoreError, Tx, ViolationKind, WriteDb,
};

use crate::error::{SalesError, SalesResult};

/// How long an answer is kept: the longest that a till may be without a network.
pub const KEEP_SECONDS: i64 = 14 * 24 * 3600;

/// The key of a request with the fingerprint of what it asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// Whose key.
    pub user_id: UserId,
    /// The key.
    pub key: String,
    /// SHA-256 over operation and body, in hex.
    pub fingerprint: String,
}

impl RequestKey {
    /// The key that a request came with, if it came with one, beside the fingerprint of what it asks.
    /// `operation` names what is done, and to what.
    #[must_use]
    pub fn of_request(
        header: IdempotencyKey,
        user_id: UserId,
        operation: &str,
        body: &[u8],
    ) -> Option<Self> {
        header.0.map(|key| Self {
            user_id,
            key,
            fingerprint: fingerprint(operation, body),
        })
    }
}

fn fingerprint(operation: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(operation.as_bytes());
    hash.update([0]);
    hash.update(body);
    HEXLOWER.encode(&hash.finalize())
}

/// An answer, first given or given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: String,
    /// True when it was given before.
    pub is_replay: bool,
}

impl Answer {
    /// A first answer.
    ///
    /// # Errors
    /// Never for the program's own types; a defect would read `server.internal`.
    pub fn first<T: Serialize>(status: u16, value: &T) -> SalesResult<Self> {
        let body =
            serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Self {
            status,
            body,
            is_replay: false,
        })
    }
}

impl From<Answer> for HttpResponse {
    fn from(answer: Answer) -> Self {
        let mut response =
            Self::build(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK));
        if answer.is_replay {
            response.insert_header(("idempotency-replayed", "true"));
        }
        response.content_type("application/json").body(answer.body)
    }
}

/// The keys that are being worked on in this process.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<Mutex<HashSet<(UserId, String)>>>);

impl InFlight {
    /// Marks a key until the guard is dropped.
    ///
    /// # Errors
    /// `idempotency.in_progress`.
    pub fn enter(&self, key: &RequestKey) -> Result<InFlightGuard, Problem> {
        let entry = (key.user_id, key.key.clone());
        if !self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(entry.clone())
        {
            return Err(Problem::of(Code::IdempotencyInProgress).retry_after(1));
        }
        Ok(InFlightGuard {
            keys: self.clone(),
            entry,
        })
    }
}

/// Frees a key when the request is over, however it ends.
#[derive(Debug)]
pub struct InFlightGuard {
    keys: InFlight,
    entry: (UserId, String),
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.keys
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.entry);
    }
}

/// Runs a use case in one transaction, once per key. Without a key it simply runs.
pub async fn once<F>(
    db: &WriteDb,
    in_flight: &InFlight,
    clock: &dyn Clock,
    key: Option<&RequestKey>,
    work: F,
) -> SalesResult<Answer>
where
    F: AsyncFn(&Tx) -> SalesResult<Answer>,
{
    let Some(key) = key else {
        return db.transaction(work).await;
    };
    let _guard = in_flight.enter(key)?;
    let result = db
        .transaction(async |tx: &Tx| {
            if let Some(answer) = find(tx, key).await? {
                return Ok(answer);
            }
            let answer = work(tx).await?;
            keep(tx, clock, key, &answer).await?;
            Ok(answer)
        })
        .await;
    match result {
        // Another process may have finished the same request in between, so that this one found its
        // effect and stumbled: the answer is there now.
        Err(error) if may_be_done(&error) => {
            let replay = db.transaction(async |tx: &Tx| find(tx, key).await).await?;
            replay.ok_or(error)
        }
        other => other,
    }
}

/// Whether a refusal may come from the effect of the very same request.
fn may_be_done(error: &SalesError) -> bool {
    match error {
        SalesError::Refused(_) => true,
        SalesError::Store(StoreError::Violation(violation)) => {
            violation.kind == ViolationKind::Unique
        }
        SalesError::Store(_) => false,
    }
}

store::selection! {
    /// What is stored under a key.
    #[derive(Debug)]
    pub struct Known in known {
        request_hash: String,
        status: i64,
        body: String,
    }
}

/// Looks an answer up.
///
/// # Errors
/// `idempotency.payload_mismatch` when the key was used for something else.
pub async fn find(tx: &Tx, key: &RequestKey) -> SalesResult<Option<Answer>> {
    let columns = Known::SELECT;
    let sql =
        format!("SELECT {columns} FROM idempotency_keys AS known WHERE user_id = $1 AND key = $2");
    let values = [key.user_id.as_uuid().into(), key.key.as_str().into()];
    let known = tx.select_one::<Known>(&sql, values).await?;
    known.map(|known| replay(key, known)).transpose()
}

/// Turns a stored answer into a replay, when the payload is the same.
///
/// # Errors
/// `idempotency.payload_mismatch`.
pub fn replay(key: &RequestKey, known: Known) -> SalesResult<Answer> {
    if known.request_hash != key.fingerprint {
        return Err(Problem::of(Code::IdempotencyMismatch).into());
    }
    Ok(Answer {
        status: u16::try_from(known.status).unwrap_or(200),
        body: known.body,
        is_replay: true,
    })
}

async fn keep(tx: &Tx, clock: &dyn Clock, key: &RequestKey, answer: &Answer) -> SalesResult<()> {
    tx.insert(&[&vec![KeyRow::of(key, answer, clock.now())]])
        .await?;
    Ok(())
}

/// An answer, as it is kept under its key.
pub(crate) struct KeyRow<'a> {
    key: &'a RequestKey,
    answer: &'a Answer,
    at: Timestamp,
}

impl<'a> KeyRow<'a> {
    pub(crate) const fn of(key: &'a RequestKey, answer: &'a Answer, at: Timestamp) -> Self {
        Self { key, answer, at }
    }
}

impl Record for KeyRow<'_> {
    const TABLE: &'static str = "idempotency_keys";

    fn put<C: Columns>(&self, row: &mut C) {
        row.column("user_id", Uuid, self.key.user_id);
        row.column("key", Text, self.key.key.as_str());
        row.column("request_hash", Text, self.key.fingerprint.as_str());
        row.column("status", Int, i64::from(self.answer.status));
        row.column("body", Text, self.answer.body.as_str());
        row.column("created_at_us", Int, self.at.micros());
    }
}

/// Forgets answers that are older than [`KEEP_SECONDS`].
pub async fn forget_old(db: &WriteDb, clock: &dyn Clock) -> SalesResult<u64> {
    let before = clock.now().plus_seconds(-KEEP_SECONDS).micros();
    db.transaction(async |tx: &Tx| {
        Ok(tx
            .execute(
                "DELETE FROM idempotency_keys WHERE created_at_us < $1",
                [before.into()],
            )
            .await?)
    })
    .await
}
