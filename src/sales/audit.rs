//! The audit log: who did what, when, from where, and what it was before and after.
//!
//! Written in the transaction of the deed, append-only by trigger. No secret is ever handed in:
//! callers pass what a client may see.

pub mod deeds;
pub mod orders;
pub mod refusals;

use kernel::{Timestamp, ids::AuditId};
use serde_json::Value;
use store::{StoreError, Tx, changes};

pub use deeds::Deed;

use crate::{actor::Actor, error::SalesResult};

/// One deed, to be written down.
#[derive(Debug)]
pub struct Entry {
    /// What was done.
    pub deed: Deed,
    /// To which thing of the deed's kind.
    pub entity_id: String,
    /// What a client saw before.
    pub before: Option<Value>,
    /// What a client sees after.
    pub after: Option<Value>,
}

/// Writes a deed down, and what it changes for those who keep answers.
pub async fn record(tx: &Tx, actor: &Actor, at: Timestamp, entry: Entry) -> SalesResult<()> {
    Ok(write(tx, actor, at, entry).await?)
}

async fn write(tx: &Tx, actor: &Actor, at: Timestamp, entry: Entry) -> Result<(), StoreError> {
    let text = |value: Option<Value>| value.map(|value| value.to_string());
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
