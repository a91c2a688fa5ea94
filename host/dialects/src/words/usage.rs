//! Token counts, read from OpenAI's words into ours.

mod count;
mod openai;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) use self::count::{CacheCreation, Count, Milliseconds, ServerToolUse};
use self::openai::OpenaiUsage;
use super::name::{ServedModel, ServiceTier};

/// The tokens that a reply consumed; `None` where the upstream did not report a count.
///
/// The names are those of OpenTelemetry's GenAI conventions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens of the prompt, including cached ones.
    pub input_tokens: Option<u64>,
    /// Tokens of the completion, including reasoning.
    pub output_tokens: Option<u64>,
    /// Tokens of the prompt that the upstream bills, where those are others than it has read.
    pub billed_input_tokens: Option<u64>,
    /// Tokens of the completion that it bills, where those are others than it has written.
    pub billed_output_tokens: Option<u64>,
    /// Tokens of the prompt that came from the upstream's cache.
    pub cached_tokens: Option<u64>,
    /// Tokens of the completion that were spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Tokens of the prompt that the upstream wrote to its cache, for however long.
    pub cache_write_tokens: Option<u64>,
    /// Those of them that it keeps for longer than usual: an hour, at Anthropic.
    pub cache_write_long_tokens: Option<u64>,
    /// Tokens of the prompt that are audio.
    pub input_audio_tokens: Option<u64>,
    /// Tokens of the completion that are audio.
    pub output_audio_tokens: Option<u64>,
    /// Tokens of the prompt that are images.
    pub input_image_tokens: Option<u64>,
    /// Tokens of the completion that are images.
    pub output_image_tokens: Option<u64>,
    /// Milliseconds of the recording that was written down.
    pub recording_ms: Option<u64>,
    /// Searches that the upstream made.
    pub searches: Option<u64>,
    /// Images that the upstream delivered.
    pub images: Option<u64>,
    /// Tokens of prompt and completion together, for upstreams that report nothing else.
    pub total_tokens: Option<u64>,
    /// The service tier, as the upstream names it.
    pub service_tier: Option<ServiceTier>,
    /// The model that served, as the upstream names it.
    pub served_model: Option<ServedModel>,
    /// The upstream wrote something in place of a count that cannot be one: a negative number, a text, or more than
    /// 64 bits hold. That count is `None`.
    pub unreadable: bool,
}

// === impl Usage ===

impl Usage {
    /// Reads the usage object of an operation without output tokens, such as embeddings. Some upstreams (Voyage and
    /// Jina among them) report `total_tokens` alone, which is then all input.
    pub(crate) fn of_input(usage: &str) -> Self {
        let told = OpenaiUsage::read(usage);
        let read = told.usage();
        Self {
            input_tokens: read.input_tokens.or(told.total_tokens.value),
            ..read
        }
    }

    /// Tokens of the prompt that are paid for.
    #[must_use]
    pub fn charged_input(&self) -> Option<u64> {
        self.billed_input_tokens.or(self.input_tokens)
    }

    /// Tokens of the completion that are paid for.
    #[must_use]
    pub fn charged_output(&self) -> Option<u64> {
        self.billed_output_tokens.or(self.output_tokens)
    }

