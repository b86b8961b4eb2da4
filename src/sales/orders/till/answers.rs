//! The stored answers of requests with a key, for a whole group.

use store::{
    ColumnKind::{Int, Text, Uuid},
    Tx, json_rows, to_json,
};

use super::place::Place;
use crate::{
    error::SalesResult,
    idempotency::{self, KnownKey},
};

store::selection! {
    Asked(position: i64)
}

/// Settles the chosen places whose key is known: with the stored answer, or with a refusal if the key
/// was used for another request. Without any key, no query runs.
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
        "SELECT asked.position, {}
         FROM {source} AS asked JOIN idempotency_keys AS known ON known.user_id = asked.user_id AND known.key = asked.key",
        KnownKey::SELECT
    );
    let rows = tx.select::<(Asked, KnownKey)>(&sql, [to_json(&asked).into()]);
    for (position, known) in rows.await? {
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        if let Some(place) = places.get_mut(index)
            && let Some(key) = place.key()
        {
            place.settle(idempotency::replay(key, known));
        }
    }
    Ok(())
}
