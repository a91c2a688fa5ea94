//! The pieces of a stream, as the shapers of its request leave them.

use std::time::Duration;

use bytes::Bytes;
use jackfield_dialects::Dialect;

use crate::attempt::{ReplyStream, Then};
use crate::error::GatewayError;
use crate::routing::{ClientStream, Piece};
use crate::shaping::{ShapedEvents, ShapedStream, Shaping};

/// Takes a stream's pieces through shapers.
pub(super) struct ShapedPieces {
    stream: ShapedStream,
    /// What follows the events that the shapers are at.
    then: Then,
}

/// A part of the stream for the client, and what follows it.
pub(super) struct ShapedPiece {
    /// Complete events.
    pub(super) events: Bytes,
    /// What follows; an error if a shaper ends the stream.
    pub(super) then: Result<Then, GatewayError>,
}

// === impl ShapedPieces ===

impl ShapedPieces {
    pub(super) fn new(dialect: Dialect, shaping: Option<Shaping>) -> Self {
        Self {
            stream: ShapedStream::new(dialect, shaping),
            then: Then::More,
        }
    }

    /// The next piece with anything in it, or after which no more follows. Cancel safe.
    pub(super) async fn next<S: ReplyStream>(&mut self, events: &mut ClientStream<S>) -> ShapedPiece {
        if self.stream.is_idle() {
            let Piece { events, then } = events.next().await;
            return ShapedPiece { events, then: Ok(then) };
        }
        loop {
            if let Some(ShapedEvents { events, stopped, .. }) = self.stream.shaped().await {
                let then = std::mem::replace(&mut self.then, Then::More);
                if let Some(error) = stopped {
                    return ShapedPiece {
                        events,
                        then: Err(error),
                    };
                }
                if !events.is_empty() || then != Then::More {
                    return ShapedPiece { events, then: Ok(then) };
                }
            }
            let Piece { events, then } = events.next().await;
            self.stream.begin(events, then != Then::More);
            self.then = then;
        }
    }

    /// The last words of a stream that did not reach its end, as they go out behind shaped events.
    pub(super) fn settled(&mut self, events: Vec<u8>) -> Vec<u8> {
        self.stream.settled(events)
    }

    /// How long the shapers have taken, the request included.
    pub(super) fn spent(&self) -> Duration {
        self.stream.spent
    }
}
