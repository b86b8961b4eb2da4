//! The lines that a transaction adds to the log of changes ([`crate::changes`] reads them).

use kernel::changes::{Change, Scope};

use super::{Numbered, Touched};
use crate::{StoreError, Tx};

/// Writes what a transaction has touched, and returns the lines.
pub(super) async fn write(tx: &Tx, touched: Touched) -> Result<Vec<Change>, StoreError> {
    let Touched {
        at,
        scopes,
        numbered,
    } = touched;
    let amount = i64::try_from(scopes.len()).unwrap_or(i64::MAX);
    let counted = tx
        .value::<i64>(
            "UPDATE counters SET value = value + $1 WHERE name = 'change' RETURNING value",
            [amount.into()],
        )
        .await?;
    let last =
        counted.ok_or_else(|| StoreError::Corrupt("there is no counter of changes".into()))?;
    let mut changes = Vec::with_capacity(scopes.len());
    for (scope, seq) in scopes.into_iter().zip(last - amount + 1..) {
        let (first_day, last_day) = match scope {
            Scope::Days { first, last } => (Some(first.to_string()), Some(last.to_string())),
            _ => (None, None),
        };
        tx.execute(
            "INSERT INTO changes (seq, scope, first_day, last_day, recorded_at_us) VALUES ($1, $2, $3, $4, $5)",
            [
                seq.into(),
                scope.as_str().into(),
                first_day.into(),
                last_day.into(),
                at.micros().into(),
            ],
        )
        .await?;
        changes.push(Change { seq, scope });
    }
    for Numbered { sql, rows } in numbered {
        let values = [last.into(), at.micros().into(), rows.into()];
        tx.execute(&sql, values).await?;
    }
    Ok(changes)
}
