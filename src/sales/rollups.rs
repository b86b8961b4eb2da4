//! Figures kept exact beside the facts.
//!
//! A sale writes no figure: a row that every sale touches would make the tills wait for each other.
//! [`fold`] takes the sales that are not counted yet, in the order of their numbers, and adds them
//! to the rollups. Numbers come from a counter that stays locked until the commit, so nothing can
//! appear below the last one that was folded. Who asks gets the rollups plus the same `tally`
//! over the rest, in one snapshot: an answer never depends on when the fold ran.
//!
//! A void or a refund of a sale that is folded already corrects the rollups in its own transaction
//! ([`correct`]); of one that is not, the fold sees it. The row of `rollup_state` decides which: a
//! fold locks it alone, corrections share it, and both keep it until they commit.

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
use store::{Dialect, Row, Snapshot, StoreError, Tx};

use crate::error::SalesResult;

/// Up to where the rollups count, and how their days were cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// Sales with a number up to this one are in.
    folded: i64,
    /// The time zone of their days; none before the first fold.
    zone: Option<Tz>,
}

impl State {
    fn from_row(row: Option<&Row>) -> SalesResult<Self> {
        let row =
            row.ok_or_else(|| StoreError::Corrupt("there is no state of rollups".to_owned()))?;
        Ok(Self {
            folded: row.get(0)?,
            zone: row.get::<String>(1)?.parse().ok(),
        })
    }

    /// The state, kept from changing until the end of the transaction; corrections may go on side
    /// by side.
    async fn share(tx: &Tx) -> SalesResult<Self> {
        let lock = match tx.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR SHARE",
        };
        let sql = format!("SELECT folded_number, time_zone FROM rollup_state WHERE id = 1{lock}");
        Self::from_row(tx.row(&sql, []).await?.as_ref())
    }

    /// The state, nobody else beside us until the end of the transaction.
    async fn lock(tx: &Tx) -> SalesResult<Self> {
        let lock = tx.dialect().for_update();
        let sql = format!("SELECT folded_number, time_zone FROM rollup_state WHERE id = 1{lock}");
        Self::from_row(tx.row(&sql, []).await?.as_ref())
    }
}

/// How the rollups and the sales stand at one moment.
#[derive(Debug, Clone, Copy)]
struct Standing {
    state: State,
    /// The number of the newest sale.
    newest: i64,
    /// Whether a sum of the rollups has an upper part.
    has_upper: bool,
}

impl Standing {
    async fn read(snapshot: &Snapshot) -> SalesResult<Self> {
        // The rows of days and of hours come from the same sums.
        let has_upper = ["rollup_days", "rollup_products", "rollup_payments"]
            .map(|table| format!("EXISTS (SELECT 1 FROM {table} WHERE weight = 1)"))
            .join(" OR ");
        let sql = format!(
            "SELECT folded_number, time_zone, (SELECT COALESCE(MAX(number), 0) FROM sales), CAST(CASE WHEN {has_upper} THEN 1 ELSE 0 END AS BIGINT)
             FROM rollup_state WHERE id = 1"
        );
        let row = snapshot.row(&sql, []).await?;
        let state = State::from_row(row.as_ref())?;
        let [newest, has_upper] = row.map_or(Ok([0; 2]), |row| row.integers(2))?;
        Ok(Self {
            state,
            newest,
            has_upper: has_upper != 0,
        })
    }
}

/// Days are stored as their number, counted from 1970-01-01.
fn day_number(date: NaiveDate) -> i64 {
    (date - NaiveDate::default()).num_days()
}

/// The day of a number.
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
