//! The user for whom a use case runs, and where the request came from, as the audit log needs them.

use kernel::{Clock, Permission, Role, Timestamp, ids::UserId};
use platform::{access::Caller, request::Origin};

/// The user for whom a use case runs.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user; `None` for the program itself at its first start.
    pub user_id: Option<UserId>,
    /// The user's role.
    pub role: Role,
    /// Where the request came from.
    pub origin: Origin,
}

impl Actor {
    /// The caller of a request.
    #[must_use]
    pub const fn new(caller: Caller, origin: Origin) -> Self {
        Self {
            user_id: Some(caller.user_id),
            role: caller.role,
            origin,
        }
    }

    /// A person at the command line of the machine.
    #[must_use]
    pub fn operator(what: &str) -> Self {
        Self {
            user_id: None,
            role: Role::Admin,
            origin: Origin::local(what),
        }
    }

    /// Whether the actor's role has this permission.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.allows(permission)
    }

    /// When the work was requested, before any wait. Events without a time of their own happen then.
    /// Work without a request counts as requested now.
    #[must_use]
    pub fn asked_at(&self, clock: &dyn Clock) -> Timestamp {
        let now = clock.now();
        self.origin
            .arrived_at
            .map_or(now, |arrived_at| arrived_at.min(now))
    }
}
