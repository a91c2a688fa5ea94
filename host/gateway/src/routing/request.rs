//! A client's request, as the chain sees it.

use std::sync::Arc;
use std::time::SystemTime;

use jackfield_accounting::clock::{millis, unix_seconds};
use jackfield_dialects::json::Members;
use jackfield_dialects::{Continuation, Dialect, ReplyFacts, StreamFacts};
use tokio::time::Instant;

use super::progress::Progress;
use crate::affinity::Affinities;
use crate::attempt::ProviderRequest;
use crate::trace::Trace;

/// What a chain needs to know about a request.
#[derive(Debug)]
pub(crate) struct RouteRequest<'a> {
    /// The model id that the client asked for, and that the reply names.
    pub(crate) model: Arc<str>,
    /// The request's id, for replies without an id of their own.
    pub(crate) id: Arc<str>,
    /// What providers get.
    pub(crate) provider: ProviderRequest<'a>,
    /// What it has in common with others, as far as the chain wants to know.
    pub(crate) affinities: Affinities,
    /// The top level of the client's request, by which replies are checked.
    pub(crate) members: &'a Members<'a>,
    /// The conversation holds a tool's result. The policy says how much of the chain such a request may use.
    pub(crate) pinned: bool,
    /// The client asks the model to think, so that silence is to be expected.
    pub(crate) thinking: bool,
    /// True if the client wants the usage in the stream.
    pub(crate) include_usage: bool,
    /// How its stream is continued elsewhere if it breaks off; `None` if it is not. The provider's request then has no
    /// native body, so that all targets answer in canonical chunks.
    pub(crate) continuation: Option<&'a Continuation>,
    /// When the request arrived. The deadline and the reply's `latency_ms` count from here.
    pub(crate) received: Instant,
    /// Told when each attempt begins.
    pub(crate) progress: &'a Progress,
}

// === impl RouteRequest ===

impl RouteRequest<'_> {
    /// Its place in a trace, if it has one.
    pub(super) fn trace(&self) -> Option<&Trace> {
        self.provider.spent?.trace()
    }

    /// The dialect that the client speaks.
    pub(super) fn dialect(&self) -> Dialect {
        self.provider.dialect
    }

    /// What the dialect needs to write a whole reply from `provider`.
    pub(super) fn reply_facts<'f>(&'f self, provider: &'f str) -> ReplyFacts<'f> {
        ReplyFacts {
            operation: self.provider.operation,
            model: &self.model,
            provider,
            request_id: &self.id,
            created: unix_seconds(SystemTime::now()),
            latency_ms: millis(self.received.elapsed()),
            traced: self.trace().is_some_and(|trace| trace.sampled),
            request: self.members,
        }
    }

    /// What the dialect needs to write a stream from `provider`.
    pub(super) fn stream_facts<'f>(&'f self, provider: &'f str) -> StreamFacts<'f> {
        StreamFacts {
            operation: self.provider.operation,
            model: &self.model,
            provider,
            request_id: &self.id,
            created: unix_seconds(SystemTime::now()),
            include_usage: self.include_usage,
            request: self.members,
        }
    }
}
