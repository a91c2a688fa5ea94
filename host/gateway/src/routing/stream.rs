//! A stream for the client: rewritten event by event, and ended as a success only if the upstream's stream was one.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use jackfield_accounting::clock::millis;
use jackfield_dialects::StreamFault;
use jackfield_dialects::StreamReader;
use jackfield_dialects::words::usage::Usage;
use tokio::time::Instant;

use super::breaker::{Permit, Threshold};
use crate::attempt::{ReplyStream, Then};
use crate::error::Failure;

/// A stream of server-sent events for the client.
#[derive(Debug)]
pub(crate) struct ClientStream<S> {
    reply: S,
    reader: Box<dyn StreamReader>,
    received: Instant,
    /// Everything up to the first content, held back.
    head: Option<Piece>,
    first_content: Option<Instant>,
    permit: Option<(Permit, Threshold)>,
    provider: Arc<str>,
}

/// A part of the stream for the client, and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Complete events. Never empty while more follows; the last ones end the stream properly.
    pub(crate) events: Bytes,
    /// What follows. After [`Then::Broke`], the client must get an error event.
    pub(crate) then: Then,
}

// === impl ClientStream ===

impl<S: ReplyStream> ClientStream<S> {
    /// The stream that `reader` makes from `reply`, for a request that arrived at `received`.
    pub(super) fn new(reply: S, reader: Box<dyn StreamReader>, received: Instant, provider: &Arc<str>) -> Self {
        Self {
            reply,
            reader,
            received,
            head: None,
            first_content: None,
            permit: None,
            provider: Arc::clone(provider),
        }
    }

    /// Reads and holds back everything up to the first content: until then, another target may still answer.
    /// Step 9 of a request's life (ARCHITECTURE.md).
    pub(super) async fn wait_for_content(&mut self) -> Result<(), Failure> {
        let mut head = Vec::new();
        let then = loop {
            match self.read(&mut head).await {
                Then::More if self.first_content.is_none() => {}
                // A failure after content must not discard it, even if one read brought both.
                Then::Broke(failure) if self.first_content.is_none() || head.is_empty() => return Err(failure),
                then => break then,
            }
        };
        let events = head.into();
        self.head = Some(Piece { events, then });
        Ok(())
    }

    /// Reports to the breaker how the stream ends.
    pub(super) fn report_to(&mut self, permit: Permit, threshold: Threshold) {
        self.permit = Some((permit, threshold));
    }

    /// The next piece. Cancel safe. Must not be called again after a piece that is not followed by [`Then::More`].
    pub(crate) async fn next(&mut self) -> Piece {
        let piece = match self.head.take() {
            Some(head) => head,
            None => self.next_piece().await,
        };
        match (&piece.then, self.permit.take()) {
            (Then::More, permit) => self.permit = permit,
            (Then::End, Some((permit, _))) => permit.succeeded(),
            (Then::Broke(_), Some((permit, threshold))) => permit.failed(Instant::now(), threshold),
            (_, None) => {}
        }
        piece
    }

    /// Reads until there are events or the stream ends.
    async fn next_piece(&mut self) -> Piece {
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
    async fn read(&mut self, out: &mut Vec<u8>) -> Then {
        match self.read_batch(out).await {
            Then::Broke(failure) => Then::Broke(self.reply.redact(failure)),
            then => then,
        }
    }

    async fn read_batch(&mut self, out: &mut Vec<u8>) -> Then {
        let batch = self.reply.next().await;
        let (mut content, mut alive, reader) = (false, false, &mut self.reader);
        let pushed = batch.events.try_for_each(|event| {
            if !reader.done() {
                let pushed = reader.push(event, out)?;
                content |= pushed.content;
                alive |= pushed.alive;
            }
            Ok::<_, StreamFault>(())
        });
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

impl<S> ClientStream<S> {
    /// The tokens reported so far.
    pub(crate) fn usage(&self) -> Usage {
        self.reader.usage()
    }

    /// Bytes of text that the model has produced so far.
    pub(crate) fn produced_bytes(&self) -> u64 {
        self.reader.produced_bytes()
    }

    /// When the first content arrived.
    pub(crate) fn first_content(&self) -> Option<Instant> {
        self.first_content
    }

    /// The name of the provider that sends the stream.
    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }
}

impl<S> Drop for ClientStream<S> {
    /// A client that hangs up counts as a success for the target, whose content had arrived.
    fn drop(&mut self) {
        if let Some((permit, _)) = self.permit.take() {
            permit.succeeded();
        }
    }
}
