//! The log of changes: which answers a commit has made outdated.
//!
//! Who changes facts that others may have kept an answer about writes it down in the same
//! transaction, so that a change and its line cannot come apart. The lines are numbered in the order
//! of their commits. A cache follows the log and drops what a line touches.

use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::read::ReadError;

/// What a commit has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// What was sold, refunded or voided on past days of the shop, both included. Sales of the
    /// present day are not written down: answers that include it are never kept for long.
    Days {
        /// The first day.
        first: NaiveDate,
        /// The last day.
        last: NaiveDate,
    },
    /// The settings of the shop: its currency, its time zone, its name.
    Shop,
    /// Products, categories, prices, costs, locations, the names of payment accounts.
    Catalogue,
    /// The names and roles of users.
    People,
    /// Stock, by anything but a sale of the present day.
    Stock,
    /// What analytics has learnt: models, forecasts, feedback on findings.
    Insights,
}

impl Scope {
    /// The word used in storage.
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

    /// Reads a stored line back; days without their dates, or an unknown word, are none.
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
    /// Its number. A higher one was committed later; numbers may have gaps.
    pub seq: i64,
    /// What changed.
    pub scope: Scope,
}

/// Reads the log, from the same place as the read ports: what it shows, they show as well.
#[async_trait]
pub trait ChangeLog: Send + Sync {
    /// A number that no other shop has: answers of two shops must not be mixed up.
    async fn shop_identity(&self) -> Result<i64, ReadError>;
    /// The number of the last line; 0 in a new shop.
    async fn latest(&self) -> Result<i64, ReadError>;
    /// The lines after a number, in order, at most `limit`.
    async fn after(&self, seq: i64, limit: u32) -> Result<Vec<Change>, ReadError>;
}

/// Hears of commits in this process, before they are acknowledged.
pub trait ChangeListener: Send + Sync {
    /// These lines have just been committed.
    fn committed(&self, changes: &[Change]);
    /// A commit failed in a way that leaves open whether it happened: look at the log.
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
