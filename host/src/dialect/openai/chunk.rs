//! One canonical chunk: whether it carries content, and which choices it finishes.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::envelope::{Envelope, is_given};

/// A chunk of a stream, `chat.completion.chunk`.
pub(super) type Chunk<'a> = Envelope<'a, Choice<'a>>;

#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    index: Option<u64>,
    finish_reason: Option<String>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
}

/// What may hold content. A member that is not listed here passes through, but the stream does not count
/// as begun for it.
#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning_content: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    #[serde(borrow)]
    refusal: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_calls: Option<&'a RawValue>,
    #[serde(borrow)]
    function_call: Option<&'a RawValue>,
    #[serde(borrow)]
    audio: Option<&'a RawValue>,
    #[serde(borrow)]
    thinking_blocks: Option<&'a RawValue>,
}

// === impl Chunk ===

impl Chunk<'_> {
    /// True if a client would show something of it: content of any kind, or a choice's end.
    pub(super) fn is_content(&self) -> bool {
        self.choices().iter().any(|choice| {
            choice.finish_reason().is_some() || choice.delta.as_ref().is_some_and(Delta::is_content)
        })
    }

    /// True for the chunk that brings the usage and nothing else.
    pub(super) fn is_usage_only(&self) -> bool {
        self.choices().is_empty() && self.usage().is_some()
    }
}

// === impl Choice ===

impl Choice<'_> {
    /// The choice's index; a stream of a single choice may leave it out.
    pub(super) fn index(&self) -> u64 {
        self.index.unwrap_or(0)
    }

    /// Some upstreams write an empty reason into every chunk, which says nothing.
    pub(super) fn finish_reason(&self) -> Option<&str> {
        self.finish_reason
            .as_deref()
            .filter(|reason| !reason.is_empty())
    }
}

// === impl Delta ===

impl Delta<'_> {
    fn is_content(&self) -> bool {
        [
            self.content,
            self.reasoning_content,
            self.reasoning,
            self.refusal,
            self.tool_calls,
            self.function_call,
            self.audio,
            self.thinking_blocks,
        ]
        .into_iter()
        .flatten()
        .any(is_given)
    }
}
