//! When an account was last used, as far as its sessions and the places it was used from are kept.

use std::collections::HashMap;

use kernel::Timestamp;
use serde::Serialize;
use store::{ColumnKind, ReadDb, json_rows, selection, to_json};
use uuid::Uuid;

use super::User;
use crate::error::SalesResult;

/// A user account with the time when it was last used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ListedUser {
    /// What stands in the account.
    #[serde(flatten)]
    pub user: User,
    /// When the account last got new tokens: its last request was at most the lifetime of an access
    /// token later. Null if it was never used, or so long ago that nothing of it is kept.
    pub last_seen_at: Option<Timestamp>,
}

selection! {
    Seen(user_id: Uuid, at: Timestamp)
}

/// When each of the users was last seen: one query for all.
pub(super) async fn of(primary: &ReadDb, users: &[Uuid]) -> SalesResult<HashMap<Uuid, Timestamp>> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid,)> = users.iter().map(|id| (*id,)).collect();
    let wanted = json_rows(primary.dialect(), 1, &[("id", ColumnKind::Uuid)]);
    let sql = format!(
        "SELECT seen.user_id, MAX(seen.at_us) AS at FROM (
             SELECT session.user_id, COALESCE((SELECT MAX(token.issued_at_us) FROM refresh_tokens AS token WHERE token.session_id = session.id),
                 session.created_at_us) AS at_us
             FROM {wanted} AS wanted JOIN sessions AS session ON session.user_id = wanted.id
             UNION ALL
             SELECT place.user_id, place.last_used_us AS at_us FROM {wanted} AS wanted JOIN known_places AS place ON place.user_id = wanted.id
         ) AS seen GROUP BY seen.user_id"
    );
    let seen = primary
        .select::<Seen>(&sql, [to_json(&rows).into()])
        .await?;
    Ok(seen.into_iter().collect())
}
