//! The one reader of a process, which all its streams share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kernel::Problem;
use sales::live::LivePosition;
use tokio::{
    sync::{Mutex, broadcast, watch},
    time::sleep,
};

use super::source::{Batch, Source};

/// How often it looks for commits of other instances.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// Shortest time between two pages, whatever is sold: a page has at most a hundred sales, so those who
/// watch cost the tills the same however much they sell. What is left comes later.
const SHORTEST_GAP: Duration = Duration::from_millis(100);
/// Pages that a stream may be behind before it reads for itself again.
const KEPT_BATCHES: usize = 32;

/// Follows the shop while anybody watches.
pub(super) struct Follower {
    pub(super) source: Source,
    /// Where it is; `None` while nobody watches.
    at: Mutex<Option<LivePosition>>,
    sender: broadcast::Sender<Arc<Batch>>,
    is_running: AtomicBool,
    stop: watch::Receiver<bool>,
}

/// A running reader. One that ends marks that itself; one that panics is started again.
struct Running(Arc<Follower>);

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.is_running.store(false, Ordering::SeqCst);
        }
    }
}

impl Follower {
    pub(super) fn new(source: Source, stop: watch::Receiver<bool>) -> Self {
        Self {
            source,
            at: Mutex::new(None),
            sender: broadcast::Sender::new(KEPT_BATCHES),
            is_running: AtomicBool::new(false),
            stop,
        }
    }

    /// The batches behind the returned position, to which the reader has come: at least as far as the
    /// stream that joins it.
    pub(super) async fn join(
        self: &Arc<Self>,
        stream: &LivePosition,
    ) -> Result<(broadcast::Receiver<Arc<Batch>>, LivePosition), Problem> {
        let mut at = self.at.lock().await;
        let mut here = match *at {
            Some(here) => here,
            None => self.source.here().await?,
        };
        while !here.covers(stream) {
            let read = self.source.batch(here, stream.newest()).await?;
            if read.to.is_at(&here) {
                break;
            }
            here = read.to;
            self.pass_on(read);
            *at = Some(here);
        }
        *at = Some(here);
        let receiver = self.sender.subscribe();
        drop(at);
        self.keep_running();
        Ok((receiver, here))
    }

    /// Starts the reader, or starts it again if it has ended.
    pub(super) fn keep_running(self: &Arc<Self>) {
        if !self.is_running.swap(true, Ordering::SeqCst) {
            let running = Running(Arc::clone(self));
            actix_web::rt::spawn(async move { running.0.run().await });
        }
    }

    async fn run(&self) {
        let mut commits = self.source.commits();
        let mut stop = self.stop.clone();
        loop {
            tokio::select! {
                // Ends with the program.
                changed = commits.changed() => if changed.is_err() { return },
                () = sleep(LOOK_EVERY) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            loop {
                match self.look().await {
                    Look::Moved => sleep(SHORTEST_GAP).await,
                    Look::Still => break,
                    Look::Alone => return,
                }
            }
        }
    }

    /// Reads one page of what is new, and passes it on.
    async fn look(&self) -> Look {
        let mut at = self.at.lock().await;
        if self.sender.receiver_count() == 0 {
            *at = None;
            // A stream that joins from here on starts it again.
            self.is_running.store(false, Ordering::SeqCst);
            return Look::Alone;
        }
        let Some(from) = *at else {
            return Look::Still;
        };
        match self.next(from).await {
            Ok(Some(read)) => {
                *at = Some(read.to);
                self.pass_on(read);
                Look::Moved
            }
            Ok(None) => Look::Still,
            Err(problem) => {
                tracing::debug!(%problem, "what happens in the shop cannot be read");
                Look::Still
            }
        }
    }

    async fn next(&self, from: LivePosition) -> Result<Option<Batch>, Problem> {
        let Some(newest) = self.source.news(&from).await? else {
            return Ok(None);
        };
        let read = self.source.batch(from, newest).await?;
        Ok((!read.to.is_at(&from)).then_some(read))
    }

    fn pass_on(&self, batch: Batch) {
        // An error says that nobody listens: the reader ends at its next look.
        let _listeners = self.sender.send(Arc::new(batch));
    }
}

/// What a look has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// There was something new, and there may be more.
    Moved,
    /// There is nothing new, or the database does not answer.
    Still,
    /// Nobody watches.
    Alone,
}
