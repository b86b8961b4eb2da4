//! Types of the domain and the columns that store them, each type in one place.

use std::{convert::identity, str::FromStr};

use kernel::{
    Amount, Balance, Currency, MoneyError, Quantity, RateMicros, RateSide, Role, Timestamp,
    ids::{
        AuditId, CategoryId, DocumentId, ImportId, JobId, LocationId, MovementId, PaymentAccountId,
        ProductId, RateId, RefundId, SaleId, SaleLineId, ScheduleId, SessionId, UserId,
    },
};
use sea_orm::TryGetable;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    StoreError,
    dialect::LOWER_BITS,
    selection::{Cell, Cells},
};

/// A type that is stored in one column.
pub trait Stored: Sized {
    /// The type that the driver reads.
    type Raw: TryGetable;

    /// Converts the value.
    fn from_raw(raw: Self::Raw) -> Result<Self, StoreError>;
}

impl<T: Stored> Cell for T {
    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        T::from_raw(cells.raw()?)
    }
}

impl<T: Stored> Cell for Option<T> {
    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        cells.raw::<Option<T::Raw>>()?.map(T::from_raw).transpose()
    }
}

/// A sum of any size: the two columns of [`crate::Dialect::wide_sum`].
impl Cell for i128 {
    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        let (upper, lower) = (cells.raw::<i64>()?, cells.raw::<i64>()?);
        Ok((Self::from(upper) << LOWER_BITS) + Self::from(lower))
    }
}

/// A value that is stored as JSON text. NULL reads as a JSON null.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> Cell for Json<T> {
    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        let text: Option<String> = cells.raw()?;
        let value = serde_json::from_str(text.as_deref().unwrap_or("null"));
        value
            .map(Self)
            .map_err(|error| StoreError::Corrupt(error.to_string()))
    }
}

/// A value that is stored as a word, for types of other crates.
#[derive(Debug)]
pub struct Word<T>(pub T);

impl<T: FromStr> Stored for Word<T> {
    type Raw = String;

    fn from_raw(word: String) -> Result<Self, StoreError> {
        let kind = std::any::type_name::<T>();
        let kind = kind.rsplit("::").next().unwrap_or(kind);
        let problem = || StoreError::Corrupt(format!("{word} is not a {kind}"));
        word.parse().map(Self).map_err(|_| problem())
    }
}

/// Types with an infallible conversion from their column.
macro_rules! stored {
    ($raw:ty: $($type:ty = $from:expr),+) => {$(
        impl Stored for $type {
            type Raw = $raw;

            fn from_raw(raw: $raw) -> Result<Self, StoreError> {
                Ok($from(raw))
            }
        }
    )+};
}

macro_rules! ids {
    ($($id:ident)+) => {
        stored! { Uuid: $($id = $id::from_uuid),+ }
    };
}

stored! { bool: bool = identity }
stored! { i32: i32 = identity }
stored! { i64: i64 = identity, Timestamp = Timestamp::from_micros, Quantity = Quantity::from_milli }
stored! { String: String = identity }
stored! { Vec<u8>: Vec<u8> = identity }
stored! { Uuid: Uuid = identity }
ids! {
    AuditId CategoryId DocumentId ImportId JobId LocationId MovementId PaymentAccountId ProductId RateId
    RefundId SaleId SaleLineId ScheduleId SessionId UserId
}

/// Types with a range: a number outside of it was not stored by this program.
macro_rules! stored_in_range {
    ($($type:ty),+) => {$(
        impl Stored for $type {
            type Raw = i64;

            fn from_raw(number: i64) -> Result<Self, StoreError> {
                Self::new(number).map_err(|error: MoneyError| StoreError::Corrupt(error.to_string()))
            }
        }
    )+};
}

stored_in_range!(Amount, Balance, RateMicros);

/// Makes types readable from columns that store them as words: see [`Word`].
#[macro_export]
macro_rules! stored_words {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::Stored for $type {
            type Raw = String;

            fn from_raw(word: String) -> Result<Self, $crate::StoreError> {
                $crate::Word::from_raw(word).map(|$crate::Word(value)| value)
            }
        }
    )+};
}

stored_words!(Currency, RateSide, Role);
