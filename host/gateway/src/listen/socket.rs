//! A client's socket: tells a client that only stopped sending from one that hung up, waits only so long for one that
//! does not read, and lets one that is still sending read its refusal.

mod linger;

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::peer::Peer;
use super::stall::Stall;
use super::wire::Wire;
use crate::fairness;
use linger::Linger;

/// An interim response that changes nothing: clients discard it (RFC 9110, section 15.2.1), and the kernel of one that
/// has hung up answers it with a reset. There is no other way to learn that: a closed connection and one whose sending
/// side alone is closed look the same until something is written.
const PROBE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// How long after its end of sending a client is probed. Most answers are there by then, and some simple clients read
/// the first status line only.
const PROBE_AFTER: Duration = Duration::from_secs(1);

/// How often a client that has stopped sending is checked: the kernel knows of a reset, but wakes nobody.
const CHECK_EVERY: Duration = Duration::from_millis(50);

/// The socket of one connection.
#[derive(Debug)]
pub(super) struct Socket {
    stream: Wire,
    peer: Arc<Peer>,
    /// Runs while the client does not read.
    stall: Stall,
    /// Set once the client has closed its sending side.
    ended: Option<Ended>,
    /// Set once the connection is being closed.
    linger: Option<Linger>,
}

/// A client that sends no more.
#[derive(Debug)]
struct Ended {
    since: Instant,
    check: Pin<Box<Sleep>>,
    probed: bool,
}

// === impl Socket ===

impl Socket {
    pub(super) fn new(stream: Wire, peer: Arc<Peer>, patience: Duration) -> Self {
        Self {
            stream,
            peer,
            stall: Stall::new(patience),
            ended: None,
            linger: None,
        }
    }

    /// The end of what the client sends: held back while an answer is owed, and an error once the client is gone.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.peer.poll_end(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let ended = self.ended.get_or_insert_with(Ended::now);
        loop {
            if let Some(error) = self.stream.take_error()? {
                return Poll::Ready(Err(error));
            }
            ready!(ended.check.as_mut().poll(context));
            ended.check.as_mut().reset(Instant::now() + CHECK_EVERY);
            if !ended.probed && ended.since.elapsed() >= PROBE_AFTER && self.peer.takes_interim_response() {
                ended.probed = true;
                // A few bytes into an empty buffer are written whole or, to a client that is gone, not at all.
                self.stream.try_write(PROBE, context);
            }
        }
    }

    /// Passes on how a write went, unless the client has read too little for too long.
    fn wrote(&mut self, wrote: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.stall.poll(&wrote, context).is_pending() {
            return wrote;
        }
        self.peer.stall();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.ended.is_none() && ready!(read(&mut this.stream, context, buffer))? > 0 {
            this.peer.received();
            return Poll::Ready(Ok(()));
        }
        this.poll_end(context)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.peer.writing();
        let wrote = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.wrote(wrote, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.peer.writing();
        let wrote = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.wrote(wrote, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_flush(context))?;
        this.stall.flushed();
        this.peer.flushed();
        Poll::Ready(Ok(()))
    }

    /// Closes our side; if the client may still be sending, waits for it to read what it was told.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        if this.ended.is_some() || (this.linger.is_none() && !this.peer.may_be_sending()) {
            return Poll::Ready(Ok(()));
        }
        let linger = this.linger.get_or_insert_with(Linger::start);
        linger.poll(&mut this.stream, context).map(Ok)
    }
}

/// Reads no more than is good for one turn. Returns how much that was.
fn read(stream: &mut Wire, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
    let room = fairness::piece();
    if buffer.remaining() <= room {
        let before = buffer.filled().len();
        ready!(Pin::new(stream).poll_read(context, buffer))?;
        return Poll::Ready(Ok(buffer.filled().len() - before));
    }
    let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
    ready!(Pin::new(stream).poll_read(context, &mut part))?;
    let read = part.filled().len();
    buffer.advance(read);
    Poll::Ready(Ok(read))
}

// === impl Ended ===

impl Ended {
    fn now() -> Self {
        Self {
            since: Instant::now(),
            check: Box::pin(sleep(CHECK_EVERY)),
            probed: false,
        }
    }
}
