//! A stream that ends when it stays unused.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::web::Bytes;
use metrics::counter;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{Limits, addresses::ConnectionPlace, line::Line, plain};

/// A connection under the rules of [`super`].
pub(crate) struct Guarded<S> {
    stream: S,
    place: ConnectionPlace,
    limits: Limits,
    timer: Pin<Box<Sleep>>,
    /// Since when the client has read nothing.
    blocked_since: Option<Instant>,
    is_over: bool,
    /// What is sent instead of a bare refusal, and how much of it has been sent.
    instead: Option<(Bytes, usize)>,
}

impl<S> Guarded<S> {
    pub(super) fn new(stream: S, place: ConnectionPlace, limits: Limits) -> Self {
        Self {
            stream,
            place,
            limits,
            timer: Box::pin(sleep_until(Instant::now() + limits.idle)),
            blocked_since: None,
            is_over: false,
            instead: None,
        }
    }

    /// The state of the connection, for the edge.
    pub(super) fn line(&self) -> Arc<Line> {
        Arc::clone(self.place.line())
    }

    /// Whether reading ends: the client's time is over, or its place is needed. The library takes
    /// this for the end of the input and closes the connection properly.
    fn is_overdue(&mut self, context: &mut Context<'_>) -> bool {
        if self.is_over {
            return true;
        }
        let line = self.place.line();
        if line.is_under_way() {
            return false;
        }
        line.wake_with(context.waker());
        if line.is_given_up() {
            self.is_over = true;
            return true;
        }
        let deadline = line.used_at() + self.limits.idle;
        if self.waits_until(deadline, context) {
            self.is_over = true;
            counter!("connections_overdue_total", "while" => "idle").increment(1);
        }
        self.is_over
    }

    /// Whether a deadline has passed. If not, the task is woken then.
    fn waits_until(&mut self, deadline: Instant, context: &mut Context<'_>) -> bool {
        if Instant::now() >= deadline {
            return true;
        }
        // A timer that rings too early is set again: most never ring.
        if self.timer.deadline() > deadline || self.timer.is_elapsed() {
            self.timer.as_mut().reset(deadline);
        }
        while self.timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
                return true;
            }
            self.timer.as_mut().reset(deadline);
        }
        false
    }

    /// The result of a write. A client that reads nothing for too long is dropped.
    fn taken<T>(
        &mut self,
        outcome: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.blocked_since = None;
            self.place.line().touch();
            return outcome;
        }
        let since = *self.blocked_since.get_or_insert_with(Instant::now);
        if self.waits_until(since + self.limits.stalled, context) {
            counter!("connections_overdue_total", "while" => "sending").increment(1);
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Also while data arrives: a byte a second does not count as use.
        if this.is_overdue(context) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.instead.is_none() && !this.place.line().has_answer() {
            this.instead = plain::explained(buffer).map(|answer| (answer, 0));
        }
        while let Some((answer, sent)) = &mut this.instead {
            let rest = answer.get(*sent..).unwrap_or_default();
            if rest.is_empty() {
                // The library's own bytes count as sent.
                this.instead = None;
                return Poll::Ready(Ok(buffer.len()));
            }
            let outcome = Pin::new(&mut this.stream).poll_write(context, rest);
            if let Poll::Ready(Ok(more)) = outcome {
                *sent += more;
            }
            match this.taken(outcome, context) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(_)) => {}
                other => return other,
            }
        }
        let outcome = Pin::new(&mut this.stream).poll_write(context, buffer);
        this.taken(outcome, context)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_flush(context);
        if let Poll::Ready(Ok(())) = outcome {
            this.place.line().flushed();
        }
        // The library reads before it answers. From here the time for the next request runs, and
        // nothing else would wake this task.
        let _told_when_it_reads = this.is_overdue(context);
        outcome
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;
    use crate::connections::{addresses::Addresses, line::UnderWay};

    const LIMITS: Limits = Limits {
        idle: Duration::from_millis(50),
        stalled: Duration::from_millis(50),
    };
    /// A moment that is short compared with the limits.
    const MOMENT: Duration = Duration::from_millis(5);

    fn pair() -> (DuplexStream, Guarded<DuplexStream>) {
        let (client, server) = duplex(64);
        let place = Addresses::new(None).take([192, 0, 2, 1].into()).unwrap();
        (client, Guarded::new(server, place, LIMITS))
    }

    #[tokio::test]
    async fn what_is_given_up_ends_at_once() {
        let (_client, mut server) = pair();
        let line = server.line();
        let reading = tokio::spawn(async move { server.read(&mut [0; 8]).await });
        tokio::task::yield_now().await;
        line.give_up();
        assert_eq!(reading.await.unwrap().unwrap(), 0);
    }

    #[tokio::test]
    async fn what_drips_is_ended_and_stays_so() {
        let (mut client, mut server) = pair();
        let dripping = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                tokio::time::sleep(MOMENT).await;
            }
        });
        let mut buffer = [0; 8];
        let mut received = 0;
        loop {
            match server.read(&mut buffer).await.unwrap() {
                0 => break,
                more => received += more,
            }
        }
        assert!(received > 0);
        assert_eq!(server.read(&mut buffer).await.unwrap(), 0);
        drop(server);
        dripping.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_silent_is_ended_unless_a_request_is_under_way() {
        let (_client, mut server) = pair();
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 0);
        let (_client, mut server) = pair();
        let under_way = UnderWay::begin(&server.line());
        let mut buffer = [0; 8];
        let reading = tokio::time::timeout(LIMITS.idle * 5, server.read(&mut buffer));
        assert!(reading.await.is_err(), "a request is under way");
        drop(under_way);
        assert_eq!(server.read(&mut buffer).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn an_answer_that_nobody_reads_is_given_up() {
        let (mut client, mut server) = pair();
        let _under_way = UnderWay::begin(&server.line());
        let sending = tokio::spawn(async move {
            let outcome = server.write_all(&[7; 512]).await;
            outcome.map_err(|error| error.kind())
        });
        client.read_exact(&mut [0; 64]).await.unwrap();
        assert_eq!(sending.await.unwrap(), Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn a_bare_refusal_is_replaced_also_where_it_is_taken_in_pieces() {
        let bare = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: today\r\n\r\n";
        let (mut client, mut server) = pair();
        let writing = tokio::spawn(async move {
            server.write_all(bare).await.unwrap();
            server.flush().await.unwrap();
            let under_way = UnderWay::begin(&server.line());
            drop(under_way);
            // What the edge sends goes out unchanged.
            server.write_all(bare).await.unwrap();
        });
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        writing.await.unwrap();
        let text = String::from_utf8(received).unwrap();
        assert!(text.contains("\"request.malformed\""), "{text}");
        assert!(text.ends_with(std::str::from_utf8(bare).unwrap()), "{text}");
    }
}
