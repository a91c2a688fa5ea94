//! Token usage.

use serde::Serialize;

use super::Extra;
use super::members::object;

/// The tokens used by a request and its reply.
///
/// OpenAI's totals include the details: `prompt_tokens` those read from and written to a cache, and `completion_tokens`
/// those spent on thinking. Some upstreams count them apart; add them up first.
/// ```
/// use jackfield_plugin_sdk::canonical::Usage;
///
/// let usage = Usage::of(1200, 50).cached(Some(1000)).reasoning(Some(20));
/// assert_eq!(usage.total_tokens, 1250);
/// assert_eq!(usage.prompt_tokens_details.unwrap().cached_tokens, Some(1000));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    /// Tokens in the request, including those read from or written to a cache.
    pub prompt_tokens: u64,
    /// Tokens in the reply, including thinking.
    pub completion_tokens: u64,
    /// The sum of both.
    pub total_tokens: u64,
    /// Breakdown of the request's tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens_details: Option<PromptTokensDetails>,
    /// Breakdown of the reply's tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_tokens_details: Option<CompletionTokensDetails>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The tokens used by an operation whose reply has none: embeddings and reranking.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InputUsage {
    /// Tokens in the request.
    pub prompt_tokens: u64,
    /// The same.
    pub total_tokens: u64,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Breakdown of a request's tokens, which may differ in price.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PromptTokensDetails {
    /// Tokens read from a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Tokens written to a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_creation_tokens: Option<u64>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Breakdown of a reply's tokens.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CompletionTokensDetails {
    /// Tokens spent on thinking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Extra,
}

object! {
    Usage {
        "prompt_tokens" => prompt_tokens,
        "completion_tokens" => completion_tokens,
        "total_tokens" => total_tokens,
        "prompt_tokens_details" => prompt_tokens_details,
        "completion_tokens_details" => completion_tokens_details,
    }
}

object! {
    InputUsage {
        "prompt_tokens" => prompt_tokens,
        "total_tokens" => total_tokens,
    }
}

object! {
    PromptTokensDetails {
        "cached_tokens" => cached_tokens,
        "cache_creation_tokens" => cache_creation_tokens,
    }
}

object! {
    CompletionTokensDetails {
        "reasoning_tokens" => reasoning_tokens,
    }
}

// === impl Usage ===

impl Usage {
    /// The usage without breakdowns; `total_tokens` is the sum.
    pub fn of(prompt_tokens: u64, completion_tokens: u64) -> Self {
        let total_tokens = prompt_tokens.saturating_add(completion_tokens);
        Self {
            prompt_tokens,
            completion_tokens,
            total_tokens,
            ..Self::default()
        }
    }
    /// Sets how many of the prompt's tokens were read from a cache. `None` changes nothing.
    #[must_use]
    pub fn cached(mut self, tokens: Option<u64>) -> Self {
        if tokens.is_some() {
            self.prompt_tokens_details.get_or_insert_default().cached_tokens = tokens;
        }
        self
    }

    /// Sets how many of the prompt's tokens were written to a cache. `None` changes nothing.
    #[must_use]
    pub fn cache_written(mut self, tokens: Option<u64>) -> Self {
        if tokens.is_some() {
            self.prompt_tokens_details.get_or_insert_default().cache_creation_tokens = tokens;
        }
        self
    }

    /// Sets how many of the reply's tokens were spent on thinking. `None` changes nothing.
    #[must_use]
    pub fn reasoning(mut self, tokens: Option<u64>) -> Self {
        if tokens.is_some() {
            self.completion_tokens_details.get_or_insert_default().reasoning_tokens = tokens;
        }
        self
    }
}

// === impl InputUsage ===

impl InputUsage {
    /// The usage of a request with this many tokens.
    pub fn of(tokens: u64) -> Self {
        Self {
            prompt_tokens: tokens,
            total_tokens: tokens,
            extra: Extra::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Usage;

    #[test]
    fn details_appear_only_if_they_are_known() {
        let usage = |usage: Usage| serde_json::to_value(usage).unwrap();
        let plain = json!({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7});
        let unknown = Usage::of(5, 2).cached(None).cache_written(None).reasoning(None);
        assert_eq!(usage(unknown), plain);
        let known = usage(
            Usage::of(5, 2)
                .cached(Some(3))
                .cache_written(Some(0))
                .reasoning(Some(1)),
        );
        assert_eq!(
            known["prompt_tokens_details"],
            json!({"cached_tokens": 3, "cache_creation_tokens": 0})
        );
        assert_eq!(known["completion_tokens_details"], json!({"reasoning_tokens": 1}));
    }
}
