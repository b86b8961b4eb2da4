//! The audit log: who did what, when, from where, and what it was before and after.
//!
//! Written in the transaction of the deed, append-only by trigger. No secret is ever handed in:
//! callers pass what a client may see.

pub mod http;
pub mod list;
pub mod orders;
pub mod refusals;
pub mod shapes;

use kernel::{Timestamp, ids::AuditId};
use serde_json::Value;
use store::{StoreError, Tx};

use crate::{actor::Actor, changes, error::SalesResult};

/// One deed.
#[derive(Debug)]
pub struct Deed<'a> {
    /// What was done: `product.update`, `user.login`; each has its row in [`shapes::AuditDeed`].
    pub action: &'a str,
    /// To what kind of thing: `product`.
    pub entity: &'a str,
    /// To which one.
    pub entity_id: String,
    /// What a client saw before.
    pub before: Option<Value>,
    /// What a client sees after.
    pub after: Option<Value>,
}

/// Writes a deed down, and what it changes for those who keep answers.
pub async fn record(tx: &Tx, actor: &Actor, at: Timestamp, deed: Deed<'_>) -> SalesResult<()> {
    Ok(write(tx, actor, at, deed).await?)
}

async fn write(tx: &Tx, actor: &Actor, at: Timestamp, deed: Deed<'_>) -> Result<(), StoreError> {
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    tx.execute(
        "INSERT INTO audit_log (id, recorded_at_us, actor_id, action, entity, entity_id, address, request_id, before_json, after_json)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            AuditId::generate().as_uuid().into(),
            at.micros().into(),
            actor.user_id.map(kernel::ids::UserId::as_uuid).into(),
            deed.action.into(),
            deed.entity.into(),
            deed.entity_id.into(),
            actor.origin.address.as_str().into(),
            actor.origin.request_id.as_str().into(),
            text(deed.before).into(),
            text(deed.after).into(),
        ],
    )
    .await?;
    store::changes::record(tx, at, changes::touched_by(deed.action));
    Ok(())
}
