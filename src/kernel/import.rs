//! The port by which `sales` reports that the past of a shop was imported.

use async_trait::async_trait;

/// Gets a call when sales history was imported from a file. `sales` calls it after the commit; a
/// module that works on the past implements it.
#[async_trait]
pub trait PastImported: Send + Sync + 'static {
    /// The past is stored. Must be quick, and must not fail: the import is done already.
    async fn past_imported(&self);
}
