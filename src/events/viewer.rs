//! Who watches, and who may see what.

use kernel::{Permission, ids::UserId};
use platform::access::Caller;

/// Who may see an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Users who may read all sales, and the cashier of this sale.
    CashierOf(UserId),
    /// Who may do this.
    With(Permission),
}

/// Somebody who watches. The role is that of the session, which ends when the role changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Viewer {
    caller: Caller,
}

impl Viewer {
    pub(super) const fn new(caller: Caller) -> Self {
        Self { caller }
    }

    pub(super) fn may_see(&self, audience: Audience) -> bool {
        match audience {
            Audience::CashierOf(cashier) => {
                self.caller.may(Permission::ReadAllSales) || cashier == self.caller.user_id
            }
            Audience::With(permission) => self.caller.may(permission),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Role, ids::SessionId};

    use super::*;

    #[test]
    fn a_cashier_sees_own_sales_and_stock_and_nothing_else() {
        let me = UserId::generate();
        let viewer = |role| {
            Viewer::new(Caller {
                user_id: me,
                role,
                session_id: SessionId::generate(),
            })
        };
        let cashier = viewer(Role::Cashier);
        assert!(cashier.may_see(Audience::CashierOf(me)));
        assert!(cashier.may_see(Audience::With(Permission::ReadCatalogue)));
        for audience in [
            Audience::CashierOf(UserId::generate()),
            Audience::With(Permission::ReadJobs),
            Audience::With(Permission::ReadAnalytics),
        ] {
            assert!(!cashier.may_see(audience), "{audience:?}");
            for role in [Role::Admin, Role::Manager, Role::Viewer] {
                assert!(viewer(role).may_see(audience), "{role} {audience:?}");
            }
        }
    }
}
