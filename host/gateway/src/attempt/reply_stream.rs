//! A streamed reply: the host cuts network reads into events; the plugin decodes those that the host does not read.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until};

use super::clocks::{Clocks, Head};
use super::decoding::{Decode, Decoding};
use super::redaction::Redaction;
use super::{Batch, Events, Limits, ReplyStream, Then};
use crate::error::Failure;
use crate::upstream::framing::{Event, Framer, Framing};
use crate::upstream::reply::{ReplyBody, UpstreamReply};
use jackfield_config::TimeoutsConfig;

/// How long a client may take to read what was kept, after its last piece was due.
const TO_TAKE: Duration = Duration::from_mins(10);

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
    /// Cut but not yet decoded to the end. Not empty only after a cancelled read.
    decoding: Option<Decoding>,
}

#[derive(Debug)]
enum Source<B> {
    /// The whole stream, answered by the adapter itself. The first read takes it.
    Answer(Bytes),
    /// The same, of bytes that are no chunks.
    Whole(Bytes),
    /// Bytes from an upstream, each read as one event.
    Bytes(UpstreamReply<B>),
    /// What was kept of an earlier stream, each piece with the time when it is due.
    Kept(VecDeque<(Instant, Bytes)>),
    /// Events from an upstream.
    Upstream {
        reply: UpstreamReply<B>,
        framer: Framer,
        decoder: Option<Box<dyn Decode>>,
    },
}

// === impl UpstreamStream ===

impl<B: ReplyBody> UpstreamStream<B> {
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
        let source = Source::Upstream {
            reply: reply.without_headers(),
            framer: Framer::new(framing, max_event_bytes),
            decoder,
        };
        let stream = Self::of(source, clocks, redaction);
        Self { head, ..stream }
    }

    /// A stream that the adapter answered itself: chunks, one per line.
    pub(super) fn answered(lines: Bytes, clocks: Clocks, redaction: &Arc<Redaction>) -> Self {
        Self::of(Source::Answer(lines), clocks, redaction)
    }

    /// Bytes from an upstream as they arrive. They are its content, so only the idle and total clocks apply once there are
    /// any.
    pub(super) fn bytes(reply: UpstreamReply<B>, clocks: Clocks, redaction: &Arc<Redaction>) -> Self {
        Self::of(Source::Bytes(reply.without_headers()), clocks, redaction)
    }

    /// Bytes that the adapter returned.
    pub(super) fn whole(bytes: Bytes, clocks: Clocks, redaction: &Arc<Redaction>) -> Self {
        Self::of(Source::Whole(bytes), clocks, redaction)
    }

    /// What was kept of an earlier stream, each piece with the time when it is due. Each is given as one event.
    pub(crate) fn kept(pieces: VecDeque<(Instant, Bytes)>) -> Self {
        let last = pieces.back().map_or_else(Instant::now, |(due, _)| *due);
        let timeouts = TimeoutsConfig {
            total: last.saturating_duration_since(Instant::now()) + TO_TAKE,
            ..TimeoutsConfig::default()
        };
        let limits = Limits {
            deadline: last + TO_TAKE,
            last: true,
        };
        let clocks = Clocks::start(&timeouts, true, limits);
        Self::of(Source::Kept(pieces), clocks, &Arc::default())
    }

    fn of(source: Source<B>, clocks: Clocks, redaction: &Arc<Redaction>) -> Self {
        Self {
            source,
            clocks,
            redaction: Arc::clone(redaction),
            head: None,
            pieces: Vec::new(),
            decoding: None,
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
            Source::Whole(bytes) => {
                return Batch {
                    events: Events::Cut(vec![plain(std::mem::take(bytes))]),
                    then: Then::End,
                };
            }
            Source::Bytes(reply) => {
                let read = self.clocks.pieces(reply, &mut self.pieces).await;
                let pieces = std::mem::take(&mut self.pieces);
                let then = match read {
                    Err(failure) => Then::Broke(failure),
                    Ok(()) if pieces.is_empty() => Then::End,
                    Ok(()) => Then::More,
                };
                if !pieces.is_empty() {
                    self.clocks.event();
                }
                let events = Events::Cut(pieces.into_iter().map(plain).collect());
                return Batch { events, then };
            }
            Source::Kept(pieces) => {
                let due = pieces.front().map(|(due, _)| *due);
                if let Some(due) = due {
                    sleep_until(due).await;
                }
                let piece = pieces.pop_front().map(|(_, events)| plain(events));
                return Batch {
                    events: Events::Cut(piece.into_iter().collect()),
                    then: if pieces.is_empty() { Then::End } else { Then::More },
                };
            }
            Source::Upstream { reply, framer, decoder } => (reply, framer, decoder),
        };
        if let (Some(decoder), Some(decoding)) = (&mut *decoder, &mut self.decoding) {
            let batch = decoding.run(&mut **decoder, &self.clocks).await;
            self.decoding = None;
            return batch;
        }
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
        let Some(decoder) = decoder else {
            let events = Events::Cut(events);
            return Batch { events, then };
        };
        // What makes no chunk, such as a ping, still shows that the model is at work.
        if !events.is_empty() {
            self.clocks.alive();
        }
        let decoding = self.decoding.insert(Decoding::new(events, then, &**decoder));
        let batch = decoding.run(&mut **decoder, &self.clocks).await;
        self.decoding = None;
        batch
    }

    fn content_seen(&mut self) {
        self.clocks.content();
    }

    fn alive(&mut self) {
        self.clocks.alive();
    }

    fn deadline(&self) -> Instant {
        self.clocks.deadline()
    }

    fn redact(&self, failure: Failure) -> Failure {
        self.redaction.apply(failure)
    }
}

/// An event that is nothing but these bytes.
fn plain(data: Bytes) -> Event {
    Event { name: None, data }
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
