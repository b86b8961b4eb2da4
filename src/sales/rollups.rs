//! Figures kept exactly equal to the facts.
//!
//! A sale writes no figure: if every sale updated one row, the tills would wait for each other.
//! Instead, [`fold`] takes new sales in the order of their numbers and adds them to the rollups.
//! Numbers come from a counter that is locked until the commit, so no sale can appear below the last
//! folded one. A query gets the rollups plus the same `tally` over the remaining sales, in one
//! snapshot: the result never depends on when the fold ran.
//!
//! A void or refund of a folded sale corrects the rollups in its own transaction ([`correct`]); that
//! of an unfolded sale is seen by the fold. The row of `rollup_state` decides which: a fold locks it
//! exclusively, corrections share it, and both hold it until they commit.

pub mod correct;
mod facts;
pub mod fold;
pub(crate) mod measures;
pub(crate) mod proof;
mod stored;
mod tally;
pub(crate) mod view;

use chrono::NaiveDate;
use chrono_tz::Tz;
use store::{Dialect, Snapshot, StoreError, Stored, Tx, selection};

use crate::error::SalesResult;

/// How far the rollups have counted, and in which time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FoldState {
    /// Sales with numbers up to this one are counted.
    folded: i64,
    /// The time zone of their days; `None` before the first fold.
    zone: Option<Tz>,
}

selection! {
    StoredState of FoldState in state { folded = folded_number, zone = time_zone as Zone }

    StoredStanding of Standing {} then { state of StoredState, newest, has_upper }
}

/// The name of a time zone; empty before the first fold.
struct Zone(Option<Tz>);

impl Stored for Zone {
    type Raw = String;

    fn from_raw(name: String) -> Result<Self, StoreError> {
        Ok(Self(name.parse().ok()))
    }
}

fn no_state() -> StoreError {
    StoreError::Corrupt("there is no state of rollups".to_owned())
}

impl FoldState {
    async fn read(tx: &Tx, lock: &str) -> SalesResult<Self> {
        let columns = StoredState::SELECT;
        let sql = format!("SELECT {columns} FROM rollup_state AS state WHERE id = 1{lock}");
        let state = tx.select_one::<StoredState>(&sql, []).await?;
        Ok(state.ok_or_else(no_state)?)
    }

    /// The state, protected from changes until the end of the transaction. Corrections can run side
    /// by side.
    async fn share(tx: &Tx) -> SalesResult<Self> {
        let lock = match tx.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR SHARE",
        };
        Self::read(tx, lock).await
    }

    /// The state, locked exclusively until the end of the transaction.
    async fn lock(tx: &Tx) -> SalesResult<Self> {
        Self::read(tx, tx.dialect().for_update()).await
    }
}

/// The rollups and the sales at one moment.
#[derive(Debug, Clone, Copy)]
struct Standing {
    state: FoldState,
    /// The number of the newest sale.
    newest: i64,
    /// Whether any sum has an upper part.
    has_upper: bool,
}

impl Standing {
    async fn read(snapshot: &Snapshot) -> SalesResult<Self> {
        // The rows of days and of hours come from the same sums.
        let has_upper = ["rollup_days", "rollup_products", "rollup_payments"]
            .map(|table| format!("EXISTS (SELECT 1 FROM {table} WHERE weight = 1)"))
            .join(" OR ");
        let sql = format!(
            "SELECT {}, (SELECT COALESCE(MAX(number), 0) FROM sales) AS newest, {has_upper} AS has_upper
             FROM rollup_state AS state WHERE id = 1",
            StoredState::SELECT
        );
        let standing = snapshot.select_one::<StoredStanding>(&sql, []).await?;
        Ok(standing.ok_or_else(no_state)?)
    }
}

/// Days are stored as a number, counted from 1970-01-01.
fn day_number(date: NaiveDate) -> i64 {
    (date - NaiveDate::default()).num_days()
}

fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::Duration::try_days(day)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_the_beginning_of_1970() {
        for (text, number) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2026-11-22", 20_779),
        ] {
            let date: NaiveDate = text.parse().unwrap();
            assert_eq!(day_number(date), number);
            assert_eq!(date_of(number), Some(date));
        }
    }
}
