//! What the host learns from a reply while it passes.

use crate::standard::Dropped;
use crate::told::Told;
use crate::words::usage::Usage;

/// What a buffered reply consumed and produced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplySummary {
    /// The tokens that it consumed.
    pub usage: Usage,
    /// Bytes of UTF-8 that the model produced: text, reasoning and the arguments of tool calls. For an estimate where
    /// the upstream reports no usage; 0 for operations that produce no text.
    pub produced_bytes: u64,
    /// What of it the client's dialect has no place for.
    pub dropped: Dropped,
    /// What it says of itself, if that is wanted ([`ReplyFacts::traced`](crate::ReplyFacts::traced)) and its reader knows it; else
    /// [`Told::read`] finds it.
    pub told: Option<Told>,
}

// === impl ReplySummary ===

impl ReplySummary {
    /// The summary of a reply without text.
    pub(crate) fn of_usage(usage: &Usage) -> Self {
        Self {
            usage: *usage,
            ..Self::default()
        }
    }
}
