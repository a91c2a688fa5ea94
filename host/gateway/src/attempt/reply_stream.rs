//! A streamed reply: network reads cut into events by the host, decoded by the plugin where the host does not read them.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;

use super::clocks::Clocks;
use super::redaction::Redaction;
use super::{Batch, Events, ReplyStream, Then};
use crate::error::Failure;
use crate::upstream::framing::{Event, Framer, Framing};
use crate::upstream::reply::{ReplyBody, UpstreamReply};

/// A streamed reply of an upstream, or of an adapter that answers by itself.
#[derive(Debug)]
pub(crate) struct UpstreamStream<B = Incoming> {
    source: Source<B>,
    clocks: Clocks,
    redaction: Arc<Redaction>,
    /// What has come and is not cut yet; only a read that was cancelled leaves it filled.
    pieces: Vec<Bytes>,
}

/// Decodes events into canonical chunks. A call has no effects but on the state, which a failed call leaves alone: the
/// same events may be decoded again.
pub(super) trait Decode: fmt::Debug + Send {
    /// Decodes `events`; `last` says that none follow.
    ///
    /// # Errors
    /// The plugin's failure, or the sandbox's.
    fn decode(&mut self, events: &[Event], last: bool) -> Result<DecodedChunks, Failure>;
}

/// What one call of a decoder gave.
#[derive(Debug, Default)]
pub(super) struct DecodedChunks {
    /// Chunks, one per line.
    pub(super) lines: Vec<u8>,
    /// The stream is complete, whatever else comes.
    pub(super) done: bool,
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the stream is boxed already, and nearly always of the large variant"
)]
enum Source<B> {
    /// The adapter gave the whole stream itself; taken with the first read.
    Answer(Bytes),
    /// An upstream sends.
    Upstream {
        reply: UpstreamReply<B>,
        framer: Framer,
        decoder: Option<Box<dyn Decode>>,
    },
}

// === impl UpstreamStream ===

impl<B> UpstreamStream<B> {
    /// A stream that an upstream sends, cut by `framing` into events of up to `max_event_bytes`.
    pub(super) fn new(
        reply: UpstreamReply<B>,
        framing: Framing,
        max_event_bytes: usize,
        decoder: Option<Box<dyn Decode>>,
        clocks: Clocks,
        redaction: &Arc<Redaction>,
    ) -> Self {
        let framer = Framer::new(framing, max_event_bytes);
        let source = Source::Upstream { reply, framer, decoder };
        Self::of(source, clocks, redaction)
    }

    /// A stream that the adapter gave itself: chunks, one per line.
    pub(super) fn answered(lines: Bytes, clocks: Clocks, redaction: &Arc<Redaction>) -> Self {
        Self::of(Source::Answer(lines), clocks, redaction)
    }

    fn of(source: Source<B>, clocks: Clocks, redaction: &Arc<Redaction>) -> Self {
        Self {
            source,
            clocks,
            redaction: Arc::clone(redaction),
            pieces: Vec::new(),
        }
    }
}

impl<B: ReplyBody> ReplyStream for UpstreamStream<B> {
    /// One read of the network, cut and decoded.
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
        let read = self.clocks.pieces(reply, &mut self.pieces).await;
        let (events, then) = cut(framer, std::mem::take(&mut self.pieces), read);
        if !events.is_empty() {
            self.clocks.event();
        }
        match decoder {
            None => Batch {
                events: Events::Cut(events),
                then,
            },
            Some(decoder) => decoded(&mut **decoder, &events, then),
        }
    }

    fn content_seen(&mut self) {
        self.clocks.content();
    }

    fn redact(&self, failure: Failure) -> Failure {
        self.redaction.apply(failure)
    }
}

/// The events in what a read brought. No pieces and no failure are the body's clean end.
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

/// Decodes the events of one read. The plugin hears of the end only if it is a clean one.
fn decoded(decoder: &mut dyn Decode, events: &[Event], then: Then) -> Batch {
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

/// Decodes all events in one call. If that fails, they are decoded one by one, so that those before the one at fault
/// are not lost with it.
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
