//! Reads the audit log, newest first, by user, thing and time.

use std::collections::HashMap;

use kernel::{
    Timestamp,
    ids::{AuditId, UserId},
    paging::Page,
};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use store::{Json, ReadDb, Source, selection};
use uuid::Uuid;

use super::shapes::AuditDeed;
use crate::{
    audit::deeds::AuditEntity,
    conditions::Conditions,
    error::SalesResult,
    names::{Named, names_of, numbers_of},
};

/// An entry of the audit log.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// The entry's own UUID.
    pub id: AuditId,
    /// When it was done.
    pub recorded_at: Timestamp,
    /// The user who did it; null for the program, the command line and strangers.
    pub actor_id: Option<UserId>,
    /// The present name of that user; null without a user.
    pub actor_name: Option<String>,
    /// The kind of thing to which it was done.
    #[schema(value_type = AuditEntity)]
    pub entity: String,
    /// The id of that thing; empty if it is not known.
    pub entity_id: String,
    /// The present name of a product, category, location, user or payment account; the number of a
    /// sale; null for other things.
    pub entity_name: Option<String>,
    /// The IP address from which it was done.
    pub address: String,
    /// The id of the request in the logs.
    pub request_id: String,
    /// What was done.
    #[serde(flatten)]
    #[schema(value_type = AuditDeed)]
    pub deed: RecordedDeed,
}

/// A deed as it was stored.
#[derive(Debug, Clone, Serialize)]
pub struct RecordedDeed {
    /// The kind of deed.
    pub action: String,
    /// The state before.
    pub before: Option<serde_json::Value>,
    /// The state after.
    pub after: Option<serde_json::Value>,
}

selection! {
    Listed of AuditEntry in a {
        id, recorded_at = recorded_at_us, actor_id, actor_name = "u.name", entity, entity_id, address,
        request_id,
    } then { deed of Done } with { entity_name: None }

    Done of RecordedDeed in a { action, before = before_json as Json, after = after_json as Json }
}

/// A filter for the audit log.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only deeds of this user.
    pub actor_id: Option<UserId>,
    /// Only deeds of this kind.
    pub action: Option<String>,
    /// Only deeds on this kind of thing.
    pub entity: Option<String>,
    /// Only deeds on this thing.
    pub entity_id: Option<String>,
    /// Earliest time.
    pub from: Option<Timestamp>,
    /// End of the time, not included.
    pub until: Option<Timestamp>,
}

/// The place of an entry in the list: its time, and its id among entries of that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPosition(pub i64, pub AuditId);

impl From<&AuditEntry> for AuditPosition {
    fn from(entry: &AuditEntry) -> Self {
        Self(entry.recorded_at.micros(), entry.id)
    }
}

/// Reads entries after `before`, newest first. Uses the primary, since the reading role of a replica
/// may not see users.
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
    let mut page = Page::from_probe(entries, limit);
    name_things(Source::Read(primary), &mut page.items).await?;
    Ok(page)
}

/// The kinds of things with a name.
const NAMED: [(&str, Named); 5] = [
    ("product", Named::Products),
    ("category", Named::Categories),
    ("location", Named::Locations),
    ("user", Named::Users),
    ("payment_account", Named::PaymentAccounts),
];

/// Adds the names: one query for each kind of thing, however many entries there are.
async fn name_things(source: Source<'_>, entries: &mut [AuditEntry]) -> SalesResult<()> {
    let ids_of = |kind: &str, entries: &[AuditEntry]| -> Vec<Uuid> {
        let of_kind = entries.iter().filter(|entry| entry.entity == kind);
        of_kind
            .filter_map(|entry| entry.entity_id.parse().ok())
            .collect()
    };
    let mut names: HashMap<Uuid, String> = HashMap::new();
    for (kind, named) in NAMED {
        names.extend(names_of(source, named, ids_of(kind, entries)).await?);
    }
    let numbers = numbers_of(source, ids_of("sale", entries)).await?;
    names.extend(
        numbers
            .into_iter()
            .map(|(id, number)| (id, number.to_string())),
    );
    for entry in entries {
        let id: Option<Uuid> = entry.entity_id.parse().ok();
        entry.entity_name = id.and_then(|id| names.get(&id).cloned());
    }
    Ok(())
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
