//! Follows the log of changes: every second from the database, and at once when another instance sends a
//! notice over Redis.
//!
//! A notice is only a hint. A lost one, or a Redis that is away, costs a second and nothing else: the
//! database decides.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use deadpool_redis::redis::Client;
use futures_util::StreamExt as _;
use kernel::{changes::ChangeLog, read::ReadError};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{Shelf, generations::Look, redis::channel};

/// Longest delay until commits of other instances are known.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest wait for the log.
const LOOK_TIMEOUT: Duration = Duration::from_secs(5);
/// Lines read at once.
const PAGE: u32 = 1_000;
/// After a notice, a replica may show the change a little later.
const CALLED_LOOK_EVERY: Duration = Duration::from_millis(50);
/// Reads of the log after a notice.
const CALLED_LOOKS: u32 = 20;
/// When the log stays behind known numbers for this many reads, it has been restored from a copy.
const MAX_LOOKS_BEHIND: u32 = 60;

/// Limit for connecting, subscribing and a ping.
const PATIENCE: Duration = Duration::from_secs(1);
/// Silence after which a ping is sent.
const SILENCE: Duration = Duration::from_secs(5);
/// Pause before another try to subscribe.
const PAUSE: Duration = Duration::from_millis(500);

/// Received notices, and the signal to read the log.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Signals that the log should be read now.
    pub look: Notify,
    /// The highest number that another instance sent.
    called: AtomicI64,
    pub heard: AtomicU64,
    pub is_subscribed: AtomicBool,
}

pub(super) struct Reading {
    log: Arc<dyn ChangeLog>,
    identity: i64,
    /// Every line up to this number has been read.
    read_to: i64,
    looks_behind: u32,
}

impl Reading {
    pub(super) fn new(log: Arc<dyn ChangeLog>) -> Self {
        Self {
            log,
            identity: 0,
            read_to: 0,
            looks_behind: 0,
        }
    }

    /// Reads the log once.
    pub(super) async fn look(&mut self, shelf: &Shelf) -> Result<(), ReadError> {
        let look = self.read(shelf);
        timeout(LOOK_TIMEOUT, look)
            .await
            .unwrap_or(Err(ReadError::Unavailable))
    }

    async fn read(&mut self, shelf: &Shelf) -> Result<(), ReadError> {
        if self.identity == 0 {
            self.identity = self.log.shop_identity().await?;
            shelf.identify(self.identity);
        }
        let latest = self.log.latest().await?;
        let mut lines = Vec::new();
        while self.read_to < latest {
            let page = self.log.after(self.read_to, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            self.read_to = page
                .last()
                .map_or(latest, |line| line.seq.max(self.read_to));
            lines.extend(page);
            if is_last {
                self.read_to = self.read_to.max(latest);
            }
        }
        let look = shelf.generations.look(latest, &lines);
        let (highest, ..) = shelf.generations.position();
        self.looks_behind = if latest < highest {
            self.looks_behind.saturating_add(1)
        } else {
            0
        };
        if look == Look::GoneBack || self.looks_behind > MAX_LOOKS_BEHIND {
            self.find_out_where(shelf).await?;
        }
        Ok(())
    }

    /// The log ends earlier than before: a late replica, or another database, restored from a copy.
    async fn find_out_where(&mut self, shelf: &Shelf) -> Result<(), ReadError> {
        let identity = self.log.shop_identity().await?;
        if identity == self.identity && self.looks_behind <= MAX_LOOKS_BEHIND {
            return Ok(());
        }
        tracing::warn!(
            "the log of changes ends earlier than before: every cached response is dropped"
        );
        shelf.forget_all();
        *self = Self::new(Arc::clone(&self.log));
        Ok(())
    }
}

pub(super) async fn follow(shelf: Arc<Shelf>, mut reading: Reading) {
    let mut failed = false;
    loop {
        let pause = timeout(LOOK_EVERY, shelf.calls.look.notified());
        let _either = pause.await;
        for _ in 0..CALLED_LOOKS {
            let outcome = reading.look(&shelf).await;
            if let Err(error) = &outcome
                && !failed
            {
                tracing::warn!(%error, "the log of changes cannot be read: soon nothing is cached");
            }
            failed = outcome.is_err();
            let (_, shown, _) = shelf.generations.position();
            if failed || shown >= shelf.calls.called.load(Ordering::Acquire) {
                break;
            }
            sleep(CALLED_LOOK_EVERY).await;
        }
        // A notice from a database that has since been restored would never be confirmed by the log.
        let (_, shown, _) = shelf.generations.position();
        shelf.calls.called.fetch_min(shown, Ordering::AcqRel);
    }
}

/// Receives notices of other instances; subscribes again whenever the connection is lost.
pub(super) async fn listen(shelf: Arc<Shelf>, client: Client) {
    loop {
        // Changes noticed meanwhile are found in the log.
        let _end = subscribe(&shelf, &client).await;
        shelf.calls.is_subscribed.store(false, Ordering::Release);
        shelf.calls.look.notify_one();
        sleep(PAUSE).await;
    }
}

async fn subscribe(shelf: &Shelf, client: &Client) -> Option<()> {
    let identity = shelf.identity.load(Ordering::Acquire);
    let connecting = timeout(PATIENCE, client.get_async_pubsub()).await;
    let mut subscription = connecting.ok()?.ok()?;
    let subscribing = subscription.subscribe(channel(identity));
    timeout(PATIENCE, subscribing).await.ok()?.ok()?;
    shelf.calls.is_subscribed.store(true, Ordering::Release);
    shelf.calls.look.notify_one();
    loop {
        let next = timeout(SILENCE, subscription.on_message().next()).await;
        match next {
            Ok(Some(message)) => {
                let seq: i64 = message.get_payload().unwrap_or_default();
                shelf.calls.called.fetch_max(seq, Ordering::AcqRel);
                shelf.calls.heard.fetch_add(1, Ordering::Relaxed);
                shelf.calls.look.notify_one();
            }
            Ok(None) => return None,
            Err(_) => {
                timeout(PATIENCE, subscription.ping::<()>())
                    .await
                    .ok()?
                    .ok()?;
            }
        }
        if shelf.identity.load(Ordering::Acquire) != identity {
            return None;
        }
    }
}
