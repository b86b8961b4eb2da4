//! The stored answers of requests with a key, a group at a time.

use kernel::Timestamp;
use store::{
    ColumnKind::{Int, Text, Uuid},
    Columns, Record, Tx, json_rows, to_json,
};

use super::place::Place;
use crate::{
    error::SalesResult,
    idempotency::{self, Answer, RequestKey},
};

/// An answer, as it is kept under its key.
pub(super) struct KeyRow<'a> {
    key: &'a RequestKey,
    answer: &'a Answer,
    at: Timestamp,
}

impl<'a> KeyRow<'a> {
    pub(super) const fn of(key: &'a RequestKey, answer: &'a Answer, at: Timestamp) -> Self {
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

/// Settles the chosen places whose key is known: the stored answer, or the refusal of a key that was
/// used for something else. Where none of them has a key, nothing is asked.
pub(super) async fn replay_known<'a>(
    tx: &Tx,
    places: &mut [Place<'a>],
    chosen: fn(&Place<'a>) -> bool,
) -> SalesResult<()> {
    let keyed = places.iter().enumerate().filter(|(_, place)| chosen(place));
    let asked: Vec<_> = keyed
        .filter_map(|(index, place)| {
            let key = place.key()?;
            Some((key.user_id, key.key.as_str(), index))
        })
        .collect();
    if asked.is_empty() {
        return Ok(());
    }
    let columns = [("user_id", Uuid), ("key", Text), ("position", Int)];
    let source = json_rows(tx.dialect(), 1, &columns);
    let sql = format!(
        "SELECT asked.position, known.request_hash, known.status, known.body
         FROM {source} AS asked JOIN idempotency_keys AS known ON known.user_id = asked.user_id AND known.key = asked.key"
    );
    for row in tx.rows(&sql, [to_json(&asked).into()]).await? {
        let index = usize::try_from(row.get::<i64>(0)?).unwrap_or(usize::MAX);
        if let Some(place) = places.get_mut(index)
            && let Some(key) = place.key()
        {
            let known: String = row.get(1)?;
            place.settle(idempotency::replay(key, &known, row.get(2)?, row.get(3)?));
        }
    }
    Ok(())
}
