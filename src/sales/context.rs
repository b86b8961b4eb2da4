//! What every use case of `sales` works with.

use std::sync::Arc;

use files::read::BookReader;
use kernel::{Clock, import::PastImported};
use store::{ReadDb, WriteDb};

use crate::{audit::refusals::Refusals, idempotency::InFlight, shop_reader::ShopReader};

/// Handles, clock and settings, shared by all services.
#[derive(Clone, derive_more::Debug)]
#[debug("Context {{ .. }}")]
pub struct Context {
    /// Reads from the primary, so that a change is seen at once. Reads that may be a little late,
    /// from a replica, use another handle.
    pub read: ReadDb,
    /// Opens transactions.
    pub write: WriteDb,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Reads the settings of the shop.
    pub shop: ShopReader,
    /// Counts refusals for the audit log.
    pub refusals: Refusals,
    /// The idempotency keys of running requests.
    pub in_flight: InFlight,
    /// How old a sale that a cashier enters may be, in hours.
    pub late_entry_hours: i64,
    /// Parses spreadsheets; without it, files are text.
    pub books: Option<Arc<dyn BookReader>>,
    /// Notified after the import of a sales history.
    pub past_imported: Option<Arc<dyn PastImported>>,
}

/// The default of `late_entry_hours`.
const LATE_ENTRY_HOURS: i64 = 24;

impl Context {
    /// A context for a shop's database.
    #[must_use]
    pub fn new(write: WriteDb, clock: Arc<dyn Clock>) -> Self {
        let read = write.primary().clone();
        Self {
            shop: ShopReader::new(read.clone()),
            refusals: Refusals::new(&write, Arc::clone(&clock)),
            read,
            write,
            clock,
            in_flight: InFlight::default(),
            late_entry_hours: LATE_ENTRY_HOURS,
            books: None,
            past_imported: None,
        }
    }
}

impl Context {
    /// The same context for signing in and out: people must be able to sign in to correct a wrong
    /// clock.
    #[must_use]
    pub fn whatever_the_clock_shows(&self) -> Self {
        Self {
            write: self.write.minding_no_clock(),
            ..self.clone()
        }
    }
}
