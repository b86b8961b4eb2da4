//! Ordered jobs in the audit log: what a user or a schedule ordered, with the id in `/jobs`.

use async_trait::async_trait;
use kernel::{Role, jobs::Job};
use platform::request::Origin;
use serde_json::json;
use store::{
    StoreError, Tx,
    jobs::{NewJob, OrderLog},
};

use super::{Deed, Entry, write};
use crate::actor::Actor;

/// Writes an entry for each new job. An order that returned an existing job has none.
#[derive(Debug, Clone, Copy)]
pub struct LoggedOrders;

#[async_trait]
impl OrderLog for LoggedOrders {
    async fn record(&self, tx: &Tx, order: &NewJob, job: &Job) -> Result<(), StoreError> {
        let mut origin = Origin::local("jobs");
        // What a schedule orders comes from the program itself, also for a person.
        if !order.request_id.is_empty() {
            origin.address.clone_from(&order.address);
            origin.request_id.clone_from(&order.request_id);
        }
        // The role is not stored.
        let actor = Actor {
            user_id: order.requested_by,
            role: Role::Viewer,
            origin,
        };
        let entry = Entry::of(Deed::JobOrder, job.id)
            .after(json!({ "kind": job.kind, "state": job.state }));
        write(tx, &actor, job.created_at, entry).await
    }
}