    /// This usage and another's, count by count.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let sum = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
        };
        let input = self.billed_input_tokens.or(other.billed_input_tokens);
        let output = self.billed_output_tokens.or(other.billed_output_tokens);
        Self {
            input_tokens: sum(self.input_tokens, other.input_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
            billed_input_tokens: input.and_then(|_| sum(self.charged_input(), other.charged_input())),
            billed_output_tokens: output.and_then(|_| sum(self.charged_output(), other.charged_output())),
            cached_tokens: sum(self.cached_tokens, other.cached_tokens),
            reasoning_tokens: sum(self.reasoning_tokens, other.reasoning_tokens),
            cache_write_tokens: sum(self.cache_write_tokens, other.cache_write_tokens),
            cache_write_long_tokens: sum(self.cache_write_long_tokens, other.cache_write_long_tokens),
            input_audio_tokens: sum(self.input_audio_tokens, other.input_audio_tokens),
            output_audio_tokens: sum(self.output_audio_tokens, other.output_audio_tokens),
            input_image_tokens: sum(self.input_image_tokens, other.input_image_tokens),
            output_image_tokens: sum(self.output_image_tokens, other.output_image_tokens),
            recording_ms: sum(self.recording_ms, other.recording_ms),
            searches: sum(self.searches, other.searches),
            images: sum(self.images, other.images),
            total_tokens: sum(self.total_tokens, other.total_tokens),
            service_tier: other.service_tier.or(self.service_tier),
            served_model: other.served_model.or(self.served_model),
            unreadable: self.unreadable || other.unreadable,
        }
    }

    /// The usage as OpenAI's object, in JSON.
    pub(crate) fn to_openai(self) -> String {
        let (input, output) = (self.input_tokens.unwrap_or(0), self.output_tokens.unwrap_or(0));
        serde_json::json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input.saturating_add(output),
            "prompt_tokens_details": { "cached_tokens": self.cached_tokens.unwrap_or(0) },
            "completion_tokens_details": { "reasoning_tokens": self.reasoning_tokens.unwrap_or(0) },
        })
        .to_string()
    }

    /// Reads a usage object of the canonical dialect. A count that makes no sense is left out: a complete reply is not rejected for its
    /// statistics. Of prompt, completion and total, two tell the third.
    #[must_use]
    pub fn from_canonical(usage: &str) -> Self {
        OpenaiUsage::read(usage).usage()
    }

    /// The same with the service tier and the model that a reply names beside its usage, in JSON.
    pub(crate) fn served(self, tier: Option<&RawValue>, model: Option<&RawValue>) -> Self {
        let tier = tier.and_then(|tier| ServiceTier::of_json(tier.get()));
        Self {
            service_tier: tier.or(self.service_tier),
            served_model: model.and_then(|model| ServedModel::of_json(model.get())),
            ..self
        }
    }

    /// Takes the counts of a later part; those that it leaves out stay.
    pub(crate) fn merge(&mut self, later: Self) {
        *self = Self {
            input_tokens: later.input_tokens.or(self.input_tokens),
            output_tokens: later.output_tokens.or(self.output_tokens),
            billed_input_tokens: later.billed_input_tokens.or(self.billed_input_tokens),
            billed_output_tokens: later.billed_output_tokens.or(self.billed_output_tokens),
            cached_tokens: later.cached_tokens.or(self.cached_tokens),
            reasoning_tokens: later.reasoning_tokens.or(self.reasoning_tokens),
            cache_write_tokens: later.cache_write_tokens.or(self.cache_write_tokens),
            cache_write_long_tokens: later.cache_write_long_tokens.or(self.cache_write_long_tokens),
            input_audio_tokens: later.input_audio_tokens.or(self.input_audio_tokens),
            output_audio_tokens: later.output_audio_tokens.or(self.output_audio_tokens),
            input_image_tokens: later.input_image_tokens.or(self.input_image_tokens),
            output_image_tokens: later.output_image_tokens.or(self.output_image_tokens),
            recording_ms: later.recording_ms.or(self.recording_ms),
            searches: later.searches.or(self.searches),
            images: later.images.or(self.images),
            total_tokens: later.total_tokens.or(self.total_tokens),
            service_tier: later.service_tier.or(self.service_tier),
            served_model: later.served_model.or(self.served_model),
            unreadable: self.unreadable || later.unreadable,
        };
    }

    /// True if the upstream reported a count of prompt or reply, or of both.
    pub(crate) fn is_told(&self) -> bool {
        [self.input_tokens, self.output_tokens, self.total_tokens]
            .iter()
            .any(Option::is_some)
    }
}
