//! Numbers without gaps: one counter for sales, another for refunds.

use std::ops::RangeFrom;

use store::{StoreError, Tx};

use crate::error::SalesResult;

/// Documents that are numbered without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbered {
    Sale,
    Refund,
}

impl Numbered {
    const fn counter(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Refund => "refund",
        }
    }
}

/// Takes the next numbers for this many documents, and returns the first. All transactions share the
/// counter's row, so it is locked once per transaction, as late as possible, sales before refunds.
pub(crate) async fn take_numbers(
    tx: &Tx,
    of: Numbered,
    documents: usize,
) -> SalesResult<RangeFrom<i64>> {
    let count = i64::try_from(documents).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let name = of.counter();
    let last = tx
        .value::<i64>(
            "UPDATE counters SET value = value + $1 WHERE name = $2 RETURNING value",
            [count.into(), name.into()],
        )
        .await?;
    let last = last.ok_or_else(|| StoreError::Corrupt(format!("there is no counter {name}")))?;
    Ok(last - count + 1..)
}
