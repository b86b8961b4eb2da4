//! The interface of a store of responses.

use async_trait::async_trait;
use kernel::Timestamp;

use super::{answer::Answer, key::Key};

/// Stores responses. It may drop them at any time, returns nothing when it fails, and takes no longer
/// than its limit.
#[async_trait]
pub(super) trait Tier: Send + Sync {
    async fn find(&self, key: &Key, now: Timestamp) -> Option<Answer>;
    /// Stores a response until it expires, at the longest.
    async fn keep(&self, key: &Key, answer: &Answer);
}
