//! Errors of the read ports.

/// Why a read failed. The cause is in the log.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database is not available or too slow.
    #[error("the store is unavailable")]
    Unavailable,
    /// Stored data is not valid.
    #[error("the store failed")]
    Failed,
}
