//! What sales and refunds read alike: where from, money lines, and the words of the storage.

use kernel::{Currency, ids::PaymentAccountId};
use sea_orm::Value;
use store::{ReadDb, Row, StoreError, Tx};
use uuid::Uuid;

use super::super::model::money::{Payment, PaymentMethod};
use crate::{error::SalesResult, shop::rates};

/// Where sales are read from: the read pool, or an open transaction.
#[derive(Debug, Clone, Copy)]
pub(in crate::orders) enum Source<'a> {
    Read(&'a ReadDb),
    Tx(&'a Tx),
}

impl Source<'_> {
    pub(in crate::orders) async fn rows(
        self,
        sql: &str,
        values: Vec<Value>,
    ) -> SalesResult<Vec<Row>> {
        Ok(match self {
            Self::Read(read) => read.rows(sql, values).await?,
            Self::Tx(tx) => tx.rows(sql, values).await?,
        })
    }

    pub(in crate::orders) const fn dialect(self) -> store::Dialect {
        match self {
            Self::Read(read) => read.dialect(),
            Self::Tx(tx) => tx.dialect(),
        }
    }
}

/// The columns of a money line, of `payment` and `account`.
pub(in crate::orders) const MONEY_COLUMNS: &str = "payment.method, payment.account_id, account.name, payment.currency, payment.amount_minor, payment.rate_micros, payment.rate_side, payment.base_minor, payment.reference";

/// A money line from a row whose columns from `first` on are [`MONEY_COLUMNS`].
pub(in crate::orders) fn payment_from(row: &Row, first: usize) -> SalesResult<Payment> {
    let rate = rates::stored(row.get(first + 5)?, &row.get::<String>(first + 6)?)?;
    Ok(Payment {
        method: word(&row.get::<String>(first)?, PaymentMethod::parse)?,
        account: row
            .get::<Option<Uuid>>(first + 1)?
            .map(PaymentAccountId::from_uuid),
        account_name: row.get(first + 2)?,
        currency: currency(&row.get::<String>(first + 3)?)?,
        amount_minor: row.get(first + 4)?,
        rate_micros: rate.micros,
        rate_side: rate.side,
        base_minor: row.get(first + 7)?,
        reference: row.get(first + 8)?,
    })
}

/// Reads a word of the storage.
pub(crate) fn word<T>(word: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(word).ok_or_else(|| StoreError::Corrupt(format!("unknown word {word}")))
}

/// Reads a currency of the storage.
pub(crate) fn currency(code: &str) -> Result<Currency, StoreError> {
    Currency::parse(code).map_err(|_| StoreError::Corrupt(format!("unknown currency {code}")))
}
