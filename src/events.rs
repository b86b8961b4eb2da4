//! `GET /events`: what happens in the shop, as it happens, on whichever instance it happened.
//!
//! Facts are read from the database, where all instances find them: `source` makes events of them.
//! One reader for each process follows the shop while anybody watches (`follower`): a commit of this
//! process wakes it at once, and those of others are found by looking twice a second. A stream
//! (`stream`) goes from its own position to that of the reader page by page, and is then fed by it. If
//! it falls behind, it goes on from its position in the same way, so memory is bounded and nothing is
//! lost. See ADR 0033.

mod follower;
pub mod http;
mod source;
mod stream;
mod viewer;
pub mod wire;

use std::sync::Arc;

use actix_web::web;
use analytics::Analytics;
use platform::seats::Seats;
use sales::Sales;
use store::jobs::JobStore;
use tokio::sync::{Semaphore, watch};

use follower::Follower;
use source::Source;

/// Most clients that watch at once, on one instance.
pub const MAX_STREAMS: usize = 128;
/// Of these for one user: their tills, screens and telephones.
pub const MAX_STREAMS_PER_USER: usize = 8;
/// Streams that read pages of their own at once; the others wait, so that a hundred clients that come
/// back together do not take the connections of the tills.
const CATCHING_UP_AT_ONCE: usize = 2;

/// The state behind the operation.
#[derive(Clone, derive_more::Debug)]
#[debug("Events {{ .. }}")]
pub struct Events {
    follower: Arc<Follower>,
    catching_up: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    seats: Arc<Seats>,
    stop: watch::Receiver<bool>,
}

impl Events {
    /// Watches this shop; streams end when `stop` turns true.
    #[must_use]
    pub fn new(
        sales: web::Data<Sales>,
        analytics: web::Data<Analytics>,
        jobs: JobStore,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let source = Source::new(sales.into_inner(), analytics.into_inner(), jobs);
        Self {
            follower: Arc::new(Follower::new(source, stop.clone())),
            catching_up: Arc::new(Semaphore::new(CATCHING_UP_AT_ONCE)),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            seats: Seats::new(MAX_STREAMS_PER_USER, MAX_STREAMS_PER_USER),
            stop,
        }
    }
}
