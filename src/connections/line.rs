//! The state of a connection, shared by its stream, the edge and the table of addresses.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use futures_util::task::AtomicWaker;
use pin_project_lite::pin_project;
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Line {
    opened: Instant,
    /// Requests whose answer is not complete.
    under_way: AtomicU32,
    /// Milliseconds after `opened` at which it was last used.
    used_at: AtomicU64,
    /// The edge has passed on an answer that is not sent yet.
    has_answer: AtomicBool,
    /// Another connection replaces it.
    is_given_up: AtomicBool,
    waker: AtomicWaker,
}

impl Line {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            under_way: AtomicU32::new(0),
            used_at: AtomicU64::new(0),
            has_answer: AtomicBool::new(false),
            is_given_up: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        })
    }

    /// Marks it as used now.
    pub(super) fn touch(&self) {
        let elapsed = self.opened.elapsed().as_millis();
        let now = u64::try_from(elapsed).unwrap_or(u64::MAX);
        self.used_at.store(now, Ordering::Relaxed);
    }

    /// When it was last used.
    pub(super) fn used_at(&self) -> Instant {
        self.opened + Duration::from_millis(self.used_at.load(Ordering::Relaxed))
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    /// Whether the next bytes are from the edge, not from the library.
    pub(super) fn has_answer(&self) -> bool {
        self.has_answer.load(Ordering::Relaxed)
    }

    /// Everything so far has been sent.
    pub(super) fn flushed(&self) {
        if !self.is_under_way() {
            self.has_answer.store(false, Ordering::Relaxed);
        }
    }

    /// Ends it as soon as its thread runs.
    pub(super) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.is_given_up.load(Ordering::Acquire)
    }

    /// The task to wake when it is given up.
    pub(super) fn wake_with(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}

/// A request is running as long as this exists.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Line>);

impl UnderWay {
    pub(crate) fn begin(line: &Arc<Line>) -> Self {
        line.under_way.fetch_add(1, Ordering::Relaxed);
        line.has_answer.store(true, Ordering::Relaxed);
        Self(Arc::clone(line))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.touch();
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

pin_project! {
    /// The body of an answer. Its request is running until the body ends.
    #[derive(Debug)]
    pub struct Followed<B> {
        #[pin]
        body: B,
        under_way: Option<UnderWay>,
    }
}

impl<B> Followed<B> {
    pub(crate) const fn new(body: B, under_way: Option<UnderWay>) -> Self {
        Self { body, under_way }
    }
}

impl<B: MessageBody> MessageBody for Followed<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.project().body.poll_next(context)
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        let under_way = self.under_way;
        self.body
            .try_into_bytes()
            .map_err(|body| Self { body, under_way })
    }
}
