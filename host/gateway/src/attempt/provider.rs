//! Providers as routing sees them: a trait that opens a reply, and one for streams that come in batches.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use jackfield_dialects::words::usage::Usage;
use jackfield_dialects::{Accepts, Dialect, Form, Operation};
use tokio::time::Instant;

use super::batch::Batch;
use super::request::{Payload, ProviderRequest, TargetPayload};
use crate::error::Failure;
use crate::trace::Server;

/// A provider, as far as routing is concerned. Shared by all requests of a snapshot.
pub(crate) trait Provider: Send + Sync + 'static {
    /// The type of its streamed replies.
    type Stream: ReplyStream;

    /// Its name in the configuration.
    fn name(&self) -> &Arc<str>;

    /// Its name in telemetry that is shared with other programs. By default the same.
    fn known_as(&self) -> &Arc<str> {
        self.name()
    }

    /// The name of the plugin that makes its attempts. None by default.
    fn plugin(&self) -> Option<&str> {
        None
    }

    /// Where its upstream is. Nowhere by default.
    fn server(&self) -> Option<&Arc<Server>> {
        None
    }

    /// True if its adapter supports `operation` for clients of this dialect.
    fn supports(&self, operation: Operation, dialect: Dialect) -> bool;

    /// True if `model` (the upstream's name for it) goes on with a text that the assistant has begun.
    fn continues(&self, model: &str) -> bool;

    /// How long a reply may take to begin before that counts as a time-out.
    fn patience(&self, stream: bool) -> Duration;

    /// The extensions of the canonical dialect that it accepts. None by default.
    fn accepts(&self) -> Accepts {
        Accepts::NONE
    }

    /// What it gets of a request whose canonical text it does not accept as it is. None by default.
    fn target_payload<'r>(&self, request: &ProviderRequest<'r>) -> Option<&'r TargetPayload<'r>> {
        let _ = request;
        None
    }

    /// Makes one attempt for `model` (the upstream's name for it). Reads a whole reply to its end, a stream to its
    /// head, within `limits`. Dropping the future ends the exchange.
    ///
    /// # Errors
    /// A [`Failure`] whose class decides what routing does next.
    fn open(
        self: &Arc<Self>,
        request: &ProviderRequest<'_>,
        model: &str,
        limits: Limits,
    ) -> impl Future<Output = Result<OpenedReply<Self::Stream>, Failure>> + Send;

    /// Removes the provider's secrets, which some upstreams echo. Apply it before the failure is logged or sent.
    fn redact(&self, failure: Failure) -> Failure;
}

/// A streamed reply. Dropping it ends the exchange with the upstream at once.
pub(crate) trait ReplyStream: Send + 'static {
    /// The next batch. Cancel safe. Must not be called again after a batch that is not followed by [`Then::More`](super::Then::More).
    fn next(&mut self) -> impl Future<Output = Batch> + Send;

    /// Content has arrived: from now on only the idle and total clocks apply.
    fn content_seen(&mut self);

    /// The model is at work, although no content has arrived yet: restarts the clock of the first content.
    fn alive(&mut self);

    /// When it must have ended.
    fn deadline(&self) -> Instant;

    /// Like [`Provider::redact`], for failures while the stream is read.
    fn redact(&self, failure: Failure) -> Failure;
}

/// What limits an attempt from outside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// When it must end.
    pub(crate) deadline: Instant,
    /// There is no other live target to move on to. Then nothing is gained by ending a wait: the clocks of the head and
    /// of the first content do not count.
    pub(crate) last: bool,
}

/// A reply that has begun, and what of the request it does not answer.
#[derive(Debug)]
pub(crate) struct OpenedReply<S> {
    /// The reply.
    pub(crate) reply: ProviderReply<S>,
    /// What the adapter says besides.
    pub(crate) notes: Notes,
}

/// What an adapter says about its reply besides.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The names of what it left out of the request, behind what was left out before.
    pub(crate) dropped: Vec<String>,
    /// Headers for the client's answer.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

/// A reply, in the client's own dialect or the canonical one.
#[derive(Debug)]
pub(crate) enum ProviderReply<S> {
    /// One JSON object.
    Whole(Form, Bytes),
    /// Events as they arrive.
    Stream(Form, Box<S>),
    /// Bytes of this media type as they arrive, each read in one event, which no dialect reads; and their usage if known.
    Bytes(HeaderValue, Box<Usage>, Box<S>),
}

// === impl Notes ===

impl Notes {
    /// Those for a request that is sent like this.
    pub(crate) fn of(payload: &Payload<'_>) -> Self {
        let dropped = Some(payload.dropped).filter(|dropped| !dropped.is_empty());
        Self {
            dropped: dropped.into_iter().map(str::to_owned).collect(),
            headers: Vec::new(),
        }
    }
}

// === impl OpenedReply ===

impl<S> From<ProviderReply<S>> for OpenedReply<S> {
    /// Nothing is said besides.
    fn from(reply: ProviderReply<S>) -> Self {
        let notes = Notes::default();
        Self { reply, notes }
    }
}
