//! A job as a stream of server-sent events.
//!
//! The row is looked at: at once when this process writes about a job, and every now and then for
//! what other instances write. So it does not matter which instance the client is connected to.

use std::{convert::Infallible, sync::Arc, time::Duration};

use actix_web::web::Bytes;
use futures_util::{Stream, stream::unfold};
use kernel::{
    ids::JobId,
    jobs::{Job, JobQueue as _},
};
use platform::jobs::wire::JobBody;
use store::jobs::JobStore;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

use super::Jobs;

/// Most clients that watch at once, on one instance.
pub const MAX_STREAMS: usize = 64;
/// Longest stream: whoever was signed out meanwhile does not listen for ever.
const LONGEST: Duration = Duration::from_mins(10);
/// Something is sent at least this often, so that nobody on the way takes the line for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A comment: heard by the line, not by the client's program.
const COMMENT: &[u8] = b":\n\n";

struct Watching {
    store: JobStore,
    poll: Duration,
    id: JobId,
    /// What is to be sent first.
    first: Option<Job>,
    /// What was sent last, to see whether there is news.
    sent: String,
    has_ended: bool,
    until: Instant,
    stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

/// The events of a job; `None` when as many clients watch as may.
pub(super) fn stream(
    jobs: &Jobs,
    job: Job,
) -> Option<impl Stream<Item = Result<Bytes, Infallible>> + 'static> {
    let place = Arc::clone(&jobs.streams).try_acquire_owned().ok()?;
    let watching = Watching {
        store: jobs.store.clone(),
        poll: jobs.poll,
        id: job.id,
        first: Some(job),
        sent: String::new(),
        has_ended: false,
        until: Instant::now() + LONGEST,
        stop: jobs.stop.clone(),
        _place: place,
    };
    Some(unfold(watching, |mut watching| async move {
        let event = watching.next().await?;
        Some((Ok(event), watching))
    }))
}

impl Watching {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(job) = self.first.take() {
            return self.event(job);
        }
        if self.has_ended {
            return None;
        }
        let heartbeat = Instant::now() + HEARTBEAT;
        loop {
            let now = Instant::now();
            if now >= self.until {
                return None;
            }
            if now >= heartbeat {
                return Some(Bytes::from_static(COMMENT));
            }
            let look = (now + self.poll).min(heartbeat).min(self.until);
            tokio::select! {
                () = self.store.changed() => {}
                () = sleep_until(look) => {}
                _ = self.stop.wait_for(|stop| *stop) => return None,
            }
            match self.store.get(self.id).await {
                Ok(Some(job)) => {
                    if let Some(event) = self.event(job) {
                        return Some(event);
                    }
                }
                // Forgotten, which happens to those only that have ended.
                Ok(None) => return None,
                // The cause is in the log; the next look may succeed.
                Err(_) => {}
            }
        }
    }

    /// The event, if it says anything new.
    fn event(&mut self, job: Job) -> Option<Bytes> {
        self.has_ended = job.state.has_ended();
        let data = serde_json::to_string(&JobBody::from(job)).ok()?;
        if data == self.sent {
            return None;
        }
        let event = Bytes::from(format!("event: job\ndata: {data}\n\n"));
        self.sent = data;
        Some(event)
    }
}
