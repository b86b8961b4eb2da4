//! The errors of `sales` and their problems for clients.

use kernel::{Code, MoneyError, Problem, read::ReadError};
use store::{ClockFault, Retry, StorageFault, StoreError, Violation, ViolationKind};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum SalesError {
    /// A rule of the business refuses it.
    #[error("{0}")]
    Refused(Problem),
    /// The database refuses it or does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The result of a use case.
pub type SalesResult<T> = Result<T, SalesError>;

impl From<Problem> for SalesError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<MoneyError> for SalesError {
    fn from(error: MoneyError) -> Self {
        Self::Refused(error.into())
    }
}

impl Retry for SalesError {
    fn is_collision(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_collision())
    }

    fn is_absence(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_absence())
    }
}

impl From<SalesError> for ReadError {
    fn from(error: SalesError) -> Self {
        let SalesError::Store(cause) = error else {
            return Self::Failed;
        };
        tracing::error!(error = %cause, cause = ?std::error::Error::source(&cause), "a question to the shop failed");
        if cause.is_absence() || cause.is_collision() {
            Self::Unavailable
        } else {
            Self::Failed
        }
    }
}

impl From<SalesError> for Problem {
    fn from(error: SalesError) -> Self {
        match error {
            SalesError::Refused(problem) => problem,
            SalesError::Store(StoreError::Violation(violation)) => refusal_of(&violation).unwrap_or_else(|| {
                tracing::error!(constraint = %violation.name, kind = ?violation.kind, "a constraint without a refusal of its own was broken");
                Self::of(Code::Internal)
            }),
            SalesError::Store(StoreError::Collision(_)) => Self::of(Code::Conflict).retry_after(1),
            SalesError::Store(error @ StoreError::Unavailable(_)) => {
                tracing::warn!(error = ?error, "the database did not answer");
                Self::of(Code::Unavailable).retry_after(2)
            }
            SalesError::Store(StoreError::Storage { fault, source }) => {
                tracing::warn!(fault = fault.as_str(), cause = ?source, "the storage of the database failed");
                Self::new(code_of(fault), detail_of(fault)).retry_after(STORAGE_RETRY_SECONDS)
            }
            SalesError::Store(StoreError::Clock(fault)) => refusal_of_clock(fault),
            SalesError::Store(error @ (StoreError::Failed(_) | StoreError::Corrupt(_) | StoreError::NoShop(_))) => {
                tracing::error!(error = ?error, "the database failed");
                Self::of(Code::Internal)
            }
        }
    }
}

/// A disk is not repaired within a second.
const STORAGE_RETRY_SECONDS: u32 = 5;

const fn code_of(fault: StorageFault) -> Code {
    match fault {
        StorageFault::Full => Code::StorageFull,
        StorageFault::Replaced => Code::StorageReplaced,
        StorageFault::Failing
        | StorageFault::ReadOnly
        | StorageFault::Unopenable
        | StorageFault::Damaged
        | StorageFault::Unconfirmed => Code::StorageFailed,
    }
}

/// For people at the till. What the operator must do is in the log and in `/health/ready`.
const fn detail_of(fault: StorageFault) -> &'static str {
    match fault {
        StorageFault::Full => "The disk of the server is full.",
        StorageFault::Replaced => "The file of the database was deleted or replaced.",
        StorageFault::ReadOnly => "The database may only be read.",
        StorageFault::Unopenable => "The file of the database cannot be opened.",
        StorageFault::Damaged => "The file of the database is damaged.",
        StorageFault::Failing => "The disk of the server reports an error.",
        StorageFault::Unconfirmed => "The database did not confirm the commit.",
    }
}

/// How long a client should wait for somebody to correct the clock.
const CLOCK_SECONDS: u32 = 30;

fn refusal_of_clock(fault: ClockFault) -> Problem {
    let code = match fault {
        ClockFault::Behind { .. } => Code::ClockBehind,
        ClockFault::Apart { .. } => Code::ClockApart,
    };
    Problem::new(code, format!("Nothing is recorded: {fault}.")).retry_after(CLOCK_SECONDS)
}

/// Constraint names of `PostgreSQL` and the corresponding texts of `SQLite`, with their refusals.
const REFUSALS: &[(&str, &str, Code, &str)] = &[
    (
        "users_email_unique",
        "users.email",
        Code::EmailTaken,
        "/email",
    ),
    (
        "products_sku_unique",
        "products.sku",
        Code::SkuTaken,
        "/sku",
    ),
    (
        "products_sku_key_unique",
        "products.sku_key, products.sku_conflict",
        Code::SkuTaken,
        "/sku",
    ),
    (
        "product_barcodes_key_unique",
        "product_barcodes.barcode_key, product_barcodes.barcode_conflict",
        Code::BarcodeTaken,
        "/barcodes",
    ),
    (
        "product_barcodes_unique",
        "product_barcodes.barcode",
        Code::BarcodeTaken,
        "/barcodes",
    ),
    (
        "product_barcodes_pk",
        "product_barcodes.barcode",
        Code::BarcodeTaken,
        "/barcodes",
    ),
    (
        "categories_name_unique",
        "categories.parent_id, categories.name_folded",
        Code::CategoryNameTaken,
        "/name",
    ),
    (
        "categories_root_name_unique",
        "categories.name_folded",
        Code::CategoryNameTaken,
        "/name",
    ),
    (
        "locations_name_unique",
        "locations.name_folded",
        Code::LocationNameTaken,
        "/name",
    ),
    ("sales_pkey", "sales.id", Code::SaleExists, "/id"),
    // One statement writes all tables of a group, so any of these constraints may fail first.
    (
        "payments_pk",
        "payments.sale_id, payments.position",
        Code::SaleExists,
        "/id",
    ),
    (
        "payments_reference_unique",
        "payments.method, payments.reference",
        Code::PaymentReferenceTaken,
        "/payments",
    ),
    (
        "payment_accounts_name_unique",
        "payment_accounts.name_folded",
        Code::AccountNameTaken,
        "/name",
    ),
    ("refunds_pkey", "refunds.id", Code::RefundExists, "/id"),
    (
        "sale_lines_refund_within_sold",
        "sale_lines_refund_within_sold",
        Code::RefundExceedsSold,
        "/lines",
    ),
    (
        "stock_levels_not_negative",
        "stock_levels_not_negative",
        Code::InsufficientStock,
        "/lines",
    ),
    (
        "idempotency_keys_pk",
        "idempotency_keys.user_id, idempotency_keys.key",
        Code::IdempotencyInProgress,
        "Idempotency-Key",
    ),
    ("setup_pkey", "setup.id", Code::AlreadySetUp, ""),
    ("settings_pkey", "settings.id", Code::AlreadySetUp, ""),
];

fn refusal_of(violation: &Violation) -> Option<Problem> {
    if violation.kind == ViolationKind::ForeignKey {
        return Some(Problem::of(Code::UnknownReference));
    }
    let (.., code, pointer) = REFUSALS
        .iter()
        .find(|(postgres, sqlite, ..)| violation.name == *postgres || violation.name == *sqlite)?;
    let problem = Problem::of(*code);
    Some(if pointer.is_empty() {
        problem
    } else {
        problem.at_pointer(*pointer)
    })
}
