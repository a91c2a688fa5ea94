//! A message, or what a chunk adds to one: its members as raw text.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::raw::is_given;
use crate::produced::{call_bytes, function_bytes, text_bytes};

/// A chunk's `delta` or a reply's `message`. A member that is not listed here passes through.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Delta<'a> {
    #[serde(borrow)]
    pub(crate) content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) reasoning_content: Option<&'a RawValue>,
    /// The other name for `reasoning_content`; some upstreams write both.
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    /// Reasoning as its vendor keeps it, often encrypted (`OpenRouter`).
    #[serde(borrow)]
    reasoning_details: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) refusal: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) tool_calls: Option<&'a RawValue>,
    #[serde(borrow)]
    function_call: Option<&'a RawValue>,
    #[serde(borrow)]
    audio: Option<&'a RawValue>,
    /// Thinking with its signatures, as adapters write it.
    #[serde(borrow)]
    pub(crate) thinking_blocks: Option<&'a RawValue>,
    /// Whole blocks for which OpenAI has no words.
    #[serde(borrow)]
    pub(crate) content_blocks: Option<&'a RawValue>,
    /// The citations of the text.
    #[serde(borrow)]
    pub(crate) citations: Option<&'a RawValue>,
}

// === impl Delta ===

impl<'a> Delta<'a> {
    /// True if a client would show any of it. Other members do not begin a stream.
    pub(super) fn is_content(&self) -> bool {
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

    /// True if it carries reasoning in a form that clients do not show.
    pub(super) fn is_reasoning(&self) -> bool {
        self.reasoning_details.is_some_and(is_given)
    }

    /// The reasoning under either of its names.
    pub(crate) fn reasoning(&self) -> Option<&'a RawValue> {
        let given = |value: Option<&'a RawValue>| value.filter(|value| is_given(value));
        given(self.reasoning_content).or_else(|| given(self.reasoning))
    }

    /// Bytes of text, reasoning and the arguments of calls. `thinking_blocks` only repeat the reasoning.
    pub(crate) fn produced_bytes(&self) -> u64 {
        let texts = [self.content, self.reasoning(), self.refusal];
        let texts: u64 = texts.into_iter().flatten().map(text_bytes).sum();
        texts + self.tool_calls.map_or(0, call_bytes) + self.function_call.map_or(0, function_bytes)
    }
}
