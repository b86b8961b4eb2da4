//! What a place for answers has to do.

use async_trait::async_trait;
use kernel::Timestamp;

use super::{answer::Answer, key::Key};

/// Keeps answers. It may forget them at any time, fails by finding nothing, and takes no longer than
/// its limit.
#[async_trait]
pub(super) trait Tier: Send + Sync {
    /// The answer under a key, if there is one.
    async fn find(&self, key: &Key, now: Timestamp) -> Option<Answer>;
    /// Keeps an answer until it expires, at the latest.
    async fn keep(&self, key: &Key, answer: &Answer);
}
