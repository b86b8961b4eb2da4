//! A waiting sale, and how its group is tried.

use kernel::Timestamp;
use tokio::sync::oneshot;

use crate::{
    actor::Actor,
    error::{SalesError, SalesResult},
    idempotency::{Answer, InFlightGuard, RequestKey},
    orders::model::NewSale,
};

/// The result for a sale.
pub(super) type Verdict = SalesResult<Answer>;

/// A sale that waits to be written.
pub(super) struct Job {
    pub actor: Actor,
    pub order: NewSale,
    /// When the request arrived, before it waited.
    pub arrived_at: Timestamp,
    pub key: Option<RequestKey>,
    /// Where its client waits.
    pub reply: oneshot::Sender<SalesResult<Answer>>,
    /// Keeps the key from being used twice at once.
    pub guard: Option<InFlightGuard>,
    /// Whether it is sent again as a matter of course. Then it is looked for before it is written:
    /// otherwise one that is recorded already would make its whole group go one by one.
    pub may_be_recorded: bool,
}

/// How a group is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Approach {
    /// Expects that stock suffices. Levels that are known are checked all the same.
    Hopeful,
    /// Locks and reads the levels first, and refuses sales that do not fit.
    Careful,
    /// As careful, after a constraint refused the group: a sale with this id may already be recorded.
    Alone,
}

/// Why a whole group was not written.
pub(super) enum Setback {
    /// Stock is missing, or a product was counted after a sale of it: the levels must be read first.
    Hasty,
    /// The store refused or failed.
    Store(SalesError),
}

impl<E: Into<SalesError>> From<E> for Setback {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}
