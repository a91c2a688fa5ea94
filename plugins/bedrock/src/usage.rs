//! Translates the API's token counts to OpenAI's.
//!
//! `inputTokens` has neither the tokens that were read from the cache nor those written to it.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html>: "total input tokens" are the sum
//! of the three.

use jackfield_plugin_sdk::canonical;
use jackfield_plugin_sdk::canonical::Extra;
use serde::{Deserialize, Serialize};

/// The API's usage, in tokens. Older and newer names of a count may stand side by side; the documented ones are read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Usage {
    input_tokens: u64,
    output_tokens: u64,
    cache_read_input_tokens: Option<u64>,
    cache_write_input_tokens: Option<u64>,
    /// Cache writes by how long they are kept.
    cache_details: Vec<CacheDetail>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CacheDetail {
    ttl: String,
    input_tokens: u64,
}

impl From<Usage> for canonical::Usage {
    fn from(usage: Usage) -> Self {
        let (read, written) = (usage.cache_read_input_tokens, usage.cache_write_input_tokens);
        let input = [Some(usage.input_tokens), read, written].into_iter().flatten();
        let prompt_tokens = input.fold(0, u64::saturating_add);
        let mut canonical = Self::of(prompt_tokens, usage.output_tokens)
            .cached(read)
            .cache_written(written);
        if !usage.cache_details.is_empty() {
            // In Anthropic's words, which others know too: the kinds of writes differ in price.
            let mut writes = Extra::new();
            for detail in usage.cache_details {
                writes.insert(format!("ephemeral_{}_input_tokens", detail.ttl), detail.input_tokens);
            }
            canonical.extra.insert("cache_creation", writes);
        }
        canonical
    }
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::canonical;
    use serde_json::{Value, json};

    use super::Usage;

    fn canonical(usage: Value) -> Value {
        let usage: Usage = serde_json::from_value(usage).unwrap();
        serde_json::to_value(canonical::Usage::from(usage)).unwrap()
    }

    #[test]
    fn the_prompt_counts_what_the_cache_gave_and_took() {
        let usage = canonical(json!({
            "inputTokens": 6, "outputTokens": 198, "totalTokens": 9830, "cacheReadInputTokens": 6289,
            "cacheWriteInputTokens": 3337, "cacheReadInputTokenCount": 6289, "serverToolUsage": {},
            "cacheDetails": [{"ttl": "1h", "inputTokens": 3000}, {"ttl": "5m", "inputTokens": 337}],
        }));
        assert_eq!(
            usage,
            json!({
                "prompt_tokens": 9632, "completion_tokens": 198, "total_tokens": 9830,
                "prompt_tokens_details": {"cached_tokens": 6289, "cache_creation_tokens": 3337},
                "cache_creation": {"ephemeral_1h_input_tokens": 3000, "ephemeral_5m_input_tokens": 337},
            })
        );
    }

    #[test]
    fn a_count_that_is_missing_is_none() {
        let usage = canonical(json!({"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}));
        assert_eq!(
            usage,
            json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
        );
    }
}
