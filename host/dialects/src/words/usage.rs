//! Token counts, read from OpenAI's words into ours.

use serde::Deserialize;
use serde_json::value::RawValue;

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
}

/// OpenAI's usage object ("The chat completion object" in its API reference).
#[derive(Default, Deserialize)]
#[serde(default)]
struct OpenaiUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    /// The words of OpenAI's newer APIs, such as images. Some upstreams write both.
    input_tokens: Count,
    output_tokens: Count,
    total_tokens: Count,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Count,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CompletionDetails {
    reasoning_tokens: Count,
}

/// A count, or `None` for whatever else an upstream writes there.
#[derive(Default)]
pub(crate) struct Count(pub(crate) Option<u64>);

// === impl Usage ===

impl Usage {
    /// Reads the usage object of an operation without output tokens, such as embeddings. Some upstreams (Voyage and
    /// Jina among them) report `total_tokens` alone, which is then all input.
    pub(crate) fn of_input(usage: &str) -> Self {
        let told: OpenaiUsage = serde_json::from_str(usage).unwrap_or_default();
        let read = Self::from_openai(usage);
        Self {
            input_tokens: read.input_tokens.or(told.total_tokens.0),
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
    /// statistics.
    pub(crate) fn from_openai(usage: &str) -> Self {
        let usage: OpenaiUsage = serde_json::from_str(usage).unwrap_or_default();
        Self {
            input_tokens: usage.prompt_tokens.0.or(usage.input_tokens.0),
            output_tokens: usage.completion_tokens.0.or(usage.output_tokens.0),
            cached_tokens: usage.prompt_tokens_details.and_then(|details| details.cached_tokens.0),
            reasoning_tokens: usage
                .completion_tokens_details
                .and_then(|details| details.reasoning_tokens.0),
        }
    }
}

// === impl Count ===

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(raw.get().parse().ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::Usage;

    #[test]
    fn every_count_is_read() {
        let usage = Usage::from_openai(
            r#"{"prompt_tokens":11,"completion_tokens":22,"total_tokens":33,"queue_time":0.1,
                "prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},
                "completion_tokens_details":{"reasoning_tokens":5}}"#,
        );
        let expected = Usage {
            input_tokens: Some(11),
            output_tokens: Some(22),
            cached_tokens: Some(4),
            reasoning_tokens: Some(5),
        };
        assert_eq!(usage, expected);
    }

    #[test]
    fn the_newer_words_count_where_the_older_are_missing() {
        let images = r#"{"total_tokens":4,"input_tokens":3,"output_tokens":1}"#;
        let usage = Usage::from_openai(images);
        assert_eq!((usage.input_tokens, usage.output_tokens), (Some(3), Some(1)));
        let both = Usage::from_openai(r#"{"prompt_tokens":5,"input_tokens":9}"#);
        assert_eq!(both.input_tokens, Some(5));
    }

    #[test]
    fn a_total_alone_is_input_where_there_is_no_output() {
        for (usage, input) in [
            (r#"{"total_tokens":7}"#, Some(7)),
            (r#"{"prompt_tokens":null,"total_tokens":7}"#, Some(7)),
            (r#"{"prompt_tokens":5,"total_tokens":7}"#, Some(5)),
            (r#"{"total_tokens":"7"}"#, None),
        ] {
            assert_eq!(Usage::of_input(usage).input_tokens, input, "{usage}");
        }
        let usage = Usage::from_openai(r#"{"total_tokens":7}"#);
        assert_eq!(usage, Usage::default());
    }

    #[test]
    fn a_count_that_makes_no_sense_does_not_harm_the_others() {
        let usage = Usage::from_openai(
            r#"{"prompt_tokens":null,"completion_tokens":22,"prompt_tokens_details":null,
                "completion_tokens_details":{"reasoning_tokens":-1}}"#,
        );
        assert_eq!(
            usage,
            Usage {
                output_tokens: Some(22),
                ..Usage::default()
            }
        );
        assert_eq!(Usage::from_openai(r#"{"prompt_tokens":"many"}"#), Usage::default());
        assert_eq!(Usage::from_openai("[]"), Usage::default());
    }
}
