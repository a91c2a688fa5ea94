//! Token counts, read from OpenAI's words into ours.

#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::tier::ServiceTier;

/// The tokens that a reply consumed; `None` where the upstream did not report a count.
///
/// The names are those of OpenTelemetry's GenAI conventions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt, including cached ones.
    pub input_tokens: Option<u64>,
    /// Tokens of the completion, including reasoning.
    pub output_tokens: Option<u64>,
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
    /// Searches that the upstream made.
    pub searches: Option<u64>,
    /// Tokens of prompt and completion together, for upstreams that report nothing else.
    pub total_tokens: Option<u64>,
    /// The service tier, as the upstream names it.
    pub service_tier: Option<ServiceTier>,
    /// The upstream wrote something in place of a count that cannot be one: a negative number, a text, or more than
    /// 64 bits hold. That count is `None`.
    pub unreadable: bool,
}

/// OpenAI's usage object ("The chat completion object" in its API reference), with the words of others who say the
/// same elsewhere.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OpenaiUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    /// The words of OpenAI's newer APIs, such as images. Some upstreams write both.
    input_tokens: Count,
    output_tokens: Count,
    total_tokens: Count,
    prompt_tokens_details: Details,
    completion_tokens_details: Details,
    input_tokens_details: Details,
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
    service_tier: Option<Box<RawValue>>,
}

/// How long a cache is kept, in Anthropic's words. Whatever is no object says nothing.
#[derive(Default)]
pub(crate) struct CacheCreation(pub(crate) CacheLifetimes);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CacheLifetimes {
    #[serde(rename = "ephemeral_1h_input_tokens")]
    pub(crate) an_hour: Count,
}

/// The tools that the upstream used by itself, in Anthropic's words.
#[derive(Default)]
pub(crate) struct ServerToolUse(pub(crate) ServerTools);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ServerTools {
    #[serde(rename = "web_search_requests")]
    pub(crate) searches: Count,
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
}

/// A count, or whatever else an upstream writes there.
#[derive(Clone, Copy, Default)]
pub(crate) struct Count {
    /// `None` if there is none.
    pub(crate) value: Option<u64>,
    /// There is something that cannot be a count.
    pub(crate) unreadable: bool,
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

    /// This usage and another's, count by count.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let sum = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
        };
        Self {
            input_tokens: sum(self.input_tokens, other.input_tokens),
            output_tokens: sum(self.output_tokens, other.output_tokens),
            cached_tokens: sum(self.cached_tokens, other.cached_tokens),
            reasoning_tokens: sum(self.reasoning_tokens, other.reasoning_tokens),
            cache_write_tokens: sum(self.cache_write_tokens, other.cache_write_tokens),
            cache_write_long_tokens: sum(self.cache_write_long_tokens, other.cache_write_long_tokens),
            input_audio_tokens: sum(self.input_audio_tokens, other.input_audio_tokens),
            output_audio_tokens: sum(self.output_audio_tokens, other.output_audio_tokens),
            searches: sum(self.searches, other.searches),
            total_tokens: sum(self.total_tokens, other.total_tokens),
            service_tier: other.service_tier.or(self.service_tier),
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

    /// Reads OpenAI's usage object. A count that makes no sense is left out: a complete reply is not rejected for its
    /// statistics. Of prompt, completion and total, two tell the third.
    #[must_use]
    pub fn from_openai(usage: &str) -> Self {
        OpenaiUsage::read(usage).usage()
    }

    /// Takes the counts of a later part; those that it leaves out stay.
    pub(crate) fn merge(&mut self, later: Self) {
        *self = Self {
            input_tokens: later.input_tokens.or(self.input_tokens),
            output_tokens: later.output_tokens.or(self.output_tokens),
            cached_tokens: later.cached_tokens.or(self.cached_tokens),
            reasoning_tokens: later.reasoning_tokens.or(self.reasoning_tokens),
            cache_write_tokens: later.cache_write_tokens.or(self.cache_write_tokens),
            cache_write_long_tokens: later.cache_write_long_tokens.or(self.cache_write_long_tokens),
            input_audio_tokens: later.input_audio_tokens.or(self.input_audio_tokens),
            output_audio_tokens: later.output_audio_tokens.or(self.output_audio_tokens),
            searches: later.searches.or(self.searches),
            total_tokens: later.total_tokens.or(self.total_tokens),
            service_tier: later.service_tier.or(self.service_tier),
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

fn first<const N: usize>(counts: [Count; N]) -> Option<u64> {
    counts.into_iter().find_map(|count| count.value)
}

// === impl OpenaiUsage ===

impl OpenaiUsage {
    fn read(usage: &str) -> Self {
        // serde would read an array as the struct's fields in order.
        let object = usage.trim_start().starts_with('{').then_some(usage);
        object
            .and_then(|object| serde_json::from_str(object).ok())
            .unwrap_or_default()
    }

    fn usage(&self) -> Usage {
        let input = self.prompt_tokens.value.or(self.input_tokens.value);
        let output = self.completion_tokens.value.or(self.output_tokens.value);
        let reasoning = self.reasoning();
        let output = self.with_reasoning(input, output, reasoning).or(output);
        let rest = |part: Option<u64>| self.total_tokens.value?.checked_sub(part?);
        let [prompt, input_words] = [&self.prompt_tokens_details.0, &self.input_tokens_details.0];
        Usage {
            input_tokens: input.or_else(|| rest(output)),
            output_tokens: output.or_else(|| rest(input)),
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
            input_audio_tokens: first([prompt.audio, input_words.audio]),
            output_audio_tokens: first([
                self.completion_tokens_details.0.audio,
                self.output_tokens_details.0.audio,
            ]),
            searches: first([self.server_tool_use.0.searches, self.num_search_queries]),
            total_tokens: self.total_tokens.value,
            service_tier: self
                .service_tier
                .as_deref()
                .and_then(|tier| ServiceTier::of_json(tier.get())),
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

impl<'de> Deserialize<'de> for CacheCreation {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object_or_nothing(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for ServerToolUse {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object_or_nothing(deserializer).map(Self)
    }
}

/// Reads an object; anything else is as good as none. serde would read an array as the struct's fields in order.
fn object_or_nothing<'de, T: Default + Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    let read = raw.starts_with('{').then(|| serde_json::from_str(raw).ok());
    Ok(read.flatten().unwrap_or_default())
}

// === impl Count ===

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let value = raw.parse().ok().or_else(|| rounded(raw));
        Ok(Self {
            value,
            unreadable: value.is_none() && raw != "null",
        })
    }
}

/// A count that was written as a float, up to where floats are exact.
fn rounded(number: &str) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    #[expect(clippy::cast_sign_loss, reason = "the range is checked")]
    (number <= EXACT).then(|| number.round() as u64)
}
