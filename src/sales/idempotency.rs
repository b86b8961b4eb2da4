//! Repeated requests: the same key gives the same answer, and the work is done once.
//!
//! The answer is stored in the transaction of the work, under the user and the key. A request with a
//! known key and the same payload gets the stored answer. With another payload it is refused. If the
//! first request is still running in this process, the second one is refused for now. If it runs in
//! another process, the second one waits for the rows that both need, and then gets the stored
//! answer.

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

/// How long answers are kept: the longest time that a till may be offline.
pub const KEEP_SECONDS: i64 = 14 * 24 * 3600;

/// The key of a request with the fingerprint of its content.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// The user who sent it.
    pub user_id: UserId,
    /// The key.
    pub key: String,
    /// SHA-256 of operation and body, in hex.
    pub fingerprint: String,
}

impl RequestKey {
    /// The key of a request, if it has one, with the fingerprint of its content. `operation` names
    /// what is done, and to which record.
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

/// An answer, new or stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: String,
    /// True for a stored answer.
    pub is_replay: bool,
}

impl Answer {
    /// A new answer.
    ///
    /// # Errors
    /// Never for the program's own types; a defect would give `server.internal`.
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

/// The keys of the requests that are running in this process.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<Mutex<HashSet<(UserId, String)>>>);

impl InFlight {
    /// Marks a key as running until the guard is dropped.
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

/// Frees a key when its request ends, however it ends.
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
        // Another process may have finished the same request meanwhile, and its effect made this one
        // fail. Then the answer is there now.
        Err(error) if may_be_done(&error) => {
            let replay = db.transaction(async |tx: &Tx| find(tx, key).await).await?;
            replay.ok_or(error)
        }
        other => other,
    }
}

/// Whether a refusal may be the effect of the same request.
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
    pub struct KnownKey in known {
        request_hash: String,
        status: i64,
        body: String,
    }
}

/// Finds a stored answer.
///
/// # Errors
/// `idempotency.payload_mismatch` when the key was used for another request.
pub async fn find(tx: &Tx, key: &RequestKey) -> SalesResult<Option<Answer>> {
    let columns = KnownKey::SELECT;
    let sql =
        format!("SELECT {columns} FROM idempotency_keys AS known WHERE user_id = $1 AND key = $2");
    let values = [key.user_id.as_uuid().into(), key.key.as_str().into()];
    let known = tx.select_one::<KnownKey>(&sql, values).await?;
    known.map(|known| replay(key, known)).transpose()
}

/// Returns a stored answer if the payload is the same.
///
/// # Errors
/// `idempotency.payload_mismatch`.
pub fn replay(key: &RequestKey, known: KnownKey) -> SalesResult<Answer> {
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

/// An answer as it is stored under its key.
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

/// Deletes answers that are older than [`KEEP_SECONDS`].
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
