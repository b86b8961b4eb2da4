//! A question of analytics that was not answered.

/// A read that did not succeed. The cause stays in the log; who asks only learns that it failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store is away or too slow.
    #[error("the store is unavailable")]
    Unavailable,
    /// The store answered something that cannot be.
    #[error("the store failed")]
    Failed,
}
