//! Roles and permissions: the one table of who may do what.

use serde::{Deserialize, Serialize};

/// Role of a user in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(strum::Display, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Owner: may do everything.
    Admin,
    /// Catalogue, stock, imports, refunds, reports, analytics.
    Manager,
    /// Sells; sees products without their cost, and own sales.
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

    /// The table: true when the role has the permission.
    #[must_use]
    pub const fn allows(self, permission: Permission) -> bool {
        use Permission as P;
        match permission {
            P::UseOwnAccount
            | P::ReadStaff
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

/// Permission that an operation requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See one's own account, change one's own password, sign out.
    UseOwnAccount,
    /// See the names of colleagues.
    ReadStaff,
    /// Read products and categories (costs need [`Self::ReadCosts`]).
    ReadCatalogue,
    /// See purchase costs and margins.
    ReadCosts,
    /// Create and change products and categories.
    ChangeCatalogue,
    /// Sell at another price than the catalogue's, and give discounts on a sale.
    ChangePrices,
    /// Enter sales of any age, and sales made by others.
    EnterLateSales,
    /// See movements, documents and past levels. Present levels need [`Self::ReadCatalogue`] only.
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
    /// Judge findings as normal or as a problem.
    JudgeAnomalies,
    /// See and download reports.
    ReadReports,
    /// Order reports.
    CreateReports,
    /// Export whole tables.
    ExportData,
    /// See jobs and their results.
    ReadJobs,
    /// Cancel jobs.
    ManageJobs,
    /// Verify the books.
    VerifyBooks,
    /// Read the shop's settings and rates.
    ReadSettings,
    /// Change the shop's settings and rates.
    ChangeSettings,
    /// Create, change and disable users.
    ManageUsers,
    /// Read the audit log.
    ReadAudit,
    /// See the state of the running server (cache).
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
