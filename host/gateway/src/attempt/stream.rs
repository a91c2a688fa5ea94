//! A streamed reply: network reads cut into events by the host, decoded by the plugin where they are not canonical.

use std::sync::Arc;

use bytes::Bytes;
use memchr::memchr_iter;

use super::{Adapter, Clocks, Task};
use crate::error::Failure;
use crate::upstream::framing::{Event, Framer, Framing};
use crate::upstream::reply;
use jackfield_sandbox::contract;

/// A stream of canonical chunks. Dropping it ends the exchange with the upstream at once.
#[derive(Debug)]
pub(crate) struct ReplyStream {
    source: Source,
    clocks: Clocks,
    /// What has come and is not cut yet; only a read that was cancelled leaves it filled.
    pieces: Vec<Bytes>,
    /// Broke off right behind events that are still to be handed out.
    broken: Option<Failure>,
}

/// What one network read became.
#[derive(Debug)]
pub(crate) enum Batch {
    /// Events of an upstream that is canonical itself.
    Events(Vec<Event>),
    /// Chunks from the plugin, one a line.
    Lines(Bytes),
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "the stream is boxed already, and nearly always of the large variant"
)]
enum Source {
    /// The adapter gave the whole stream itself.
    Answer(Bytes),
    /// An upstream sends.
    Upstream {
        reply: reply::Reply,
        framer: Framer,
        decoder: Option<Decoder>,
    },
    /// Nothing more comes.
    Ended,
}

/// What is needed to go on decoding with any instance of the plugin.
#[derive(Debug)]
pub(super) struct Decoder {
    pub(super) adapter: Arc<Adapter>,
    pub(super) task: Task,
    pub(super) model: Box<str>,
    pub(super) state: Vec<u8>,
}

/// What became of one read's events.
#[derive(Debug, Default)]
struct Decoded {
    /// Chunks, one a line.
    lines: Vec<u8>,
    /// Nothing more comes.
    done: bool,
    /// Why it stopped behind those lines.
    broken: Option<Failure>,
}

// === impl ReplyStream ===

impl ReplyStream {
    pub(super) fn new(
        reply: reply::Reply,
        framing: Framing,
        max_event_bytes: usize,
        decoder: Option<Decoder>,
        clocks: Clocks,
    ) -> Self {
        let framer = Framer::new(framing, max_event_bytes);
        Self {
            source: Source::Upstream { reply, framer, decoder },
            clocks,
            pieces: Vec::new(),
            broken: None,
        }
    }

    pub(super) fn answered(lines: Bytes, clocks: Clocks) -> Self {
        Self {
            source: Source::Answer(lines),
            clocks,
            pieces: Vec::new(),
            broken: None,
        }
    }

    /// Tells the clocks that content has come.
    pub(crate) fn content_seen(&mut self) {
        self.clocks.content();
    }

    /// The next batch, never empty; `None` once the upstream has ended cleanly. Cancel safe.
    /// Step 8 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// A [`Failure`] if the stream breaks off, stalls, is not framed as announced, or its plugin fails.
    pub(crate) async fn next(&mut self) -> Result<Option<Batch>, Failure> {
        while self.broken.is_none() {
            let Source::Upstream { reply, framer, decoder } = &mut self.source else {
                return Ok(self.rest());
            };
            let read = self.clocks.pieces(reply, &mut self.pieces).await;
            let (pieces, mut events) = (std::mem::take(&mut self.pieces), Vec::new());
            let ended = pieces.is_empty();
            let framed = if ended && read.is_ok() {
                framer.finish(&mut events)
            } else {
                pieces.into_iter().try_for_each(|piece| framer.push(piece, &mut events))
            };
            self.broken = framed.map_err(Failure::from).and(read).err();
            if !events.is_empty() {
                self.clocks.event();
            }
            let ended = ended && self.broken.is_none();
            let (batch, done) = match decoder {
                None => (Batch::Events(events), ended),
                Some(decoder) => {
                    let Decoded { lines, done, broken } = decoder.decode(&events, ended);
                    self.broken = broken.or_else(|| self.broken.take());
                    (Batch::Lines(lines.into()), done)
                }
            };
            if done {
                self.source = Source::Ended;
            }
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
            if done && self.broken.is_none() {
                return Ok(None);
            }
        }
        self.source = Source::Ended;
        self.broken.take().map_or(Ok(None), Err)
    }

    fn rest(&mut self) -> Option<Batch> {
        match std::mem::replace(&mut self.source, Source::Ended) {
            Source::Answer(lines) => Some(Batch::Lines(lines)),
            Source::Upstream { .. } | Source::Ended => None,
        }
    }
}

// === impl Decoder ===

impl Decoder {
    /// Decodes one read's events, and tells the plugin if they were the last.
    fn decode(&mut self, events: &[Event], ended: bool) -> Decoded {
        let mut decoded = Decoded::default();
        if !events.is_empty() {
            self.batch(events, &mut decoded);
        }
        if ended && !decoded.done && decoded.broken.is_none() {
            decoded.note(self.call(&[], true));
            decoded.done = true;
        }
        decoded
    }

    /// All events in one call. If that fails, they are decoded one by one, which nothing forbids: a call has no
    /// effects, and the state is ours. So the events before the one at fault are not lost with it.
    fn batch(&mut self, events: &[Event], decoded: &mut Decoded) {
        match self.call(events, false) {
            Err(_) if events.len() > 1 => {
                for event in events {
                    decoded.note(self.call(std::slice::from_ref(event), false));
                    if decoded.done || decoded.broken.is_some() {
                        return;
                    }
                }
            }
            outcome => decoded.note(outcome),
        }
    }

    fn call(&mut self, events: &[Event], last: bool) -> Result<(Vec<u8>, bool), Failure> {
        let names: Vec<_> = events.iter().map(Event::name).collect();
        let events: Vec<contract::Event<'_>> = std::iter::zip(&names, events)
            .map(|(name, event)| contract::Event {
                name,
                data: &event.data,
            })
            .collect();
        let call = self.adapter.call(self.task, &self.model, &[]);
        let decoded = self.adapter.plugin.decode_events(call, &self.state, &events, last)??;
        self.state = decoded.state;
        Ok((decoded.chunks, decoded.done))
    }
}

// === impl Decoded ===

impl Decoded {
    fn note(&mut self, outcome: Result<(Vec<u8>, bool), Failure>) {
        match outcome {
            Ok((chunks, done)) => {
                if !self.lines.is_empty() && !chunks.is_empty() {
                    self.lines.push(b'\n');
                }
                self.lines.extend_from_slice(&chunks);
                self.done |= done;
            }
            Err(failure) => self.broken = Some(failure),
        }
    }
}

// === impl Batch ===

impl Batch {
    /// True if there is nothing in it.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Events(events) => events.is_empty(),
            Self::Lines(lines) => lines.is_empty(),
        }
    }

    /// Hands each canonical chunk to `each`, in order.
    ///
    /// # Errors
    /// The first error of `each`, which ends the walk.
    pub(crate) fn try_for_each<E>(&self, mut each: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Events(events) => events.iter().try_for_each(|event| each(&event.data)),
            Self::Lines(lines) => {
                let mut start = 0;
                for end in memchr_iter(b'\n', lines).chain([lines.len()]) {
                    if start < end {
                        each(&lines[start..end])?;
                    }
                    start = end + 1;
                }
                Ok(())
            }
        }
    }
}
