//! Token usage.

use serde::Serialize;

use super::Extra;
use super::members::object;

/// The tokens used by a request and its reply.
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
}
