//! A message, or what a chunk adds to one: its members as raw text.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::parts::{Part, parts, thoughts};
use crate::fault::StreamFault;
use crate::json::raw::{even_null, is_given};
use crate::produced::{call_bytes, function_bytes, text_bytes};

/// A chunk's `delta` or a reply's `message`. A member that is not listed here passes through.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Delta<'a> {
    #[serde(borrow, deserialize_with = "even_null")]
    pub(super) content: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "even_null")]
    pub(super) reasoning_content: Option<&'a RawValue>,
    /// The other name for `reasoning_content`; some upstreams write both.
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    /// The same in parts, as `OpenRouter` and `MiniMax` write it: next to the text, or encrypted.
    #[serde(borrow)]
    reasoning_details: Option<&'a RawValue>,
    #[serde(borrow)]
    refusal: Option<&'a RawValue>,
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
    /// The same in OpenAI's form.
    #[serde(borrow)]
    pub(crate) annotations: Option<&'a RawValue>,
    /// What the model drew, as other gateways write it too.
    #[serde(borrow)]
    pub(crate) images: Option<&'a RawValue>,
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
            || self
                .reasoning_details
                .is_some_and(|details| !thoughts(details).is_empty())
    }

    /// True if it has images.
    pub(crate) fn has_images(&self) -> bool {
        self.images.is_some_and(is_given)
    }

    /// True if it carries reasoning in a form that clients do not show.
    pub(crate) fn is_reasoning(&self) -> bool {
        self.reasoning_details.is_some_and(is_given)
    }

    /// True if the message of a whole reply has no content: neither the member, which may be `null`, nor anything in
    /// its place.
    pub(super) fn is_missing(&self) -> bool {
        self.content.is_none() && !self.is_content() && self.content_blocks.is_none_or(|blocks| !is_given(blocks))
    }

    /// Checks that the content is a text or a list of parts.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn check(&self) -> Result<(), StreamFault> {
        self.content.map_or(Ok(Vec::new()), parts).map(|_| ())
    }

    /// All text and thinking in their order. Thinking that has a member of its own comes first, and only once even if
    /// several members repeat it.
    ///
    /// # Errors
    /// If the content is neither a text nor a list of parts.
    pub(crate) fn parts(&self) -> Result<Vec<Part<'a>>, StreamFault> {
        let mut said = self.said()?;
        said.extend(self.refusals().into_iter().map(Part::Text));
        Ok(said)
    }

    /// What [`Self::parts`] has but for the refusal that has a member of its own.
    ///
    /// # Errors
    /// As [`Self::parts`].
    pub(crate) fn said(&self) -> Result<Vec<Part<'a>>, StreamFault> {
        let mut said: Vec<Part<'a>> = self.reasoning().into_iter().map(Part::Thinking).collect();
        let repeats = !said.is_empty();
        let content = self.content.map(parts).transpose()?.unwrap_or_default();
        let is_new = |part: &Part<'_>| !(repeats && matches!(part, Part::Thinking(_)));
        said.extend(content.into_iter().filter(is_new));
        Ok(said)
    }

    /// The refusal that has a member of its own, as JSON strings.
    pub(crate) fn refusals(&self) -> Vec<&'a str> {
        self.refusal.map(thoughts).unwrap_or_default()
    }

    /// The reasoning under the first of its names that has any, as JSON strings.
    fn reasoning(&self) -> Vec<&'a str> {
        let names = [self.reasoning_content, self.reasoning, self.reasoning_details];
        let mut texts = names.into_iter().flatten().map(thoughts);
        texts.find(|texts| !texts.is_empty()).unwrap_or_default()
    }

    /// The reasoning that stands under a name other than `reasoning_content` alone: the member, and its texts as JSON
    /// strings.
    pub(super) fn other_reasoning(&self) -> Option<(&'a RawValue, Vec<&'a str>)> {
        if self.reasoning_content.is_some_and(is_given) {
            return None;
        }
        let others = [self.reasoning, self.reasoning_details].into_iter().flatten();
        let mut told = others.map(|other| (other, thoughts(other)));
        told.find(|(_, texts)| !texts.is_empty())
    }

    /// Bytes of text, reasoning and the arguments of calls. `thinking_blocks` only repeat the reasoning.
    pub(crate) fn produced_bytes(&self) -> u64 {
        let names = [self.reasoning_content, self.reasoning, self.reasoning_details];
        let reasoning = names.into_iter().flatten().find(|value| is_given(value));
        let texts = [self.content, reasoning, self.refusal];
        let texts: u64 = texts.into_iter().flatten().map(text_bytes).sum();
        texts + self.tool_calls.map_or(0, call_bytes) + self.function_call.map_or(0, function_bytes)
    }
}
