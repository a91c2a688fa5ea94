//! The client as the one who reads a response: whether it still does, and how to leave it.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::lane::Lane;
use super::peer::Peer;

/// The reader of one response. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    peer: Arc<Peer>,
    /// The response's own; `None` with HTTP/1, where the connection is its.
    lane: Option<Arc<Lane>>,
}

// === impl Reader ===

impl Reader {
    pub(super) fn new(peer: Arc<Peer>, lane: Option<Arc<Lane>>) -> Self {
        Self { peer, lane }
    }

    /// Completes when the client has closed its sending side. It may have hung up: only writing can tell.
    pub(crate) async fn half_closed(&self) {
        self.peer.half_closed().await;
    }

    /// A piece of a response is handed out, of which HTTP/1 may keep a few before it writes them.
    pub(crate) fn hand_out(&self) {
        self.peer.hand_out();
    }

    /// Ready once everything before is written to an HTTP/1 connection. HTTP/2 has its own flow control.
    pub(crate) fn poll_flushed(&self, context: &Context<'_>) -> Poll<()> {
        self.peer.poll_flushed(context)
    }

    /// Completes once everything that was handed out is written: with HTTP/2, once the client had room for it.
    pub(crate) async fn flushed(&self) {
        poll_fn(|context| match &self.lane {
            Some(lane) => lane.poll_taken(context),
            None => self.poll_flushed(context),
        })
        .await;
    }

    /// Whether the client read nothing for too long.
    pub(crate) fn stalled(&self) -> bool {
        self.peer.stalled() || self.lane.as_ref().is_some_and(|lane| lane.stalled())
    }

    /// Ends the response at once, whatever of it is unread: with HTTP/1, the connection; with HTTP/2, the stream.
    pub(crate) fn give_up(&self) {
        match &self.lane {
            Some(lane) => lane.give_up(),
            None => self.peer.give_up(),
        }
    }
}
