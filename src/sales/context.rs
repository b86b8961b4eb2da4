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
    /// Answers questions, from the database that is written to: who has just changed something reads
    /// it back. What may be a little late, on a replica, gets a handle of its own.
    pub read: ReadDb,
    /// Changes things.
    pub write: WriteDb,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Knows the shop.
    pub shop: ShopReader,
    /// Counts what is refused, for the audit log.
    pub refusals: Refusals,
    /// The idempotency keys that are being worked on.
    pub in_flight: InFlight,
    /// How old a sale that a cashier enters may be, in hours.
    pub late_entry_hours: i64,
    /// Parses spreadsheets; without it, files are text.
    pub books: Option<Arc<dyn BookReader>>,
    /// Who hears of an imported past.
    pub past_imported: Option<Arc<dyn PastImported>>,
}

/// How old a sale that a cashier enters may be unless the configuration says otherwise, in hours.
const LATE_ENTRY_HOURS: i64 = 24;

impl Context {
    /// A context over a shop's database.
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
    /// The same, for signing in and out: whoever is to put a wrong clock right has to come in.
    #[must_use]
    pub fn whatever_the_clock_shows(&self) -> Self {
        Self {
            write: self.write.minding_no_clock(),
            ..self.clone()
        }
    }
}
