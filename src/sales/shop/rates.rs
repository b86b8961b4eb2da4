//! Exchange rates: dated, and frozen on each tender.

use kernel::{Currency, RateMicros, Timestamp};
use store::{StoreError, Tx};

use crate::error::SalesResult;

/// The rate that was in force at an instant.
pub async fn at(
    tx: &Tx,
    currency: Currency,
    instant: Timestamp,
) -> SalesResult<Option<RateMicros>> {
    let row = tx
        .row(
            "SELECT rate_micros FROM rates WHERE currency = $1 AND valid_from_us <= $2
             ORDER BY valid_from_us DESC, id DESC LIMIT 1",
            [currency.code().into(), instant.micros().into()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let rate =
        RateMicros::new(row.get(0)?).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Some(rate))
}
