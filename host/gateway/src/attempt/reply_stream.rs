//! A streamed reply: the host cuts network reads into events; the plugin decodes those that the host does not read.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;

use super::clocks::{Clocks, Head};
use super::redaction::Redaction;
use super::{Batch, Events, ReplyStream, Then};
use crate::error::Failure;
use crate::upstream::framing::{Event, Framer, Framing};
use crate::upstream::reply::{ReplyBody, UpstreamReply};

/// A streamed reply from an upstream, or from an adapter that answers by itself.
#[derive(Debug)]
pub(crate) struct UpstreamStream<B = Incoming> {
    source: Source<B>,
    clocks: Clocks,
    redaction: Arc<Redaction>,
    /// The beginning, if it has been read already.
    head: Option<Head>,
    /// Received but not yet cut into events. Not empty only after a cancelled read.
    pieces: Vec<Bytes>,
}

/// Decodes events into canonical chunks. A failed call leaves the state unchanged, so the same events may be decoded
/// again.
pub(super) trait Decode: fmt::Debug + Send {
    /// Decodes `events`. If `last`, no events follow.
    ///
    /// # Errors
    /// The plugin's failure, or the sandbox's.
    fn decode(&mut self, events: &[Event], last: bool) -> Result<DecodedChunks, Failure>;
}

/// The result of one call of a decoder.
#[derive(Debug, Default)]
pub(super) struct DecodedChunks {
    /// Chunks, one per line.
    pub(super) lines: Vec<u8>,
    /// The stream is complete; further events are ignored.
    pub(super) done: bool,
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the stream is boxed already, and nearly always of the large variant"
)]
enum Source<B> {
    /// The whole stream, answered by the adapter itself. The first read takes it.
    Answer(Bytes),
    /// Events from an upstream.
    Upstream {
        reply: UpstreamReply<B>,
        framer: Framer,
        decoder: Option<Box<dyn Decode>>,
    },
}

// === impl UpstreamStream ===

impl<B> UpstreamStream<B> {
    /// A stream from an upstream, perhaps with its beginning. It is cut by `framing` into events of up to
    /// `max_event_bytes`.
    pub(super) fn new(
        (reply, head): (UpstreamReply<B>, Option<Head>),
        framing: Framing,
        max_event_bytes: usize,
        decoder: Option<Box<dyn Decode>>,
        clocks: Clocks,
        redaction: &Arc<Redaction>,
    ) -> Self {
        let framer = Framer::new(framing, max_event_bytes);
        let source = Source::Upstream { reply, framer, decoder };
        let stream = Self::of(source, clocks, redaction);
        Self { head, ..stream }
    }

    /// A stream that the adapter answered itself: chunks, one per line.
    pub(super) fn answered(lines: Bytes, clocks: Clocks, redaction: &Arc<Redaction>) -> Self {
        Self::of(Source::Answer(lines), clocks, redaction)
    }

    fn of(source: Source<B>, clocks: Clocks, redaction: &Arc<Redaction>) -> Self {
        Self {
            source,
            clocks,
            redaction: Arc::clone(redaction),
            head: None,
            pieces: Vec::new(),
        }
    }
}

impl<B: ReplyBody> ReplyStream for UpstreamStream<B> {
    /// Reads from the network once, cuts the bytes into events and decodes them.
    /// Step 8 of a request's life (ARCHITECTURE.md).
    async fn next(&mut self) -> Batch {
        let (reply, framer, decoder) = match &mut self.source {
            Source::Answer(lines) => {
                let events = Events::Lines(std::mem::take(lines));
                return Batch {
                    events,
                    then: Then::End,
                };
            }
            Source::Upstream { reply, framer, decoder } => (reply, framer, decoder),
        };
        let read = match self.head.take() {
            Some(Head { piece, read }) => {
                self.pieces.extend(piece);
                read
            }
            None => self.clocks.pieces(reply, &mut self.pieces).await,
        };
        let (events, then) = cut(framer, std::mem::take(&mut self.pieces), read);
        if !events.is_empty() {
            self.clocks.event();
        }
        match decoder {
            None => Batch {
                events: Events::Cut(events),
                then,
            },
            Some(decoder) => {
                let batch = decoded(&mut **decoder, &events, then);
                // What makes no chunk, such as a ping, still shows that the model is at work.
                if !events.is_empty() {
                    self.clocks.alive();
                }
                batch
            }
        }
    }

    fn content_seen(&mut self) {
        self.clocks.content();
    }

    fn alive(&mut self) {
        self.clocks.alive();
    }

    fn redact(&self, failure: Failure) -> Failure {
        self.redaction.apply(failure)
    }
}

/// Cuts one read into events. No pieces and no failure mean that the body ended cleanly.
fn cut(framer: &mut Framer, pieces: Vec<Bytes>, read: Result<(), Failure>) -> (Vec<Event>, Then) {
    let mut events = Vec::new();
    let ended = pieces.is_empty() && read.is_ok();
    let outcome = if ended {
        framer.finish(&mut events)
    } else {
        let mut pieces = pieces.into_iter();
        pieces.try_for_each(|piece| framer.push(piece, &mut events))
    };
    let then = match outcome.map_err(Failure::from).and(read) {
        Err(failure) => Then::Broke(failure),
        Ok(()) if ended => Then::End,
        Ok(()) => Then::More,
    };
    (events, then)
}

/// Decodes the events of one read. The plugin is told of the end only if it is clean.
pub(super) fn decoded(decoder: &mut dyn Decode, events: &[Event], then: Then) -> Batch {
    let mut chunks = DecodedChunks::default();
    let mut outcome = all(decoder, events, &mut chunks);
    if outcome.is_ok() && !chunks.done && then == Then::End {
        outcome = decoder.decode(&[], true).map(|more| chunks.append(more));
    }
    let then = match outcome {
        Err(failure) => Then::Broke(failure),
        Ok(()) if chunks.done => Then::End,
        Ok(()) => then,
    };
    Batch {
        events: Events::Lines(chunks.lines.into()),
        then,
    }
}

/// Decodes all events in one call. If that fails, decodes them one by one, so that those before the faulty one are not
/// lost.
fn all(decoder: &mut dyn Decode, events: &[Event], chunks: &mut DecodedChunks) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    match decoder.decode(events, false) {
        Err(_) if events.len() > 1 => {
            for event in events {
                chunks.append(decoder.decode(std::slice::from_ref(event), false)?);
                if chunks.done {
                    break;
                }
            }
        }
        outcome => chunks.append(outcome?),
    }
    Ok(())
}

// === impl DecodedChunks ===

impl DecodedChunks {
    fn append(&mut self, more: Self) {
        if !self.lines.is_empty() && !more.lines.is_empty() {
            self.lines.push(b'\n');
        }
        if self.lines.is_empty() {
            self.lines = more.lines;
        } else {
            self.lines.extend_from_slice(&more.lines);
        }
        self.done |= more.done;
    }
}
