//! A stream for the client: rewritten event by event, and ended as a success only if the upstream's stream was one.
//! `reading` takes it from the upstream, `holding` holds back what comes before its content.

mod holding;
mod reading;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use jackfield_dialects::Interruption;
use jackfield_dialects::StreamReader;
use jackfield_dialects::words::usage::Usage;
use tokio::time::Instant;

use super::breaker::Permit;
use super::keeping::{Keeper, Keeping};
use super::load::Busy;
use super::policy::StreamPolicy;
use super::resumption::{Leg, Resumption};
use crate::attempt::{ReplyStream, Then};
use crate::error::{Class, Failure};
use crate::record::{Attempts, Spent};

/// A stream of server-sent events for the client.
#[derive(Debug)]
pub(crate) struct ClientStream<S> {
    reply: S,
    reader: Box<dyn StreamReader>,
    received: Instant,
    /// Everything up to the first content, held back.
    head: Option<Piece>,
    first_content: Option<Instant>,
    /// How many events had a text.
    chunks: u32,
    /// When the latest of them arrived.
    last_text: Option<Instant>,
    permit: Option<Permit>,
    /// Its target is busy with it as long as it is there.
    busy: Option<Busy>,
    provider: Arc<str>,
    policy: StreamPolicy,
    /// How many events were skipped.
    skipped: u32,
    resumption: Resumption<S>,
    keeping: Keeping,
    /// What it is if it is no stream of events, but bytes that pass as they come.
    media_type: Option<HeaderValue>,
    /// Where its trace notes what it says; `None` without one.
    noted_in: Option<Arc<Spent>>,
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
    pub(super) fn new(
        reply: S,
        reader: Box<dyn StreamReader>,
        received: Instant,
        provider: &Arc<str>,
        policy: StreamPolicy,
    ) -> Self {
        Self {
            reply,
            reader,
            received,
            head: None,
            first_content: None,
            chunks: 0,
            last_text: None,
            permit: None,
            busy: None,
            provider: Arc::clone(provider),
            policy,
            skipped: 0,
            resumption: Resumption::default(),
            keeping: Keeping::default(),
            media_type: None,
            noted_in: None,
        }
    }

    /// The same, of which a trace notes what it says, if the request is in one.
    pub(super) fn noted_in(mut self, spent: Option<&Arc<Spent>>) -> Self {
        self.noted_in = spent.filter(|spent| spent.trace().is_some()).cloned();
        self
    }

    /// The same, of bytes of this media type in place of events.
    pub(super) fn of_bytes(mut self, media_type: HeaderValue) -> Self {
        self.media_type = Some(media_type);
        self
    }

    /// What was kept of an earlier stream, for a request that arrived at `received`.
    pub(crate) fn replayed(reply: S, reader: Box<dyn StreamReader>, received: Instant) -> Self {
        Self::new(reply, reader, received, &Arc::from("cache"), StreamPolicy::default())
    }

    /// From now on, tells `keeper` what goes out, and that it has ended well if it does.
    pub(crate) fn keep(&mut self, keeper: Box<dyn Keeper>) {
        // An answer that lacks events is none to give again.
        if self.skipped == 0 {
            self.keeping = Keeping::by(keeper);
        }
    }

    /// Reports to the breaker how the stream ends, and keeps its target busy until then.
    pub(super) fn report_to(&mut self, permit: Permit, busy: Option<Busy>) {
        self.permit = Some(permit);
        self.busy = busy;
    }

    /// Goes on with another target if the stream breaks off and can be continued.
    pub(super) fn resume_with(&mut self, resumption: Resumption<S>) {
        self.resumption = resumption;
    }

    /// The next piece. Cancel safe. Must not be called again after a piece that is not followed by [`Then::More`].
    pub(crate) async fn next(&mut self) -> Piece {
        loop {
            match self.resumption.opened().await {
                None => {}
                Some(Ok(leg)) => self.go_on_with(leg),
                Some(Err(failure)) => return Piece::broken(failure),
            }
            let piece = match self.head.take() {
                Some(head) => head,
                None => self.next_piece().await,
            };
            if let Some(trace) = self.noted_in.as_ref().and_then(|spent| spent.trace()) {
                trace.heard(&piece.events);
            }
            self.report(&piece.then);
            match piece.then {
                Then::Broke(failure) if self.resumes(&failure) => {
                    // What several models say together is not the answer of one.
                    self.keeping.stop();
                    if !piece.events.is_empty() {
                        return Piece {
                            then: Then::More,
                            ..piece
                        };
                    }
                }
                then => {
                    self.keeping.take(&piece.events, &then, &mut *self.reader);
                    return Piece { then, ..piece };
                }
            }
        }
    }

    /// Tells the breaker how the stream ended, if it did.
    fn report(&mut self, then: &Then) {
        match (then, self.permit.take()) {
            (Then::More, permit) => self.permit = permit,
            (Then::End, Some(permit)) => permit.succeeded(),
            (Then::Broke(failure), Some(permit)) => permit.judged(failure, Instant::now()),
            (_, None) => {}
        }
    }

    /// When the stream must have ended, whether or not it is read until then.
    pub(crate) fn deadline(&self) -> Instant {
        self.reply.deadline()
    }

    /// Begins to open another target after this failure. False if the stream cannot be continued.
    fn resumes(&mut self, failure: &Failure) -> bool {
        let may = self.resumption.is_possible() && self.first_content.is_some();
        let request = may.then(|| self.reader.next_leg()).flatten();
        request.is_some_and(|request| {
            self.resumption.begin(request, failure.clone());
            true
        })
    }

    fn go_on_with(&mut self, mut leg: Leg<S>) {
        leg.reply.content_seen();
        self.reply = *leg.reply;
        self.provider = leg.provider;
        self.permit = Some(leg.permit);
        self.busy = leg.busy;
    }
}

impl<S> ClientStream<S> {
    /// What it is if it is no stream of events, but bytes that pass as they come: their media type.
    pub(crate) fn media_type(&self) -> Option<&HeaderValue> {
        self.media_type.as_ref()
    }

    /// The stream's last words if they depend on what it said before; `None` if they are those of its dialect.
    pub(crate) fn interrupted(&mut self, by: Interruption<'_>) -> Option<Vec<u8>> {
        self.reader.interrupted(by)
    }

    /// What the finished stream said, if later requests may refer to it.
    pub(crate) fn whole(&mut self) -> Option<Vec<u8>> {
        self.keeping.whole().or_else(|| self.reader.whole())
    }

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

    /// How many events had a text so far, and when the latest of them arrived.
    pub(crate) fn texts(&self) -> (u32, Option<Instant>) {
        (self.chunks, self.last_text)
    }

    /// The attempts to continue the stream, in order.
    pub(crate) fn resumed(&self) -> &Attempts {
        self.resumption.attempts()
    }

    /// The classes of the failures after which others were to go on with it.
    pub(crate) fn breaks(&self) -> &[Class] {
        self.resumption.breaks()
    }

    /// The name of the provider that sends the stream.
    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }
}

impl<S> Drop for ClientStream<S> {
    /// A client that hangs up counts as a success for the target, whose content had arrived.
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            permit.succeeded();
        }
    }
}

// === impl Piece ===

impl Piece {
    fn broken(failure: Failure) -> Self {
        Self {
            events: Bytes::new(),
            then: Then::Broke(failure),
        }
    }
}
