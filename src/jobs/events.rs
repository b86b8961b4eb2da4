//! A job as a stream of server-sent events.
//!
//! The row is looked at: at once when this process writes about a job, and every now and then for
//! what other instances write. So it does not matter which instance the client is connected to.

use std::{convert::Infallible, sync::Arc, time::Duration};

use actix_web::web::Bytes;
use futures_util::{Stream, stream::unfold};
use kernel::{Code, ids::JobId, jobs::Job};
use platform::{access::Standing, jobs::wire::JobBody, seats::Seat};
use store::jobs::JobStore;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

use super::Jobs;

/// Most clients that watch at once, on one instance.
pub const MAX_STREAMS: usize = 64;
/// Of these for one user: a page watches one or two jobs.
pub const MAX_STREAMS_PER_USER: usize = 8;
/// Longest stream: whoever still listens asks again.
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
    /// Who listens, as long as the session lives.
    standing: Standing,
    _places: (OwnedSemaphorePermit, Seat),
}

/// The events of a job; `None` when as many clients watch as may.
pub(super) fn stream(
    jobs: &Jobs,
    job: Job,
    standing: Standing,
    seat: Seat,
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
        standing,
        _places: (place, seat),
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
            if self.was_signed_out().await {
                return None;
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

    /// Whether the session has ended, or means less than before. A database that is away says neither.
    async fn was_signed_out(&self) -> bool {
        let checked = self.standing.check().await;
        checked.is_err_and(|problem| problem.code == Code::SessionEnded)
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
