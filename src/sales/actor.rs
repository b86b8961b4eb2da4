//! On whose behalf a use case runs, and from where: what the audit log needs to know.

use kernel::{Clock, Permission, Role, Timestamp, ids::UserId};
use platform::{access::Caller, request::Origin};

/// Who does it.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user; nobody for the program itself (first start).
    pub user_id: Option<UserId>,
    /// What the user may do.
    pub role: Role,
    /// From where.
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

    /// Somebody with a shell on the machine: the command line.
    #[must_use]
    pub fn operator(what: &str) -> Self {
        Self {
            user_id: None,
            role: Role::Admin,
            origin: Origin::local(what),
        }
    }

    /// May the actor do that?
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.allows(permission)
    }

    /// When it was asked for, before any wait: what happens at a moment that nobody names happens
    /// then. Work that no request asked for is asked for now.
    #[must_use]
    pub fn asked_at(&self, clock: &dyn Clock) -> Timestamp {
        let now = clock.now();
        self.origin
            .arrived_at
            .map_or(now, |arrived_at| arrived_at.min(now))
    }
}
