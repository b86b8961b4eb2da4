//! The audit log: who did what, when, from where, and the state before and after.
//!
//! Entries are written in the transaction of the deed; triggers keep them from being changed. They
//! contain only what a client may see, never a secret.

pub mod deeds;
pub mod orders;
pub mod refusals;

use kernel::{Timestamp, ids::AuditId};
use serde::Serialize;
use serde_json::Value;
use store::{StoreError, Tx, changes, happenings};

pub use deeds::Deed;

use crate::{actor::Actor, error::SalesResult};

/// A deed for the audit log.
#[derive(Debug)]
pub struct Entry {
    deed: Deed,
    /// The id of the thing to which it was done.
    entity_id: String,
    /// What a client saw before.
    before: Option<Value>,
    /// What a client sees after.
    after: Option<Value>,
}

impl Entry {
    /// A deed without a state before and after it.
    #[must_use]
    pub fn of(deed: Deed, entity: impl ToString) -> Self {
        Self {
            deed,
            entity_id: entity.to_string(),
            before: None,
            after: None,
        }
    }

    /// Adds what a client saw before; nothing for null.
    #[must_use]
    pub fn before(mut self, state: impl Serialize) -> Self {
        self.before = shown(state);
        self
    }

    /// Adds what a client sees after; nothing for null.
    #[must_use]
    pub fn after(mut self, state: impl Serialize) -> Self {
        self.after = shown(state);
        self
    }
}

fn shown(state: impl Serialize) -> Option<Value> {
    let state = serde_json::to_value(state).ok();
    state.filter(|state| !state.is_null())
}

/// Writes a deed to the audit log, its changes to the log of changes for caches, and what it makes
/// happen for those who watch the shop.
pub async fn record(tx: &Tx, actor: &Actor, at: Timestamp, entry: Entry) -> SalesResult<()> {
    Ok(write(tx, actor, at, entry).await?)
}

async fn write(tx: &Tx, actor: &Actor, at: Timestamp, entry: Entry) -> Result<(), StoreError> {
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    if let Some(kind) = entry.deed.happening() {
        happenings::record(tx, at, kind, entry.entity_id.as_str());
    }
    tx.execute(
        "INSERT INTO audit_log (id, recorded_at_us, actor_id, action, entity, entity_id, address, request_id, before_json, after_json)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            AuditId::generate().as_uuid().into(),
            at.micros().into(),
            actor.user_id.map(kernel::ids::UserId::as_uuid).into(),
            <&str>::from(entry.deed).into(),
            <&str>::from(entry.deed.entity()).into(),
            entry.entity_id.into(),
            actor.origin.address.as_str().into(),
            actor.origin.request_id.as_str().into(),
            text(entry.before).into(),
            text(entry.after).into(),
        ],
    )
    .await?;
    changes::record(tx, at, entry.deed.touches());
    Ok(())
}
