//! A client's request on its way through a chain.

use std::sync::Arc;
use std::time::SystemTime;

use jackfield_accounting::clock::{millis, unix_seconds};
use jackfield_dialects::{Dialect, ReplyFacts, StreamFacts};
use tokio::time::Instant;

use crate::attempt::ProviderRequest;

/// What a chain needs to know of a request.
#[derive(Debug)]
pub(crate) struct RouteRequest<'a> {
    /// The id that the client asked for; it is what the reply says.
    pub(crate) model: Arc<str>,
    /// The request's id, for replies that bring none.
    pub(crate) id: Arc<str>,
    /// What the providers get.
    pub(crate) provider: ProviderRequest<'a>,
    /// True if the conversation must not change its backend midway: one pass, first live target only.
    pub(crate) pinned: bool,
    /// True if the client wants the usage in the stream.
    pub(crate) include_usage: bool,
    /// When the request came; its deadline and the reply's `latency_ms` count from here.
    pub(crate) received: Instant,
}

// === impl RouteRequest ===

impl RouteRequest<'_> {
    /// The dialect that the client speaks.
    pub(super) fn dialect(&self) -> Dialect {
        self.provider.dialect
    }

    /// What a whole reply of `provider` is told about this request.
    pub(super) fn reply_facts<'f>(&'f self, provider: &'f str) -> ReplyFacts<'f> {
        ReplyFacts {
            operation: self.provider.operation,
            model: &self.model,
            provider,
            request_id: &self.id,
            created: unix_seconds(SystemTime::now()),
            latency_ms: millis(self.received.elapsed()),
        }
    }

    /// What a stream of `provider` is told about this request.
    pub(super) fn stream_facts<'f>(&'f self, provider: &'f str) -> StreamFacts<'f> {
        StreamFacts {
            model: &self.model,
            provider,
            request_id: &self.id,
            created: unix_seconds(SystemTime::now()),
            include_usage: self.include_usage,
        }
    }
}
