//! Errors of the database, the same for both dialects.

pub(crate) mod faults;

use std::io::ErrorKind;

use sea_orm::{DbErr, RuntimeErr, SqlxError};

use faults::{ClockFault, NoShop, StorageFault};

/// The kind of schema rule that a write would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViolationKind {
    /// A unique constraint or index, or a primary key.
    Unique,
    /// A reference to a missing row, or to a row that others still refer to.
    ForeignKey,
    /// A CHECK constraint.
    Check,
}

/// A schema rule that a write would break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The kind of rule.
    pub kind: ViolationKind,
    /// `PostgreSQL`: the constraint's name. `SQLite`: `table.column[, table.column]` for unique
    /// constraints, `index 'name'` for partial indexes, the constraint's name for a CHECK.
    pub name: String,
}

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A constraint refused the write.
    #[error("the write breaks {:?} {}", .0.kind, .0.name)]
    Violation(Violation),
    /// A deadlock or serialisation failure. The same transaction may succeed when it is repeated.
    #[error("the transaction collided with another")]
    Collision(#[source] DbErr),
    /// No connection, or no answer in time.
    #[error("the database is unavailable")]
    Unavailable(#[source] DbErr),
    /// The storage under the database fails. If this happens during a commit, its outcome is unknown.
    #[error("{fault}")]
    Storage {
        /// What failed.
        fault: StorageFault,
        /// The error of the database, if it reported one.
        source: Option<DbErr>,
    },
    /// The URL names no shop.
    #[error(transparent)]
    NoShop(#[from] NoShop),
    /// The clock is wrong, so nothing may be dated by it.
    #[error(transparent)]
    Clock(#[from] ClockFault),
    /// Any other error: a defect.
    #[error("the database failed")]
    Failed(#[source] DbErr),
    /// A stored value breaks a promise of the schema.
    #[error("a stored value is not valid: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// The broken constraint, if that is the error.
    #[must_use]
    pub const fn violation(&self) -> Option<&Violation> {
        match self {
            Self::Violation(violation) => Some(violation),
            _ => None,
        }
    }

    /// An error of the operating system about the folder of the database.
    pub(crate) fn of_folder(what: &str, error: &std::io::Error) -> Self {
        let fault = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StorageFault::Full,
            ErrorKind::ReadOnlyFilesystem => StorageFault::ReadOnly,
            ErrorKind::PermissionDenied | ErrorKind::NotFound | ErrorKind::NotADirectory => {
                StorageFault::Unopenable
            }
            _ => StorageFault::Failing,
        };
        Self::Storage {
            fault,
            source: Some(DbErr::Custom(format!("{what}: {error}"))),
        }
    }

    /// A storage fault that the program found itself.
    pub(crate) const fn storage(fault: StorageFault) -> Self {
        Self::Storage {
            fault,
            source: None,
        }
    }
}

/// An error that tells whether a failed transaction is worth repeating.
pub trait Retry: From<StoreError> {
    /// True for a collision with another transaction.
    fn is_collision(&self) -> bool;

    /// True when the database did not answer or its storage fails.
    fn is_absence(&self) -> bool;
}

impl Retry for StoreError {
    fn is_collision(&self) -> bool {
        matches!(self, Self::Collision(_))
    }

    fn is_absence(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Storage { .. })
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let cause = match &error {
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause))
            | DbErr::Conn(RuntimeErr::SqlxError(cause)) => classify(cause),
            _ => None,
        };
        match cause {
            Some(Class::Violation(violation)) => Self::Violation(violation),
            Some(Class::Collision) => Self::Collision(error),
            Some(Class::Unavailable) => Self::Unavailable(error),
            Some(Class::Storage(fault)) => Self::Storage {
                fault,
                source: Some(error),
            },
            None if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) => {
                Self::Unavailable(error)
            }
            None => Self::Failed(error),
        }
    }
}

enum Class {
    Violation(Violation),
    Collision,
    Unavailable,
    Storage(StorageFault),
}

fn classify(cause: &SqlxError) -> Option<Class> {
    let SqlxError::Database(database) = cause else {
        return matches!(
            cause,
            SqlxError::Io(_)
                | SqlxError::PoolTimedOut
                | SqlxError::PoolClosed
                | SqlxError::WorkerCrashed
                | SqlxError::Protocol(_)
                | SqlxError::Tls(_)
                | SqlxError::BeginFailed
                | SqlxError::InvalidSavePointStatement
        )
        .then_some(Class::Unavailable);
    };
    let violation = |kind, name: String| Some(Class::Violation(Violation { kind, name }));
    let code = database.code();
    match code.as_deref() {
        // PostgreSQL
        Some("23505") => violation(
            ViolationKind::Unique,
            database.constraint().unwrap_or_default().to_owned(),
        ),
        Some("23503") => violation(
            ViolationKind::ForeignKey,
            database.constraint().unwrap_or_default().to_owned(),
        ),
        Some("23514") => violation(
            ViolationKind::Check,
            database.constraint().unwrap_or_default().to_owned(),
        ),
        Some("40001" | "40P01") => Some(Class::Collision),
        // lock_timeout, shutting down, cannot connect now, statement time-out, read-only
        Some("55P03" | "57P01" | "57P02" | "57P03" | "57014" | "25006") => Some(Class::Unavailable),
        // disk_full
        Some("53100") => Some(Class::Storage(StorageFault::Full)),
        // The server lacks disk, memory or connections, or its system failed.
        Some(code)
            if is_of_postgres(code) && (code.starts_with("53") || code.starts_with("58")) =>
        {
            Some(Class::Unavailable)
        }
        // SQLite (extended result codes)
        Some("2067" | "1555") => violation(ViolationKind::Unique, after_colon(database.message())),
        Some("787") => violation(ViolationKind::ForeignKey, String::new()),
        Some("275") => violation(ViolationKind::Check, after_colon(database.message())),
        Some("5" | "6" | "517" | "261" | "262") => Some(Class::Unavailable),
        Some(code) if !is_of_postgres(code) => storage_fault(code).map(Class::Storage),
        _ => None,
    }
}

/// The storage fault of a `SQLite` result code. The low byte is the family.
fn storage_fault(code: &str) -> Option<StorageFault> {
    let code: u32 = code.parse().ok()?;
    match (code, code & 0xff) {
        (1032, _) => Some(StorageFault::Replaced),
        (_, 13) => Some(StorageFault::Full),
        (_, 10) => Some(StorageFault::Failing),
        (_, 8) => Some(StorageFault::ReadOnly),
        (_, 14) => Some(StorageFault::Unopenable),
        (_, 11 | 26) => Some(StorageFault::Damaged),
        _ => None,
    }
}

/// `SQLite` codes are shorter numbers.
const fn is_of_postgres(code: &str) -> bool {
    code.len() == 5
}

fn after_colon(message: &str) -> String {
    message
        .split_once("failed: ")
        .map_or(message, |(_, rest)| rest)
        .trim()
        .to_owned()
}
