//! A sale that waits to be written, and how its group is tried.

use kernel::Timestamp;
use tokio::sync::oneshot;

use crate::{
    actor::Actor,
    error::{SalesError, SalesResult},
    idempotency::{Answer, InFlightGuard, RequestKey},
    orders::model::NewSale,
};

/// What becomes of a sale.
pub(super) type Verdict = SalesResult<Answer>;

/// A sale that waits to be written.
pub(super) struct Job {
    /// Who sends it.
    pub actor: Actor,
    /// What is asked.
    pub order: NewSale,
    /// When the request arrived, before it waited.
    pub arrived_at: Timestamp,
    /// The key of its request.
    pub key: Option<RequestKey>,
    /// Where its client waits.
    pub reply: oneshot::Sender<SalesResult<Answer>>,
    /// Keeps the key from being used twice at once.
    pub guard: Option<InFlightGuard>,
}

/// How a group is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Approach {
    /// Stock is expected to suffice. Where the levels are at hand, they are looked at all the same.
    Hopeful,
    /// Levels are locked and read first; sales that do not fit are refused.
    Careful,
    /// As careful, after a constraint refused the group: a sale of this id may be recorded already.
    Alone,
}

/// Why a whole group was not written.
pub(super) enum Setback {
    /// Some product is short, or was counted since a sale of it happened: the levels must be looked
    /// at first.
    Hasty,
    /// The store refused or failed.
    Store(SalesError),
}

impl<E: Into<SalesError>> From<E> for Setback {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}
