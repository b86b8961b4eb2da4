//! What a worker needs: the queue, the handlers and its options.

use std::{sync::Arc, time::Duration};

use platform::access::Sessions;
use store::jobs::JobStore;

use super::Registry;
use crate::settings::JobsSettings;

/// The state of a worker.
#[derive(Clone)]
pub(crate) struct Worker {
    pub store: JobStore,
    pub registry: Registry,
    /// Knows the present role of each account.
    pub accounts: Arc<dyn Sessions>,
    pub options: WorkersOptions,
}

/// How the workers work.
#[derive(Debug, Clone, Copy)]
pub struct WorkersOptions {
    /// How many; 0 is allowed, for an instance that only serves requests.
    pub workers: usize,
    /// How often an idle worker polls for jobs that other instances ordered.
    pub poll: Duration,
    /// How long a worker keeps a job without renewing its lease.
    pub lease: Duration,
}

impl WorkersOptions {
    /// The options in the settings.
    #[must_use]
    pub const fn of(settings: &JobsSettings) -> Self {
        Self {
            workers: settings.workers,
            poll: Duration::from_millis(settings.poll_milliseconds),
            lease: Duration::from_secs(settings.lease_seconds),
        }
    }
}
