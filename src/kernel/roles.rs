//! Roles and what each may do: the one table of permissions.

use serde::{Deserialize, Serialize};

/// What a user is in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::Display, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// The owner: everything.
    Admin,
    /// Catalogue, stock, imports, refunds, reports, analytics.
    Manager,
    /// Sells; sees products without cost, and own sales.
    Cashier,
    /// Reads analytics, reports and lists; changes nothing.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Manager, Self::Cashier, Self::Viewer];

    /// The word used in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        word.parse().ok()
    }

    /// The table: may this role do that?
    #[must_use]
    pub const fn allows(self, permission: Permission) -> bool {
        use Permission as P;
        match permission {
            P::UseOwnAccount
            | P::ReadCatalogue
            | P::ReadSales
            | P::ReadLocations
            | P::ReadSettings => true,
            P::ReadAllSales
            | P::ReadCosts
            | P::ReadStock
            | P::ReadAnalytics
            | P::ReadReports
            | P::ReadJobs
            | P::VerifyBooks => !matches!(self, Self::Cashier),
            P::Sell => !matches!(self, Self::Viewer),
            P::ChangeCatalogue
            | P::ChangePrices
            | P::EnterLateSales
            | P::MoveStock
            | P::RefundSales
            | P::VoidSales
            | P::ImportFiles
            | P::ManageJobs
            | P::JudgeAnomalies
            | P::CreateReports
            | P::ExportData => {
                matches!(self, Self::Admin | Self::Manager)
            }
            P::ManageUsers | P::ChangeSettings | P::ReadAudit | P::OperateServer => {
                matches!(self, Self::Admin)
            }
        }
    }
}

/// What an operation asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See oneself, change one's own password, sign out.
    UseOwnAccount,
    /// Read products and categories (costs need [`Self::ReadCosts`]).
    ReadCatalogue,
    /// See purchase costs and margins.
    ReadCosts,
    /// Create and change products and categories.
    ChangeCatalogue,
    /// Sell at another price than the catalogue's, and give discounts on the cart.
    ChangePrices,
    /// Enter sales of any time ago, and those that somebody else made.
    EnterLateSales,
    /// See levels and movements.
    ReadStock,
    /// See the names of the locations.
    ReadLocations,
    /// Receive, adjust, count and transfer stock; create locations.
    MoveStock,
    /// Record sales.
    Sell,
    /// See own sales.
    ReadSales,
    /// See everybody's sales.
    ReadAllSales,
    /// Refund sales.
    RefundSales,
    /// Void sales.
    VoidSales,
    /// Upload, map, commit and undo files.
    ImportFiles,
    /// See figures.
    ReadAnalytics,
    /// Say whether a finding is normal.
    JudgeAnomalies,
    /// See and download reports.
    ReadReports,
    /// Order reports.
    CreateReports,
    /// Take whole tables out.
    ExportData,
    /// See background work and what came out of it.
    ReadJobs,
    /// Cancel background work.
    ManageJobs,
    /// Prove the books.
    VerifyBooks,
    /// Read the shop's settings and rates.
    ReadSettings,
    /// Change the shop's settings and rates.
    ChangeSettings,
    /// Create, change and disable users.
    ManageUsers,
    /// Read the audit log.
    ReadAudit,
    /// See the inside of the running server (cache).
    OperateServer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_changes_nothing_and_a_cashier_sees_no_cost() {
        for permission in [
            Permission::Sell,
            Permission::MoveStock,
            Permission::ChangeCatalogue,
            Permission::VoidSales,
            Permission::ImportFiles,
            Permission::ManageUsers,
        ] {
            assert!(!Role::Viewer.allows(permission), "{permission:?}");
        }
        assert!(!Role::Cashier.allows(Permission::ReadCosts));
        assert!(Role::Cashier.allows(Permission::Sell));
    }

    #[test]
    fn role_words_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
    }
}
