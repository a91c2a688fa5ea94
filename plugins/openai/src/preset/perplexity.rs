//! Perplexity: only `max_tokens`, `top_k`, a thinking that cannot be switched, and usage in every chunk.
//!
//! Source: the SDK `perplexityai` 0.46, `types/chat/completion_create_params.py`.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Thinking, ToolChoices, Traits};
use crate::settings::TokenLimit;

/// How Perplexity differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::TopK],
    max_tokens: TokenLimit::MaxTokens,
    stream_usage: false,
    thinking: Thinking {
        efforts: &[("xhigh", "high"), ("max", "high")],
        ..Thinking::EFFORT
    },
    tool_choice: ToolChoices::Words,
    ..PLAIN
};
