//! One stream: from the position of its client to that of the reader, and on with it.

use std::{convert::Infallible, sync::Arc, time::Duration};

use actix_web::web::Bytes;
use futures_util::{Stream, stream::unfold};
use kernel::Code;
use platform::{access::Standing, seats::Seat};
use sales::live::LivePosition;
use tokio::{
    sync::{
        OwnedSemaphorePermit, Semaphore,
        broadcast::{self, error::RecvError},
        watch,
    },
    time::{Instant, sleep_until},
};

use super::{Events, follower::Follower, source::Batch, viewer::Viewer, wire::ShopEvent};

/// Something is sent at least this often, so that nobody on the way takes the line for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often the session is checked while nothing happens.
const CHECK_EVERY: Duration = Duration::from_secs(2);
/// Pause before the database is asked again after it did not answer.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest stream without a token, in development.
const LONGEST: Duration = Duration::from_hours(1);

/// Where a stream begins, and what is said first.
pub(super) struct Beginning {
    pub position: LivePosition,
    pub first: ShopEvent,
}

struct WatchingShop {
    follower: Arc<Follower>,
    catching_up: Arc<Semaphore>,
    viewer: Viewer,
    /// Who watches, as long as the session lives.
    standing: Standing,
    /// What is to be sent first.
    first: Option<ShopEvent>,
    position: LivePosition,
    /// The position in the last id that was sent.
    sent: LivePosition,
    feed: Option<Feed>,
    heartbeat: Instant,
    until: Instant,
    stop: watch::Receiver<bool>,
    _places: (OwnedSemaphorePermit, Seat),
}

/// What the reader passes on behind a position.
struct Feed {
    batches: broadcast::Receiver<Arc<Batch>>,
    begins: LivePosition,
}

/// What a step has come to.
enum Step {
    /// Send this; nothing if it is empty.
    Send(Bytes),
    /// Look again.
    Again,
    /// The stream is over.
    End,
}

/// The events of the shop for one client; `None` when as many clients watch as may.
pub(super) fn stream(
    events: &Events,
    beginning: Beginning,
    viewer: Viewer,
    standing: Standing,
    seat: Seat,
) -> Option<impl Stream<Item = Result<Bytes, Infallible>> + 'static> {
    let place = Arc::clone(&events.streams).try_acquire_owned().ok()?;
    let now = Instant::now();
    let watching = WatchingShop {
        follower: Arc::clone(&events.follower),
        catching_up: Arc::clone(&events.catching_up),
        viewer,
        until: now + standing.remaining().unwrap_or(LONGEST),
        standing,
        first: Some(beginning.first),
        position: beginning.position,
        sent: beginning.position,
        feed: None,
        heartbeat: now + HEARTBEAT,
        stop: events.stop.clone(),
        _places: (place, seat),
    };
    Some(unfold(watching, |mut watching| async move {
        let sent = watching.next().await?;
        Some((Ok(sent), watching))
    }))
}

impl WatchingShop {
    /// The next text of the stream, never empty; `None` at its end.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(Bytes::from(first.written(&self.position.seal())));
        }
        loop {
            if Instant::now() >= self.until || *self.stop.borrow() {
                return None;
            }
            let step = self.step().await;
            // Whatever the step waited for: nothing is sent to somebody who was signed out meanwhile.
            if self.was_signed_out().await {
                return None;
            }
            match step {
                Step::Send(text) if text.is_empty() => {}
                Step::Send(text) => {
                    self.sent = self.position;
                    self.heartbeat = Instant::now() + HEARTBEAT;
                    return Some(text);
                }
                Step::Again => {}
                Step::End => return None,
            }
            if Instant::now() >= self.heartbeat {
                return Some(self.beat());
            }
        }
    }

    /// What keeps the line open: a comment, and the id of what this client may not see, so that it need
    /// not be looked through again.
    fn beat(&mut self) -> Bytes {
        self.heartbeat = Instant::now() + HEARTBEAT;
        self.follower.keep_running();
        if self.sent.is_at(&self.position) {
            return Bytes::from_static(b":\n\n");
        }
        self.sent = self.position;
        Bytes::from(format!("id: {}\n\n", self.position.seal()))
    }

    async fn step(&mut self) -> Step {
        let Some(feed) = &self.feed else {
            return self.join().await;
        };
        let begins = feed.begins;
        if self.position.is_at(&begins) {
            self.wait().await
        } else {
            self.catch_up(begins).await
        }
    }

    async fn join(&mut self) -> Step {
        match self.follower.join(&self.position).await {
            Ok((batches, begins)) => {
                self.feed = Some(Feed { batches, begins });
                Step::Again
            }
            Err(_) => self.pause().await,
        }
    }

    /// Reads a page towards a position.
    async fn catch_up(&mut self, goal: LivePosition) -> Step {
        let Ok(turn) = self.catching_up.acquire().await else {
            return Step::End;
        };
        let read = self
            .follower
            .source
            .batch(self.position, goal.newest())
            .await;
        drop(turn);
        match read {
            Ok(batch) => {
                // Rows that are gone do not come: then nothing lies in between.
                let is_there = batch.to.is_at(&self.position);
                self.position = if is_there { goal } else { batch.to };
                Step::Send(batch.seen_by(&self.viewer))
            }
            Err(_) => self.pause().await,
        }
    }

    /// Waits for what the reader passes on.
    async fn wait(&mut self) -> Step {
        let Some(feed) = &mut self.feed else {
            return Step::Again;
        };
        let look = (Instant::now() + CHECK_EVERY)
            .min(self.heartbeat)
            .min(self.until);
        let batch = tokio::select! {
            batch = feed.batches.recv() => batch,
            () = sleep_until(look) => return Step::Again,
            _ = self.stop.wait_for(|stop| *stop) => return Step::End,
        };
        match batch {
            Ok(batch) if batch.from.is_at(&self.position) => {
                self.position = batch.to;
                feed.begins = batch.to;
                Step::Send(batch.seen_by(&self.viewer))
            }
            // It was too slow, or the reader began anew: it goes on from where it is.
            Ok(_) | Err(RecvError::Lagged(_)) => {
                self.feed = None;
                Step::Again
            }
            Err(RecvError::Closed) => Step::End,
        }
    }

    async fn pause(&mut self) -> Step {
        let until = (Instant::now() + PAUSE).min(self.until);
        tokio::select! {
            () = sleep_until(until) => Step::Again,
            _ = self.stop.wait_for(|stop| *stop) => Step::End,
        }
    }

    /// Whether the session has ended, or means less than before. A database that is away says neither.
    async fn was_signed_out(&self) -> bool {
        let checked = self.standing.check().await;
        checked.is_err_and(|problem| problem.code == Code::SessionEnded)
    }
}
