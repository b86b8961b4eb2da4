//! The places from which an account has signed in: a till can still sign in while somebody else
//! behind the same address guesses passwords.
//!
//! Places are stored in the database, so that all instances know them and a restart forgets nothing.
//! They are stored as a keyed hash of account and address, so that the table does not show where
//! people were. An address counts as the network of one subscriber.

use std::net::{IpAddr, Ipv6Addr};

use kernel::{Timestamp, ids::UserId};
use platform::derived::DerivedKeys;
use sea_orm::Value;
use store::{ReadDb, Tx};

use crate::error::SalesResult;

/// The purpose in the key derivation.
pub(super) const LABEL: &str = "salesflow known places v1";
/// How long a place is known after its last use.
const KNOWN_FOR_SECONDS: i64 = 90 * 24 * 3600;
/// Places of one account. A new one replaces the one unused longest.
const MAX_OF_ACCOUNT: i64 = 100;
/// A refresh renews the date of a place at most this often.
const RENEWED_AFTER_SECONDS: i64 = 24 * 3600;

/// Whether an account has signed in from an address before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// It has signed in from there.
    Known,
    /// It has not, or there is no such account.
    New,
}

/// The places of all accounts.
#[derive(Debug, Clone)]
pub(super) struct KnownPlaces {
    keys: DerivedKeys,
}

impl KnownPlaces {
    pub(super) const fn new(keys: DerivedKeys) -> Self {
        Self { keys }
    }

    /// Whether the account has signed in from this address within the last 90 days.
    pub(super) async fn judge(
        &self,
        read: &ReadDb,
        account: &str,
        address: &str,
        now: Timestamp,
    ) -> SalesResult<PlaceKind> {
        let since = now.plus_seconds(-KNOWN_FOR_SECONDS).micros();
        let (marks, values) = self.marks(account, address, since);
        let sql =
            format!("SELECT 1 FROM known_places WHERE last_used_us > $1 AND mark IN ({marks})");
        let found = read.value::<i32>(&sql, values).await?;
        Ok(found.map_or(PlaceKind::New, |_| PlaceKind::Known))
    }

    /// Called after the account has signed in from this address.
    pub(super) async fn remember(
        &self,
        tx: &Tx,
        user: UserId,
        account: &str,
        address: &str,
        now: Timestamp,
    ) -> SalesResult<()> {
        let marks = self.keys.marks(&text_of(account, address));
        let Some(mark) = marks.into_iter().next() else {
            return Ok(());
        };
        tx.execute(
            "INSERT INTO known_places (mark, user_id, last_used_us) VALUES ($1, $2, $3)
             ON CONFLICT (mark) DO UPDATE SET last_used_us = excluded.last_used_us",
            [mark.into(), user.as_uuid().into(), now.micros().into()],
        )
        .await?;
        tx.execute(
            "DELETE FROM known_places WHERE user_id = $1 AND mark NOT IN
             (SELECT mark FROM known_places WHERE user_id = $1 ORDER BY last_used_us DESC, mark LIMIT $2)",
            [user.as_uuid().into(), MAX_OF_ACCOUNT.into()],
        )
        .await?;
        Ok(())
    }

    /// Called when a session of the account is used at this address: a place stays known while a
    /// device stays signed in. A session that moves does not create a new place.
    pub(super) async fn renew(
        &self,
        tx: &Tx,
        account: &str,
        address: &str,
        now: Timestamp,
    ) -> SalesResult<()> {
        let (marks, mut values) = self.marks(account, address, now.micros());
        let position = values.len() + 1;
        values.push(now.plus_seconds(-RENEWED_AFTER_SECONDS).micros().into());
        let sql = format!(
            "UPDATE known_places SET last_used_us = $1 WHERE mark IN ({marks}) AND last_used_us < ${position}"
        );
        tx.execute(&sql, values).await?;
        Ok(())
    }

    /// The marks of a pair, as parameters from `first` on.
    fn marks(&self, account: &str, address: &str, first: i64) -> (String, Vec<Value>) {
        let marks = self.keys.marks(&text_of(account, address));
        let names: Vec<_> = (0..marks.len()).map(|n| format!("${}", n + 2)).collect();
        let values = std::iter::once(first.into())
            .chain(marks.into_iter().map(Value::from))
            .collect();
        (names.join(", "), values)
    }
}

/// Deletes places without a sign-in for 90 days.
pub(super) async fn forget_old(tx: &Tx, now: Timestamp) -> SalesResult<()> {
    let before = now.plus_seconds(-KNOWN_FOR_SECONDS).micros();
    tx.execute(
        "DELETE FROM known_places WHERE last_used_us <= $1",
        [before.into()],
    )
    .await?;
    Ok(())
}

fn text_of(account: &str, address: &str) -> Vec<u8> {
    format!("{account}\0{}", network_of(address)).into_bytes()
}

/// The subscriber's network: one IPv4 address, or an IPv6 /64.
pub(super) fn network_of(address: &str) -> String {
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V6(address)) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            Ipv6Addr::from(network).to_string()
        }
        Ok(address) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_is_one_network() {
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network_of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network_of("unknown"), "unknown");
    }
}
