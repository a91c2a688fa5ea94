//! What the host learns of a reply while it passes.

use super::words::usage::Usage;

/// What one chunk or event of a stream was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pushed {
    /// It carries content or a finish reason, so that the stream has begun in earnest.
    pub content: bool,
}

/// What a reply says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplySummary {
    /// The tokens that it consumed.
    pub usage: Usage,
    /// The finish reason of the first choice, in OpenAI's words whatever the dialect.
    pub finish_reason: Option<String>,
    /// Bytes of UTF-8 that the model produced: text, reasoning and the arguments of tool calls. For an estimate where
    /// the upstream reports no usage; 0 for operations that produce no text.
    pub produced_bytes: u64,
}

// === impl ReplySummary ===

impl ReplySummary {
    /// Of a reply that has no text and no finish reason.
    pub(super) fn of_usage(usage: Usage) -> Self {
        Self {
            usage,
            ..Self::default()
        }
    }
}
