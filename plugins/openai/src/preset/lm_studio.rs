//! LM Studio: a tool cannot be named in `tool_choice`, and there is `top_k`.
//!
//! Source: <https://lmstudio.ai/docs/developer/openai-compat/chat-completions>.

use jackfield_plugin_sdk::Extension;

use super::{PLAIN, Thinking, ToolChoices, Traits};
use crate::settings::TokenLimit;

/// How LM Studio differs.
pub(super) static TRAITS: Traits = Traits {
    accepts: &[Extension::TopK],
    max_tokens: TokenLimit::MaxTokens,
    thinking: Thinking {
        efforts: &[("minimal", "low"), ("xhigh", "high"), ("max", "high")],
        ..Thinking::EFFORT
    },
    tool_choice: ToolChoices::Words,
    ..PLAIN
};
