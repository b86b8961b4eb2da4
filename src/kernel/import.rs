//! The port by which `sales` reports an import of the shop's history.

use async_trait::async_trait;

/// Called by `sales` after the commit of imported sales history; implemented by a module that uses the
/// past.
#[async_trait]
pub trait PastImported: Send + Sync + 'static {
    /// The history is stored. The call must be quick and must not fail: the import is done already.
    async fn past_imported(&self);
}
