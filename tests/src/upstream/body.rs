//! A reply's body as it is sent: write by write, through the gates, to the ending that the test chose.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::Shared;
use super::write::{Ending, Write};

/// The error that makes hyper drop a connection immediately.
#[derive(Debug)]
pub(super) struct Broken;

/// Notices that a client has gone: dropped before [`Presence::complete`], it reports a hang-up.
pub(super) struct Presence(Option<Arc<Shared>>);

/// A body that follows the script.
pub(super) struct ReplyBody {
    writes: VecDeque<Write>,
    ending: Ending,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    unflushed: bool,
    presence: Option<Presence>,
}

// === impl Broken ===

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the script cuts the connection here")
    }
}

impl std::error::Error for Broken {}

// === impl Presence ===

impl Presence {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(Some(shared))
    }

    /// The reply is complete: leaving now is not hanging up.
    pub(super) fn complete(mut self) {
        self.0 = None;
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.journal.record_hang_up();
        }
    }
}

// === impl ReplyBody ===

impl ReplyBody {
    pub(super) fn new(writes: Vec<Write>, ending: Ending, presence: Presence) -> Self {
        let mut body = Self {
            writes: writes.into(),
            ending,
            waiting: None,
            unflushed: false,
            presence: Some(presence),
        };
        body.note_completion();
        body
    }

    /// hyper does not ask again after the last byte of a known length, so the end is noted with the last write.
    fn note_completion(&mut self) {
        let is_over = self.writes.is_empty() && self.ending != Ending::Stall;
        if let Some(presence) = self.presence.take_if(|_| is_over) {
            presence.complete();
        }
    }

    /// Where hyper may write its buffer out: everywhere but before a clean end, which leaves with the last write.
    fn needs_flush(&self) -> bool {
        self.unflushed && !(self.writes.is_empty() && self.ending == Ending::Clean)
    }

    fn end(&self) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.ending {
            Ending::Clean => Poll::Ready(None),
            Ending::Cut => Poll::Ready(Some(Err(Broken))),
            // Nobody wakes the task but the client that hangs up.
            Ending::Stall => Poll::Pending,
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        loop {
            if self.needs_flush() {
                // hyper writes out what it has whenever the body is not ready: one write stays one write.
                self.unflushed = false;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(context));
                self.waiting = None;
            }
            let Some(next) = self.writes.front_mut() else {
                return self.end();
            };
            if let Some(gate) = next.gate.take() {
                self.waiting = Some(Box::pin(gate.passed()));
                continue;
            }
            let bytes = std::mem::take(&mut next.bytes);
            self.writes.pop_front();
            self.note_completion();
            if !bytes.is_empty() {
                self.unflushed = true;
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
        }
    }

    /// Known only of a body that leaves in one piece and ends well; everything else is sent in chunks.
    fn size_hint(&self) -> SizeHint {
        match (self.ending, self.writes.len(), self.writes.front()) {
            (Ending::Clean, 0, _) => SizeHint::with_exact(0),
            (Ending::Clean, 1, Some(Write { gate: None, bytes })) => SizeHint::with_exact(bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}
