//! OpenAI's usage object, with the words of others who say the same elsewhere.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Usage;
use super::count::{BilledUnits, CacheCreation, Count, Milliseconds, ServerToolUse, object_or_nothing};
use crate::words::name::ServiceTier;

/// OpenAI's usage object ("The chat completion object" in its API reference), with the words of others who say the
/// same elsewhere.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct OpenaiUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    /// The words of OpenAI's newer APIs, such as images. Some upstreams write both.
    input_tokens: Count,
    output_tokens: Count,
    pub(super) total_tokens: Count,
    prompt_tokens_details: Details,
    completion_tokens_details: Details,
    input_tokens_details: Details,
    /// The same in the usage of transcriptions.
    input_token_details: Details,
    output_tokens_details: Details,
    /// `DeepSeek`'s word for cached tokens: <https://api-docs.deepseek.com/guides/kv_cache>.
    prompt_cache_hit_tokens: Count,
    /// Moonshot's, and that of proxies in front of Anthropic's models.
    cached_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    reasoning_tokens: Count,
    /// Anthropic's members, which adapters keep.
    cache_creation: CacheCreation,
    server_tool_use: ServerToolUse,
    /// Perplexity's.
    num_search_queries: Count,
    /// Cohere's, which its invoice has: what the vendor adds to every prompt is not among them.
    billed_units: BilledUnits,
    /// Cohere's, by which rankings are billed: <https://docs.cohere.com/reference/rerank>, `meta.billed_units`.
    search_units: Count,
    /// The length of the recording, in the usage of transcriptions.
    seconds: Milliseconds,
    service_tier: Option<Box<RawValue>>,
}

/// The details of a count. Whatever is no object has none.
#[derive(Default)]
struct Details(DetailCounts);

#[derive(Default, Deserialize)]
#[serde(default)]
struct DetailCounts {
    #[serde(rename = "cached_tokens")]
    cached: Count,
    #[serde(rename = "cache_creation_tokens")]
    cache_creation: Count,
    /// `OpenRouter`'s word for the same.
    #[serde(rename = "cache_write_tokens")]
    cache_write: Count,
    #[serde(rename = "reasoning_tokens")]
    reasoning: Count,
    #[serde(rename = "audio_tokens")]
    audio: Count,
    #[serde(rename = "image_tokens")]
    image: Count,
}

// === impl OpenaiUsage ===

impl OpenaiUsage {
    pub(super) fn read(usage: &str) -> Self {
        // serde would read an array as the struct's fields in order.
        let object = usage.trim_start().starts_with('{').then_some(usage);
        object
            .and_then(|object| serde_json::from_str(object).ok())
            .unwrap_or_default()
    }

    pub(super) fn usage(&self) -> Usage {
        let input = self.prompt_tokens.value.or(self.input_tokens.value);
        let output = self.completion_tokens.value.or(self.output_tokens.value);
        let reasoning = self.reasoning();
        let output = self.with_reasoning(input, output, reasoning).or(output);
        let rest = |part: Option<u64>| self.total_tokens.value?.checked_sub(part?);
        let [prompt, input_words] = [&self.prompt_tokens_details.0, &self.input_tokens_details.0];
        let [completion, output_words] = [&self.completion_tokens_details.0, &self.output_tokens_details.0];
        Usage {
            input_tokens: input.or_else(|| rest(output)),
            output_tokens: output.or_else(|| rest(input)),
            billed_input_tokens: self.billed_units.0.input.value,
            billed_output_tokens: self.billed_units.0.output.value,
            cached_tokens: first([
                prompt.cached,
                input_words.cached,
                self.prompt_cache_hit_tokens,
                self.cached_tokens,
                self.cache_read_input_tokens,
            ]),
            reasoning_tokens: reasoning,
            cache_write_tokens: first([
                prompt.cache_creation,
                prompt.cache_write,
                self.cache_creation_input_tokens,
            ]),
            cache_write_long_tokens: self.cache_creation.0.an_hour.value,
            input_audio_tokens: first([prompt.audio, input_words.audio, self.input_token_details.0.audio]),
            output_audio_tokens: first([completion.audio, output_words.audio]),
            input_image_tokens: first([prompt.image, input_words.image]),
            output_image_tokens: first([completion.image, output_words.image]),
            recording_ms: self.seconds.0,
            searches: first([
                self.server_tool_use.0.searches,
                self.num_search_queries,
                self.search_units,
            ]),
            images: None,
            total_tokens: self.total_tokens.value,
            service_tier: self
                .service_tier
                .as_deref()
                .and_then(|tier| ServiceTier::of_json(tier.get())),
            served_model: None,
            unreadable: self.charged().iter().any(|count| count.unreadable),
        }
    }

    fn reasoning(&self) -> Option<u64> {
        let [completion, output] = [&self.completion_tokens_details.0, &self.output_tokens_details.0];
        first([completion.reasoning, output.reasoning, self.reasoning_tokens])
    }

    /// The tokens of completion and reasoning together, if the total tells that they are counted beside each other, as
    /// xAI does.
    fn with_reasoning(&self, input: Option<u64>, output: Option<u64>, reasoning: Option<u64>) -> Option<u64> {
        let both = output?.checked_add(reasoning?)?;
        let total = input?.checked_add(both)?;
        (self.total_tokens.value == Some(total)).then_some(both)
    }

    /// The counts by which a reply is charged.
    fn charged(&self) -> [Count; 5] {
        [
            self.prompt_tokens,
            self.completion_tokens,
            self.input_tokens,
            self.output_tokens,
            self.total_tokens,
        ]
    }
}

// === impl Details ===

impl<'de> Deserialize<'de> for Details {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object_or_nothing(deserializer).map(Self)
    }
}

fn first<const N: usize>(counts: [Count; N]) -> Option<u64> {
    counts.into_iter().find_map(|count| count.value)
}
