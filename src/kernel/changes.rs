//! The log of changes: which cached responses a commit makes outdated.
//!
//! A commit that changes cached facts writes a line in the same transaction, so that change and line
//! cannot be separated. The lines are numbered in the order of their commits. A cache follows the log
//! and drops what a line affects.

use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::read::ReadError;

/// The facts that a commit changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Sales, refunds and voids on past days of the shop, both days included. Sales of the present day
    /// are not logged: responses about it are never cached for long.
    Days {
        /// The first day.
        first: NaiveDate,
        /// The last day.
        last: NaiveDate,
    },
    /// Settings of the shop: currency, time zone, name.
    Shop,
    /// Products, categories, prices, costs, locations, names of payment accounts.
    Catalogue,
    /// Names and roles of users.
    People,
    /// Stock, except by sales of the present day.
    Stock,
    /// Models, forecasts, and feedback on findings.
    Insights,
}

impl Scope {
    /// The word in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Days { .. } => "days",
            Self::Shop => "shop",
            Self::Catalogue => "catalogue",
            Self::People => "people",
            Self::Stock => "stock",
            Self::Insights => "insights",
        }
    }

    /// Reads a stored line; `None` for days without their dates, or an unknown word.
    #[must_use]
    pub fn parse(word: &str, first: Option<NaiveDate>, last: Option<NaiveDate>) -> Option<Self> {
        match word {
            "days" => Some(Self::Days {
                first: first?,
                last: last?,
            }),
            "shop" => Some(Self::Shop),
            "catalogue" => Some(Self::Catalogue),
            "people" => Some(Self::People),
            "stock" => Some(Self::Stock),
            "insights" => Some(Self::Insights),
            _ => None,
        }
    }
}

/// One line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Number of the line. A higher one was committed later; numbers may have gaps.
    pub seq: i64,
    /// The changed facts.
    pub scope: Scope,
}

/// Reads the log from the same database as the read ports: both show the same commits.
#[async_trait]
pub trait ChangeLog: Send + Sync {
    /// A number that identifies the shop, so that responses of two shops are never mixed up.
    async fn shop_identity(&self) -> Result<i64, ReadError>;
    /// Number of the last line; 0 in a new shop.
    async fn latest(&self) -> Result<i64, ReadError>;
    /// The lines after a number, in order, at most `limit`.
    async fn after(&self, seq: i64, limit: u32) -> Result<Vec<Change>, ReadError>;
}

/// Receives the commits of this process before they are acknowledged.
pub trait ChangeListener: Send + Sync {
    /// These lines were committed.
    fn committed(&self, changes: &[Change]);
    /// A commit failed and may have happened: the log must be read.
    fn unclear(&self);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_back_and_days_need_their_dates() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 20);
        let days = Scope::Days {
            first: day.unwrap(),
            last: day.unwrap(),
        };
        for scope in [
            days,
            Scope::Shop,
            Scope::Catalogue,
            Scope::People,
            Scope::Stock,
            Scope::Insights,
        ] {
            assert_eq!(Scope::parse(scope.as_str(), day, day), Some(scope));
        }
        assert_eq!(Scope::parse("days", day, None), None);
        assert_eq!(Scope::parse("weather", day, day), None);
    }
}
