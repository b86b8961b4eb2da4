//! Reading the audit log: newest first, by whom, about what, when.

use kernel::{
    Timestamp,
    ids::{AuditId, UserId},
    paging::Page,
};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use store::{Json, ReadDb, selection};

use super::shapes::AuditDeed;
use crate::{audit::deeds::AuditEntity, conditions::Conditions, error::SalesResult};

/// A deed as the owner sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When it was done.
    pub recorded_at: Timestamp,
    /// Who did it; null for the program, the command line and strangers.
    pub actor_id: Option<UserId>,
    /// What that user is called now.
    pub actor_name: Option<String>,
    /// To what kind of thing.
    #[schema(value_type = AuditEntity)]
    pub entity: String,
    /// To which one; empty when it is not known.
    pub entity_id: String,
    /// From which address.
    pub address: String,
    /// The request in the logs.
    pub request_id: String,
    /// What was done.
    #[serde(flatten)]
    #[schema(value_type = AuditDeed)]
    pub deed: RecordedDeed,
}

/// A deed as it was written down.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedDeed {
    /// What was done.
    pub action: String,
    /// What it was before.
    pub before: Option<serde_json::Value>,
    /// What it was after.
    pub after: Option<serde_json::Value>,
}

selection! {
    Listed of AuditEntry in a {
        id, recorded_at = recorded_at_us, actor_id, actor_name = "u.name", entity, entity_id, address,
        request_id,
    } then { deed of Done }

    Done of RecordedDeed in a { action, before = before_json as Json, after = after_json as Json }
}

/// Which deeds.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of one user.
    pub actor_id: Option<UserId>,
    /// Of one kind.
    pub action: Option<String>,
    /// To one kind of thing.
    pub entity: Option<String>,
    /// To one thing.
    pub entity_id: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// The place of an entry in the list: when, and which of that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPosition(pub i64, pub AuditId);

impl From<&AuditEntry> for AuditPosition {
    fn from(entry: &AuditEntry) -> Self {
        Self(entry.recorded_at.micros(), entry.id)
    }
}

/// Deeds, newest first, behind `before`. Takes the handle of the primary: the reading role of a
/// replica may not see users.
pub async fn list(
    primary: &ReadDb,
    filter: &AuditFilter,
    before: Option<AuditPosition>,
    limit: u32,
) -> SalesResult<Page<AuditEntry>> {
    let (conditions, values) = conditions(filter, before);
    let sql = format!(
        "SELECT {}, {} FROM audit_log a LEFT JOIN users u ON u.id = a.actor_id WHERE {conditions}
         ORDER BY a.recorded_at_us DESC, a.id DESC LIMIT {}",
        Listed::SELECT,
        Done::SELECT,
        i64::from(limit) + 1
    );
    let entries = primary.select::<Listed>(&sql, values).await?;
    Ok(Page::from_probe(entries, limit))
}

fn conditions(filter: &AuditFilter, before: Option<AuditPosition>) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    conditions.require_if("a.actor_id = ?", filter.actor_id.map(UserId::as_uuid));
    conditions.require_if("a.action = ?", filter.action.as_deref());
    conditions.require_if("a.entity = ?", filter.entity.as_deref());
    conditions.require_if("a.entity_id = ?", filter.entity_id.as_deref());
    let (from, until) = (filter.from, filter.until);
    conditions.require_if("a.recorded_at_us >= ?", from.map(Timestamp::micros));
    conditions.require_if("a.recorded_at_us < ?", until.map(Timestamp::micros));
    let before = before.map(|AuditPosition(at, id)| (at, id.as_uuid()));
    conditions.require_behind("a.recorded_at_us, a.id", before);
    conditions.into_parts()
}
