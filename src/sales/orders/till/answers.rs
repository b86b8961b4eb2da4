//! The stored answers of requests with a key, a group at a time.

use store::{
    ColumnKind::{Int, Text, Uuid},
    Tx, json_rows, to_json,
};

use super::place::Place;
use crate::{error::SalesResult, idempotency};

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
