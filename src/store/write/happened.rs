//! The rows that a transaction adds to what happened ([`crate::happenings`] reads them).

use kernel::{Timestamp, happenings::HappeningKind};

use crate::{StoreError, Tx};

/// Something that a transaction makes happen.
#[derive(Debug)]
pub(super) struct Happened {
    pub at: Timestamp,
    pub kind: HappeningKind,
    pub subject: String,
}

/// Writes what a transaction makes happen.
pub(super) async fn write(tx: &Tx, happened: Vec<Happened>) -> Result<(), StoreError> {
    if happened.is_empty() {
        return Ok(());
    }
    let amount = i64::try_from(happened.len()).unwrap_or(i64::MAX);
    let sql = "UPDATE counters SET value = value + $1 WHERE name = 'happening' RETURNING value";
    let counted = tx.value::<i64>(sql, [amount.into()]).await?;
    let last =
        counted.ok_or_else(|| StoreError::Corrupt("there is no counter of happenings".into()))?;
    for (one, seq) in happened.into_iter().zip(last - amount + 1..) {
        let values = [
            seq.into(),
            one.kind.as_str().into(),
            one.subject.into(),
            one.at.micros().into(),
        ];
        let sql =
            "INSERT INTO happenings (seq, kind, subject, recorded_at_us) VALUES ($1, $2, $3, $4)";
        tx.execute(sql, values).await?;
    }
    Ok(())
}
