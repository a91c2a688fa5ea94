//! Providers as routing sees them: a trait that opens a reply, and one for streams that come in batches.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use jackfield_dialects::json::Members;
use jackfield_dialects::words::usage::Usage;
use jackfield_dialects::{Accepts, Dialect, Form, FormData, Operation, RequestFault, Restoration, long_texts};
use jackfield_sandbox::RequestText;
use memchr::memchr_iter;
use tokio::time::Instant;

use crate::affinity::Affinity;
use crate::error::Failure;
use crate::record::Spent;
use crate::trace::Server;
use crate::upstream::framing::Event;

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
    /// The next batch. Cancel safe. Must not be called again after a batch that is not followed by [`Then::More`].
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

/// A client's request, as it is passed to providers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProviderRequest<'a> {
    /// The requested operation.
    pub(crate) operation: Operation,
    /// True if the client wants a stream.
    pub(crate) stream: bool,
    /// The dialect that the client speaks.
    pub(crate) dialect: Dialect,
    /// The request as the client wrote it; `None` if that text must not be sent.
    pub(crate) native: Option<&'a Payload<'a>>,
    /// The request in the canonical dialect; `None` if that is the client's own or no provider of the chain needs it.
    pub(crate) canonical: Option<&'a Payload<'a>>,
    /// The user who sent it, if anyone must say who they are. Slow plugins serve users in turn.
    pub(crate) user: Option<&'a Arc<str>>,
    /// Where its time goes; `None` if nobody wants to know.
    pub(crate) spent: Option<&'a Arc<Spent>>,
    /// What it has in common with the requests that it belongs to, if these are to go to the same place.
    pub(crate) affinity: Option<Affinity>,
    /// What becomes of the canonical request for targets that do not accept all of it; none for those that do.
    pub(crate) by_target: &'a [TargetPayload<'a>],
}

/// A canonical request, as targets get it that accept the same extensions.
#[derive(Debug)]
pub(crate) struct TargetPayload<'a> {
    /// What they accept.
    pub(crate) accepts: Accepts,
    /// The request, or why it cannot be sent to them.
    pub(crate) payload: Result<Payload<'a>, &'a RequestFault>,
    /// What their replies get back.
    pub(crate) restoration: Option<&'a Restoration>,
}

/// A request's body. It is parsed once; patches are spliced into the result.
#[derive(Debug)]
pub(crate) struct Payload<'a> {
    /// The text, as plugins may ask for it.
    pub(crate) text: RequestText,
    /// The body's top level.
    pub(crate) members: Members<'a>,
    /// The form of which the body holds the fields; `None` if the request is JSON.
    pub(crate) form: Option<&'a SentForm>,
    /// What of the client's request was left out, as it is told to the client; empty if nothing was.
    pub(crate) dropped: &'a str,
}

/// A form with files, as a client sent it.
#[derive(Debug)]
pub(crate) struct SentForm {
    /// Its files.
    pub(crate) data: FormData,
    /// The whole of it.
    pub(crate) body: Bytes,
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

/// The result of one read of a stream.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The events read; possibly none.
    pub(crate) events: Events,
    /// What follows.
    pub(crate) then: Then,
}

/// What follows a batch or piece of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Then {
    /// More events.
    More,
    /// Nothing: the upstream ended the stream cleanly.
    End,
    /// Nothing: the stream broke off.
    Broke(Failure),
}

/// Events of a stream.
#[derive(Debug)]
pub(crate) enum Events {
    /// Cut by the host, from an upstream whose dialect it reads.
    Cut(Vec<Event>),
    /// Chunks from a plugin, one per line.
    Lines(Bytes),
}

// === impl Payload ===

impl<'a> Payload<'a> {
    /// The body of the request `id`, whose top level is `members`, and its `parameters` as JSON text.
    pub(crate) fn new(id: &Arc<str>, body: &Bytes, members: Members<'a>, parameters: Vec<u8>) -> Self {
        let text = RequestText {
            id: Arc::clone(id),
            body: body.clone(),
            parameters: parameters.into(),
            find_texts: Some(long_texts),
            attachments: Arc::default(),
        };
        Self {
            text,
            members,
            form: None,
            dropped: "",
        }
    }

    /// The same, of which this was left out.
    pub(crate) fn without(self, dropped: &'a str) -> Self {
        Self { dropped, ..self }
    }

    /// The same, of a request that is a form.
    pub(crate) fn of_form(self, form: Option<&'a SentForm>) -> Self {
        Self { form, ..self }
    }
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

// === impl TargetPayload ===

impl<'a> TargetPayload<'a> {
    /// A request that cannot be sent to targets that accept these extensions.
    pub(crate) fn refused(accepts: Accepts, fault: &'a RequestFault) -> Self {
        Self {
            accepts,
            payload: Err(fault),
            restoration: None,
        }
    }
}

// === impl Events ===

impl Events {
    /// About how many bytes they have as server-sent events: their data, and what is around that.
    pub(crate) fn bytes(&self) -> usize {
        const AROUND: usize = "data: \n\n".len();
        match self {
            Self::Cut(events) => events.iter().map(|event| event.data.len() + AROUND).sum(),
            Self::Lines(lines) => lines.len(),
        }
    }

    /// Calls `each` with each event's name (empty if it has none) and its data, in order.
    ///
    /// # Errors
    /// The first error of `each`, which stops the iteration.
    pub(crate) fn try_for_each<E>(&self, mut each: impl FnMut(&[u8], &[u8]) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Cut(events) => events.iter().try_for_each(|event| {
                let name = event.name.as_deref().unwrap_or_default();
                each(name, &event.data)
            }),
            Self::Lines(lines) => {
                let mut start = 0;
                for end in memchr_iter(b'\n', lines).chain([lines.len()]) {
                    if start < end {
                        each(b"", &lines[start..end])?;
                    }
                    start = end + 1;
                }
                Ok(())
            }
        }
    }
}
