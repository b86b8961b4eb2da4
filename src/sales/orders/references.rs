//! References of payments: a mobile-money reference pays for one sale only.
//!
//! An operator's reference is the same however it is written ([`kernel::text::reference_key`]).
//! Unless its sale is voided, it blocks the same text for every method. Approval codes of cards and
//! numbers of transfers may repeat, so they block nothing.

use std::collections::{BTreeMap, HashSet};

use kernel::{Code, FieldError, Problem, text::reference_key};
use store::{ColumnKind, Dialect, Tx, json_rows, selection, to_json};

use super::model::{Sale, money::PaymentMethod};
use crate::error::SalesResult;

/// A reference in its compared form, and whether mobile money paid with it.
type Reference = (String, bool);

/// The positions of sales whose payments use a taken reference. If two waiting sales use the same
/// one, the first keeps it.
pub(super) async fn refused<'a>(
    tx: &Tx,
    sales: impl Iterator<Item = (usize, &'a Sale)> + Clone,
) -> SalesResult<BTreeMap<usize, Problem>> {
    let mut refused = BTreeMap::new();
    let named: Vec<Reference> = sales
        .clone()
        .flat_map(|(_, sale)| references_of(sale))
        .map(|(_, reference)| reference)
        .collect();
    if named.is_empty() {
        return Ok(refused);
    }
    let mut taken = live(tx, &named).await?;
    for (place, sale) in sales {
        match new_references(&taken, sale) {
            Ok(new) => taken.extend(new),
            Err(problem) => {
                refused.insert(place, problem);
            }
        }
    }
    Ok(refused)
}

fn references_of(sale: &Sale) -> impl Iterator<Item = (usize, Reference)> + '_ {
    sale.payments
        .iter()
        .enumerate()
        .filter_map(|(position, payment)| {
            let key = reference_key(payment.reference.as_deref()?);
            Some((
                position,
                (key, payment.method == PaymentMethod::MobileMoney),
            ))
        })
}

/// The references that a sale would take.
fn new_references(taken: &HashSet<Reference>, sale: &Sale) -> Result<HashSet<Reference>, Problem> {
    let mut new = HashSet::new();
    for (position, (key, is_mobile)) in references_of(sale) {
        let is_taken = |by_mobile: bool| {
            let reference = (key.clone(), by_mobile);
            taken.contains(&reference) || new.contains(&reference)
        };
        if is_taken(true) || (is_mobile && is_taken(false)) {
            let error = FieldError::new(
                format!("/payments/{position}/reference"),
                Code::PaymentReferenceTaken.as_str(),
                "this reference was used before",
            );
            return Err(Problem::of(Code::PaymentReferenceTaken).at(error));
        }
        new.insert((key, is_mobile));
    }
    Ok(new)
}

selection! {
    Used(key: String, is_mobile: bool)
}

/// Those of the references that pay a sale which is not voided.
async fn live(tx: &Tx, named: &[Reference]) -> SalesResult<HashSet<Reference>> {
    let mut keys: Vec<&str> = named.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let rows: Vec<_> = keys.into_iter().map(|key| (key,)).collect();
    let rows = to_json(&rows);
    let source = json_rows(tx.dialect(), 1, &[("key", ColumnKind::Text)]);
    if tx.dialect() == Dialect::Postgres {
        // No index covers two methods, so a transaction locks the references it names. It locks them
        // in the order of the keys, so that there is no deadlock.
        let lock = format!(
            "SELECT COUNT(pg_advisory_xact_lock(hashtextextended(key, 0))) FROM (SELECT key FROM {source} AS rows ORDER BY key) AS wanted"
        );
        tx.value::<i64>(&lock, [rows.as_str().into()]).await?;
    }
    let of = |method: &str, is_mobile: &str| {
        format!(
            "SELECT DISTINCT wanted.key, {is_mobile} AS is_mobile FROM wanted JOIN payments AS payment ON payment.reference_normal = wanted.key
             WHERE payment.method {method} 'mobile_money' AND payment.reference_normal IS NOT NULL AND payment.is_live"
        )
    };
    let sql = format!(
        "WITH wanted AS (SELECT key FROM {source} AS rows) {} UNION ALL {}",
        of("=", "TRUE"),
        of("<>", "FALSE")
    );
    let found = tx.select::<Used>(&sql, [rows.as_str().into()]).await?;
    Ok(found.into_iter().collect())
}
