//! The policy for walking a chain.

use std::time::Duration;

use jackfield_config::{FallbackOn, ToolConversations};

use super::backoff::Backoff;
use super::breaker::Threshold;
use crate::error::{Class, Verdict};

/// How a chain is walked. From `routing` in the configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// The number of passes after the first.
    pub(crate) retry_count: u32,
    /// The time for all attempts together, from the request's arrival.
    pub(crate) deadline: Duration,
    /// The most that a request waits, in all, for upstreams that asked for a pause.
    pub(crate) max_wait: Duration,
    /// How much of the chain a conversation with a tool's result may use.
    pub(crate) tool_conversations: ToolConversations,
    /// The wait between passes.
    pub(crate) backoff: Backoff,
    /// Returns the fraction of the back-off's bound to wait, in `0.0..1.0`. Random, except in tests.
    pub(crate) jitter: fn() -> f64,
    /// When a breaker opens.
    pub(crate) breaker: Threshold,
    /// Which refusals of a request do not end the chain.
    pub(crate) fallback_on: FallbackOn,
    /// What becomes of streams.
    pub(crate) stream: StreamPolicy,
}

/// How streams are given out. From `routing` of the model, or of the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StreamPolicy {
    /// A stream is given out when it is complete.
    pub(crate) whole: bool,
    /// A text that broke off is continued by a target that can.
    pub(crate) continues: bool,
    /// Events that are not JSON are skipped.
    pub(crate) skips_broken_events: bool,
}

// === impl Policy ===

impl Policy {
    /// The verdict on a failure of `class`. A request that this target refuses is not sent to it again.
    pub(super) fn verdict(&self, class: Class) -> Verdict {
        match class {
            Class::ContextLength if self.fallback_on.context_length => Verdict::Next,
            Class::ContentPolicy if self.fallback_on.content_policy => Verdict::Next,
            class => Verdict::of(class),
        }
    }
}
