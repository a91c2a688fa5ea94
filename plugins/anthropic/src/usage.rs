//! Translates Anthropic's token counts to OpenAI's.

use jackfield_plugin_sdk::canonical;
use jackfield_plugin_sdk::canonical::Extra;
use serde::{Deserialize, Deserializer, Serialize};

/// The upstream's usage, in tokens. A stream reports it in parts, each a running total.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Usage {
    /// Tokens in the request that were neither read from nor written to a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    /// Tokens in the request that were written to a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_creation_input_tokens: Option<u64>,
    /// Tokens in the request that were read from a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_read_input_tokens: Option<u64>,
    /// Tokens in the reply, including thinking.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens: Option<u64>,
    /// Breakdown of the reply's tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens_details: Option<OutputDetails>,
    /// Other members: `cache_creation`, `server_tool_use`, `iterations`, `service_tier`, …
    #[serde(flatten)]
    extra: Extra,
}

#[derive(Clone, Debug, Default, Serialize)]
struct OutputDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_tokens: Option<u64>,
    #[serde(flatten)]
    extra: Extra,
}

// === impl Usage ===

impl<'de> Deserialize<'de> for Usage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut usage = Extra::deserialize(deserializer)?;
        Ok(Self {
            input_tokens: count(&mut usage, "input_tokens"),
            cache_creation_input_tokens: count(&mut usage, "cache_creation_input_tokens"),
            cache_read_input_tokens: count(&mut usage, "cache_read_input_tokens"),
            output_tokens: count(&mut usage, "output_tokens"),
            output_tokens_details: usage
                .take::<Extra>("output_tokens_details")
                .map(|mut details| OutputDetails {
                    thinking_tokens: count(&mut details, "thinking_tokens"),
                    extra: details,
                }),
            extra: usage,
        })
    }
}

/// A count of tokens; what is no count is none.
fn count(usage: &mut Extra, name: &str) -> Option<u64> {
    usage.remove(name)?.as_count()
}

impl Usage {
    /// Merges a later part: its values override, and what it omits stays.
    pub(crate) fn merge(&mut self, later: Self) {
        let newer = |old: &mut Option<u64>, new: Option<u64>| *old = new.or(*old);
        newer(&mut self.input_tokens, later.input_tokens);
        newer(&mut self.cache_creation_input_tokens, later.cache_creation_input_tokens);
        newer(&mut self.cache_read_input_tokens, later.cache_read_input_tokens);
        newer(&mut self.output_tokens, later.output_tokens);
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details.take());
        self.extra
            .extend(later.extra.into_iter().filter(|(_, value)| !value.is_null()));
    }
}

impl From<Usage> for canonical::Usage {
    /// OpenAI's `prompt_tokens` include tokens read from and written to a cache; Anthropic's `input_tokens` do not.
    fn from(usage: Usage) -> Self {
        let (read, written) = (usage.cache_read_input_tokens, usage.cache_creation_input_tokens);
        let input = [usage.input_tokens, read, written].into_iter().flatten();
        let prompt_tokens = input.fold(0, u64::saturating_add);
        let mut canonical = Self::of(prompt_tokens, usage.output_tokens.unwrap_or_default())
            .cached(read)
            .cache_written(written);
        if let Some(details) = usage.output_tokens_details {
            canonical = canonical.reasoning(details.thinking_tokens);
            canonical.completion_tokens_details.get_or_insert_default().extra = details.extra;
        }
        canonical.extra = usage.extra;
        canonical
    }
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::canonical;
    use serde_json::{Value, json};

    use super::Usage;

    fn canonical(usage: Usage) -> Value {
        serde_json::to_value(canonical::Usage::from(usage)).unwrap()
    }

    fn read(value: Value) -> Usage {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_prompt_counts_what_the_cache_gave_and_took() {
        let usage = canonical(read(json!({
            "input_tokens": 6, "cache_creation_input_tokens": 3337, "cache_read_input_tokens": 6289,
            "output_tokens": 198, "output_tokens_details": {"thinking_tokens": 20},
            "service_tier": "standard",
        })));
        assert_eq!(
            usage,
            json!({
                "prompt_tokens": 9632, "completion_tokens": 198, "total_tokens": 9830,
                "prompt_tokens_details": {"cached_tokens": 6289, "cache_creation_tokens": 3337},
                "completion_tokens_details": {"reasoning_tokens": 20},
                "service_tier": "standard",
            })
        );
    }

    #[test]
    fn a_later_part_wins_and_what_it_leaves_out_stays() {
        let mut usage = read(json!({
            "input_tokens": 43, "cache_read_input_tokens": 5, "output_tokens": 1, "service_tier": "standard",
        }));
        usage.merge(read(
            json!({"input_tokens": 61, "output_tokens": 2, "service_tier": null}),
        ));
        assert_eq!(
            canonical(usage),
            json!({
                "prompt_tokens": 66, "completion_tokens": 2, "total_tokens": 68,
                "prompt_tokens_details": {"cached_tokens": 5},
                "service_tier": "standard",
            })
        );
    }

    #[test]
    fn a_count_may_be_a_float_and_what_is_no_count_is_none() {
        let usage = canonical(read(json!({
            "input_tokens": 12.0, "cache_read_input_tokens": null, "output_tokens": "many",
        })));
        assert_eq!(
            usage,
            json!({"prompt_tokens": 12, "completion_tokens": 0, "total_tokens": 12})
        );
    }

    #[test]
    fn absurd_counts_do_not_overflow() {
        let usage = canonical(read(json!({
            "input_tokens": u64::MAX, "cache_read_input_tokens": u64::MAX, "output_tokens": u64::MAX,
        })));
        assert_eq!(usage["total_tokens"], u64::MAX);
    }
}
