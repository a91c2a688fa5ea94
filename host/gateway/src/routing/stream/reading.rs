//! Reads what the upstream sends, batch by batch, into events for the client.

use jackfield_accounting::clock::millis;
use jackfield_dialects::StreamFault;
use serde::de::IgnoredAny;
use tokio::time::Instant;

use super::{ClientStream, Piece};
use crate::attempt::{ReplyStream, Then};

/// The most events that are skipped in a stream.
const MOST_SKIPPED: u32 = 16;

// === impl ClientStream ===

impl<S: ReplyStream> ClientStream<S> {
    /// Reads until there are events or the stream ends.
    pub(super) async fn next_piece(&mut self) -> Piece {
        let mut events = Vec::new();
        loop {
            let then = self.read(&mut events).await;
            if !events.is_empty() || then != Then::More {
                let events = events.into();
                return Piece { events, then };
            }
        }
    }

    /// Reads one batch into `out`. Events before a failure are kept.
    pub(super) async fn read(&mut self, out: &mut Vec<u8>) -> Then {
        match self.read_batch(out).await {
            Then::Broke(failure) => Then::Broke(self.reply.redact(failure)),
            then => then,
        }
    }

    async fn read_batch(&mut self, out: &mut Vec<u8>) -> Then {
        let batch = self.reply.next().await;
        out.reserve(batch.events.bytes());
        let (mut content, mut alive, reader) = (false, false, &mut self.reader);
        let (before, keeping) = (self.chunks, &mut self.keeping);
        let (chunks, mut produced) = (&mut self.chunks, reader.produced_bytes());
        let (skips, skipped, provider) = (self.policy.skips_broken_events, &mut self.skipped, &*self.provider);
        let pushed = batch.events.try_for_each(|name, event| {
            if reader.done() {
                return Ok(());
            }
            if name == b"error" {
                return Err(StreamFault::from_event(event));
            }
            let pushed = match reader.push(event, out) {
                Err(StreamFault::Malformed(_)) if skips && *skipped < MOST_SKIPPED && !is_json(event) => {
                    *skipped += 1;
                    keeping.stop();
                    tracing::warn!(provider, "an event of a stream is not JSON, and was skipped");
                    return Ok(());
                }
                pushed => pushed?,
            };
            content |= pushed.content;
            // A finish reason counts as content, but takes the model no time.
            let more = reader.produced_bytes();
            *chunks += u32::from(more > produced);
            produced = more;
            alive |= pushed.alive;
            Ok::<_, StreamFault>(())
        });
        if *chunks > before {
            self.last_text = Some(Instant::now());
        }
        if content && self.first_content.is_none() {
            self.first_content = Some(Instant::now());
            self.reply.content_seen();
        } else if alive {
            self.reply.alive();
        }
        match (pushed, batch.then) {
            (Err(fault), _) => Then::Broke(fault.into()),
            (Ok(()), Then::End) => self.finish(out),
            (Ok(()), _) if self.reader.done() => self.finish(out),
            (Ok(()), then) => then,
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Then {
        match self.reader.finish(millis(self.received.elapsed()), out) {
            Ok(()) => Then::End,
            Err(fault) => Then::Broke(fault.into()),
        }
    }
}

fn is_json(event: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(event).is_ok()
}
