//! What routing sees of a provider: something that opens a reply, and a stream that says how each batch of it ends.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use jackfield_dialects::json::Members;
use jackfield_dialects::{Dialect, Form, Operation};
use memchr::memchr_iter;
use tokio::time::Instant;

use crate::error::Failure;
use crate::upstream::framing::Event;

/// A provider, as far as routing is concerned. Shared by all requests of a snapshot.
pub(crate) trait Provider: Send + Sync + 'static {
    /// Its streamed replies.
    type Stream: ReplyStream;

    /// Its name in the configuration.
    fn name(&self) -> &Arc<str>;

    /// True if its adapter supports `operation`.
    fn supports(&self, operation: Operation) -> bool;

    /// Opens one attempt for `model` (the upstream's name), and reads the reply to its end or, if a stream was asked
    /// for, to its head. It ends at `deadline` at the latest. Dropping the future drops the exchange.
    ///
    /// # Errors
    /// A [`Failure`] whose class decides what routing does next.
    fn open(
        self: &Arc<Self>,
        request: &ProviderRequest<'_>,
        model: &str,
        deadline: Instant,
    ) -> impl Future<Output = Result<ProviderReply<Self::Stream>, Failure>> + Send;

    /// The failure without the provider's secrets, which some upstreams repeat. To be applied before anyone reads it.
    fn redact(&self, failure: Failure) -> Failure;
}

/// A streamed reply. Dropping it ends the exchange with the upstream at once.
pub(crate) trait ReplyStream: Send + 'static {
    /// The next batch. Cancel safe. It must not be called again once a batch said that nothing more follows.
    fn next(&mut self) -> impl Future<Output = Batch> + Send;

    /// Content has come: from now on only silence and the total time count.
    fn content_seen(&mut self);

    /// As [`Provider::redact`], for failures that show while the stream is read.
    fn redact(&self, failure: Failure) -> Failure;
}

/// A client's request, as providers see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProviderRequest<'a> {
    /// What is asked for.
    pub(crate) operation: Operation,
    /// True if the client wants a stream.
    pub(crate) stream: bool,
    /// The dialect that the client speaks.
    pub(crate) dialect: Dialect,
    /// The request as the client wrote it; none if that text must not be sent.
    pub(crate) native: Option<&'a Payload<'a>>,
    /// The request in the canonical dialect; none if that is the client's own, or no provider of the chain needs it.
    pub(crate) canonical: Option<&'a Payload<'a>>,
}

/// A request's body. It was parsed once; patches are spliced into that.
#[derive(Debug)]
pub(crate) struct Payload<'a> {
    /// The whole body.
    pub(crate) body: &'a Bytes,
    /// The body's top level.
    pub(crate) members: Members<'a>,
    /// The body without its bulk, as JSON text.
    pub(crate) parameters: Vec<u8>,
}

/// A reply, in the client's own dialect or the canonical one.
#[derive(Debug)]
pub(crate) enum ProviderReply<S> {
    /// One JSON object.
    Whole(Form, Bytes),
    /// Events as they come.
    Stream(Form, Box<S>),
}

/// What came of a stream in one read, and how it goes on.
#[derive(Debug)]
pub(crate) struct Batch {
    /// What came; possibly nothing.
    pub(crate) events: Events,
    /// What follows.
    pub(crate) then: Then,
}

/// What follows a part of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Then {
    /// More of it.
    More,
    /// Nothing: the upstream has ended it cleanly.
    End,
    /// Nothing: it broke off.
    Broke(Failure),
}

/// Events of a stream.
#[derive(Debug)]
pub(crate) enum Events {
    /// From an upstream that speaks the dialect itself.
    Cut(Vec<Event>),
    /// Chunks from a plugin, one per line.
    Lines(Bytes),
}

// === impl Events ===

impl Events {
    /// Hands each event's data to `each`, in order.
    ///
    /// # Errors
    /// The first error of `each`, which ends the walk.
    pub(crate) fn try_for_each<E>(&self, mut each: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Cut(events) => events.iter().try_for_each(|event| each(&event.data)),
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
